import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityFact } from '#model'
import { openLocalStore } from '#store'

import { applyProjection, estateWriter, openEstate } from './index.ts'

const tenant = 't_default'
const key = entityId('credential', 'lab', 'key/1')

test('of each attribute the newest word counts, however long the history and whatever the order it came in', async (t) => {
  const { writer, reader } = openLocalStore([estateWriter])
  t.after(() => reader.close())
  const estate = openEstate({ reader, tenant, snapshotPath: null })
  let offset = 0
  const say = async (observedAtMs: number, attributes: EntityFact['attributes']): Promise<void> => {
    offset++
    const facts = [{ entity: key, observedAtMs, attributes }]
    const item = { offset, stream: 'log' as const, eventAtMs: null, arrivedAtMs: offset, edges: [], touches: [], facts }
    const about = { tenant, source: 'lab', skewMs: 0, projectionVersion: 1, through: offset } as const
    const [applied] = await writer.submit(applyProjection({ ...about, items: [item] }))
    estate.apply(applied)
  }
  const now = async (view = estate.view()) => (await view.facts([key])).get(key)

  assert.equal(await now(), undefined)
  await say(5, { lastUsedAtMs: 5, name: 'exporter', zone: 'a' })
  await say(3, { lastUsedAtMs: 3, zone: 'z' })
  const before = estate.view()
  assert.deepEqual(await now(), { lastUsedAtMs: 5, name: 'exporter', zone: 'a' })
  // Every use is a row of its own; each seventh comes late.
  for (let at = 10; at < 110; at++) {
    await say(at % 7 === 0 ? at - 8 : at, { lastUsedAtMs: at % 7 === 0 ? at - 8 : at })
    if (at === 40) assert.deepEqual(await now(), { lastUsedAtMs: 40, name: 'exporter', zone: 'a' })
  }
  assert.deepEqual(await now(), { lastUsedAtMs: 109, name: 'exporter', zone: 'a' })
  assert.deepEqual(await now(before), { lastUsedAtMs: 5, name: 'exporter', zone: 'a' }, 'a view stays what it was')
})
