import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'

import { entityId, type Edge } from '#model'

import { connectEstate, createMemoryEstate, pinsMax, serveEstate, type EstateView } from './index.ts'

const host = entityId('host', 'host', 'runner-7')
const key = entityId('credential', 'vault', 'key')
const stores: Edge = {
  edge: 1,
  src: host,
  type: 'STORES',
  dst: key,
  validFrom: 100,
  validTo: null,
  observedAtMs: 1,
  confidence: 'observed',
  conditional: false,
  note: null,
  evidence: 7,
}
const before = createMemoryEstate({
  edges: [stores],
  people: [{ resource: host, persons: [{ person: 'person:hr:1', customer: null }] }],
})
const later = createMemoryEstate({ edges: [], asOf: 9 })

function connected(current: () => EstateView) {
  const { port1, port2 } = new MessageChannel()
  serveEstate(port1, current)
  return { client: connectEstate(port2), close: () => port1.close() }
}

test('answers cross the channel with their kinds, and stamp the client', async () => {
  const { client, close } = connected(() => before)
  assert.deepEqual(await client.edgesFrom([host], { types: ['STORES'] }), [stores])
  assert.deepEqual(await client.people([host]), new Map([[host, Uint32Array.of(1)]]))
  assert.equal(await client.explain(key, host, { types: ['STORES'] }), undefined)
  assert.equal(client.asOf, 7)
  close()
})

test('a pinned view stays at its offset while the estate goes on', async () => {
  let current = before
  const { client, close } = connected(() => current)
  const pinned = await client.pin()
  current = later
  assert.equal((await client.edgesFrom([host], { types: ['STORES'] })).length, 0)
  assert.equal((await pinned.edgesFrom([host], { types: ['STORES'] })).length, 1)
  assert.deepEqual([pinned.asOf, client.asOf], [7, 9])
  pinned.release()
  await assert.rejects(pinned.facts([host]), { code: 'ERR_ESTATE_STALE', retryable: true })
  close()
})

test('forgotten pins are bounded: the oldest goes', async () => {
  const { client, close } = connected(() => before)
  const oldest = await client.pin()
  const next = await client.pin()
  for (let i = 1; i < pinsMax; i++) await client.pin()
  await assert.rejects(oldest.facts([]), { code: 'ERR_ESTATE_STALE' })
  await next.facts([])
  close()
})

test('errors keep their code, and calls under way fail when the other end goes', async () => {
  const { client, close } = connected(() => before)
  await assert.rejects(client.reach([host], { types: ['STORES'] }, 0), { code: 'ERR_ESTATE_TOO_MANY' })
  const waiting = client.facts([host])
  close()
  await assert.rejects(waiting, { code: 'ERR_ESTATE_CLOSED', retryable: true })
  await assert.rejects(client.facts([host]), { code: 'ERR_ESTATE_CLOSED' })
})
