/**
 * The one error shape. `code` comes from a closed union declared by each module, `hint` is the way out, `place`
 * names where in the user's input the fault lies. Messages: lower case, no final stop, user input in backticks.
 * Programmer errors are not CordonErrors: use `assert` or `unreachable`, which nothing catches but the process.
 */
export class CordonError<Code extends string = string> extends Error {
  readonly code: Code
  readonly hint: string | undefined
  readonly place: string | undefined
  readonly retryable: boolean

  constructor(
    code: Code,
    message: string,
    options: { hint?: string; place?: string; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.hint = options.hint
    this.place = options.place
    this.retryable = options.retryable ?? false
  }
}

/** The serialisable twin of an error, for sockets, worker messages and problem+json. */
export type ErrorRecord = {
  code: string
  message: string
  hint?: string
  place?: string
  retryable?: boolean
}

export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof CordonError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.place === undefined ? {} : { place: error.place }),
      ...(error.retryable ? { retryable: true } : {}),
    }
  }
  return { code: 'ERR_INTERNAL', message: error instanceof Error ? error.message : String(error) }
}

export function fromErrorRecord(record: ErrorRecord): CordonError {
  const { code, message, ...options } = record
  return new CordonError(code, message, options)
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}

export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}

const networkSays: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the other side closed the connection',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ENOTFOUND: 'there is no such host name',
  EAI_AGAIN: 'host names cannot be looked up now',
  ETIMEDOUT: 'no answer in time',
}

/** `: nothing listens there`, or the code as the system calls it; empty when nothing is known. */
export function whyUnreachable(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < causesMax; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string') return `: ${networkSays[at.code] ?? at.code}`
  }
  return ''
}
const causesMax = 5
