import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock, silentDiagnose, type Http } from '#kit'
import { readSnapshot, VendorError, type Page, type PullContext, type SnapshotStream } from '#sources/contract'

import { blindThingsMax } from './blind.ts'
import { heldRowsMax, pullSnapshot, restateMs, resumeMsMax } from './snapshot.ts'

const http: Http = { request: () => Promise.reject(new Error('no request is made')) }

/** A vendor of three lists, of which some may not be read. */
function vendor() {
  const clock = new ManualClock(1_000)
  const refused = new Set<string>()
  const rows: Record<string, string[]> = { users: ['ada'], keys: ['k1'], queues: ['q1'] }
  let isDown = false
  const stream: SnapshotStream<null> = {
    name: 'inventory',
    kind: 'snapshot',
    delayMs: { typical: 1, worst: 1 },
    everyMs: 1,
    lists: () => Object.keys(rows),
    page(_, list, next) {
      const shown = rows[list] ?? []
      // One row at first, where the rest of a list is refused.
      if (refused.has(`${list}, page 2`) && next === null)
        return Promise.resolve({ rows: shown.slice(0, 1), next: '2' })
      if (refused.has(`${list}, page 2`) || refused.has(list))
        return Promise.reject(new VendorError('ERR_VENDOR_SCOPE', `no right to \`${list}\``))
      if (isDown) return Promise.reject(new VendorError('ERR_VENDOR_DOWN', 'not now', { retryable: true }))
      const of = `${list}/parts`
      if (refused.has(of))
        return Promise.resolve({ rows: shown, next: null, blind: [{ of, says: 'parts are not read' }] })
      const kept = shown.filter((thing) => refused.has(`${of} of ${thing}`))
      const blind = kept.map((thing) => ({ of, thing, says: `parts of ${thing} are not read` }))
      return Promise.resolve({ rows: shown, next: null, blind, read: new Set(kept.length < shown.length ? [of] : []) })
    },
  }
  const context: PullContext<null> = {
    config: null,
    see: {},
    http,
    clock,
    signal: AbortSignal.timeout(60_000),
    diagnose: silentDiagnose,
  }
  let cursor: string | null = null
  return {
    refused,
    rows,
    down: (is: boolean) => (isDown = is),
    async run({ afterMs = restateMs, pagesMax = Infinity } = {}) {
      await clock.advance(afterMs)
      const pages: Page[] = []
      for await (const page of pullSnapshot(stream, context, cursor)) {
        pages.push(page)
        cursor = page.cursor ?? cursor
        if (pages.length >= pagesMax) break
      }
      const parts = pages.flatMap(({ events }) => events.map(({ raw }) => readSnapshot(raw)))
      return {
        read: parts.flatMap((part) => part?.rows['rows'] ?? []),
        ends: parts.some((part) => part?.head.complete === true),
        blind: (pages.at(-1)?.blind ?? []).map(({ of }) => of),
        pages,
      }
    },
  }
}

test('a list that may not be read is named, and the others are read to the end', async () => {
  const at = vendor()
  at.refused.add('keys')
  const first = await at.run()
  assert.deepEqual([first.read, first.blind, first.ends], [['ada', 'q1'], ['keys'], true])
  assert.match(
    first.pages.at(-1)?.blind?.[0]?.says ?? '',
    /the list `keys` of `inventory` is not read: no right to `keys`/,
  )
  // What the log keeps says so, too.
  assert.match(JSON.stringify(first.pages.at(-1)?.events[0]?.raw), /"blind":\["the list `keys`/)
})

test('what was read once and may be no more has not ended: nothing closes until all of it is read again', async () => {
  const at = vendor()
  assert.equal((await at.run()).ends, true)
  at.refused.add('keys')
  assert.equal((await at.run()).ends, false)
  assert.equal((await at.run()).ends, false)
  at.refused.add('queues/parts')
  // The last says that nothing ends.
  assert.deepEqual((await at.run()).blind, ['keys', 'queues/parts', '*'])
  at.refused.clear()
  const healed = await at.run()
  assert.deepEqual([healed.ends, healed.blind], [true, []])
})

test('what could never be read holds nothing open, also when a part of it comes', async () => {
  const at = vendor()
  at.refused.add('keys').add('queues/parts')
  assert.equal((await at.run()).ends, true)
  at.refused.delete('keys')
  assert.deepEqual([(await at.run()).ends, (await at.run()).blind], [true, ['queues/parts']])
  at.refused.add('keys')
  assert.equal((await at.run()).ends, false)
})

test('one thing that keeps a part from us holds nothing open; one that told of it before does', async () => {
  const at = vendor()
  at.rows['queues'] = ['q1', 'q2', 'q3']
  at.refused.add('queues/parts of q1')
  const first = await at.run()
  assert.deepEqual([first.ends, first.blind, first.read.length], [true, ['queues/parts'], 5])
  assert.equal((await at.run()).ends, true)
  at.refused.add('queues/parts of q2')
  const second = await at.run()
  assert.equal(second.ends, false)
  assert.equal(second.pages.at(-1)?.blind?.[0]?.says, 'parts of q1 are not read; nor of 1 more')
  at.refused.delete('queues/parts of q2')
  assert.equal((await at.run()).ends, true)
})

test('where no part of anything could ever be read, one more such thing changes nothing', async () => {
  const at = vendor()
  at.refused.add('queues/parts of q1').add('queues/parts of q2')
  assert.equal((await at.run()).ends, true)
  at.rows['queues'] = ['q1', 'q2']
  assert.equal((await at.run()).ends, true)
})

test('of more things than are kept nobody knows which they were: nothing closes while it is so', async () => {
  const at = vendor()
  at.rows['queues'] = Array.from({ length: blindThingsMax + 2 }, (_, n) => `q${n}`)
  for (let n = 0; n <= blindThingsMax; n++) at.refused.add(`queues/parts of q${n}`)
  const first = await at.run()
  assert.deepEqual([first.ends, (await at.run()).ends], [true, false])
  assert.match(first.pages.at(-1)?.blind?.[0]?.says ?? '', /nor of over 200 more$/)
})

test('a list that is refused behind its first page has stated that page', async () => {
  const at = vendor()
  at.rows['users'] = ['ada', 'grace']
  at.refused.add('users, page 2')
  assert.deepEqual([(await at.run()).ends, (await at.run()).ends], [true, false])
  at.refused.clear()
  assert.equal((await at.run()).ends, true)
})

test('what was read by a snapshot that ended nothing is open all the same', async () => {
  const at = vendor()
  at.refused.add('keys')
  assert.equal((await at.run()).ends, true)
  at.refused.clear()
  at.refused.add('queues')
  assert.equal((await at.run()).ends, false, 'but the keys are stated now')
  at.refused.clear()
  at.refused.add('keys')
  assert.equal((await at.run()).ends, false)
})

test('a first snapshot that was cut off has stated things, which its next one does not end unseen', async () => {
  const at = vendor()
  at.rows['users'] = Array.from({ length: heldRowsMax + 1 }, (_, n) => `u${n}`)
  assert.equal((await at.run({ pagesMax: 2 })).ends, false)
  at.refused.add('keys')
  assert.equal((await at.run({ afterMs: resumeMsMax })).ends, false)
})

test('a blind inventory goes on where it was cut off, and still knows what it could not read', async () => {
  const at = vendor()
  at.rows['users'] = Array.from({ length: heldRowsMax + 1 }, (_, n) => `u${n}`)
  at.refused.add('keys')
  assert.deepEqual((await at.run({ pagesMax: 2 })).blind, ['keys'])
  const resumed = await at.run()
  assert.deepEqual([resumed.read, resumed.blind, resumed.ends], [['q1'], ['keys'], true])
})

test('the same blind inventory once more is not written again, and is blind all the same', async () => {
  const at = vendor()
  at.refused.add('keys')
  await at.run()
  const again = await at.run({ afterMs: 1_000 })
  assert.deepEqual([again.read, again.blind], [[], ['keys']])
})

test('where nothing at all may be read, the run fails by name; any other fault fails it, too', async () => {
  const at = vendor()
  for (const list of Object.keys(at.rows)) at.refused.add(list)
  await assert.rejects(at.run(), { code: 'ERR_VENDOR_SCOPE' })
  at.refused.clear()
  at.down(true)
  await assert.rejects(at.run(), { code: 'ERR_VENDOR_DOWN' })
})
