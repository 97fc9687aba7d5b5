import { DatabaseSync, type StatementSync } from 'node:sqlite'

import { StoreError } from './error.ts'
import type { SqlValue, Tx } from './command.ts'

/** The one file that knows `node:sqlite`. WAL with `synchronous=FULL`: a commit returns after fsync of the WAL. */
export class Sqlite {
  readonly db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(path: string, options: { readOnly?: boolean } = {}) {
    this.db = new DatabaseSync(path, { readOnly: options.readOnly ?? false, timeout: 5000 })
    if (options.readOnly !== true) {
      this.db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${syncMode()}; PRAGMA foreign_keys = ON`)
      this.db.exec('PRAGMA wal_autocheckpoint = 4000')
    }
    this.db.exec('PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY')
  }

  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  run(sql: string, ...values: SqlValue[]): { changes: number } {
    return { changes: Number(this.prepare(sql).run(...values).changes) }
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller names the row its own SQL selects
    return this.prepare(sql).get(...values) as Row | undefined
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller names the row its own SQL selects
    return this.prepare(sql).all(...values) as Row[]
  }

  exec(sql: string): void {
    this.db.exec(sql)
  }

  tx(afterCommit: (work: () => void) => void): Tx {
    return {
      run: (sql, ...values) => this.run(sql, ...values),
      get: (sql, ...values) => this.get(sql, ...values),
      all: (sql, ...values) => this.all(sql, ...values),
      afterCommit,
    }
  }

  close(): void {
    this.#statements.clear()
    this.db.close()
  }
}

/** Only the test that proves our durability test can fail sets this; start-up refuses it outside of that test. */
const syncMode = (): 'FULL' | 'OFF' => (process.env['CORDON_TEST_SYNCHRONOUS'] === 'OFF' ? 'OFF' : 'FULL')

/** SQLite's primary result code is the low byte of `errcode`: 13 full, 10 I/O error, 5 busy, 6 locked. */
export function translateSqliteError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error
  const primary = error.errcode & 0xff
  if (primary === 13) {
    return new StoreError('ERR_STORE_FULL', 'the disk that holds the data directory is full', {
      hint: 'free space or move the data directory; nothing of this request was kept, send it again',
      retryable: true,
      cause: error,
    })
  }
  if (primary === 10) {
    return new StoreError('ERR_STORE_IO', 'the disk that holds the data directory reports an error', {
      hint: 'check the disk; nothing of this request was kept',
      retryable: true,
      cause: error,
    })
  }
  if (primary === 5 || primary === 6) {
    return new StoreError('ERR_STORE_BUSY', 'another program holds the store', { retryable: true, cause: error })
  }
  return error
}
