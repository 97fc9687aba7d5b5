import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '#kit'
import { defaultTenant, entityId, openEdge, type EntityFact } from '#model'
import { applyProjection, estateWriter, openEstate } from '#estate'
import { openLocalStore } from '#store'

import { describe } from './signalling.ts'

const tenant = defaultTenant
const [ada, bob] = ['ada', 'bob'].map((native) => entityId('identity', 'idp.example', native))
const [own, shared] = ['own', 'shared'].map((native) => entityId('credential', 'idp.example', native))

test('whom a credential belongs to is told where it is one identity, of several nobody is named', async () => {
  assert.ok(ada && bob && own && shared)
  const { writer, reader } = openLocalStore([estateWriter])
  const estate = openEstate({ reader, tenant, snapshotPath: null })
  const facts = [ada, bob].map((entity): EntityFact => {
    return { entity, observedAtMs: 1000, attributes: { kind: 'human', email: `${entity.slice(-3)}@example.com` } }
  })
  const edges = [
    openEdge(own, 'AUTHENTICATES_AS', ada, 1000),
    openEdge(shared, 'AUTHENTICATES_AS', ada, 1000),
    openEdge(shared, 'AUTHENTICATES_AS', bob, 1000),
  ]
  const item = { offset: 1, facts, edges, touches: [], stream: 'x', eventAtMs: 1000, arrivedAtMs: 1000 }
  const args = { tenant, source: 'okta', skewMs: 0, projectionVersion: 1, through: 1 }
  const [applied] = await writer.submit(applyProjection({ ...args, items: [item] }))
  estate.apply(applied)
  const clock = new ManualClock(10_000)
  const of = (target: typeof own) => describe(estate.view(), target, clock)
  assert.deepEqual(await of(own), { kind: undefined, email: 'ada@example.com', identity: ada })
  assert.deepEqual(await of(shared), { kind: undefined, email: undefined, identity: shared })
})
