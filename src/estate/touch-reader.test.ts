import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type Touch } from '#model'
import { openLocalStore } from '#store'

import { applyProjection, estateWriter, openEstate, openTouchReader } from './index.ts'

const tenant = 't_default'
const table = entityId('resource', 'lab', 'table')
const times = [10, 20, 30, 40]

async function openView() {
  const { writer, reader } = openLocalStore([estateWriter])
  const touches = times.map((atMs): Touch => ({
    identity: null,
    credential: entityId('credential', 'lab', 'key'),
    resource: table,
    verb: 'read',
    atMs,
    records: null,
    origin: null,
  }))
  const items = [{ offset: 1, stream: 'log', eventAtMs: null, arrivedAtMs: 0, edges: [], facts: [], touches }]
  await writer.submit(applyProjection({ tenant, source: 'db', skewMs: 3, projectionVersion: 1, through: 1, items }))
  return openEstate({ reader, tenant, snapshotPath: null }).view()
}

test('an act whose clock may be off by the middle of a slice counts once', async () => {
  const { read, isCut } = openTouchReader(await openView(), 100)
  const found = await read({ resources: [table], fromMs: 0, toMs: 63, touchesMax: 1 })
  assert.deepEqual(
    found.map(({ atMs }) => atMs),
    times,
  )
  assert.equal(isCut(), false)
})

test('beyond its bound no more is read, and that is said', async () => {
  const { read, isCut } = openTouchReader(await openView(), 1)
  const found = await read({ resources: [table], fromMs: 0, toMs: 63, touchesMax: 1 })
  assert.ok(found.length < times.length)
  assert.equal(isCut(), true)
})
