import { VendorError } from '#sources/contract'

/** Where a list by offset is read on: behind `last`, which stood in front of `at`. */
export type Place = { at: number; last: string | null; restarts: number }
export const listStart: Place = { at: 0, last: null, restarts: 0 }

/** Times a list is begun anew because rows in front were deleted while it was read. */
const restartsMax = 3

/** The page behind a place begins with the last row before it. */
export const offsetOf = ({ at, last }: Place): number => (last === null ? at : at - 1)

/**
 * The rows of a page that was asked for at `offsetOf(place)`, and the place behind them; null: the end. `total`: how many the
 * list has. An offset shifts when a row in front is deleted, and the row that moves up would be passed over and taken for
 * ended, or a credential for dead. So each page is asked for with the last row before it: while that stands where it stood,
 * nothing behind was passed over, whatever came and went in front; else the list is begun anew (decision 008).
 */
export function readOn<Row>(
  place: Place,
  { rows, total, keyOf, what }: { rows: readonly Row[]; total: number; keyOf: (row: Row) => string; what: string },
): { rows: Row[]; next: Place | null } {
  const offset = offsetOf(place)
  const [first] = rows
  // A page that must hold rows and is empty is asked for again.
  if (first === undefined && total > offset) return { rows: [], next: place }
  if (place.last !== null && (first === undefined || keyOf(first) !== place.last)) {
    if (place.restarts >= restartsMax) {
      throw new VendorError('ERR_VENDOR_SHAPE', `${what} changes faster than it can be read`, { retryable: true })
    }
    return { rows: [...rows], next: { ...listStart, restarts: place.restarts + 1 } }
  }
  const known = new Map(rows.map((row) => [keyOf(row), row]))
  const at = offset + known.size
  const last = [...known.keys()].at(-1) ?? null
  return {
    rows: [...known.values()].slice(place.last === null ? 0 : 1),
    next: at < total ? { at, last, restarts: place.restarts } : null,
  }
}
