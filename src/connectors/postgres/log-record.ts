import { isObject, parseJson } from '#kit'

/** One line of the server's log, jsonlog or csvlog alike. Free text is not here yet scrubbed: it must not leave the feed. */
export type LogRecord = {
  timestamp: string
  user: string | null
  database: string | null
  pid: number
  host: string | null
  port: number | null
  session: string
  line: number
  tag: string
  sessionStart: string
  severity: string
  state: string | null
  message: string
  hasContext: boolean
  statement: string | null
  application: string
  backend: string
}

/** https://www.postgresql.org/docs/15/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG */
const csvColumns = 23

export function readLogRecord(format: 'jsonlog' | 'csvlog', text: string): LogRecord | undefined {
  return format === 'jsonlog' ? readJsonRecord(text) : readCsvRecord(text)
}

function readJsonRecord(text: string): LogRecord | undefined {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const json = value
  const word = (key: string): string | null => (typeof json[key] === 'string' && json[key] !== '' ? json[key] : null)
  const number = (key: string): number | null => (typeof json[key] === 'number' ? json[key] : null)
  const session = word('session_id')
  if (session === null) return undefined
  return {
    timestamp: word('timestamp') ?? '',
    user: word('user'),
    database: word('dbname'),
    pid: number('pid') ?? 0,
    host: word('remote_host'),
    port: number('remote_port'),
    session,
    line: number('line_num') ?? 0,
    tag: word('ps') ?? '',
    sessionStart: word('session_start') ?? '',
    severity: word('error_severity') ?? '',
    state: word('state_code'),
    message: word('message') ?? '',
    hasContext: word('context') !== null,
    statement: word('statement'),
    application: word('application_name') ?? '',
    backend: word('backend_type') ?? '',
  }
}

function readCsvRecord(text: string): LogRecord | undefined {
  const fields = splitCsv(text.replace(/\r?\n$/, ''))
  if (fields.length < csvColumns) return undefined
  const word = (at: number): string | null => (fields[at] === undefined || fields[at] === '' ? null : fields[at])
  const from = word(4)
  const colon = from?.lastIndexOf(':') ?? -1
  const session = word(5)
  if (session === null) return undefined
  const state = word(12)
  return {
    timestamp: word(0) ?? '',
    user: word(1),
    database: word(2),
    pid: Number(word(3) ?? 0),
    host: from === null || colon === -1 ? from : from.slice(0, colon),
    port: from === null || colon === -1 ? null : Number(from.slice(colon + 1)),
    session,
    line: Number(word(6) ?? 0),
    tag: word(7) ?? '',
    sessionStart: word(8) ?? '',
    severity: word(11) ?? '',
    state: state === '00000' ? null : state,
    message: word(13) ?? '',
    hasContext: word(18) !== null,
    statement: word(19),
    application: word(22) ?? '',
    backend: word(23) ?? '',
  }
}

/** RFC 4180 fields of one record. */
export function splitCsv(text: string): string[] {
  const fields: string[] = []
  let at = 0
  for (;;) {
    let field = ''
    if (text[at] === '"') {
      for (at++; at < text.length; at++) {
        if (text[at] !== '"') field += text[at]
        else if (text[at + 1] === '"') field += text[at++]
        else break
      }
      at++
    } else {
      const end = text.indexOf(',', at)
      field = text.slice(at, end === -1 ? text.length : end)
      at += field.length
    }
    fields.push(field)
    if (text[at] !== ',') return fields
    at++
  }
}

/**
 * Times of the record in ms UTC. The log writes local time with a zone's abbreviation, which names no offset; but the
 * session id begins with the session's start in seconds UTC, and the same start stands beside it in local time.
 */
export function timesOf(record: LogRecord): { atMs: number | null; startMs: number } {
  const startMs = Number.parseInt(record.session.split('.')[0] ?? '', 16) * 1000
  const at = localTime(record.timestamp)
  const start = localTime(record.sessionStart)
  if (at === undefined) return { atMs: null, startMs }
  if (at.zone === 'UTC' || at.zone === 'GMT') return { atMs: at.ms, startMs }
  // Another abbreviation than at the start: the clocks changed meanwhile, and the offset is not known.
  return { atMs: start?.zone === at.zone ? at.ms - (start.ms - startMs) : null, startMs }
}

function localTime(text: string): { ms: number; zone: string } | undefined {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?) (\S+)$/.exec(text)
  if (match === null) return undefined
  const ms = Date.parse(`${match[1]}T${match[2]}Z`)
  return Number.isNaN(ms) ? undefined : { ms, zone: match[3] ?? '' }
}

/** pgaudit's own fields (https://github.com/pgaudit/pgaudit/blob/1.7.0/README.md#format). `rows`: with pgaudit.log_rows. */
export type Audit = {
  type: string
  id: string
  class: string
  command: string
  objectType: string
  object: string
  statement: string | null
  rows: number | null
}

export type LogEntry =
  | { kind: 'connected' | 'disconnected' | 'refused' | 'fault' | 'forged' }
  /** `atEnd`: written with its duration after it ran, not when it began. */
  | { kind: 'statement'; statement: string; atEnd: boolean }
  | { kind: 'setting'; name: string }
  | { kind: 'audit'; audit: Audit }

const statementLine = /^(?:duration: [\d.]+ ms {2})?(?:statement|execute [^:]{1,64}): /
const auditLine = 'AUDIT: '

/**
 * What kind of line this is; undefined for lines that say nothing about who did what. A line that any login can write
 * by RAISE LOG comes with a context or a statement; the server's own and pgaudit's have neither.
 */
export function classify(record: LogRecord): LogEntry | undefined {
  const { message, severity, state } = record
  if (severity === 'FATAL' && state?.startsWith('28')) return { kind: 'refused' }
  if (severity === 'ERROR' || severity === 'FATAL' || severity === 'PANIC') {
    return record.user === null ? undefined : { kind: 'fault' }
  }
  if (severity !== 'LOG') return undefined
  const isPlain = !record.hasContext && record.statement === null
  if (message.startsWith(auditLine)) return isPlain ? auditOf(message.slice(auditLine.length)) : { kind: 'forged' }
  if (!isPlain) return undefined
  if (/^(?:replication )?connection authorized: /.test(message)) return { kind: 'connected' }
  if (message.startsWith('disconnection: ') && record.user !== null) return { kind: 'disconnected' }
  const setting = /^parameter "([a-z_.]{1,63})" (?:changed to |removed from configuration file)/.exec(message)?.[1]
  if (setting !== undefined) return { kind: 'setting', name: setting }
  const statement = statementLine.exec(message)?.[0]
  return statement === undefined
    ? undefined
    : { kind: 'statement', statement: message.slice(statement.length), atEnd: statement.startsWith('duration') }
}

function auditOf(text: string): LogEntry | undefined {
  const [type = '', id = '', sub = '', group = '', command = '', objectType = '', object = '', statement, , rows] =
    splitCsv(text)
  if (type !== 'SESSION' && type !== 'OBJECT') return undefined
  const isKept = statement !== undefined && statement !== '<not logged>' && statement !== '<previously logged>'
  return {
    kind: 'audit',
    audit: {
      type,
      id: `${id},${sub}`,
      class: group,
      command,
      objectType,
      object,
      statement: isKept ? statement : null,
      rows: rows !== undefined && /^\d+$/.test(rows) ? Number(rows) : null,
    },
  }
}
