import { z } from 'zod'

import { authorityOf, type EntityId } from '#model'
import { dead, defineAction, previewStep, type ActionContext } from '#respond/contract'

import { ask, PostgresError } from './client.ts'
import type { PostgresConfig } from './config.ts'
import { atCluster, refused, type Site } from './contain.ts'
import { firstUserOid, grantId, grantIn, relationIn, roleId, targetOf, type GrantOf } from './ids.ts'
import { rightsSchema, takeFunction } from './grant-functions.ts'

type Context = ActionContext<PostgresConfig>
const scopes = [rightsSchema]

/** Takes what one role was given on one relation itself, as a review decided. Who owns it has no grant that could be taken. */
export const grantRevoke = defineAction<PostgresConfig>({
  verb: 'postgres.grant.revoke',
  phase: 'remove-descendants',
  title: 'Take from one role what it was granted on one table',
  scopes,
  retry: 'read-back',
  proofs: ['read-back'],
  targetFor: () => undefined,
  takesRight(member, thing) {
    const [by, on] = [member.startsWith('identity:') ? targetOf(member) : undefined, relationIn(thing)]
    if (by?.kind !== 'role' || by.oid < firstUserOid || on === undefined) return undefined
    return authorityOf(member) === authorityOf(thing) ? grantId(authorityOf(thing), { ...on, role: by.oid }) : undefined
  },
  preview: () =>
    previewStep(
      scopes,
      [
        'the role loses every privilege that it was granted on this table itself, columns too',
        'what it has there through other roles, by PUBLIC or as owner stays',
        'undo grants the same privileges again, in the name of the owner',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    return atGrant(context, target, async (site, { relation, role }) => {
      if (site.own.has(role)) throw refused(target, "is break-glass, or Cordon's own")
      if (context.isOwn(target) || context.isOwn(roleId(context.authority, role)))
        throw refused(target, "is Cordon's own")
      await requireFunctions(site)
      if ((await linesOf(site, { relation, role })) === 0) {
        if (await reads(site, { relation, role }))
          throw refused(target, 'is no grant of its own: the right comes through another role, PUBLIC or ownership')
        return { says: 'there was no such grant any more' }
      }
      const [row] = await ask(site.query, count, `select ${rightsSchema}.take($1, $2) as n`, [relation, role]).catch(
        (error: unknown) => {
          throw unreachable(error)
        },
      )
      return { says: `${row?.n ?? 0} privileges taken away` }
    })
  },
  readBack: (context, target) =>
    atGrant(context, target, async (site, of) => ((await linesOf(site, of)) === 0 ? 'landed' : 'absent')),
  probe: {
    everyMs: 250,
    withinMs: 30_000,
    run: (context, target) =>
      atGrant(context, target, async (site, of) => {
        if ((await linesOf(site, of)) > 0) return { verdict: 'alive', says: 'the grant stands' }
        const also = (await reads(site, of)) ? '; it reads the table still, by way of others' : ''
        return dead(context, `the table's access list names it no more${also}`)
      }),
  },
  /** The server itself remembers what was taken: no crash between the two loses it. */
  undo: (context, target) =>
    atGrant(context, target, async (site, { relation, role }) => {
      await requireFunctions(site)
      await site.query(`select ${rightsSchema}.give_back($1, $2)`, [relation, role])
    }),
})

const count = z.object({ n: z.number() })

/** In the database the relation is in, which is another than the source's as often as not. */
async function atGrant<T>(
  context: Context,
  target: EntityId,
  work: (site: Site, of: GrantOf) => Promise<T>,
): Promise<T> {
  const of = grantIn(target)
  if (of === undefined) throw refused(target, 'is no grant on a relation')
  if (authorityOf(target) !== context.authority) throw refused(target, 'belongs to another cluster')
  const database = await atCluster(context, target, async ({ query }, logins) => {
    if (logins.has(of.role)) throw refused(target, "is Cordon's own")
    const [row] = await ask(
      query,
      z.object({ name: z.string() }),
      'select datname as name from pg_database where oid = $1 and datallowconn',
      [of.database],
    )
    return row?.name
  })
  if (database === undefined) throw refused(target, 'is in a database that is gone, or takes no connection')
  return atCluster({ ...context, config: { ...context.config, database } }, target, (site) => work(site, of))
}

/** Privileges on the relation and on its columns that name the role itself. */
async function linesOf({ query }: Site, { relation, role }: Pick<GrantOf, 'relation' | 'role'>): Promise<number> {
  const [row] = await ask(
    query,
    count,
    `select ((select count(*) from pg_class c, aclexplode(c.relacl) a where c.oid = $1 and a.grantee = $2) +
       (select count(*) from pg_attribute t, aclexplode(t.attacl) a
         where t.attrelid = $1 and not t.attisdropped and a.grantee = $2))::int4 as n`,
    [relation, role],
  )
  return row?.n ?? 0
}

async function reads({ query }: Site, { relation, role }: Pick<GrantOf, 'relation' | 'role'>): Promise<boolean> {
  const [row] = await ask(
    query,
    z.object({ reads: z.boolean() }),
    `select coalesce((select has_table_privilege(r.oid, c.oid, 'SELECT') from pg_class c, pg_roles r
       where c.oid = $1 and r.oid = $2), false) as reads`,
    [relation, role],
  )
  return row?.reads === true
}

async function requireFunctions({ query }: Site): Promise<void> {
  const [row] = await ask(
    query,
    count,
    `select count(*)::int4 as n from pg_proc p join pg_namespace s on s.oid = p.pronamespace
      where s.nspname = '${rightsSchema}' and p.proname in ('take', 'give_back')
        and has_schema_privilege(s.oid, 'USAGE') and has_function_privilege(p.oid, 'EXECUTE')`,
  )
  if (row?.n === 2) return
  throw new PostgresError('ERR_POSTGRES_RIGHTS', `the database has no \`${takeFunction}\` that may be called`, {
    hint: '`cordon source role NAME` prints it: run it there as a superuser, or as whoever owns the tables',
  })
}

const unreachable = (error: unknown): unknown =>
  error instanceof PostgresError && error.code === 'ERR_POSTGRES_RIGHTS'
    ? new PostgresError('ERR_POSTGRES_RIGHTS', 'the grant was given by another than the owner, or to the owner', {
        hint: 'whoever gave it takes it: revoke … granted by is not there for tables; nothing was changed',
        cause: error,
      })
    : error
