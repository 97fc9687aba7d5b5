import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { isObject, type Json } from '#kit'
import { validateOcsf } from '#model/ocsf'

import { startSplunkTwin } from '../../../lab/twins/splunk/twin.ts'
import { findingOf, openOutputs, planted } from './rig.ts'

async function open(t: TestContext, config: Record<string, unknown> = {}) {
  const twin = await startSplunkTwin()
  t.after(() => twin.close())
  const parts = {
    connector: 'splunk',
    config: { url: twin.url, index: 'cordon', from: 'start', ...config },
    see: { token: twin.token.value },
    origins: [twin.url],
  }
  return { twin, ...(await openOutputs(t, parts)) }
}
const uidOf = (event: Json): string => {
  const metadata = isObject(event) ? event['metadata'] : undefined
  const uid = isObject(metadata) ? metadata['uid'] : undefined
  return typeof uid === 'string' ? uid : ''
}
const many = (count: number, from = 1) => Array.from({ length: count }, (_, at) => findingOf(from + at))

test('findings and receipts arrive in order, valid, and with nothing that was planted', async (t) => {
  const { twin, tell, note, turn, tally, source } = await open(t)
  await tell(...many(1_200))
  await note('source.added', { source: 'okta' }, { by: planted })
  await note('incident.opened', { incident: 'inc_1', severity: 'high' }, { title: `of ${planted}` })
  await turn('findings')
  await turn('receipts')
  const found = twin.indexed.filter((one) => one.source === 'cordon:findings')
  assert.deepEqual(
    found.map(({ event }) => uidOf(event)),
    many(1_200).map(({ id }) => id),
  )
  assert.equal(twin.indexed.length, 1_202)
  for (const { event, index, sourcetype } of twin.indexed) {
    assert.deepEqual([index, sourcetype], ['cordon', 'cordon:ocsf'])
    assert.deepEqual(validateOcsf(event), [])
  }
  assert.ok(!JSON.stringify(twin.indexed).includes(planted))
  assert.deepEqual(tally(source, 'findings'), { sent: 1_200, waiting: 0, refused: [] })
  const asked = twin.requests
  await turn('findings')
  assert.equal(twin.requests, asked, 'nothing new, no request')
})

test('hands that dies before its word is heard sends again under the same id; nothing is lost', async (t) => {
  const { twin, tell, turn } = await open(t)
  await tell(...many(3))
  await assert.rejects(turn('findings', true), /killed/)
  await tell(...many(2, 4))
  await turn('findings')
  const uids = twin.indexed.map(({ event }) => uidOf(event))
  assert.equal(uids.length, 8, 'three of them twice: at least once')
  assert.deepEqual(
    [...new Set(uids)],
    many(5).map(({ id }) => id),
  )
})

test('what an indexer loses before it writes is sent again: only its acknowledgement counts', async (t) => {
  const { twin, tell, turn, tally, source } = await open(t)
  await tell(...many(2))
  twin.settlesAtOnce = false
  const waiting = turn('findings')
  await assert.rejects(waiting, { code: 'ERR_VENDOR_DOWN' })
  assert.equal(tally(source, 'findings').sent, 0)
  twin.settle(true)
  twin.settlesAtOnce = true
  await turn('findings')
  assert.deepEqual(
    twin.indexed.map(({ event }) => uidOf(event)),
    many(2).map(({ id }) => id),
  )
})

test('without acknowledgements a taken batch counts; a token without them is told apart', async (t) => {
  const { twin, check, tell, turn } = await open(t, { acknowledged: true })
  twin.token.hasAck = false
  assert.match((await check()).missing.join(), /acknowledgement is off/)
  await tell(...many(1))
  await assert.rejects(turn('findings'), { code: 'ERR_VENDOR_REFUSED' })
  const other = await open(t, { acknowledged: false })
  other.twin.token.hasAck = false
  assert.deepEqual((await other.check()).missing, [])
  await other.tell(...many(1))
  await other.turn('findings')
  assert.equal(other.twin.indexed.length, 1)
})

test('a full queue and a proxy that is down are waited for; a bad token and a wrong index hold everything', async (t) => {
  const { twin, check, tell, turn, tally, source } = await open(t)
  await tell(...many(4))
  twin.faults = [
    { status: 503, code: 9, retryAfterS: 3 },
    { status: 429, code: null, retryAfterS: 2 },
    { status: 502, code: null },
  ]
  await turn('findings')
  assert.equal(twin.indexed.length, 4)
  await tell(...many(2, 5))
  twin.token.isDisabled = true
  await assert.rejects(turn('findings'), { code: 'ERR_VENDOR_AUTH' })
  await assert.rejects(check(), { code: 'ERR_VENDOR_AUTH' })
  twin.token.isDisabled = false
  twin.token.indexes = ['main']
  await assert.rejects(turn('findings'), { code: 'ERR_VENDOR_SCOPE' })
  assert.deepEqual([tally(source, 'findings').sent, tally(source, 'findings').waiting], [4, 2], 'nothing was given up')
  twin.token.indexes = ['cordon']
  assert.deepEqual((await check()).missing, [])
  await turn('findings')
  assert.equal(twin.indexed.length, 6)
})

test('one event that Splunk will not take is left out and named, and the rest goes', async (t) => {
  const { twin, tell, turn, tally, source } = await open(t)
  await tell(...many(9))
  twin.refuses = ({ event }) => uidOf(event) === findingOf(4).id
  const refused = await turn('findings')
  assert.deepEqual(refused, [{ reason: 'the collector answers code 6', place: `findings ${findingOf(4).id}` }])
  assert.equal(new Set(twin.indexed.map(({ event }) => uidOf(event))).size, 8)
  const { sent, refused: kept } = tally(source, 'findings')
  assert.deepEqual([sent, kept.map(({ count, place }) => [count, place])], [8, [[1, findingOf(4).id]]])
})

test('a new output begins with what comes, unless it is told otherwise', async (t) => {
  const { twin, tell, turn } = await open(t, { from: 'now', sends: 'findings' })
  await tell(...many(3))
  await turn('findings')
  await tell(...many(1, 4))
  await turn('findings')
  assert.deepEqual(
    twin.indexed.map(({ event }) => uidOf(event)),
    [findingOf(4).id],
  )
  await assert.rejects(turn('receipts'), /does not leave/)
})
