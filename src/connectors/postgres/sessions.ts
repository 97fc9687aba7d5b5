import { z } from 'zod'

import type { JsonObject } from '#kit'
import type { PullContext, Stream } from '#sources/contract'

import { connect, isOwnLogSession, type Query } from './client.ts'
import type { PostgresConfig } from './config.ts'
import { snapshotRecorder } from './inventory.ts'
import { sqlFacts, type QualifiedName } from './sql-facts.ts'
import { lexSql } from './sql-lexer.ts'

export const sessionsMax = 5_000
const queryChars = 4_096
/** Databases looked into for what running statements read, per poll. */
const lookupDatabasesMax = 16

/**
 * Sessions that speak for many: their end cuts off whoever shares them. Known by the names poolers give themselves;
 * one that hides its name is not told from an application.
 */
const poolerName = /pgbouncer|pgpool|odyssey|pgcat|supavisor|rds ?proxy|pool/i

const activityRow = z.object({
  pid: z.int(),
  startMs: z.number(),
  roleOid: z.number(),
  role: z.string().nullable(),
  databaseOid: z.number().nullable(),
  database: z.string().nullable(),
  client: z.string().nullable(),
  application: z.string(),
  query: z.string(),
  sinceMs: z.number().nullable(),
  logSession: z.string(),
})

const activitySql = `
  select pid, trunc(extract(epoch from backend_start) * 1000)::int8 as "startMs", usesysid::int8 as "roleOid",
         usename as role, datid::int8 as "databaseOid", datname as database, host(client_addr) as client,
         coalesce(application_name, '') as application, left(coalesce(query, ''), ${queryChars}) as query,
         trunc(extract(epoch from query_start) * 1000)::int8 as "sinceMs",
         to_hex(trunc(extract(epoch from backend_start))::int8) || '.' || to_hex(pid) as "logSession"
    from pg_stat_activity
   where usesysid is not null and backend_start is not null and backend_type in ('client backend', 'walsender') and pid <> pg_backend_pid()
   order by backend_start, pid limit $1`

/**
 * Who is connected now. The running statement's relations come along, because a read that is killed or rolled back half
 * way may leave no line in the log; its text does not.
 */
export const sessions: Stream<PostgresConfig> = {
  name: 'sessions',
  kind: 'snapshot',
  delayMs: { typical: 2_000, worst: 10_000 },
  everyMs: 2_000,
  covers: ['sessions', 'reads', 'writes'],
  scopes: ['pg_monitor'],
  async *pull({ config, see, clock, diagnose }: PullContext<PostgresConfig>) {
    const login = { user: config.user, password: see['password'] ?? '' }
    const connection = await connect(config, { ...login, database: config.database })
    try {
      const takenAtMs = clock.nowMs()
      const rows = await connection.query(`select to_jsonb(q) as row from (${activitySql}) q`, [sessionsMax + 1])
      const active = rows.map(({ row }) => activityRow.parse(row))
      if (active.length > sessionsMax) diagnose('warn', 'postgres.sessions.cut', { sessionsMax })
      const kept = active.slice(0, sessionsMax)
      const reads = new Map<string, Map<string, number[]>>()
      const own = (session: string): boolean => isOwnLogSession(session)
      const databases = [
        ...new Set(kept.flatMap((s) => (s.database === null || own(s.logSession) ? [] : [s.database]))),
      ]
      for (const database of databases.slice(0, lookupDatabasesMax)) {
        const names = kept
          .filter((s) => s.database === database && !own(s.logSession))
          .flatMap((s) => relationsIn(s.query))
        if (names.length === 0) continue
        const isHere = database === config.database
        const there = isHere ? connection : await connect(config, { ...login, database }).catch(() => undefined)
        if (there === undefined) continue
        try {
          reads.set(database, await relationOids(there.query, names))
        } finally {
          if (!isHere) await there.close()
        }
      }
      const record = snapshotRecorder('sessions', takenAtMs)
      const part: JsonObject = {
        kind: 'sessions',
        sessions: kept.map((session) => ({
          pid: session.pid,
          startMs: session.startMs,
          roleOid: session.roleOid,
          role: session.role,
          databaseOid: session.databaseOid,
          client: session.client,
          application: session.application,
          pooled: poolerName.test(session.application),
          own: own(session.logSession),
          reads: [
            ...new Set(
              relationsIn(session.query).flatMap(
                (name) => reads.get(session.database ?? '')?.get(JSON.stringify([name.schema, name.name])) ?? [],
              ),
            ),
          ],
          sinceMs: session.sinceMs,
        })),
      }
      yield { events: [record(part, active.length <= sessionsMax)], cursor: null }
    } finally {
      await connection.close()
    }
  },
}

const relationsIn = (query: string): QualifiedName[] =>
  sqlFacts(lexSql(query)).relations.filter(({ schema }) => schema !== 'pg_catalog' && schema !== 'information_schema')

async function relationOids(query: Query, names: readonly QualifiedName[]): Promise<Map<string, number[]>> {
  const rows = await query(
    `select n.nspname as schema, c.relname as name, c.oid::int8::float8 as oid
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relname = any ($1) and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.oid >= 16384 limit 5000`,
    [[...new Set(names.map(({ name }) => name))]],
  )
  return new Map(
    names.map((name) => [
      JSON.stringify([name.schema, name.name]),
      rows
        .filter((row) => row['name'] === name.name && (name.schema === null || row['schema'] === name.schema))
        .map((row) => Number(row['oid'])),
    ]),
  )
}
