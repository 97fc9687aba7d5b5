import type { CordonError } from '#kit'
import {
  RecordRefused,
  VendorError,
  type Output,
  type OutputBatch,
  type OutputFeed,
  type OutputRecord,
  type PullContext,
} from '#sources/contract'

/** So many refused one after the other are no fault of theirs: the receiver is set up otherwise, and nothing more is given up. */
export const refusedInARowMax = 10

/** What became of the records up to `upTo`. */
export type Sent = { upTo: number; sent: number; refused: { uid: string; place: number; reason: string }[] }

type Way<Config> = { output: Output<Config>; context: PullContext<Config>; feed: OutputFeed }

/**
 * Delivers in order, in batches within the output's bounds, and tells after each how far it came, before the next one is
 * tried. `inARow`: records refused one after the other until now.
 */
export async function* sendRecords<Config>(
  way: Way<Config>,
  records: readonly OutputRecord[],
  inARow: number,
): AsyncGenerator<Sent & { inARow: number }> {
  for (const batch of batchesOf(records, way.output.batch)) {
    for await (const sent of sendBatch(way, batch)) {
      inARow = sent.refused.length === 0 ? 0 : inARow + sent.refused.length
      if (inARow > refusedInARowMax) throw refusesAll(sent.refused[0]?.reason ?? '')
      yield { ...sent, inARow }
    }
  }
}

/** A batch that is refused as a whole is halved until it is known which record it is. */
async function* sendBatch<Config>(
  way: Way<Config>,
  records: readonly [OutputRecord, ...OutputRecord[]],
): AsyncGenerator<Sent> {
  const [first] = records
  const last = records.at(-1) ?? first
  try {
    await way.output.deliver(way.context, { feed: way.feed, records } satisfies OutputBatch)
  } catch (error) {
    if (!(error instanceof RecordRefused)) throw error
    if (records.length > 1) {
      const half = records.length >> 1
      for (const part of [records.slice(0, half), records.slice(half)]) if (isSome(part)) yield* sendBatch(way, part)
      return
    }
    yield { upTo: last.place, sent: 0, refused: [{ uid: first.uid, place: first.place, reason: error.message }] }
    return
  }
  yield { upTo: last.place, sent: records.length, refused: [] }
}

/** One that is larger than a batch may be goes alone: the receiver has the word. */
export function batchesOf(
  records: readonly OutputRecord[],
  { recordsMax, bytesMax }: Output<unknown>['batch'],
): [OutputRecord, ...OutputRecord[]][] {
  const batches: [OutputRecord, ...OutputRecord[]][] = []
  let bytes = 0
  for (const record of records) {
    const size = Buffer.byteLength(JSON.stringify(record.ocsf))
    const batch = batches.at(-1)
    bytes += size
    if (batch !== undefined && batch.length < recordsMax && bytes <= bytesMax) batch.push(record)
    else {
      batches.push([record])
      bytes = size
    }
  }
  return batches
}

const isSome = (records: OutputRecord[]): records is [OutputRecord, ...OutputRecord[]] => records.length > 0

const refusesAll = (reason: string): CordonError =>
  new VendorError('ERR_VENDOR_REFUSED', `${refusedInARowMax} records one after the other were refused: ${reason}`, {
    hint: 'see how the receiver is set up; what it refuses now waits here until it takes it',
    retryable: true,
  })
