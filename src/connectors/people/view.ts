import type { ClientConfig } from 'pg'

import { CordonError, whyUnreachable } from '#kit'

import type { SqlConfig } from './config.ts'
import { PeopleError } from './error.ts'
import { peopleMax, tooMany, type Table } from './row.ts'

const connectTimeoutMs = 5_000
const statementTimeoutMs = 60_000
const pageRows = 5_000

export const quoteIdent = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** What the login needs: a view in a schema that it may not use is as shut as one it may not read. */
export function readingStatements({ view, user }: Pick<SqlConfig, 'view' | 'user'>): string[] {
  const [schema = ''] = view.split('.')
  return [`grant usage on schema ${schema} to ${quoteIdent(user)};`, `grant select on ${view} to ${quoteIdent(user)};`]
}

/** Names alone where `columns` is empty; else those columns of each row, as text, in the order of the first. */
export async function readView(config: SqlConfig, password: string, columns: readonly string[]): Promise<Table> {
  // Only hands gets here: core loads the connector for what it says, not for its driver.
  const { Client } = await import('pg')
  const client = new Client({
    host: config.host,
    port: config.port,
    user: config.user,
    password,
    database: config.database,
    application_name: 'cordon',
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 1_000,
    options: '-c datestyle=iso -c timezone=utc -c default_transaction_read_only=on',
    ssl: sslOf(config),
  })
  // Without a listener a connection that drops while idle would end the process; the next query tells instead.
  client.on('error', () => undefined)
  const view = config.view.split('.').map(quoteIdent).join('.')
  try {
    await client.connect()
    const { fields } = await client.query(`select * from ${view} limit 0`)
    const names = fields.map(({ name }) => name)
    const lacking = columns.some((name) => !names.includes(name))
    if (columns.length === 0 || lacking) return { names, rows: [] }
    await client.query('begin isolation level repeatable read read only')
    const asText = columns.map((name) => `${quoteIdent(name)}::text`).join(', ')
    await client.query(`declare cordon_people no scroll cursor for select ${asText} from ${view} order by 1`)
    const rows: Table['rows'] = []
    for (;;) {
      const page = await client.query<(string | null)[]>({
        text: `fetch ${pageRows} from cordon_people`,
        rowMode: 'array',
      })
      for (const cells of page.rows)
        rows.push({ place: `row ${rows.length + 1}`, cells: cells.map((one) => one ?? '') })
      if (rows.length > peopleMax) throw tooMany()
      if (page.rows.length < pageRows) return { names: [...columns], rows }
    }
  } catch (error) {
    throw error instanceof CordonError ? error : asPeopleError(error, config)
  } finally {
    await client.end().catch(() => undefined)
  }
}

function sslOf({ ssl, caPem }: SqlConfig): ClientConfig['ssl'] {
  if (ssl === 'disable') return false
  return { ...(caPem === undefined ? {} : { ca: caPem }), rejectUnauthorized: ssl === 'verify-full' }
}

/** By SQLSTATE; neither the server's text nor the password is in it. */
function asPeopleError(error: unknown, config: SqlConfig): PeopleError {
  const { user, host, port, database, view } = config
  const state = error instanceof Error && 'code' in error ? String(error.code) : ''
  const where = `\`${user}@${host}:${port}/${database}\``
  if (/^[0-9A-Z]{5}$/.test(state) && !state.startsWith('28') && !state.startsWith('08')) {
    const isAbsent = state === '42P01' || state === '3F000'
    const isForbidden = state === '42501'
    const what = isAbsent ? 'has no such view' : isForbidden ? 'lets this login not read it' : `answered ${state}`
    return new PeopleError('ERR_PEOPLE_QUERY', `\`${view}\`: the server ${what}`, {
      place: 'config: sql.view',
      hint: isForbidden ? readingStatements(config).join(' ') : '`cordon source check NAME` asks again',
      retryable: true,
      cause: error,
    })
  }
  const what = state.startsWith('28') ? 'was refused' : `could not be reached${whyUnreachable(error)}`
  return new PeopleError('ERR_PEOPLE_CONNECT', `${where} ${what}`, { retryable: true, cause: error })
}
