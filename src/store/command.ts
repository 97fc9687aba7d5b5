/**
 * Every write is a command: a named, serialisable value whose SQL runs wholly inside worker W. Parts from several
 * modules, submitted together, commit once or not at all. No transaction spans an `await`.
 */
export type SqlValue = null | number | bigint | string | Uint8Array

/** What a handler may do while W holds the write transaction. Everything here is synchronous. */
export interface Tx {
  run(sql: string, ...values: SqlValue[]): { changes: number }
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined
  all<Row>(sql: string, ...values: SqlValue[]): Row[]
  /** Runs once the surrounding transaction is on disk; the place to update memory that mirrors the store. */
  afterCommit(work: () => void): void
}

/** A call, ready to cross a thread or a socket. `Result` is a phantom: it types what `submit` gives back. */
export type Command<Result> = { readonly name: string; readonly args: unknown; readonly result?: Result }

export type CommandType<Args, Result> = ((args: Args) => Command<Result>) & { readonly command: string }

/** Declares a command for its callers; `handler` gives it a body inside W. Names are `module.verb`. */
export function command<Args, Result>(name: string): CommandType<Args, Result> {
  return Object.assign((args: Args): Command<Result> => ({ name, args }), { command: name })
}

export type Handler = { readonly name: string; run(tx: Tx, args: unknown): unknown }

export function handler<Args, Result>(type: CommandType<Args, Result>, run: (tx: Tx, args: Args) => Result): Handler {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `type` is the only maker of these arguments
  return { name: type.command, run: (tx, args) => run(tx, args as Args) }
}

/** One module's share of the store. `migrations[i]` brings it from version i to i + 1; forward only, never edited once released. */
export type WriterModule = {
  readonly name: string
  readonly migrations: readonly string[]
  readonly handlers: readonly Handler[]
  /** Called once in W after migrations, to rebuild what the module keeps in memory. */
  readonly load?: (tx: Tx) => void
}
