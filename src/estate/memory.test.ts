import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type Edge, type EdgeType, type EntityId } from '#model'

import { createMemoryEstate } from './index.ts'

const host = entityId('host', 'host', 'runner-7')
const key = entityId('credential', 'vault', 'key')
const twin = entityId('credential', 'fp', 'k1.abc')
const robot = entityId('identity', 'db', 'role/1')
const table = entityId('resource', 'db', 'rel/1')

let number = 0
const edge = (src: EntityId, type: EdgeType, dst: EntityId, fields: Partial<Edge> = {}): Edge => ({
  edge: ++number,
  src,
  type,
  dst,
  validFrom: 100,
  validTo: null,
  observedAtMs: 1_000_000,
  confidence: 'observed',
  conditional: false,
  note: null,
  evidence: number,
  ...fields,
})
const all = { types: ['STORES', 'SAME_AS', 'AUTHENTICATES_AS', 'CAN_READ'] } as const
const estate = createMemoryEstate({
  edges: [
    edge(host, 'STORES', twin, { validFrom: 200 }),
    edge(key, 'SAME_AS', twin),
    edge(key, 'AUTHENTICATES_AS', robot, { validTo: 300 }),
    edge(robot, 'CAN_READ', table, { validFrom: 250, conditional: true }),
  ],
})
const names = (reached: { entity: EntityId }[]): EntityId[] => reached.map(({ entity }) => entity).sort()

test('a walk crosses SAME_AS backwards and only edges that stand now', async () => {
  assert.deepEqual(names(await estate.reach([host], all)), [twin, key].sort())
})

test('a walk at a time takes the edges valid then', async () => {
  assert.deepEqual(names(await estate.reach([host], { ...all, at: 260 })), [twin, key, robot, table].sort())
  assert.deepEqual(names(await estate.reach([host], { ...all, at: 220 })), [twin, key, robot].sort())
  assert.deepEqual(
    names(await estate.reach([host], { ...all, at: 260, unconditionalOnly: true })),
    [twin, key, robot].sort(),
  )
})

test('a walk over a window arrives no earlier than its edges allow', async () => {
  const reached = await estate.reach([host], { ...all, window: { from: 150, to: 400 } })
  assert.deepEqual(Object.fromEntries(reached.map(({ entity, since }) => [entity, since])), {
    [twin]: 200,
    [key]: 200,
    [robot]: 200,
    [table]: 250,
  })
  assert.deepEqual(names(await estate.reach([host], { ...all, window: { from: 301, to: 400 } })), [twin, key].sort())
})

test('an explanation joins up, turned SAME_AS included', async () => {
  const path = await estate.explain(host, table, { ...all, at: 260 })
  assert.deepEqual(
    path?.map(({ src, type, dst }) => [src, type, dst]),
    [
      [host, 'STORES', twin],
      [twin, 'SAME_AS', key],
      [key, 'AUTHENTICATES_AS', robot],
      [robot, 'CAN_READ', table],
    ],
  )
  assert.equal(await estate.explain(table, host, all), undefined)
})

test('an answer over its bound is refused, not cut', async () => {
  await assert.rejects(estate.reach([host], { ...all, at: 260 }, 3), /more than 3 entities/)
})
