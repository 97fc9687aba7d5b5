import { seededInt, type Json, type JsonObject } from '#kit'

import type { FaultPlug, TwinRow } from './plug.ts'
import type { FaultKind, Schedule } from './schedule.ts'

/** The world a schedule runs in; all in milliseconds. */
export const worldMs = { start: 1_800_000_000_000, history: 40 * 60_000, future: 30 * 60_000, skew: 4 * 60_000 }
/** Events appear this late at most, and a feed by time declares at least this much overlap. */
export const lateMsMax = 10 * 60_000
const rowsMaxDefault = 60
const goneShareDefault = 0.2
const futureMs = 24 * 3_600_000

/** What a vendor holds, and how it hands it out: pages by arrival, by time or by id, with the fault of the request in hand. */
export type VendorTwin = {
  /** The vendor's own clock. */
  nowMs(): number
  /** Records by order of arrival behind place `after`. `next` is the place behind the last one. */
  byArrival(after: number, max: number): { records: JsonObject[]; next: number; isEnd: boolean }
  /** Place of the first record that arrived at `sinceMs` or later. */
  placeAt(sinceMs: number): number
  /** Records of a time range, newest first, from `offset` on: what is new meanwhile shifts them. */
  byTime(sinceMs: number, untilMs: number, offset: number, max: number): { records: JsonObject[]; next: number | null }
  /** Rows of a list that exist now, by id behind `after`. `keep`: which of them lie in it. */
  byId(
    list: string,
    after: string | null,
    max: number,
    keep?: (row: TwinRow) => boolean,
  ): { records: JsonObject[]; next: string | null }
  /** Rows of a list that exist now, by their place, the oldest first: what goes away in front shifts them. */
  byPlace(
    list: string,
    offset: number,
    max: number,
    keep?: (row: TwinRow) => boolean,
  ): { records: JsonObject[]; next: number | null; total: number }
  /** All rows of a list that is not paged. */
  whole(list: string): JsonObject[]
  /** What hangs on one row: the record of the same id, in pages of its own; none when the row is gone. */
  inside(list: string, id: string): JsonObject[]
  /** The cursor of this request is one the vendor knows no more. Ask only where it came with one. */
  readonly isCursorExpired: boolean
  /** The credential of this request is one the vendor takes no more. Ask only where the plug gives them out itself. */
  readonly isTokenExpired: boolean
  /** Everything that will ever happen has happened: from here on nothing goes wrong any more. */
  isQuiet(): boolean
}

export type World = VendorTwin & {
  rows: readonly TwinRow[]
  fault: FaultKind | undefined
  /** The fault came to pass: on a first page no cursor can be lost, and a page of none has no duplicates. */
  hasHappened: boolean
  /** Pages follow places, and how often the last row of the one before stood elsewhere by then. */
  shifts: number | undefined
  /** Times the plug was told that a cursor is expired. */
  expired: number
}

export function createTwin<Config>(plug: FaultPlug<Config>, schedule: Schedule, clock: { nowMs(): number }): World {
  const { random } = schedule
  const skewMs = schedule.has('clock-ahead') ? worldMs.skew : schedule.has('clock-behind') ? -worldMs.skew : 0
  const nowMs = (): number => clock.nowMs() + skewMs
  const rows = makeRows(schedule, skewMs, plug)
  const lastMs = Math.max(...rows.map(({ visibleAtMs, goneAtMs }) => (goneAtMs < Infinity ? goneAtMs : visibleAtMs)))
  let reads = 0

  const recordOf = (row: TwinRow, list: string): JsonObject => {
    const record = plug.record(row, list)
    if (schedule.has('drift') && row.n % 4 === 0) drift(record, plug.keeps, row.n)
    if (schedule.has('reread-differs') && row.n % 5 === 0) record['x_read'] = ++reads
    return record
  }
  const handOut = (page: TwinRow[], list: string): JsonObject[] => {
    const given = page.map((row) => recordOf(row, list))
    if (world.fault === 'duplicates') {
      for (const row of page)
        if (random() < 0.4) given.splice(seededInt(random, given.length + 1), 0, recordOf(row, list))
      if (given.length > page.length) world.hasHappened = true
    }
    if (world.fault === 'out-of-order' && page.length > 1) {
      given.sort(() => random() - 0.5)
      world.hasHappened = true
    }
    return given
  }
  /** Of a list whose pages follow places: what stood last on the page before. */
  const ends = new Map<string, { at: number; id: string | undefined }>()
  const pageAt = (list: string, held: readonly TwinRow[], offset: number, max: number) => {
    world.shifts ??= 0
    const end = ends.get(list)
    if (end !== undefined && offset > 0 && held[end.at - 1]?.id !== end.id) world.shifts++
    if (isFault('empty-page')) return { page: [], next: offset }
    const from = offset > 0 && isFault('repeated-page') ? Math.max(0, offset - max) : offset
    const page = held.slice(from, from + max)
    const next = from + page.length
    ends.set(list, { at: next, id: page.at(-1)?.id })
    return { page, next: next < held.length ? next : null }
  }
  const isFault = (kind: FaultKind): boolean => {
    if (world.fault === kind) world.hasHappened = true
    return world.fault === kind
  }
  const held = (): TwinRow[] => rows.filter((row) => row.visibleAtMs <= nowMs() && row.goneAtMs > nowMs())
  const world: World = {
    rows,
    fault: undefined,
    hasHappened: false,
    shifts: undefined,
    expired: 0,
    nowMs,
    isQuiet: () => nowMs() > lastMs + lateMsMax,
    get isCursorExpired() {
      if (!isFault('expired-cursor')) return false
      world.expired++
      return true
    },
    get isTokenExpired() {
      return isFault('token-expiry')
    },
    byArrival(after, max) {
      const arrived = rows
        .filter((row) => row.visibleAtMs <= nowMs())
        .sort((a, b) => a.visibleAtMs - b.visibleAtMs || a.n - b.n)
      if (isFault('empty-page')) return { records: [], next: after, isEnd: false }
      const from = after > 0 && isFault('repeated-page') ? Math.max(0, after - max) : after
      const page = arrived.slice(from, from + max)
      const next = from + page.length
      return { records: handOut(page, ''), next, isEnd: next >= arrived.length }
    },
    placeAt: (sinceMs) => rows.filter(({ visibleAtMs }) => visibleAtMs <= nowMs() && visibleAtMs < sinceMs).length,
    byTime(sinceMs, untilMs, offset, max) {
      const found = rows
        .filter((row) => row.visibleAtMs <= nowMs() && row.atMs >= sinceMs && row.atMs < untilMs)
        .sort((a, b) => b.atMs - a.atMs || b.n - a.n)
      const { page, next } = pageAt(`${sinceMs}`, found, offset, max)
      return { records: handOut(page, ''), next }
    },
    byId(list, after, max, keep = () => true) {
      const found = held()
        .filter(keep)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
      if (isFault('empty-page')) return { records: [], next: after ?? '' }
      const from = after !== null && isFault('repeated-page') ? null : after
      const page = found.filter(({ id }) => from === null || id > from).slice(0, max)
      const last = page.at(-1)?.id
      const isMore = last !== undefined && found.some(({ id }) => id > last)
      return { records: handOut(page, list), next: isMore ? last : null }
    },
    byPlace(list, offset, max, keep = () => true) {
      const found = held()
        .filter(keep)
        .sort((a, b) => a.visibleAtMs - b.visibleAtMs || a.n - b.n)
      const { page, next } = pageAt(list, found, offset, max)
      return { records: handOut(page, list), next, total: found.length }
    },
    whole: (list) => handOut(held(), list),
    inside: (list, id) =>
      handOut(
        held().filter((row) => row.id === id),
        list,
      ),
  }
  return world
}

/** Of the row of this number; ids say nothing of the order. */
export const rowId = (n: number): string => `ev-${(Math.imul(n + 1, 0x9e3779b1) >>> 0).toString(36).padStart(7, '0')}`

/** Of all rows that any schedule has, for what is configured by name. */
export const rowIds: readonly string[] = Array.from({ length: rowsMaxDefault }, (_, n) => rowId(n))

type Amount = Pick<FaultPlug, 'rowsMax' | 'goneShare'>
function makeRows(
  schedule: Schedule,
  skewMs: number,
  { rowsMax = rowsMaxDefault, goneShare = goneShareDefault }: Amount,
): TwinRow[] {
  const { random } = schedule
  const count = 5 + seededInt(random, rowsMax - 5)
  return Array.from({ length: count }, (_, n) => {
    const happensMs = worldMs.start + skewMs - worldMs.history + seededInt(random, worldMs.history + worldMs.future)
    // A machine with a wrong clock wrote it: the vendor shows it now, and calls it tomorrow's.
    const atMs = schedule.has('future-dated') && n % 9 === 3 ? happensMs + futureMs : happensMs
    const lateMs = schedule.has('late') && random() < 0.3 ? seededInt(random, lateMsMax) : 0
    const goneAtMs = random() < goneShare ? happensMs + lateMs + seededInt(random, worldMs.future) : Infinity
    return { id: rowId(n), n, atMs, visibleAtMs: happensMs + lateMs, goneAtMs }
  })
}

/** A vendor's new version: a field more, one of another kind, one without value, one gone. */
function drift(record: JsonObject, keeps: readonly string[], n: number): void {
  const fields = Object.keys(record).filter((name) => !keeps.includes(name))
  record['x_new_field'] = { nested: [n] }
  const field = fields[n % Math.max(1, fields.length)]
  if (field === undefined) return
  const kinds: (() => Json | undefined)[] = [() => null, () => 'SOMETHING_NEW', () => ({ a: 1 }), () => undefined]
  const value = kinds[Math.floor(n / 4) % kinds.length]?.()
  if (value === undefined) delete record[field]
  else record[field] = value
}
