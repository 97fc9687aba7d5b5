import { z } from 'zod'

import type { Json, JsonObject } from '#kit'
import type { PullContext, Stream } from '#sources/contract'

import { ask, inTransaction, PostgresError, withConnection, type Query } from './client.ts'
import type { PostgresConfig } from './config.ts'
import { readAllDatabases, readAllMemberships, readAllRoles, snapshotRecorder } from './inventory.ts'

const everyMs = 300_000
/** Beyond these nothing is told of any: a rule left out could be the one that refuses. */
export const hbaRulesMax = 2_000
export const hbaScopes = ['pg_hba_file_rules']

/**
 * Reading the row as JSON serves 15, where rules have a line alone, and 16, where files include others. Values of options stay
 * with the server; `error` quotes the line.
 */
const rulesSql = `
  select coalesce(j->>'line_number', '0')::int4 as line, j->>'type' as type, j->'database' as databases, j->'user_name' as users,
         j->>'address' as address, j->>'netmask' as mask, j->>'auth_method' as method,
         exists (select 1 from unnest(r.options) o where o like 'clientcert=verify%') as "clientCert",
         r.error is not null as "isBroken"
    from pg_hba_file_rules r, to_jsonb(r) j
   order by (j->>'rule_number')::int4 nulls first, line limit $1`

/** Who may sign in from where, and by what: the file as it stands, which the server follows from its next reload on. */
export const signIn: Stream<PostgresConfig> = {
  name: 'sign-in',
  kind: 'snapshot',
  delayMs: { typical: everyMs / 2, worst: everyMs * 2 },
  everyMs,
  covers: ['identities'],
  tells: ['sign-in-rules'],
  scopes: hbaScopes,
  async *pull({ config, see, clock }: PullContext<PostgresConfig>) {
    const login = { user: config.user, password: see['password'] ?? '', database: config.database }
    const takenAtMs = clock.nowMs()
    const read = await withConnection(config, login, (query) =>
      inTransaction(query, true, () => signInPart(query)),
    ).catch((error: unknown) => {
      if (error instanceof PostgresError && error.code === 'ERR_POSTGRES_RIGHTS') return undefined
      throw error
    })
    // What was read before is no longer known: an empty snapshot says so.
    yield {
      events: [snapshotRecorder('sign-in', takenAtMs)(read ?? { kind: 'unseen', databases: [] }, true)],
      cursor: null,
      blind: read === undefined ? [{ of: 'sign-in', says: refused }] : [],
    }
  },
}
const refused =
  'this login may not read `pg_hba_file_rules`: from where and by what roles sign in is not told (`cordon source role` has the two grants)'

export async function signInPart(query: Query): Promise<JsonObject> {
  const rows = await ask(query, z.object({ row: z.json() }), `select to_jsonb(q) as row from (${rulesSql}) q`, [
    hbaRulesMax + 1,
  ])
  if (rows.length > hbaRulesMax) {
    throw new PostgresError('ERR_POSTGRES_QUERY', `pg_hba.conf has more than ${hbaRulesMax} rules`, {
      hint: 'raise the bound in sign-in.ts',
    })
  }
  const [tls] = await ask(query, z.object({ on: z.boolean() }), `select current_setting('ssl') = 'on' as on`)
  const rules: Json[] = rows.map(({ row }) => row)
  return {
    kind: 'sign-in',
    rules,
    tls: tls?.on === true,
    roles: await readAllRoles(query),
    memberships: await readAllMemberships(query),
    databases: await readAllDatabases(query),
  }
}
