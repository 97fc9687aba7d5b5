import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityId, type Touch } from '#model'
import { openLocalStore, type Reader, type SqlValue } from '#store'

import { applyProjection, estateWriter, openEstate } from './index.ts'
import { runTouches } from './record/touches.ts'

const tenant = 't_default'
const key = entityId('credential', 'lab', 'key')
const others: EntityId[] = Array.from({ length: 3 }, (_, i) => entityId('credential', 'lab', `other/${i}`))
const table = entityId('resource', 'lab', 'table')

function story() {
  const { writer, reader } = openLocalStore([estateWriter])
  let offset = 0
  const apply = (credentials: readonly EntityId[]) => {
    offset++
    const touches = credentials.map((credential): Touch => ({
      identity: null,
      credential,
      resource: table,
      verb: 'read',
      atMs: offset,
      records: null,
      origin: null,
    }))
    const items = [{ offset, stream: 'log', eventAtMs: null, arrivedAtMs: 0, edges: [], facts: [], touches }]
    return writer.submit(
      applyProjection({ tenant, source: 'db', skewMs: 0, projectionVersion: 1, through: offset, items }),
    )
  }
  return { apply, reader }
}

/** Lets `then` happen just before the n-th read: W commits at any moment while D reads. */
function interrupted(reader: Reader, nth: number, then: () => void): Reader {
  let reads = 0
  const before = (): void => {
    if (reads++ === nth) then()
  }
  return {
    get: <Row>(sql: string, ...values: SqlValue[]) => (before(), reader.get<Row>(sql, ...values)),
    all: <Row>(sql: string, ...values: SqlValue[]) => (before(), reader.all<Row>(sql, ...values)),
    close: () => reader.close(),
  }
}

test('touches that W lists while D reads are in the answer all the same', async () => {
  for (const query of [{ credentials: [key] }, {}]) {
    // The first three reads open the estate.
    for (let nth = 3; nth < 8; nth++) {
      const { apply, reader } = story()
      await apply([key, ...others, key])
      const view = openEstate({ reader, tenant, snapshotPath: null }).view()
      let isListed = false
      const during = interrupted(reader, nth, () => {
        isListed = true
        void apply(Array.from({ length: runTouches }, (_, i) => others[i % others.length] ?? key))
      })
      const watched = openEstate({ reader: during, tenant, snapshotPath: null })
      const found = await watched.view().touches({ ...query, fromMs: 1, toMs: 1 })
      assert.deepEqual(found, await view.touches({ ...query, fromMs: 1, toMs: 1 }), `${JSON.stringify(query)} ${nth}`)
      assert.equal(found.length, 'credentials' in query ? 2 : 5)
      if (nth < 6) assert.ok(isListed, `read ${nth} happens`)
    }
  }
})
