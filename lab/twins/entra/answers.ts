import { isObject, type Json, type JsonObject } from 'cordon/kit'

import { withPast, type Past } from '../kit/past.ts'
import type { TwinCall, TwinReply } from '../kit/server.ts'
import { guidOf, objectOf, type Row } from './state.ts'

/** Graph's error: a code for programs, words for people, and ids for Microsoft's support. */
export function refusal(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): TwinReply {
  const id = guidOf(`${status} ${code}`)
  const innerError = { date: '2026-03-24T12:00:00', 'request-id': id, 'client-request-id': id }
  return { status, headers, body: { error: { code, message, innerError } } }
}
export const absent = (id = ''): TwinReply =>
  refusal(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  )
export const denied = (): TwinReply =>
  refusal(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
export const badRequest = (message: string): TwinReply => refusal(400, 'Request_BadRequest', message)
export const done = (): TwinReply => ({ status: 204 })

export const made = (row: Row): TwinReply => ({ status: 201, body: row })

const pageDefault = 100
const pageMax = 999

/**
 * A list as Graph gives it: `$filter` by the few forms that are asked for, `$select`, `$top`, and a link to the next page.
 * A filter the twin does not know is refused, never passed over.
 */
export function listed(call: TwinCall, rows: readonly Row[], only: readonly string[] = []): TwinReply {
  const { query } = call
  const keep = filterOf(query.get('$filter'))
  if (keep === undefined) return badRequest('Invalid filter clause')
  const found = rows.filter(keep)
  const from = Number(query.get('$skiptoken') ?? 0)
  const top = Math.min(Number(query.get('$top') ?? pageDefault), pageMax)
  const page = found.slice(from, from + top)
  const next = new URL(call.url)
  next.searchParams.set('$skiptoken', String(from + top))
  return {
    status: 200,
    body: {
      '@odata.context': `${call.url.origin}/v1.0/$metadata`,
      ...(query.get('$count') === 'true' ? { '@odata.count': found.length } : {}),
      value: page.map((row) => selected(call, row, only)),
      ...(from + top < found.length ? { '@odata.nextLink': next.href } : {}),
    },
  }
}

/** What a time is bounded to by `$filter`; the filter itself stays to be asked. */
function rangeOf(filter: string | null, field: string): { fromMs: number; toMs: number } {
  let [fromMs, toMs] = [0, Infinity]
  for (const one of splitAnd(filter ?? '')) {
    const [, path, how = '', value = ''] = clause.exec(one) ?? []
    if (path !== field) continue
    if (how.startsWith('g')) fromMs = Math.max(fromMs, Date.parse(value))
    // Rows say their time by the second.
    if (how.startsWith('l')) toMs = Math.min(toMs, Date.parse(value) + 999)
  }
  return { fromMs, toMs }
}

/** `listed` of a log, oldest first: the past, and behind it the rows that are held. `time`: the field that says when. */
export function listedWithPast(
  call: TwinCall,
  past: Past<Row>,
  held: readonly Row[],
  { time, nowMs, keep = () => true }: { time: string; nowMs: number; keep?: (row: Row) => boolean },
): TwinReply {
  const { query } = call
  const fits = filterOf(query.get('$filter'))
  if (fits === undefined) return badRequest('Invalid filter clause')
  const isWanted = (row: Row): boolean => fits(row) && keep(row)
  const { fromMs, toMs } = rangeOf(query.get('$filter'), time)
  const max = Math.min(Number(query.get('$top') ?? pageDefault), pageMax)
  const found = held.filter(isWanted)
  const ask = { order: 'asc', cursor: query.get('$skiptoken'), fromMs, toMs: Math.min(toMs, nowMs), max } as const
  const page = withPast(past, { ...ask, keep: isWanted }, (cursor, size) => {
    const from = Number(cursor ?? 0)
    const isMore = from + size < found.length
    return { rows: found.slice(from, from + size), next: isMore ? String(from + size) : null }
  })
  const next = new URL(call.url)
  next.searchParams.set('$skiptoken', page.next ?? '')
  return {
    status: 200,
    body: {
      '@odata.context': `${call.url.origin}/v1.0/$metadata`,
      value: page.rows.map((row) => selected(call, row)),
      ...(page.next === null ? {} : { '@odata.nextLink': next.href }),
    },
  }
}

export const shown = (call: TwinCall, row: Row | undefined, only: readonly string[] = []): TwinReply =>
  row === undefined ? absent(call.params['id']) : { status: 200, body: selected(call, row, only) }

/** `only`: fields that Graph gives on `$select` alone. */
export function selected({ query }: TwinCall, row: Row, only: readonly string[] = []): JsonObject {
  const wanted = query.get('$select')?.split(',')
  const expanded =
    query
      .get('$expand')
      ?.split(',')
      .map((one) => one.replace(/\(.*$/, '')) ?? []
  const held = Object.entries(row).filter(([name]) => {
    if (name.startsWith('@')) return true
    if (relations.has(name)) return expanded.includes(name)
    return wanted === undefined ? !only.includes(name) : name === 'id' || wanted.includes(name)
  })
  return Object.fromEntries(held)
}
const relations = new Set(['owners', 'members', 'principal', 'federatedIdentityCredentials'])

const clause = /^([\w/]+) (eq|ge|le|gt|lt) ('(?:[^']|'')*'|[\w:.+-]+)$/
const anyClause = /^([\w]+)\/any\((\w+): ?(.+)\)$/

/** `a eq 'b'`, joined by `and`; `list/any(t: t eq 'x' or t eq 'y')`. Undefined: not understood. */
function filterOf(text: string | null): ((row: JsonObject) => boolean) | undefined {
  if (text === null) return () => true
  const clauses = splitAnd(text).map(clauseOf)
  return clauses.some((one) => one === undefined) ? undefined : (row) => clauses.every((one) => one?.(row) === true)
}

function splitAnd(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++
    if (text[at] === ')') depth--
    if (depth === 0 && text.startsWith(' and ', at)) {
      parts.push(text.slice(from, at).trim())
      from = at + 5
    }
  }
  return [...parts, text.slice(from).trim()]
}

function clauseOf(text: string): ((row: JsonObject) => boolean) | undefined {
  const any = anyClause.exec(text)
  if (any !== null) {
    const [, list = '', name = '', inner = ''] = any
    const words = inner.split(' or ').map((one) => new RegExp(`^${name} eq '([^']*)'$`).exec(one.trim())?.[1])
    if (words.includes(undefined)) return undefined
    return (row) => {
      const held = row[list]
      return Array.isArray(held) && held.some((item) => typeof item === 'string' && words.includes(item))
    }
  }
  const found = clause.exec(text)
  if (found === null) return undefined
  const [, path = '', how = '', given = ''] = found
  const value = given.startsWith("'") ? given.slice(1, -1).replaceAll("''", "'") : given
  return (row) => {
    const held = at(row, path)
    if (how === 'eq') return (typeof held === 'string' ? held : JSON.stringify(held ?? null)) === value
    if (typeof held !== 'string') return false
    const [a, b] = [Date.parse(held), Date.parse(value)]
    return how === 'ge' ? a >= b : how === 'le' ? a <= b : how === 'gt' ? a > b : a < b
  }
}

function at(row: JsonObject, path: string): Json | undefined {
  let held: Json | undefined = row
  for (const key of path.split('/')) held = isObject(held) ? objectOf(held)[key] : undefined
  return held
}

export const noPremium = (): TwinReply => ({
  ...denied(),
  body: {
    error: {
      code: 'Authentication_RequestFromNonPremiumTenantOrB2CTenant',
      message: "Neither tenant is B2C or tenant doesn't have premium license",
      innerError: { date: '2026-03-24T12:00:00', 'request-id': '', 'client-request-id': '' },
    },
  },
})
