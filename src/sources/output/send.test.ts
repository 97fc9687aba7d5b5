import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHttp, ManualClock, silentDiagnose } from '#kit'
import { RecordRefused, VendorError, type Output, type OutputRecord, type PullContext } from '#sources/contract'

import { batchesOf, refusedInARowMax, sendRecords, type Sent } from './send.ts'

const recordOf = (place: number, text = 'x'): OutputRecord => ({ place, uid: `u${place}`, atMs: 0, ocsf: { text } })
const records = (count: number, from = 1): OutputRecord[] =>
  Array.from({ length: count }, (_, at) => recordOf(from + at))
const context: PullContext<null> = {
  config: null,
  see: {},
  http: createHttp([]),
  clock: new ManualClock(0),
  signal: AbortSignal.timeout(10_000),
  diagnose: silentDiagnose,
}

/** A receiver that keeps what it takes, and refuses what it is told to. */
function receiver(isBad: (place: number) => boolean) {
  const kept: number[] = []
  let calls = 0
  const output: Output<null> = {
    everyMs: 1,
    batch: { recordsMax: 8, bytesMax: 1_000 },
    settings: () => ({ sends: ['findings'], from: 'start', entities: 'kinds' }),
    async deliver(_, { records: batch }) {
      calls++
      if (batch.some(({ place }) => isBad(place))) throw new RecordRefused('not like this')
      kept.push(...batch.map(({ place }) => place))
    },
  }
  return { output, kept, calls: () => calls }
}

async function send(output: Output<null>, all: OutputRecord[], inARow = 0) {
  const told: (Sent & { inARow: number })[] = []
  try {
    for await (const sent of sendRecords({ output, context, feed: 'findings' }, all, inARow)) told.push(sent)
    return { told, error: undefined }
  } catch (error) {
    return { told, error }
  }
}

test('a bad record is found in its batch and left out by name; all others go, in order', async () => {
  const { output, kept } = receiver((place) => place === 5 || place === 14)
  const { told, error } = await send(output, records(20))
  assert.equal(error, undefined)
  assert.deepEqual(
    kept,
    records(20)
      .map(({ place }) => place)
      .filter((place) => place !== 5 && place !== 14),
  )
  assert.deepEqual(
    told.flatMap(({ refused }) => refused),
    [5, 14].map((place) => ({ uid: `u${place}`, place, reason: 'not like this' })),
  )
  const places = told.map(({ upTo }) => upTo)
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
    'the place only ever rises',
  )
  assert.equal(places.at(-1), 20)
})

test('a receiver that refuses everything stops the output instead of emptying it', async () => {
  const { output, kept } = receiver(() => true)
  const first = await send(output, records(40))
  assert.ok(first.error instanceof VendorError && first.error.retryable)
  assert.equal(first.told.length, refusedInARowMax)
  assert.equal(first.told.at(-1)?.upTo, refusedInARowMax, 'the others stand behind the place')
  const again = await send(output, records(30, refusedInARowMax + 1), first.told.at(-1)?.inARow)
  assert.deepEqual(again.told, [], 'nothing more is given up')
  assert.deepEqual(kept, [])
  const mended = receiver(() => false)
  const { told } = await send(mended.output, records(30, refusedInARowMax + 1), refusedInARowMax)
  assert.equal(mended.kept.length, 30)
  assert.equal(told.at(-1)?.inARow, 0)
})

test('a fault of the receiver is no fault of a record: it ends the run where it stood', async () => {
  const { output } = receiver(() => false)
  let calls = 0
  const down: Output<null> = {
    ...output,
    async deliver(of, batch) {
      if (++calls === 2) throw new VendorError('ERR_VENDOR_DOWN', 'down', { retryable: true, retryAfterMs: 7_000 })
      await output.deliver(of, batch)
    },
  }
  const { told, error } = await send(down, records(20))
  assert.deepEqual(
    told.map(({ upTo, refused }) => [upTo, refused.length]),
    [[8, 0]],
  )
  assert.ok(error instanceof VendorError)
  assert.equal(error.retryAfterMs, 7_000)
})

test('batches keep both bounds, and what is too large for one goes alone', () => {
  const all = [recordOf(1), recordOf(2), recordOf(3, 'y'.repeat(900)), recordOf(4, 'z'.repeat(3_000)), recordOf(5)]
  const cut = batchesOf(all, { recordsMax: 2, bytesMax: 1_000 })
  assert.deepEqual(
    cut.map((batch) => batch.map(({ place }) => place)),
    [[1, 2], [3], [4], [5]],
  )
})
