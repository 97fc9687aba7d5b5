import { z } from 'zod'

import { ask, type Query } from './client.ts'
import type { PostgresConfig, RoleSuccessor } from './config.ts'
import { firstUserOid } from './ids.ts'
import { lacks, readLogin, unfit, versionWithAdminOnlyCreateRole } from './standby.ts'

const namedMax = 5

/** From 16 on CREATEROLE reaches what it made and what it was given ADMIN on (https://www.postgresql.org/docs/16/role-attributes.html). */
const beyondSql = `
  select r.rolname as name from pg_roles r
   where r.rolcanlogin and not r.rolsuper and r.oid >= $3 and r.rolname not in ($1, $2)
     and not pg_has_role($2, r.oid, 'MEMBER WITH ADMIN OPTION')
   order by r.oid`
const adminSql = `select pg_has_role($1, $2, 'MEMBER WITH ADMIN OPTION') as may`

/** Logins that cannot be contained, before an incident finds out. Empty before 16: CREATEROLE reaches all but superusers. */
export async function beyondReach(query: Query, { user, containUser = '' }: PostgresConfig, version: number) {
  if (version < versionWithAdminOnlyCreateRole) return []
  const rows = await ask(query, z.object({ name: z.string() }), beyondSql, [user, containUser, firstUserOid])
  const named = rows.slice(0, namedMax).map(({ name }) => `\`${name}\``)
  const more = rows.length > namedMax ? ` and ${rows.length - namedMax} more` : ''
  return rows.length === 0 ? [] : [`ADMIN on ${named.join(', ')}${more} for \`${containUser}\`: ${rows.length} logins`]
}

/** What a hand-over would be refused for, or its consumers would miss: one line for each thing of each line of `successors`. */
export async function successorMisfits(query: Query, config: PostgresConfig, version: number): Promise<string[]> {
  const says: string[] = []
  for (const line of config.successors) {
    const [old, standby] = [await readLogin(query, line.role), await readLogin(query, line.standby)]
    const misfits = [...unfit(line, standby), ...lacks(line, old, standby)]
    if (config.containUser === undefined) misfits.push('no login that contains is set, which would make it')
    else if (version >= versionWithAdminOnlyCreateRole) {
      const names = needsAdmin(line, standby !== undefined)
      for (const name of names) {
        const isThere = (await readLogin(query, name)) !== undefined
        const [right] = isThere
          ? await ask(query, z.object({ may: z.boolean() }), adminSql, [config.containUser, name])
          : []
        if (right === undefined) misfits.push(`there is no role \`${name}\``)
        else if (!right.may) misfits.push(`\`${config.containUser}\` has no ADMIN on \`${name}\``)
      }
    }
    for (const why of new Set(misfits)) says.push(`the successor of \`${line.role}\` goes to \`${line.place}\`: ${why}`)
  }
  return says
}

/** What the login that contains must be given ADMIN on to hand over; a standby that it made it has. */
export const needsAdmin = ({ standby, memberOf }: RoleSuccessor, isThere: boolean): string[] => [
  ...(memberOf === undefined || isThere ? [standby] : []),
  ...(memberOf ?? []),
]
