import { authorityOf, type EntityId } from '#model'
import type { ActionContext, ActsWith } from '#respond/contract'

import { z } from 'zod'

import { readSystemIdentifier } from './catalog.ts'
import { ask, PostgresError, withConnection, type Query } from './client.ts'
import type { PostgresConfig } from './config.ts'
import { firstUserOid, oids, roleId, targetOf, type Target } from './ids.ts'

/**
 * The cluster's authority in entity ids: its system identifier. Where that function is refused, the address stands in:
 * stable as long as the address is, and two sources for one cluster are then two authorities.
 */
export async function authorityFrom(
  query: Query,
  config: PostgresConfig,
): Promise<{ authority: string; isAddress: boolean }> {
  const identifier = await readSystemIdentifier(query)
  return identifier === undefined
    ? { authority: `at/${config.host}/${config.port}`, isAddress: true }
    : { authority: identifier, isAddress: false }
}

/** From here on a membership belongs to whoever gave it, and is revoked by them alone. */
export const versionWithGrantors = 160_000

/** `own`: logins Cordon itself uses, and break-glass roles other than the target, by oid: never cut off. */
export type Site = {
  query: Query
  own: ReadonlySet<number>
  /** Those of `own` that are break-glass. */
  spared: readonly number[]
  isSuper: boolean
  version: number
}

/**
 * Runs `work` as the login that contains, after the server has proven to be the one the target is about. Throws
 * ERR_POSTGRES_TARGET for anything that must not be acted upon.
 */
export async function atTarget<T>(
  context: ActionContext<PostgresConfig>,
  target: EntityId,
  work: (site: Site, target: Target) => Promise<T>,
): Promise<T> {
  const named = targetOf(target)
  if (named === undefined) throw refused(target, 'is no role or session known by its id')
  if (authorityOf(target) !== context.authority) throw refused(target, 'belongs to another cluster')
  if (context.isOwn(target)) throw refused(target, "is Cordon's own")
  if (named.kind === 'role' && context.isOwn(roleId(context.authority, named.oid)))
    throw refused(target, "is Cordon's own")
  return atCluster(context, target, async (site, logins) => {
    if (named.kind === 'role') {
      if (logins.has(named.oid)) throw refused(target, "is Cordon's own")
      if (named.oid === oids.bootstrapSuperuser) throw refused(target, 'is the bootstrap superuser')
      if (named.oid < firstUserOid) throw refused(target, 'is a role the server ships with')
    }
    return work(site, named)
  })
}

/** The same where the target is no role or session: what `work` acts upon it guards itself. `logins`: Cordon's own. */
export async function atCluster<T>(
  context: ActsWith<PostgresConfig>,
  target: EntityId,
  work: (site: Site, logins: ReadonlySet<number>) => Promise<T>,
): Promise<T> {
  const { config, contain } = context
  const login = { user: config.containUser ?? '', password: contain['password'] ?? '', database: config.database }
  if (login.user === '') {
    throw new PostgresError('ERR_POSTGRES_RIGHTS', 'this source has no login that contains', {
      hint: 'set `containUser` and its password',
    })
  }
  // Not noted as an own look: what Cordon does to others belongs in the log like anyone's act.
  return withConnection(
    config,
    login,
    async (query) => {
      const { authority } = await authorityFrom(query, config)
      if (authority !== context.authority) throw refused(target, 'belongs to another cluster than the one that answers')
      const rows = await ask(
        query,
        z.object({ oid: z.number(), super: z.boolean(), me: z.boolean(), version: z.number() }),
        `select oid::int8::float8 as oid, rolsuper as super, rolname = current_user as me,
                current_setting('server_version_num')::int4 as version
           from pg_roles where rolname in (current_user, session_user, $1, $2)`,
        [config.user, login.user],
      )
      const logins = new Set(rows.map(({ oid }) => oid))
      const me = rows.find((row) => row.me)
      const spared = (context.spared ?? []).flatMap((entity) => {
        const other = authorityOf(entity) === authority && entity !== target ? targetOf(entity) : undefined
        return other?.kind === 'role' ? [other.oid] : []
      })
      const own = new Set([...logins, ...spared])
      const site = { query, own, spared, isSuper: me?.super === true, version: me?.version ?? 0 }
      return work(site, logins)
    },
    false,
  )
}

export const refused = (target: EntityId, why: string): PostgresError =>
  new PostgresError('ERR_POSTGRES_TARGET', `\`${target}\` ${why}`)

const roleStateRow = z.object({
  name: z.string(),
  canLogin: z.boolean(),
  isSuper: z.boolean(),
  /** `infinity` where the password never expires. */
  validUntil: z.string(),
  sessions: z.number(),
  prepared: z.number(),
})
export type RoleState = z.output<typeof roleStateRow>

/** Undefined when no role has this oid any more; its open sessions live on even then. */
export async function roleState(query: Query, oid: number): Promise<RoleState | undefined> {
  const [row] = await ask(
    query,
    roleStateRow,
    `select rolname as name, rolcanlogin as "canLogin", rolsuper as "isSuper",
            coalesce(case when isfinite(rolvaliduntil)
                     then to_char(rolvaliduntil at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' end, 'infinity') as "validUntil",
            (select count(*) from pg_stat_activity a where a.usesysid = r.oid)::int4 as sessions,
            (select count(*) from pg_prepared_xacts p where p.owner = r.rolname)::int4 as prepared
       from pg_roles r where oid = $1`,
    [oid],
  )
  return row
}

export async function sessionsOf(query: Query, oid: number): Promise<number> {
  const [row] = await ask(
    query,
    z.object({ n: z.number() }),
    'select count(*)::int4 as n from pg_stat_activity where usesysid = $1',
    [oid],
  )
  return row?.n ?? 0
}

/** A superuser is changed and ended only by a superuser. */
export function requireReach(site: Site, target: EntityId, state: RoleState): void {
  if (!state.isSuper || site.isSuper) return
  throw new PostgresError('ERR_POSTGRES_RIGHTS', `\`${target}\` is a superuser and the login that contains is not`, {
    hint: 'a superuser must do this by hand: alter role … nologin, then pg_terminate_backend',
  })
}
