import { remembering, type Past } from '../../twins/kit/past.ts'

const minuteMs = 60_000

/** Calls of one minute that are counted as one: a vendor that tells of use by the minute shows them so. */
export function byMinute<Row>(
  past: Past<Row>,
  nameOf: (row: Row) => string,
  merge: (one: Row, other: Row) => Row,
): Past<Row> {
  return remembering({
    ...past,
    rowsOf(span) {
      const minutes = new Map<string, { atMs: number; row: Row }>()
      for (const { atMs, row } of past.rowsOf(span)) {
        const name = `${Math.floor(atMs / minuteMs)} ${nameOf(row)}`
        const known = minutes.get(name)
        minutes.set(name, known === undefined ? { atMs, row } : { ...known, row: merge(known.row, row) })
      }
      return [...minutes.values()]
    },
  })
}
