import type { LoggedEvent, RawEvent, SourceId, TenantId } from '#model'
import type { Reader } from '#store'
import type { LogKeys } from '#vault'

import { viewOf } from './id-window.ts'
import { KeyCache } from './keys.ts'
import { openSegment } from './segment.ts'
import type { EventLog } from './types.ts'

/** The reading half, for any thread that holds the keys. */
export type LogReader = Pick<EventLog, 'read' | 'event' | 'head' | 'cursor'> & {
  /** True for an offset that was given out and whose event retention has deleted. */
  isExpired(tenant: TenantId, offset: number): boolean
}

export type SegmentRow = {
  last_offset: number
  first_offset: number
  source: SourceId
  arrived_at: number
  key_id: string
  places: Uint8Array | null
  body: Uint8Array
}

/** Opened segments kept: consumers read in pages smaller than a segment, and evidence comes in clusters. */
const openSegmentsMax = 8
const segmentsPerLook = 1_000
/** Events of one `read` at most. */
export const readEventsMax = 10_000

export function openLogReader(options: { reader: Reader; keys: LogKeys }): LogReader {
  const { reader } = options
  const cache = new KeyCache(reader, options.keys)
  const opened = new Map<string, LoggedEvent[]>()

  const open = (tenant: TenantId, row: SegmentRow): LoggedEvent[] => {
    const place = `${tenant} ${row.key_id} ${row.last_offset}`
    const known = opened.get(place)
    if (known !== undefined) return known
    const key = cache.get(tenant, row.key_id)
    if (key === undefined) return []
    const events = eventsOf(tenant, row, key)
    opened.set(place, events)
    const [oldest] = opened.keys()
    if (opened.size > openSegmentsMax && oldest !== undefined) opened.delete(oldest)
    return events
  }
  const next = (tenant: TenantId, after: number): SegmentRow | undefined =>
    reader.get<SegmentRow>(
      `SELECT last_offset, first_offset, source, arrived_at, key_id, places, body FROM log_segment
       WHERE tenant = ? AND last_offset > ? ORDER BY last_offset LIMIT 1`,
      tenant,
      after,
    )
  const find = (tenant: TenantId, offset: number): LoggedEvent | undefined => {
    const row = next(tenant, offset - 1)
    if (row === undefined || row.first_offset > offset) return undefined
    return open(tenant, row).find((event) => event.offset === offset)
  }
  const head = (tenant: TenantId): number => logHead(reader, tenant)

  return {
    async read(tenant, after, max) {
      const wanted = Math.min(max, readEventsMax)
      const events: LoggedEvent[] = []
      let at = after
      while (events.length < wanted) {
        const row = next(tenant, at)
        if (row === undefined) break
        for (const event of open(tenant, row)) {
          if (event.offset > at && events.length < wanted) events.push(event)
        }
        at = row.last_offset
      }
      return events
    },
    event: async (tenant, offset) => find(tenant, offset),
    head,
    cursor: (tenant, source, stream) =>
      reader.get<{ value: string }>(
        'SELECT value FROM log_cursor WHERE tenant = ? AND source = ? AND stream = ?',
        tenant,
        source,
        stream,
      )?.value ?? null,
    isExpired: (tenant, offset) => offset >= 1 && offset <= head(tenant) && find(tenant, offset) === undefined,
  }
}

/** The last offset given out; 0 before the first. Needs no keys: backups say it of themselves. */
export function logHead(reader: Pick<Reader, 'get'>, tenant: TenantId): number {
  return reader.get<{ head: number }>('SELECT head FROM log_head WHERE tenant = ?', tenant)?.head ?? 0
}

/** When the newest event arrived (ms UTC); undefined for an empty log. Needs no keys. */
export const newestArrival = (reader: Reader, tenant: TenantId): number | undefined =>
  reader.get<{ arrived_at: number }>(
    'SELECT arrived_at FROM log_segment WHERE tenant = ? ORDER BY last_offset DESC LIMIT 1',
    tenant,
  )?.arrived_at

/** Offset of the first of the newest events, up to `through`, that all arrived after a time (ms UTC). Needs no keys. */
export function arrivedSince(reader: Reader, tenant: TenantId, atMs: number, through: number): number {
  let from = through + 1
  for (;;) {
    const page = reader.all<{ first_offset: number; arrived_at: number }>(
      `SELECT first_offset, arrived_at FROM log_segment WHERE tenant = ? AND last_offset < ?
       ORDER BY last_offset DESC LIMIT ?`,
      tenant,
      from,
      segmentsPerLook,
    )
    for (const { first_offset: first, arrived_at: arrived } of page) {
      if (arrived <= atMs) return from
      from = first
    }
    if (page.length < segmentsPerLook) return from
  }
}

/** Throws ERR_LOG_KEY, ERR_LOG_FORMAT. */
export function eventsOf(tenant: TenantId, row: SegmentRow, key: Uint8Array): LoggedEvent[] {
  const raws: RawEvent[] = openSegment(row.body, key, {
    tenant,
    keyId: row.key_id,
    source: row.source,
    arrivedAtMs: row.arrived_at,
  })
  const places = row.places === null ? undefined : viewOf(row.places)
  const events: LoggedEvent[] = []
  for (const [index, raw] of raws.entries()) {
    const place = places?.getInt32(index * 4, true) ?? index
    if (place < 0) continue
    events.push({ ...raw, tenant, offset: row.first_offset + place, source: row.source, arrivedAtMs: row.arrived_at })
  }
  return events
}
