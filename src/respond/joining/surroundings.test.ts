import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type Edge, type EdgeType, type EntityFact, type EntityId } from '#model'
import { createMemoryEstate } from '#estate'

import { anchorsMax, hubDegreeMax, joinGapMs, surroundingsOf } from './surroundings.ts'

const dayMs = 86_400_000
const nowMs = 100 * dayMs
const nowSeconds = nowMs / 1000
let number = 0
const edge = (src: EntityId, type: EdgeType, dst: EntityId, fields: Partial<Edge> = {}): Edge => ({
  edge: ++number,
  src,
  type,
  dst,
  validFrom: nowSeconds - 3_600,
  validTo: null,
  observedAtMs: nowMs,
  confidence: 'observed',
  conditional: false,
  note: null,
  evidence: number,
  ...fields,
})
const build = entityId('host', 'host', 'build-7')
const print = entityId('credential', 'fp', 'k1.aa')
const key = entityId('credential', 'aws', 'key/AKIA1')
const session = entityId('credential', 'aws', 'session/1')
const deploy = entityId('identity', 'aws', 'user/deploy')

const around = async (
  edges: Edge[],
  named: EntityId[],
  facts: EntityFact[] = [],
  times = { fromMs: nowMs, atMs: nowMs },
) => {
  const { anchors, isCut } = await surroundingsOf(createMemoryEstate({ edges, facts }), named, times)
  return { anchors, isCut, names: anchors.map(({ entity }) => entity).sort() }
}

test('what stands close is reached over the declared facts, two steps far, with the way there', async () => {
  const edges = [
    edge(build, 'STORES', print),
    edge(key, 'SAME_AS', print),
    edge(key, 'AUTHENTICATES_AS', deploy),
    edge(key, 'DERIVES', session),
  ]
  const { anchors, names } = await around(edges, [build])
  assert.deepEqual(names, [build, print, key].sort(), 'the identity behind the key is a step too far')
  assert.deepEqual(
    anchors.find(({ entity }) => entity === key)?.path.map(({ src, type, dst }) => [src, type, dst]),
    [
      [build, 'STORES', print],
      [key, 'SAME_AS', print],
    ],
  )
  assert.deepEqual((await around(edges, [session])).names, [session, key, deploy, print].sort())
})

test('rights, membership, data and guesses join nothing', async () => {
  const other = entityId('identity', 'aws', 'user/other')
  const admins = entityId('identity', 'aws', 'group/admins')
  const bucket = entityId('resource', 'aws', 'bucket/people')
  const vendor = entityId('vendor', 'aws', 'aws')
  const edges = [
    edge(deploy, 'MEMBER_OF', admins),
    edge(deploy, 'ASSUMES', other),
    edge(deploy, 'CAN_READ', bucket),
    edge(deploy, 'OWNED_BY', other),
    edge(deploy, 'SAME_AS', other, { confidence: 'inferred' }),
    edge(key, 'AUTHENTICATES_AS', deploy, { conditional: true }),
  ]
  assert.deepEqual((await around(edges, [deploy, bucket, vendor])).names, [deploy])
})

test('a hub is reached and never gone through, at its very degree; a group is one with any', async () => {
  const many = (count: number): Edge[] =>
    Array.from({ length: count }, (_, n) => edge(build, 'STORES', entityId('credential', 'fp', `k1.${n}`)))
  const one = entityId('credential', 'fp', 'k1.0')
  const below = await around(many(hubDegreeMax), [one])
  assert.equal(below.names.length, hubDegreeMax + 1)
  const above = await around(many(hubDegreeMax + 1), [one])
  assert.deepEqual(
    above.anchors.map(({ entity, isHub }) => [entity, isHub]),
    [
      [one, false],
      [build, true],
    ],
  )
  const group = entityId('identity', 'aws', 'group/oncall')
  const facts = [{ entity: group, observedAtMs: 0, attributes: { kind: 'group' } }]
  const { anchors } = await around([edge(key, 'AUTHENTICATES_AS', group)], [key], facts)
  assert.equal(anchors.find(({ entity }) => entity === group)?.isHub, true)
})

test('time: what a host held or an identity made long ago joins nothing; who made something is so for good', async () => {
  const longAgo = { validFrom: 0, validTo: nowSeconds - joinGapMs / 1000 - 1 }
  assert.deepEqual((await around([edge(build, 'STORES', print, longAgo)], [build])).names, [build])
  assert.deepEqual(
    (await around([edge(build, 'STORES', print, { ...longAgo, validTo: nowSeconds - 3_600 })], [build])).names,
    [print, build].sort(),
  )
  const made = edge(key, 'CREATED', session, { validFrom: 0 })
  assert.deepEqual((await around([made], [key])).names, [key], 'from the maker only what is new')
  assert.deepEqual((await around([made], [session])).names, [key, session].sort())
  const later = edge(build, 'STORES', print, { validFrom: nowSeconds + joinGapMs / 1000 })
  assert.deepEqual((await around([later], [build])).names, [print, build].sort(), 'reported a little later')
  const tooLate = edge(build, 'STORES', print, { validFrom: nowSeconds + joinGapMs / 1000 + 1 })
  assert.deepEqual((await around([tooLate], [build])).names, [build])
})

test('surroundings are bounded, nearest first, and say that they were cut', async () => {
  const identities = Array.from({ length: 9 }, (_, n) => entityId('identity', 'aws', `user/${n}`))
  const edges = identities.flatMap((identity, n) => [
    edge(key, 'CREATED', identity),
    ...Array.from({ length: 60 }, (_, m) =>
      edge(entityId('credential', 'aws', `key/${n}-${m}`), 'AUTHENTICATES_AS', identity),
    ),
  ])
  const { anchors, isCut } = await around(edges, [key])
  assert.deepEqual([anchors.length, isCut], [anchorsMax, true])
  assert.deepEqual(
    anchors.slice(1, 10).map(({ entity }) => entity),
    identities,
  )
  const again = await around(edges.toReversed(), [key])
  assert.deepEqual(
    again.anchors.map(({ entity }) => entity),
    anchors.map(({ entity }) => entity),
  )
})
