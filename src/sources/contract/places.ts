import { CursorExpired } from './answer.ts'

/** Where a list by offset is read on: behind `last`, which stood in front of `at`. */
export type Place = { at: number; last: string | null; restarts: number }
export const listStart: Place = { at: 0, last: null, restarts: 0 }

/** Times a list is begun anew because rows in front were deleted while it was read. */
const restartsMax = 3

/** The page behind a place holds the last row before it: it is asked for from here, or from somewhat before. */
export const offsetOf = ({ at, last }: Place): number => (last === null ? at : at - 1)

/** `start`: where in the list the page begins. `isMore`: whether the list goes on behind this many rows. */
type Given<Row> = {
  rows: readonly Row[]
  start: number
  isMore: (end: number) => boolean
  keyOf: (row: Row) => string
  what: string
}

/**
 * The new rows of a page that holds `offsetOf(place)`, and the place behind them; null: the end. An offset shifts when a row
 * in front is deleted, and the row that moves up would be passed over and taken for ended, or a credential for dead. So each
 * page is asked for with the last row before it: while that stands where it stood, nothing behind was passed over, whatever
 * came and went in front; else the list is begun anew (decision 008).
 */
export function readOn<Row>(
  place: Place,
  { rows, start, isMore, keyOf, what }: Given<Row>,
): { rows: Row[]; next: Place | null } {
  // A page that must hold rows and is empty is asked for again.
  if (rows.length === 0 && isMore(start)) return { rows: [], next: place }
  const known = new Map(rows.map((row) => [keyOf(row), row]))
  const keys = [...known.keys()]
  const seam = place.last === null ? -1 : place.at - 1 - start
  if (place.last !== null && keys[seam] !== place.last) {
    if (place.restarts >= restartsMax) {
      throw new CursorExpired(what, `${what} changes faster than it can be read`)
    }
    return { rows: [...rows], next: { ...listStart, restarts: place.restarts + 1 } }
  }
  const at = start + known.size
  return {
    rows: behind(rows, place.last, keyOf),
    next: isMore(at) ? { at, last: keys.at(-1) ?? null, restarts: place.restarts } : null,
  }
}

/** Distinct rows that stand behind the seam. One of them may stand in front of it, too: that copy takes nothing away. */
function behind<Row>(rows: readonly Row[], last: string | null, keyOf: (row: Row) => string): Row[] {
  const from = last === null ? 0 : rows.findIndex((row) => keyOf(row) === last) + 1
  const known = new Map(rows.slice(from).map((row) => [keyOf(row), row]))
  if (last !== null) known.delete(last)
  return [...known.values()]
}
