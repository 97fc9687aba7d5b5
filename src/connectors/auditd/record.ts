import type { JsonObject } from '#kit'
import { objectAt, objectsIn, saidAt } from '#sources/contract'

// Records of the audit system: linux-audit/audit-documentation, "Audit Event Parsing Library Specifications" and its
// dictionary of fields. A value that a program could choose is quoted, or written in hexadecimal digits where it has
// quotes, blanks or bytes outside of ASCII.

const linesMax = 200
const fieldsMax = 200
const head = /^(?:node=(\S+) )?type=(\w+) msg=audit\((\d{1,12}\.\d{3}):(\d+)\): ?(.*)$/s
const pair = /([\w-]+(?:\[\d+\])?)=("[^"]*"|'[^']*'|\S*)/g
/** Fields whose value a program chooses. */
const encoded = /^(?:acct|cmd|comm|cwd|data|exe|file|key|name|new-group|proctitle|root_dir|vm)$/
const argument = /^a\d+(?:\[\d+\])?$/
const hexadecimal = /^(?:[0-9A-F]{2})+$/

/**
 * What one record that was handed in holds: lines under `message` or `syslog`, or fields already; an end alone is none. Lines of
 * one event (host, time and serial number) become one record, in Laurel's shape; a line alone stays as its fields.
 */
export function recordsIn(record: JsonObject): JsonObject[] {
  const text = saidAt(record, 'message') ?? saidAt(objectAt(record, 'syslog'), 'message')
  if (text === undefined || 'type' in record) return [record]
  const lines = text.split('\n').slice(0, linesMax)
  const read = lines.flatMap((line) => {
    const from = line.search(/(?:node=\S+ )?type=\w+ msg=audit\(/)
    const one = from === -1 ? undefined : fieldsOf(line.slice(from).trim())
    return one === undefined ? [] : [one]
  })
  if (read.length === 0) return [record]
  const host = saidAt(objectAt(record, 'syslog'), 'host')
  const named = read
    .filter((one) => one['type'] !== 'EOE')
    .map((one) => (host === undefined || 'node' in one ? one : { ...one, node: host }))
  const events = Map.groupBy(named, (one) => ['node', 'time', 'serial'].map((name) => saidAt(one, name)).join(' '))
  return [...events.values()].flatMap((lines) => (lines.length === 1 ? lines : [joined(lines)]))
}

/** What stands before the fields of every record. */
const headFields: ReadonlySet<string> = new Set(['type', 'time', 'serial', 'node'])

/** Records of one event by their type; a type that comes more than once is a list, and so is `PATH` always. */
function joined(lines: readonly JsonObject[]): JsonObject {
  const [first] = lines
  const node = saidAt(first, 'node')
  const id = `${saidAt(first, 'time') ?? ''}:${saidAt(first, 'serial') ?? ''}`
  const out: JsonObject = { ID: id, ...(node === undefined ? {} : { NODE: node }) }
  for (const [type, all] of Map.groupBy(lines, (line) => saidAt(line, 'type') ?? 'UNKNOWN')) {
    const parts = all.map((line) => {
      const fields = Object.fromEntries(Object.entries(line).filter(([name]) => !headFields.has(name)))
      return type === 'EXECVE' ? withWords(fields) : fields
    })
    out[type] = type === 'PATH' || parts.length > 1 ? parts : (parts[0] ?? {})
  }
  return out
}

/** `a0`, `a1`, … as a list; a long word comes in pieces (`a1[0]`, `a1[1]`). */
function withWords(fields: JsonObject): JsonObject {
  const words: string[] = []
  const rest: JsonObject = {}
  for (const [name, value] of Object.entries(fields)) {
    const place = /^a(\d{1,4})(?:\[\d+\])?$/.exec(name)?.[1]
    if (place === undefined) rest[name] = value
    else if (typeof value === 'string') words[Number(place)] = (words[Number(place)] ?? '') + value
  }
  return { ...rest, ARGV: [...words].map((word) => word ?? '') }
}

function fieldsOf(line: string): JsonObject | undefined {
  const [, node, type, time, serial, rest] = head.exec(line) ?? []
  if (type === undefined || time === undefined || serial === undefined) return undefined
  const out: JsonObject = { type, time, serial }
  if (node !== undefined) out['node'] = node
  addPairs(out, rest ?? '', type === 'EXECVE', 0)
  return out
}

/** Programs write their own pairs into one quoted `msg`. What stands behind a group separator says the same in words. */
function addPairs(out: JsonObject, text: string, hasArguments: boolean, depth: number): void {
  let count = 0
  for (const [, name = '', written = ''] of text.split('\u001d')[0]?.matchAll(pair) ?? []) {
    if (++count > fieldsMax) return
    const quote = written[0]
    const bare = quote === '"' || quote === "'" ? written.slice(1, -1) : written
    if (name === 'msg' && quote === "'" && depth === 0) addPairs(out, bare, false, 1)
    else if (quote === undefined || !(encoded.test(name) || (hasArguments && argument.test(name)))) put(out, name, bare)
    else put(out, name, quote === '"' || !hexadecimal.test(bare) ? bare : textOf(bare))
  }
}

const put = (out: JsonObject, name: string, value: string): void => {
  if (!Object.hasOwn(out, name)) out[name] = value
}
const textOf = (hex: string): string => Buffer.from(hex, 'hex').toString('utf8').replaceAll('\0', ' ')

/** Laurel's joined event: maps and lists by the type of record they came from. */
export function laurelParts(record: JsonObject): { type: string; fields: JsonObject }[] {
  return Object.entries(record).flatMap(([type, value]) =>
    objectsIn(Array.isArray(value) ? value : [value]).map((fields) => ({ type, fields })),
  )
}
