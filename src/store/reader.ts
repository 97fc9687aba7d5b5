import type { SqlValue } from './command.ts'
import { Sqlite } from './sqlite.ts'

/** Read-only view of the store from any thread. Pages only: no cursor stays open, or the WAL would grow without bound. */
export interface Reader {
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined
  all<Row>(sql: string, ...values: SqlValue[]): Row[]
  close(): void
}

export function openReader(path: string): Reader {
  return new Sqlite(path, { readOnly: true })
}
