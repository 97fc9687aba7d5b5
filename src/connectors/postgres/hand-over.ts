import { z } from 'zod'

import { assert, systemRandom, type RandomBytes } from '#kit'
import { authorityOf, isEntityId, type EntityId } from '#model'
import { handOver, tokenOf, type ActsWith, type Issuer, type Member, type Successor } from '#respond/contract'

import { ask, inTransaction, PostgresError, quoteIdent, type Query } from './client.ts'
import { placeOf, type PostgresConfig, type RoleSuccessor } from './config.ts'
import { atCluster, refused, type Site } from './contain.ts'
import { endSessionsOf } from './end-sessions.ts'
import { passwordId, roleId, targetOf } from './ids.ts'
import { roleScopes, sessionScopes } from './role.ts'
import { makePassword, scramVerifier } from './scram.ts'
import { markedWith, markOf, readLogin, unfit, versionWithAdminOnlyCreateRole, type LoginState } from './standby.ts'

/** A password is of a role of a cluster, and the cluster's source issues. */
const clusterOf = ({ entity }: Member): string | undefined =>
  entity.startsWith('credential:') && targetOf(entity)?.kind === 'role' ? authorityOf(entity) : undefined

/**
 * A password of the standby login that the configuration names beside the place. Cordon makes it, and the server is given
 * its verifier alone. Which action made it stands in the role's comment: the server tells nobody when a login was last used, so
 * that one which another action opened counts as in use.
 */
export const roleIssuer = (random: RandomBytes): Issuer<PostgresConfig> => ({
  verb: 'postgres.role.hand-over',
  title: 'Hand over a successor of a database password',
  scopes: [...roleScopes, ...sessionScopes],
  gives: ['user', 'password'],
  authorityFor: clusterOf,
  placeFor(member) {
    const { successorIn: place } = member.attributes
    return clusterOf(member) !== undefined && typeof place === 'string' && isEntityId(place) ? place : undefined
  },
  leadsTo: ({ successors }) => successors.map((line) => ({ of: line.role, place: placeOf(line), stated: line.place })),
  says: ({ successorFrom }) => `a password of the login \`${String(successorFrom)}\``,
  open: async (context, place) => {
    const line = context.config.successors.find((one) => placeOf(one) === place)
    if (line === undefined) throw refused(place, 'is no place of `successors`')
    const token = tokenOf(context.key)
    const atStandby = <T>(work: (site: Site, standby: LoginState | undefined) => Promise<T>): Promise<T> =>
      atCluster(context, place, async (site, logins) => {
        const standby = await readLogin(site.query, line.standby)
        if (standby !== undefined) guard(context, logins, standby)
        return work(site, standby)
      })
    return {
      look: () =>
        atStandby(async (_, standby) => {
          if (standby === undefined || !standby.canLogin || standby.isExpired) return undefined
          const isUsed = standby.sessions > 0 || markOf(standby.comment) !== token
          return { id: standby.name, isUsed }
        }),
      issue: () =>
        atStandby(async (site, standby) => {
          const why = unfit(line, standby)
          if (standby?.canLogin === true) why.push(`\`${line.standby}\` may log in already`)
          if (why.length > 0) throw refused(place, `gets no successor: ${why.join('; ')}`)
          return issue(site, line, standby, token, random)
        }),
      withdraw: () =>
        atStandby(async (site, standby) => {
          if (standby === undefined) return
          if (!standby.canLogin && markOf(standby.comment) !== token) return
          if (markOf(standby.comment) !== token) {
            throw refused(roleId(context.authority, standby.oid), 'has a password that another action made')
          }
          await site.query(`alter role ${quoteIdent(standby.name)} nologin password null`)
          await endSessionsOf(site, context.clock, { kind: 'role', oid: standby.oid })
        }),
    }
  },
})
export const roleHandOver = handOver(roleIssuer(systemRandom))

function guard(context: ActsWith<PostgresConfig>, logins: ReadonlySet<number>, { oid }: LoginState): void {
  const names: EntityId[] = [roleId(context.authority, oid), passwordId(context.authority, oid)]
  const isSpared = names.some((name) => context.isOwn(name) || (context.spared ?? []).includes(name))
  if (isSpared || logins.has(oid)) throw refused(roleId(context.authority, oid), "is Cordon's own, or break-glass")
}

/** All or nothing: a role that is made, its memberships, its password and whose they are. */
async function issue(
  site: Site,
  line: RoleSuccessor,
  before: LoginState | undefined,
  token: string,
  random: RandomBytes,
): Promise<Successor> {
  const password = makePassword(random)
  const verifier = await scramVerifier(password, random)
  assert(/^[\w$:+/=-]+$/.test(verifier), 'a verifier needs no quoting')
  const name = quoteIdent(line.standby)
  await inTransaction(site.query, false, async () => {
    if (before === undefined) await make(site, line)
    await site.query(`alter role ${name} login password '${verifier}' valid until 'infinity'`)
    await comment(site.query, line.standby, markedWith(before?.comment ?? null, token))
    for (const group of line.memberOf ?? []) {
      if (before?.memberOf.some((one) => one.name === group) !== true) await join(site, line, group)
    }
    const after = await readLogin(site.query, line.standby)
    const isSame = after !== undefined && (before === undefined || after.oid === before.oid)
    if (!isSame || !after.canLogin || unfit(line, after).length > 0) {
      throw new PostgresError('ERR_POSTGRES_TARGET', `\`${line.standby}\` changed meanwhile`, {
        hint: 'look who changes roles there, and try again',
      })
    }
  })
  return { id: line.standby, values: { user: line.standby, password } }
}

/** The server quotes: what was there before is somebody else's text. */
async function comment(query: Query, role: string, text: string): Promise<void> {
  const sql = `select format('comment on role %I is %L', $1::text, $2::text) as statement`
  const [made] = await ask(query, z.object({ statement: z.string() }), sql, [role, text])
  if (made !== undefined) await query(made.statement)
}

/** Memberships and what the old login has of these two are all there is to a role that Cordon makes. */
async function make(site: Site, line: RoleSuccessor): Promise<void> {
  const old = await readLogin(site.query, line.role)
  const inherit = old?.inherits === false ? 'noinherit' : 'inherit'
  const most = `connection limit ${old?.connLimit ?? -1}`
  const powers = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls'
  await site.query(`create role ${quoteIdent(line.standby)} nologin ${inherit} ${most} ${powers}`)
}

/** As the old login has it, where it has it; never with ADMIN. */
async function join(site: Site, line: RoleSuccessor, group: string): Promise<void> {
  const old = await readLogin(site.query, line.role)
  const { inherits = true, sets = true } = old?.memberOf.find(({ name }) => name === group) ?? {}
  const how = site.version >= versionWithAdminOnlyCreateRole ? ` with inherit ${inherits}, set ${sets}` : ''
  await site.query(`grant ${quoteIdent(group)} to ${quoteIdent(line.standby)}${how}`)
}
