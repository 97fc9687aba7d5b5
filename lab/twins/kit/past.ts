/** A row of a log, with the time it tells of. */
export type PastRow<Row> = { atMs: number; row: Row }

/**
 * A vendor's past that nobody holds: it is cut into spans of equal length, and the rows of one are made again whenever they
 * are asked for, always the same. INVARIANT: `rowsOf` yields rows of its own span alone, oldest first.
 */
export type Past<Row> = {
  fromMs: number
  spanMs: number
  spans: number
  rowsOf(span: number): readonly PastRow<Row>[]
}
export const noPast = { fromMs: 0, spanMs: 1, spans: 0, rowsOf: () => [] } satisfies Past<never>

/** Where a reading of the past stands: the row at `at` of `span` is the next. */
export type Place = { span: number; at: number }
export type PastPage<Row> = { rows: PastRow<Row>[]; next: Place | null }
export type PastAsk<Row> = {
  order: 'asc' | 'desc'
  fromMs: number
  toMs: number
  after: Place | null
  max: number
  keep?: (row: Row) => boolean
}

/** Rows looked at for one page: a filter that nothing fits ends there, and the next page goes on. */
export const scannedMax = 50_000

/** A page in either order, by making only the spans it lies in. Times are inclusive. */
export function pageOfPast<Row>(past: Past<Row>, ask: PastAsk<Row>): PastPage<Row> {
  const { order, fromMs, toMs, max, keep = () => true } = ask
  const isAsc = order === 'asc'
  const spanOf = (ms: number): number => Math.floor((ms - past.fromMs) / past.spanMs)
  const first = Math.max(0, spanOf(fromMs))
  const last = Math.min(past.spans - 1, spanOf(toMs))
  const page: PastRow<Row>[] = []
  let scanned = 0
  let place = ask.after ?? { span: isAsc ? first : last, at: -1 }
  while (place.span >= first && place.span <= last) {
    const rows = past.rowsOf(place.span)
    let at = isAsc ? Math.max(0, place.at) : place.at < 0 ? rows.length - 1 : Math.min(place.at, rows.length - 1)
    for (; at >= 0 && at < rows.length; at += isAsc ? 1 : -1) {
      const one = rows[at]
      if (one === undefined) break
      if (page.length >= max || scanned >= scannedMax) return { rows: page, next: { span: place.span, at } }
      scanned++
      if (one.atMs >= fromMs && one.atMs <= toMs && keep(one.row)) page.push(one)
    }
    place = { span: place.span + (isAsc ? 1 : -1), at: -1 }
  }
  return { rows: page, next: null }
}

/** The cursor of a vendor whose own says nothing of a place: text that only the twin reads. */
export const writePlace = ({ span, at }: Place): string => `past.${span}.${at}`
export function readPlace(text: string | null): Place | undefined {
  const [, span, at] = /^past\.(-?\d+)\.(\d+)$/.exec(text ?? '') ?? []
  return span === undefined || at === undefined ? undefined : { span: Number(span), at: Number(at) }
}

export type CursorPage<Row> = { rows: Row[]; next: string | null }
/** Behind the past, before the first row that is held. */
const held = 'held'

/**
 * A page of the past and of what a twin holds as one log, which goes on where the other ends. `pageOfHeld`: the twin's own
 * paging, by its own cursors; an empty one stands for the one it was asked with.
 */
export function withPast<Row>(
  past: Past<Row>,
  { cursor, ...ask }: Omit<PastAsk<Row>, 'after'> & { cursor: string | null },
  pageOfHeld: (cursor: string | null, max: number) => CursorPage<Row>,
): CursorPage<Row> {
  if (past.spans === 0) return pageOfHeld(cursor, ask.max)
  const place = readPlace(cursor)
  const older = (max: number): CursorPage<Row> => {
    const { rows, next } = pageOfPast(past, { ...ask, max, after: place ?? null })
    return { rows: rows.map(({ row }) => row), next: next === null ? null : writePlace(next) }
  }
  if (ask.order === 'asc') {
    const onHeld = (from: string | null, max: number): CursorPage<Row> => {
      const { rows, next } = pageOfHeld(from, max)
      return { rows, next: next === '' ? (from ?? held) : next }
    }
    if (place === undefined && cursor !== null) return onHeld(cursor === held ? null : cursor, ask.max)
    const before = older(ask.max)
    if (before.next !== null) return before
    const left = ask.max - before.rows.length
    if (left === 0) return { ...before, next: held }
    const { rows, next } = onHeld(null, left)
    return { rows: [...before.rows, ...rows], next }
  }
  if (place !== undefined) return older(ask.max)
  const { rows, next } = pageOfHeld(cursor, ask.max)
  if (next !== null) return { rows, next }
  const left = ask.max - rows.length
  if (left === 0) return { rows, next: writePlace({ span: past.spans - 1, at: Number.MAX_SAFE_INTEGER }) }
  const before = older(left)
  return { rows: [...rows, ...before.rows], next: before.next }
}

/** Keeps the spans made last: pages of one reading follow each other. */
export function remembering<Row>(past: Past<Row>, spansMax = 4): Past<Row> {
  const known = new Map<number, readonly PastRow<Row>[]>()
  return {
    ...past,
    rowsOf(span) {
      const held = known.get(span)
      if (held !== undefined) return held
      const made = past.rowsOf(span)
      known.set(span, made)
      const [oldest] = known.size > spansMax ? known.keys() : []
      if (oldest !== undefined) known.delete(oldest)
      return made
    },
  }
}
