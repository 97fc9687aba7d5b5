import type { ClientConfig } from 'pg'
import { z } from 'zod'

import { CordonError, isObject, whyUnreachable, type Json, type JsonObject } from '#kit'

import type { PostgresConfig } from './config.ts'

export class PostgresError extends CordonError<
  | 'ERR_POSTGRES_CONNECT'
  | 'ERR_POSTGRES_LOGIN'
  | 'ERR_POSTGRES_RIGHTS'
  | 'ERR_POSTGRES_QUERY'
  | 'ERR_POSTGRES_CONFLICT'
  | 'ERR_POSTGRES_TARGET'
  | 'ERR_POSTGRES_LOG'
> {
  /** SQLSTATE, where the server gave one. */
  readonly sqlState: string | undefined
  constructor(
    code: PostgresError['code'],
    message: string,
    options: { hint?: string; retryable?: boolean; cause?: unknown; sqlState?: string } = {},
  ) {
    super(code, message, options)
    this.sqlState = options.sqlState
  }
}

export const connectTimeoutMs = 5_000
export const statementTimeoutMs = 15_000
export const lockTimeoutMs = 5_000
/** Rows one call may return; every query that could give more pages by key. */
export const rowsMax = 20_000

/** One statement at a time; rows are JSON objects. */
export type Query = (
  sql: string,
  values?: readonly (string | number | boolean | null | readonly (string | number)[])[],
) => Promise<JsonObject[]>

/** Rows in a known shape; an answer of another shape is an error, not a guess. */
export async function ask<T>(
  query: Query,
  shape: z.ZodType<T>,
  sql: string,
  values: Parameters<Query>[1] = [],
): Promise<T[]> {
  return (await query(sql, values)).map((row) => {
    const parsed = shape.safeParse(row)
    if (parsed.success) return parsed.data
    throw new PostgresError('ERR_POSTGRES_QUERY', 'the server answered in a shape that was not expected', {
      cause: parsed.error,
    })
  })
}

export type Connection = {
  query: Query
  /** Server's process and its start as the log writes them: `hex(seconds).hex(pid)`. */
  logSession: string
  close(): Promise<void>
}

export type Login = { user: string; password: string; database: string }

/**
 * Log sessions this process opened, newest last. Their lines are left out of the feed, else each look at the catalog
 * would be logged, read and looked up again. Keyed by process and start, so a thief of our password is still seen.
 */
const ownSessions = new Set<string>()
const ownSessionsMax = 8_192
export const isOwnLogSession = (session: string): boolean => ownSessions.has(session)

export async function connect(config: PostgresConfig, login: Login, note = true): Promise<Connection> {
  // Only hands gets here: core loads the connector for what it says, not for its driver.
  const { Client } = await import('pg')
  const client = new Client({
    host: config.host,
    port: config.port,
    user: login.user,
    password: login.password,
    database: login.database,
    application_name: 'cordon',
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    query_timeout: statementTimeoutMs + 1_000,
    ssl: sslOf(config),
  })
  // Without a listener a connection that drops while idle would end the process; the next query tells instead.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    await client.end().catch(() => undefined)
    throw connectError(error, config, login)
  }
  const query: Query = async (sql, values = []) => {
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql, [...values])
      if (rows.length > rowsMax)
        throw new PostgresError('ERR_POSTGRES_QUERY', `more than ${rowsMax} rows in one answer`)
      return rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, toJson(value)])))
    } catch (error) {
      throw error instanceof PostgresError ? error : queryError(error)
    }
  }
  const connection: Connection = { query, logSession: '', close: () => client.end().catch(() => undefined) }
  const [own] = await ask(
    query,
    z.object({ session: z.string() }),
    `select to_hex(trunc(extract(epoch from backend_start))::int8) || '.' || to_hex(pid) as session
       from pg_stat_activity where pid = pg_backend_pid()`,
  ).catch(async (error: unknown) => {
    await connection.close()
    throw error
  })
  connection.logSession = own?.session ?? ''
  if (note) {
    ownSessions.add(connection.logSession)
    for (const oldest of ownSessions) {
      if (ownSessions.size <= ownSessionsMax) break
      ownSessions.delete(oldest)
    }
  }
  return connection
}

/** Runs `work` on a connection of its own and closes it whatever happens. */
export async function withConnection<T>(
  config: PostgresConfig,
  login: Login,
  work: (query: Query) => Promise<T>,
  note = true,
): Promise<T> {
  const connection = await connect(config, login, note)
  try {
    return await work(connection.query)
  } finally {
    await connection.close()
  }
}

/** Times a change is tried when another session changed the same rows of the catalog meanwhile. */
export const conflictTriesMax = 5

/**
 * All or nothing, in one snapshot when `readOnly`. What lost against another session is done again from its beginning:
 * two roles that hold one membership are often taken away side by side.
 */
export async function inTransaction<T>(query: Query, readOnly: boolean, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    await query(readOnly ? 'begin isolation level repeatable read read only' : 'begin')
    try {
      const result = await work()
      await query('commit')
      return result
    } catch (error) {
      await query('rollback').catch(() => undefined)
      const isLost = error instanceof PostgresError && error.code === 'ERR_POSTGRES_CONFLICT'
      if (!isLost || tries >= conflictTriesMax) throw error
    }
  }
}

/** `"` doubled; for the utility statements that take no parameters. */
export const quoteIdent = (name: string): string => `"${name.replaceAll('"', '""')}"`

function sslOf(config: PostgresConfig): ClientConfig['ssl'] {
  if (config.ssl === 'disable') return false
  const ca = config.caPem === undefined ? {} : { ca: config.caPem }
  return config.ssl === 'require' ? { ...ca, rejectUnauthorized: false } : { ...ca, rejectUnauthorized: true }
}

/** int8 arrives as text, numeric likewise; the queries cast to what JSON carries. */
function toJson(value: unknown): Json {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(toJson)
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]))
  }
  return value instanceof Date ? value.toISOString() : null
}

/**
 * Serialization failure and deadlock have states of their own; the catalog's rows are guarded by an internal error that
 * is known by its text only (src/backend/access/heap/heapam.c, simple_heap_update).
 */
const isConflict = (sqlState: string | undefined, error: unknown): boolean =>
  sqlState === '40001' ||
  sqlState === '40P01' ||
  (sqlState === 'XX000' && error instanceof Error && /^tuple concurrently (?:updated|deleted)$/.test(error.message))

const stateOf = (error: unknown): string | undefined =>
  isObject(error) && typeof error['code'] === 'string' && /^[0-9A-Z]{5}$/.test(error['code'])
    ? error['code']
    : undefined

/** Class 28: the server knew who asked and said no. The message never carries the password. */
function connectError(error: unknown, config: PostgresConfig, login: Login): PostgresError {
  const sqlState = stateOf(error)
  const where = `\`${login.user}@${config.host}:${config.port}/${login.database}\``
  if (sqlState?.startsWith('28')) {
    return new PostgresError('ERR_POSTGRES_LOGIN', `${where} was refused`, { sqlState, cause: error })
  }
  return new PostgresError('ERR_POSTGRES_CONNECT', `${where} could not be reached${whyUnreachable(error)}`, {
    retryable: true,
    cause: error,
    ...(sqlState === undefined ? {} : { sqlState }),
  })
}

function queryError(error: unknown): PostgresError {
  const sqlState = stateOf(error)
  if (sqlState === '42501') {
    return new PostgresError('ERR_POSTGRES_RIGHTS', 'the login lacks a right for this', { sqlState, cause: error })
  }
  if (isConflict(sqlState, error)) {
    return new PostgresError('ERR_POSTGRES_CONFLICT', 'another session changed the same rows', {
      retryable: true,
      cause: error,
      ...(sqlState === undefined ? {} : { sqlState }),
    })
  }
  const isLost =
    sqlState === undefined || sqlState.startsWith('08') || sqlState.startsWith('57') || sqlState === '55P03'
  return new PostgresError('ERR_POSTGRES_QUERY', `the server answered ${sqlState ?? 'nothing'}`, {
    retryable: isLost,
    cause: error,
    ...(sqlState === undefined ? {} : { sqlState }),
  })
}
