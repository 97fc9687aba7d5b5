import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'

import { entityId, type Edge } from '#model'

import { openLocalStore } from '#store'

import {
  applyProjection,
  connectEstate,
  createMemoryEstate,
  estateWriter,
  openEstate,
  pinsMax,
  serveEstate,
  type EstateView,
} from './index.ts'

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

test('pins keep their answers while projections and compactions go on; their memory is bounded, and one let go says so', async (t) => {
  const { writer, reader } = openLocalStore([estateWriter])
  const estate = openEstate({ reader, tenant: 't_default', snapshotPath: null })
  let offset = 0
  const grow = async (): Promise<void> => {
    offset++
    const edges = [
      { src: host, type: 'STORES', dst: entityId('credential', 'vault', `${offset}`), confidence: 'observed' } as const,
    ].map((edge) => ({ ...edge, op: 'open' as const, atMs: offset }))
    const facts = [{ entity: host, observedAtMs: offset, attributes: { reports: offset } }]
    const item = { offset, stream: 'log', eventAtMs: null, arrivedAtMs: offset, edges, facts, touches: [] }
    const args = { tenant: 't_default', source: 'h', skewMs: 0, projectionVersion: 1, through: offset } as const
    const [applied] = await writer.submit(applyProjection({ ...args, items: [item] }))
    estate.apply(applied)
  }
  const first = 20
  for (let n = 0; n < first; n++) await grow()
  await estate.compact()
  const bytesOfOne = estate.stats.bytes
  const { port1, port2 } = new MessageChannel()
  serveEstate(port1, () => estate.view(), bytesOfOne * 4)
  t.after(() => port1.close())
  const client = connectEstate(port2)
  const pins = []
  const askOf = async (pin: EstateView): Promise<unknown> => [
    (await pin.edgesFrom([host], { types: ['STORES'] })).length,
    (await pin.facts([host])).get(host),
    await pin.find('credential'),
  ]
  for (let n = first; n < first + 6; n++) {
    const pin = await client.pin()
    pins.push({ pin, answer: await askOf(pin) })
    assert.deepEqual(pins.at(-1)?.answer, [
      n,
      { reports: n },
      Array.from({ length: n }, (_, i) => `credential:vault:${i + 1}`),
    ])
    await grow()
    await estate.compact()
  }
  const [oldest, ...others] = pins
  await assert.rejects(oldest?.pin.facts([host]) ?? Promise.resolve(), { code: 'ERR_ESTATE_STALE', retryable: true })
  for (const { pin, answer } of others.slice(-2)) assert.deepEqual(await askOf(pin), answer)
})
