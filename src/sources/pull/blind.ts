import {
  isScopeRefusal,
  type Blind,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
  type VendorError,
} from '#sources/contract'

// A right that is missing blinds a part of a snapshot, and says so; the rest of it is read on.

/** What the last snapshot that ended edges could not read; null before there was one. */
export type Closed = readonly string[] | null

/** As the cursor has it: those of earlier versions lack it, and read all. */
export function closedOf(before: { part?: number; closed?: Closed } | undefined): Closed {
  if (before === undefined) return null
  const { closed = [], part = 0 } = before
  // A first snapshot that was cut off has stated things: the next one may end only what it could have read.
  return closed === null && part > 0 ? [] : closed
}

/** Everything blind now was so when edges were last ended: nothing is open that could only be stated by it. */
export const mayClose = (blind: readonly Blind[], closed: Closed): boolean =>
  closed === null || blind.every(({ of }) => closed.includes(of))

/** A list that may not be read has no rows, and says so. */
export async function pageOrBlind<Config>(
  stream: SnapshotStream<Config>,
  context: PullContext<Config>,
  kind: string,
  next: string | null,
): Promise<SnapshotRows & { refusal?: VendorError }> {
  try {
    return await stream.page(context, kind, next)
  } catch (error) {
    if (!isScopeRefusal(error)) throw error
    const untold = stream.untold?.[kind]
    const says = `the list \`${kind}\` of \`${stream.name}\` is not read: ${error.message}`
    return {
      rows: [],
      next: null,
      blind: [{ of: kind, says, ...(untold === undefined ? {} : { untold }) }],
      refusal: error,
    }
  }
}
