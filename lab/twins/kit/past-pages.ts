import { sha256, toHex, utf8 } from 'cordon/kit'

import { withPast, writePlace, type CursorPage, type Past, type PastAsk, type PastRow } from './past.ts'

/** Both times inclusive. */
type Range = { fromMs: number; toMs: number }
const spanOf = ({ fromMs, spanMs }: Past<unknown>, ms: number): number => Math.floor((ms - fromMs) / spanMs)

/** What a past tells from one time to another, oldest first, made span by span. */
export function* rowsWithin<Row>(past: Past<Row>, { fromMs, toMs }: Range): Generator<PastRow<Row>> {
  const last = Math.min(past.spans - 1, spanOf(past, toMs))
  for (let span = Math.max(0, spanOf(past, fromMs)); span <= last; span++)
    for (const one of past.rowsOf(span)) if (one.atMs >= fromMs && one.atMs <= toMs) yield one
}

const digits = 4
/** An id of a row in hex: its last digits say the span that makes the row again. */
export const pastId = (text: string, past: { fromMs: number; spanMs: number }, atMs: number): string =>
  toHex(sha256(utf8(text))).slice(0, 16) +
  Math.floor((atMs - past.fromMs) / past.spanMs)
    .toString(16)
    .padStart(digits, '0')

/**
 * `withPast` of a log, newest first, whose pages go on behind the id of their last row. `cursor`: such an id, of the past
 * (by `pastId`) or of what is held.
 */
export function withPastByIds<Row>(
  past: Past<Row>,
  { cursor, ...ask }: Omit<PastAsk<Row>, 'after' | 'order'> & { cursor: string | null },
  idOf: (row: Row) => string,
  pageOfHeld: (cursor: string | null, max: number) => CursorPage<Row>,
): CursorPage<Row> {
  const from = cursor === null ? null : (placeBehind(past, cursor, idOf) ?? cursor)
  return withPast(past, { ...ask, order: 'desc', cursor: from }, pageOfHeld)
}

function placeBehind<Row>(past: Past<Row>, id: string, idOf: (row: Row) => string): string | undefined {
  const span = Number.parseInt(id.slice(-digits), 16)
  if (!(span < past.spans)) return undefined
  const at = past.rowsOf(span).findIndex(({ row }) => idOf(row) === id)
  if (at < 0) return undefined
  return writePlace(at > 0 ? { span, at: at - 1 } : { span: span - 1, at: Number.MAX_SAFE_INTEGER })
}

/** Rows by number, of a log that says how many there are. How many a span has is remembered, not what they are. */
export function numbered<Row>(past: Past<Row>) {
  const counts = new Map<number, number>()
  const within = (span: number, { fromMs, toMs }: Range): PastRow<Row>[] =>
    past.rowsOf(span).filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
  const countOf = (span: number, range: Range): number => {
    const startMs = past.fromMs + span * past.spanMs
    const isWhole = range.fromMs <= startMs && range.toMs >= startMs + past.spanMs - 1
    const known = isWhole ? counts.get(span) : undefined
    if (known !== undefined) return known
    const count = within(span, range).length
    if (isWhole) counts.set(span, count)
    return count
  }
  const spansOf = ({ fromMs, toMs }: Range): [first: number, last: number] => [
    Math.max(0, spanOf(past, fromMs)),
    Math.min(past.spans - 1, spanOf(past, toMs)),
  ]
  return {
    count(range: Range): number {
      const [first, last] = spansOf(range)
      let sum = 0
      for (let span = first; span <= last; span++) sum += countOf(span, range)
      return sum
    },
    /** So many rows behind the first `skipped` of the range. */
    rows(range: Range & { order: 'asc' | 'desc' }, skipped: number, max: number): Row[] {
      const [first, last] = spansOf(range)
      const isAsc = range.order === 'asc'
      const found: Row[] = []
      let left = skipped
      for (let n = 0; n <= last - first && found.length < max; n++) {
        const span = isAsc ? first + n : last - n
        const count = countOf(span, range)
        if (left >= count) {
          left -= count
          continue
        }
        const rows = within(span, range)
        if (!isAsc) rows.reverse()
        found.push(...rows.slice(left, left + max - found.length).map(({ row }) => row))
        left = 0
      }
      return found
    },
  }
}
export type Numbered<Row> = ReturnType<typeof numbered<Row>>

/** A page by number of the past and of what a twin holds behind it, `held` in the order that is asked for. */
export function numberedPage<Row>(
  past: Numbered<Row>,
  held: readonly Row[],
  ask: Range & { order: 'asc' | 'desc'; skipped: number; max: number },
): { rows: Row[]; total: number } {
  const { order, skipped, max } = ask
  const made = past.count(ask)
  const total = made + held.length
  if (order === 'desc') {
    const rows = held.slice(skipped, skipped + max)
    const more = past.rows(ask, Math.max(0, skipped - held.length), max - rows.length)
    return { rows: [...rows, ...more], total }
  }
  const rows = skipped < made ? past.rows(ask, skipped, max) : []
  const from = Math.max(0, skipped - made)
  return { rows: [...rows, ...held.slice(from, from + max - rows.length)], total }
}
