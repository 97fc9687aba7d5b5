import type { RandomBytes } from '#kit'
import type { TenantId } from '#model'
import type { Reader, Writer } from '#store'
import type { LogKeys } from '#vault'

import { KeyCache } from './keys.ts'
import { eventsOf, type SegmentRow } from './log-reader.ts'
import { sealSegment } from './segment.ts'
import type { Expired } from './types.ts'
import { expireSegments, type HeldSegment, type LogKeyRow } from './writer.ts'

/** Segments of one write at most, so that appends wait only briefly behind retention. */
const segmentsPerExpiry = 500

/**
 * Days of one expiry, oldest first: one a day is usual, and a clock that leapt ahead must not take all there is at once. A
 * shorter retention is caught up with in as many passes as it takes.
 */
export const daysPerExpiryMax = 14

export type Retention = {
  reader: Reader
  writer: Writer
  keys: LogKeys
  random: RandomBytes
  /** Offsets that a retained incident or a legal hold needs, asked anew for each expiry. */
  held: (tenant: TenantId) => Promise<readonly number[]>
}

/**
 * Deletes the keys of days before `wantedDay`, as many as one expiry may. A segment with held offsets is first copied, only with those, under a
 * fresh key; when the hold is lifted, the next expiry deletes that one too. Interrupted anywhere, it is simply run again.
 */
export async function expireDays(retention: Retention, tenant: TenantId, wantedDay: string): Promise<Expired> {
  const { reader, writer } = retention
  const cache = new KeyCache(reader, retention.keys)
  const held = [...(await retention.held(tenant))].sort((a, b) => a - b)
  // What is held stays however often it is looked at: it takes no day of the bound.
  const due = reader.all<{ day: string }>(
    `SELECT DISTINCT day FROM log_key WHERE tenant = ? AND day < ? AND purpose NOT IN ('dedupe', 'held') ORDER BY day`,
    tenant,
    wantedDay,
  )
  const beforeDay = due[daysPerExpiryMax]?.day ?? wantedDay
  const days = Math.min(due.length, daysPerExpiryMax)
  const total = { days, daysLeft: due.length - days, segments: 0, held: 0 }
  let after = 0
  for (;;) {
    const page = reader.all<SegmentRow & { day: string }>(
      `SELECT s.last_offset, s.first_offset, s.source, s.arrived_at, s.key_id, s.places, s.body, k.day
       FROM log_segment s JOIN log_key k ON k.tenant = s.tenant AND k.id = s.key_id
       WHERE s.tenant = ? AND s.last_offset > ? AND k.day < ? ORDER BY s.last_offset LIMIT ?`,
      tenant,
      after,
      beforeDay,
      segmentsPerExpiry,
    )
    const drop: number[] = []
    const keep: HeldSegment[] = []
    const freshKeys = new Map<string, { id: string; key: Uint8Array; row: LogKeyRow }>()
    for (const row of page) {
      after = row.last_offset
      const offsets = within(held, row.first_offset, row.last_offset)
      if (offsets.length > 0) {
        const fresh = freshKeys.get(row.day) ?? cache.create(tenant, row.day, 'held', retention.random)
        const copy = await copyHeld(retention, cache, tenant, row, offsets, fresh)
        total.held += offsets.length
        if (copy === 'same') continue
        freshKeys.set(row.day, fresh)
        if (copy !== undefined) keep.push(copy)
      }
      drop.push(row.last_offset)
    }
    const keys = [...freshKeys.values()].map((fresh) => fresh.row)
    const [done] = await writer.submit(expireSegments({ tenant, beforeDay, drop, keep, keys }))
    total.segments += done.segments
    if (page.length < segmentsPerExpiry) return total
  }
}

/** `same` when the segment already holds just these; undefined when none of them is left in it. */
async function copyHeld(
  retention: Retention,
  cache: KeyCache,
  tenant: TenantId,
  row: SegmentRow,
  offsets: readonly number[],
  fresh: { id: string; key: Uint8Array },
): Promise<HeldSegment | 'same' | undefined> {
  const key = cache.get(tenant, row.key_id)
  if (key === undefined) return undefined
  const wanted = new Set(offsets)
  const all = eventsOf(tenant, row, key)
  const kept = all.filter((event) => wanted.has(event.offset))
  const first = kept[0]
  const last = kept.at(-1)
  if (first === undefined || last === undefined) return undefined
  const isHeldAlready =
    retention.reader.get(
      `SELECT 1 FROM log_key WHERE tenant = ? AND id = ? AND purpose = 'held'`,
      tenant,
      row.key_id,
    ) !== undefined
  if (isHeldAlready && kept.length === all.length) return 'same'
  const seal = { tenant, keyId: fresh.id, source: row.source, arrivedAtMs: row.arrived_at }
  const places = Buffer.alloc(kept.length * 4)
  for (const [index, event] of kept.entries()) places.writeInt32LE(event.offset - first.offset, index * 4)
  return {
    firstOffset: first.offset,
    lastOffset: last.offset,
    source: row.source,
    arrivedAtMs: row.arrived_at,
    keyId: fresh.id,
    places,
    body: await sealSegment(kept, fresh.key, seal, retention.random),
  }
}

function within(sorted: readonly number[], first: number, last: number): number[] {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) < first) low = middle + 1
    else high = middle
  }
  const found: number[] = []
  for (let i = low; i < sorted.length && (sorted[i] ?? 0) <= last; i++) found.push(sorted[i] ?? 0)
  return found
}
