import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Json } from '#kit'
import { validateOcsf } from '#model/ocsf'

import { declaredConnector } from './index.ts'

const declare = (raw: Json) => {
  const out = declaredConnector.normalize({
    stream: 'log',
    raw,
    eventAtMs: 1000,
    arrivedAtMs: 2000,
    source: 'people',
    authority: 'people.example',
  })
  assert.deepEqual(out.ocsf.flatMap(validateOcsf), [])
  return out
}
const table = 'resource:people.example:table/contractors'
const identity = 'identity:id.example:svc-ci'

test('holdings, people and uses of an own system are taken as stated', () => {
  const out = declare({
    facts: [{ entity: table, attributes: { name: 'contractors' } }],
    edges: [{ src: identity, type: 'CAN_READ', dst: table, fromMs: 5 }],
    touches: [{ identity, credential: 'fp:k1.abc', resource: table, verb: 'read', atMs: 7, records: 25 }],
    people: [
      {
        resource: table,
        complete: true,
        persons: [{ person: 'person:people.example:c1', customer: 'customer:cordon:lab-aster' }],
      },
    ],
  })
  assert.equal(out.unmapped, undefined)
  assert.deepEqual(out.edges, [
    { src: identity, type: 'CAN_READ', dst: table, confidence: 'declared', op: 'span', fromMs: 5, toMs: null },
  ])
  assert.equal(out.touches[0]?.credential, 'credential:fp:k1.abc')
  assert.equal(out.people?.[0]?.persons.length, 1)
  assert.equal(out.facts[0]?.observedAtMs, 1000)
})

test('nothing is taken about another authority', () => {
  const foreign = 'resource:bank.example:table/accounts'
  const out = declare({
    facts: [{ entity: foreign, attributes: { name: 'x' } }],
    edges: [{ src: identity, type: 'CAN_READ', dst: foreign, fromMs: 5 }],
    touches: [{ resource: foreign, verb: 'read', atMs: 7 }],
    people: [{ resource: foreign, complete: true, persons: [] }],
  })
  assert.deepEqual([out.facts, out.edges, out.touches, out.people], [[], [], [], []])
  assert.equal(out.unmapped, 'statement about another authority')
})

test('what would aim an action cannot be declared', () => {
  for (const type of ['AUTHENTICATES_AS', 'SAME_AS', 'CREATED', 'DERIVES', 'MEMBER_OF', 'ASSUMES', 'STORES']) {
    const out = declare({ edges: [{ src: 'credential:fp:k1.abc', type, dst: table, fromMs: 5 }] })
    assert.deepEqual(out.edges, [], type)
    assert.equal(out.unmapped, 'declaration')
  }
})
