import { formatTime, parseTimeMs, toHex, sha256, utf8, type Json, type JsonObject } from 'cordon/kit'

import { noPast, withPast, type Past, type PastRow } from '../kit/past.ts'
import type { TwinCall, TwinReply } from '../kit/server.ts'
import { refusal } from './answers.ts'

/** Who did it and from where, as the log shows it. */
export type By = {
  actor: { id: string; type: string; alternateId: string; displayName: string }
  external: string | null
  ip: string
  agent: string
  client: string | null
  apiToken: string | null
}
export type Target = { id: string; type: string; alternateId?: string; displayName?: string; detailEntry?: JsonObject }
export type Happened = {
  eventType: string
  by: By
  targets: readonly Target[]
  result?: string
  reason?: string
  debug?: JsonObject
}
type Stored = { uuid: string; event: JsonObject; publishedMs: number; persistedMs: number; at: number }

/** Okta keeps the log for so long. */
export const keptMs = 90 * 86_400_000
const pageRows = 100

export const uuidOf = (text: string): string =>
  toHex(sha256(utf8(text))).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')

/** A row as Okta shows it. */
export function eventOf(
  { eventType, by, targets, result = 'SUCCESS', reason, debug = {} }: Happened,
  publishedMs: number,
  uuid: string,
): JsonObject {
  return {
    uuid,
    version: '0',
    eventType,
    displayMessage: eventType,
    published: formatTime(publishedMs),
    severity: result === 'SUCCESS' ? 'INFO' : 'WARN',
    actor: by.actor,
    client: {
      ipAddress: by.ip,
      userAgent: { rawUserAgent: by.agent, os: 'Unknown', browser: 'UNKNOWN' },
      ...(by.client === null ? {} : { id: by.client }),
    },
    authenticationContext: { authenticationStep: 0, externalSessionId: by.external ?? 'unknown' },
    outcome: { result, ...(reason === undefined ? {} : { reason }) },
    target: targets.map((target) => ({ alternateId: 'unknown', displayName: 'unknown', ...target })),
    transaction: {
      type: 'WEB',
      id: uuid,
      detail: by.apiToken === null ? {} : { requestApiTokenId: by.apiToken },
    },
    debugContext: { debugData: debug },
  }
}

/** The System Log: a row shows when it is persisted, which is some time behind what it tells of. */
export function createSystemLog(
  clock: { nowMs(): number },
  settings: { logDelayMs: number; forgetsLinksBeforeMs: number },
) {
  const rows: Stored[] = []
  let past: Past<JsonObject> = noPast
  let made = 0

  function record(happened: Happened): void {
    const publishedMs = clock.nowMs()
    const uuid = uuidOf(`log ${made}`)
    const event = eventOf(happened, publishedMs, uuid)
    rows.push({ uuid, event, publishedMs, persistedMs: publishedMs + settings.logDelayMs, at: made++ })
  }

  /** What can be read now, in the order of arrival. */
  const visible = (): Stored[] =>
    rows
      .filter(({ persistedMs }) => persistedMs <= clock.nowMs() && persistedMs > clock.nowMs() - keptMs)
      .sort((a, b) => a.persistedMs - b.persistedMs || a.at - b.at)

  /**
   * With `until` a bounded query, by `published`; without, oldest first, a polling one, by persistence, whose `next` link
   * is there even behind the last row.
   */
  function answer(call: TwinCall): TwinReply {
    const { query } = call
    const isPolling = query.get('until') === null && query.get('sortOrder') !== 'DESCENDING'
    const sinceMs = parseTimeMs(query.get('since') ?? '') ?? clock.nowMs() - 7 * 86_400_000
    const untilMs = parseTimeMs(query.get('until') ?? '') ?? Infinity
    const keep = filterOf(query.get('filter'))
    if (keep === undefined) return refusal(400, 'E0000001', ['filter: not understood'])
    const found = visible().filter(
      ({ event, publishedMs, persistedMs }) =>
        (isPolling ? persistedMs >= sinceMs : publishedMs >= sinceMs && publishedMs < untilMs) && keep(event),
    )
    if (!isPolling) found.sort((a, b) => a.publishedMs - b.publishedMs || a.at - b.at)
    if (query.get('sortOrder') === 'DESCENDING') found.reverse()
    const order = query.get('sortOrder') === 'DESCENDING' ? 'desc' : 'asc'
    const given = query.get('after')
    if (/^\d/.test(given ?? '') && Number(given?.split('_')[0]) < settings.forgetsLinksBeforeMs)
      return refusal(400, 'E0000001', ['after: invalid'])
    const ask = {
      order,
      cursor: given,
      fromMs: Math.max(sinceMs, clock.nowMs() - keptMs),
      toMs: isPolling ? clock.nowMs() : untilMs - 1,
      max: Number(query.get('limit') ?? pageRows),
      keep,
    } as const
    const { rows: page, next: cursor } = withPast(past, ask, (after, max) => pageOfHeld(found, after, max, isPolling))
    const links = [`<${call.url.href}>; rel="self"`]
    if (cursor !== null) {
      const next = new URL(call.url)
      if (cursor !== '') next.searchParams.set('after', cursor)
      links.push(`<${next.href}>; rel="next"`)
    }
    return { status: 200, headers: { link: links }, body: page }
  }

  return {
    record,
    answer,
    /** What came before all that is recorded; the rows recorded so far go over to whoever makes it. */
    setPast(make: (recorded: readonly PastRow<JsonObject>[]) => Past<JsonObject>): Past<JsonObject> {
      return (past = make(rows.splice(0).map(({ event, publishedMs }) => ({ atMs: publishedMs, row: event }))))
    },
  }
}
export type SystemLog = ReturnType<typeof createSystemLog>

/** A polling query has a `next` behind its last row, too: an empty cursor stands for the one it was asked with. */
function pageOfHeld(found: readonly Stored[], after: string | null, max: number, isPolling: boolean) {
  const place = after === null ? -1 : found.findIndex(({ uuid }) => uuid === after.split('_')[1])
  const from = after === null ? 0 : place >= 0 ? place + 1 : behind(found, after)
  const page = found.slice(from, from + max)
  const last = page.at(-1)
  const isMore = from + page.length < found.length || isPolling
  const next = last === undefined ? (after ?? '') : `${last.persistedMs}_${last.uuid}`
  return { rows: page.map(({ event }) => event), next: isMore ? next : null }
}

/** The row a link named is kept no more: on with the first one behind its time. */
function behind(found: readonly Stored[], after: string): number {
  const ms = Number(after.split('_')[0])
  const at = found.findIndex(({ persistedMs }) => persistedMs > ms)
  return at < 0 ? found.length : at
}

const clause = /^(eventType|actor\.id|target\.id|outcome\.result) eq "([^"\\]*)"$/

/** `a eq "b"`, joined by `and`: the part of Okta's filters that is asked for here. Undefined: not understood. */
function filterOf(text: string | null): ((event: JsonObject) => boolean) | undefined {
  if (text === null) return () => true
  const clauses = text.split(' and ').map((one) => clause.exec(one.trim()))
  if (clauses.includes(null)) return undefined
  return (event) => clauses.every((found) => valuesAt(event, found?.[1] ?? '').includes(found?.[2] ?? ''))
}

function valuesAt(event: JsonObject, path: string): Json[] {
  const [head = '', ...rest] = path.split('.')
  const held = event[head]
  const parts = Array.isArray(held) ? held : [held]
  return parts.flatMap((part) => {
    const [key] = rest
    if (key === undefined) return part ?? []
    return typeof part === 'object' && part !== null && !Array.isArray(part) ? (part[key] ?? []) : []
  })
}
