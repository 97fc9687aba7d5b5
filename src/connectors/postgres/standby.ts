import { z } from 'zod'

import { ask, type Query } from './client.ts'
import type { RoleSuccessor } from './config.ts'
import { firstUserOid } from './ids.ts'

export const versionWithAdminOnlyCreateRole = 160_000

const membership = z.object({ name: z.string(), inherits: z.boolean(), sets: z.boolean() })
const loginRow = z.object({
  oid: z.number(),
  name: z.string(),
  canLogin: z.boolean(),
  inherits: z.boolean(),
  connLimit: z.int(),
  isExpired: z.boolean(),
  /** Powers beside its memberships, as the statement names them. */
  powers: z.array(z.string()),
  comment: z.string().nullable(),
  sessions: z.number(),
  /** What it owns or was granted itself, in any database. */
  holdings: z.number(),
  settings: z.number(),
  memberOf: z.array(membership),
})
export type LoginState = z.output<typeof loginRow>

/** `pg_shdepend` is of the whole cluster: o owns, a stands in an ACL, r in a policy, i in what an extension came with. */
const loginSql = `
  select r.oid::int8::float8 as oid, r.rolname as name, r.rolcanlogin as "canLogin", r.rolinherit as inherits,
         r.rolconnlimit as "connLimit", coalesce(r.rolvaliduntil <= now(), false) as "isExpired",
         array_remove(array[case when r.rolsuper then 'SUPERUSER' end, case when r.rolcreaterole then 'CREATEROLE' end,
           case when r.rolcreatedb then 'CREATEDB' end, case when r.rolreplication then 'REPLICATION' end,
           case when r.rolbypassrls then 'BYPASSRLS' end], null) as powers,
         shobj_description(r.oid, 'pg_authid') as comment,
         (select count(*) from pg_stat_activity a where a.usesysid = r.oid)::int4 as sessions,
         (select count(*) from pg_shdepend d where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid
             and d.deptype in ('o', 'a', 'r', 'i'))::int4 as holdings,
         (select count(*) from pg_db_role_setting s where s.setrole = r.oid)::int4 as settings,
         (select coalesce(jsonb_agg(jsonb_build_object('name', g.rolname,
             'inherits', coalesce((to_jsonb(m)->>'inherit_option')::boolean, true),
             'sets', coalesce((to_jsonb(m)->>'set_option')::boolean, true)) order by g.rolname), '[]')
            from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid) as "memberOf"
    from pg_roles r where r.rolname = $1`

/** Undefined: no such role. */
export async function readLogin(query: Query, name: string): Promise<LoginState | undefined> {
  const [row] = await ask(query, loginRow, loginSql, [name])
  return row
}

const namesOf = (list: readonly string[]): string => list.map((name) => `\`${name}\``).join(', ')
const beyond = ({ memberOf }: LoginState, named: readonly string[]): string[] =>
  memberOf.map(({ name }) => name).filter((name) => !named.includes(name))

/**
 * Why the standby of a line is given no password, now or in the incident; empty: it is fit. Asks of the standby alone: what
 * hangs on the old login whoever stole that could change, and so hold the hand-over up.
 */
export function unfit({ role, standby: name, memberOf }: RoleSuccessor, standby: LoginState | undefined): string[] {
  if (standby === undefined) {
    return memberOf === undefined ? [`there is no role \`${name}\`: make it, without LOGIN, or say \`memberOf\``] : []
  }
  const says: string[] = []
  if (standby.oid < firstUserOid) says.push(`\`${name}\` is a role the server ships with`)
  if (standby.powers.length > 0) says.push(`\`${name}\` has ${standby.powers.join(' and ')}`)
  if (standby.memberOf.some((group) => group.name === role))
    says.push(`\`${name}\` is a member of \`${role}\`: what ends the one's sessions ends the other's`)
  if (memberOf === undefined) return says
  if (markOf(standby.comment) === undefined)
    says.push(`there is a role \`${name}\` already, and Cordon did not make it`)
  const more = beyond(standby, memberOf)
  if (more.length > 0) says.push(`\`${name}\` is a member of ${namesOf(more)}, which \`memberOf\` does not name`)
  return says
}

/** What consumers of the old login would miss with the standby; asked before an incident, and refused by nobody in it. */
export function lacks(
  { role, standby: name, memberOf }: RoleSuccessor,
  old: LoginState | undefined,
  standby: LoginState | undefined,
): string[] {
  if (old === undefined) return [`there is no role \`${role}\``]
  const says: string[] = []
  const groups = memberOf ?? standby?.memberOf.map((group) => group.name) ?? []
  const missed = beyond(old, groups)
  if (missed.length > 0) says.push(`\`${role}\` is a member of ${namesOf(missed)}, and \`${name}\` would not be`)
  if (standby?.canLogin === true && markOf(standby.comment) === undefined)
    says.push(`\`${name}\` may log in already: a standby has no LOGIN before its turn`)
  if (memberOf === undefined) return says
  const instead = 'name a standby that has the same, without `memberOf`'
  if (old.powers.length > 0) says.push(`\`${role}\` has ${old.powers.join(' and ')}, which a made role is not given`)
  if (old.holdings > 0)
    says.push(`\`${role}\` owns or was granted ${old.holdings} things itself, through no role: ${instead}`)
  if (old.settings > 0) says.push(`\`${role}\` has settings of its own (ALTER ROLE … SET): ${instead}`)
  return says
}

const mark = /\s?\[cordon successor ([0-9a-f]{64})\]$/

/** Which action gave the role its password; the rest of a comment is somebody else's, and stays. */
export const markOf = (comment: string | null): string | undefined => mark.exec(comment ?? '')?.[1]
export const markedWith = (comment: string | null, token: string): string =>
  `${(comment ?? '').replace(mark, '')} [cordon successor ${token}]`.trimStart()
