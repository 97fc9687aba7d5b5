import { z } from 'zod'

import type { JsonObject } from '#kit'
import type { Blind, PullContext, Stream } from '#sources/contract'

import { connect, isOwnLogSession, PostgresError, type Query } from './client.ts'
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
      const own = (session: string): boolean => isOwnLogSession(session)
      const named = new Map<string, QualifiedName[]>()
      for (const { database, logSession, query } of kept) {
        const names = database === null || own(logSession) ? [] : relationsIn(query)
        if (database !== null && names.length > 0) named.set(database, [...(named.get(database) ?? []), ...names])
      }
      const { reads, unread } = await readBehind(named, config.database, async (database) =>
        database === config.database
          ? { query: connection.query, close: () => Promise.resolve() }
          : connect(config, { ...login, database }),
      )
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
      yield { events: [record(part, active.length <= sessionsMax)], cursor: null, blind: blindTo(unread) }
    } finally {
      await connection.close()
    }
  },
}

type Lookup = { query: Query; close(): Promise<void> }
/** Oids by database and name. `unread`: why a database told none; of it no read by a running statement is known. */
export type Behind = { reads: Map<string, Map<string, number[]>>; unread: Map<string, string> }

/**
 * Looks in each database up what its running statements name. One that refuses takes no other with it; of `home`, where the
 * sessions themselves were read, a connection that is lost ends the run.
 */
export async function readBehind(
  named: ReadonlyMap<string, readonly QualifiedName[]>,
  home: string,
  open: (database: string) => Promise<Lookup>,
): Promise<Behind> {
  const found: Behind = { reads: new Map(), unread: new Map() }
  for (const [n, [database, names]] of [...named].entries()) {
    if (n >= lookupDatabasesMax) {
      found.unread.set(database, `no more than ${lookupDatabasesMax} databases are looked into at once`)
      continue
    }
    try {
      const there = await open(database)
      try {
        found.reads.set(database, await relationOids(there.query, names))
      } finally {
        await there.close()
      }
    } catch (error) {
      if (!(error instanceof PostgresError) || (database === home && error.retryable)) throw error
      found.unread.set(database, error.message)
    }
  }
  return found
}

/** In words, one for all databases: which they are changes from poll to poll. */
export function blindTo(unread: Behind['unread']): Blind[] {
  const [first] = unread
  if (first === undefined) return []
  const [database, why] = first
  const more = unread.size === 1 ? '' : `; nor in ${unread.size - 1} more`
  const says = `what running statements read in the database \`${database}\` is not told: ${why}${more}`
  return [{ of: 'sessions/reads', says, untold: [] }]
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
