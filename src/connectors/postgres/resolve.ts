import { z } from 'zod'

import type { Clock, Diagnose } from '#kit'
import type { PullContext } from '#sources/contract'

import { connect, PostgresError, type Connection } from './client.ts'
import type { PostgresConfig } from './config.ts'
import type { ResolvedRole } from './log-envelope.ts'
import type { QualifiedName } from './sql-facts.ts'

export const cachedNamesMax = 20_000
export const cacheMs = 60_000
/** How long the log waits for a server that cannot be asked. After that names stand alone: a blind map beats a blind log. */
export const patienceMs = 60_000
const lookupNamesMax = 500

const roleLookup = z.object({
  name: z.string(),
  oid: z.number(),
  canLogin: z.boolean(),
  memberOf: z.array(z.tuple([z.int(), z.boolean()])),
})
const relationLookup = z.object({ schema: z.string(), name: z.string(), oid: z.number() })

type Cached<T> = { value: T; atMs: number }

/**
 * Names of log lines → object ids, from the live catalog. One resolver serves one source for the life of the process;
 * connections live for one pull only. What cannot be asked for longer than `patienceMs` is answered by old answers,
 * then by null.
 */
export type Resolver = {
  open(config: PostgresConfig, password: string, clock: Clock, diagnose: Diagnose): Lookup
}
export type Lookup = {
  roles(names: readonly string[], fresh: boolean): Promise<Map<string, ResolvedRole>>
  database(name: string): Promise<number | null>
  relations(database: string, names: readonly QualifiedName[], user: string | null): Promise<Map<string, number[]>>
  forgetRelations(database: string): void
  hasAudit(): Promise<boolean>
  close(): Promise<void>
}

export const keyOf = (name: QualifiedName): string => JSON.stringify([name.schema, name.name])

/** One resolver for each server and login, from one pull to the next: what was looked up is not asked again. */
export function createResolvers() {
  const resolvers = new Map<string, Resolver>()
  return ({ config, see, clock, diagnose }: PullContext<PostgresConfig>): ReturnType<Resolver['open']> => {
    const key = `${config.host}:${config.port}/${config.user}`
    const resolver = resolvers.get(key) ?? createResolver()
    resolvers.set(key, resolver)
    return resolver.open(config, see['password'] ?? '', clock, diagnose)
  }
}

export function createResolver(): Resolver {
  const roles = new Map<string, Cached<ResolvedRole>>()
  const databases = new Map<string, Cached<number>>()
  const relations = new Map<string, Cached<{ schema: string; oid: number }[]>>()
  let audit: Cached<boolean> | undefined
  let unreachableSinceMs: number | undefined

  const put = <T>(cache: Map<string, Cached<T>>, key: string, value: T, atMs: number): void => {
    cache.delete(key)
    cache.set(key, { value, atMs })
    for (const oldest of cache.keys()) {
      if (cache.size <= cachedNamesMax) break
      cache.delete(oldest)
    }
  }

  return {
    open(config, password, clock, diagnose) {
      const connections = new Map<string, Connection>()
      const isFresh = (cached: { atMs: number } | undefined): boolean =>
        cached !== undefined && clock.monotonicMs() - cached.atMs < cacheMs

      /** Undefined when the server cannot be asked and patience is over, or it refuses this database. */
      const ask = async <T>(database: string, sql: string, values: (string | string[])[], shape: z.ZodType<T>) => {
        try {
          const open = connections.get(database) ?? (await connect(config, { user: config.user, password, database }))
          connections.set(database, open)
          const rows = await open.query(`select to_jsonb(q) as row from (${sql}) q`, values)
          unreachableSinceMs = undefined
          return rows.map(({ row }) => shape.parse(row))
        } catch (error) {
          if (!(error instanceof PostgresError)) throw error
          await connections.get(database)?.close()
          connections.delete(database)
          const isAway = error.retryable || error.code === 'ERR_POSTGRES_LOGIN'
          if (isAway) {
            unreachableSinceMs ??= clock.monotonicMs()
            if (clock.monotonicMs() - unreachableSinceMs < patienceMs) throw error
          }
          diagnose('warn', 'postgres.names.unresolved', { code: error.code })
          return undefined
        }
      }

      return {
        async roles(names, fresh) {
          const wanted = [...new Set(names)]
            .filter((name) => fresh || !isFresh(roles.get(name)))
            .slice(0, lookupNamesMax)
          if (wanted.length > 0) {
            const rows = await ask(
              config.database,
              `select r.rolname as name, r.oid::int8 as oid, r.rolcanlogin as "canLogin",
                      (select coalesce(jsonb_agg(jsonb_build_array(m.roleid::int8,
                                coalesce((to_jsonb(m)->>'inherit_option')::boolean, r.rolinherit))), '[]')
                         from pg_auth_members m where m.member = r.oid) as "memberOf"
                 from pg_roles r where r.rolname = any ($1)`,
              [wanted],
              roleLookup,
            )
            // A role that is gone keeps its last oid: the lines before its end are about it.
            for (const row of rows ?? []) put(roles, row.name, row, clock.monotonicMs())
          }
          return new Map(
            names.map((name) => [name, roles.get(name)?.value ?? { name, oid: null, canLogin: false, memberOf: [] }]),
          )
        },
        async database(name) {
          if (!isFresh(databases.get(name))) {
            const rows = await ask(
              config.database,
              'select datname as name, oid::int8 as oid from pg_database where datname = $1',
              [name],
              z.object({ name: z.string(), oid: z.number() }),
            )
            for (const row of rows ?? []) put(databases, row.name, row.oid, clock.monotonicMs())
          }
          return databases.get(name)?.value ?? null
        },
        async relations(database, names, user) {
          const cacheKey = (name: string): string => JSON.stringify([database, name])
          const wanted = [...new Set(names.map(({ name }) => name))]
            .filter((name) => !isFresh(relations.get(cacheKey(name))))
            .slice(0, lookupNamesMax)
          if (wanted.length > 0) {
            const rows = await ask(
              database,
              `select n.nspname as schema, c.relname as name, c.oid::int8 as oid
                 from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.relname = any ($1) and c.relkind in ('r', 'p', 'v', 'm', 'f') limit 5000`,
              [wanted],
              relationLookup,
            )
            for (const name of rows === undefined ? [] : wanted) {
              const found = rows?.filter((row) => row.name === name) ?? []
              put(
                relations,
                cacheKey(name),
                found.map(({ schema, oid }) => ({ schema, oid })),
                clock.monotonicMs(),
              )
            }
          }
          return new Map(
            names.map((name) => [
              keyOf(name),
              pick(relations.get(cacheKey(name.name))?.value ?? [], name.schema, user).map(({ oid }) => oid),
            ]),
          )
        },
        forgetRelations(database) {
          const prefix = JSON.stringify([database]).slice(0, -1)
          for (const key of relations.keys()) if (key.startsWith(prefix)) relations.delete(key)
        },
        async hasAudit() {
          if (!isFresh(audit)) {
            const rows = await ask(
              config.database,
              `select count(*)::int8 as n from pg_settings where name = 'pgaudit.log'`,
              [],
              z.object({ n: z.number() }),
            )
            if (rows !== undefined) audit = { value: (rows[0]?.n ?? 0) > 0, atMs: clock.monotonicMs() }
          }
          return audit?.value ?? true
        },
        async close() {
          for (const connection of connections.values()) await connection.close()
          connections.clear()
        },
      }
    },
  }
}

/**
 * An unqualified name is looked for as the default search path would: catalog, the user's own schema, public. Anything
 * else depends on a setting we do not see, so every relation of that name counts.
 */
function pick<T extends { schema: string }>(found: readonly T[], schema: string | null, user: string | null): T[] {
  if (schema !== null) return found.filter((one) => one.schema === schema)
  for (const likely of ['pg_catalog', user, 'public']) {
    const match = found.filter((one) => one.schema === likely)
    if (match.length > 0) return match
  }
  return [...found]
}

export const isCatalogName = (name: QualifiedName): boolean =>
  name.schema === 'pg_catalog' || name.schema === 'information_schema' || name.schema === 'pg_toast'
