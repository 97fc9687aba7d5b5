import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseOwnJson, sha256, toHex, type Json, type JsonObject } from '#kit'
import { validateOcsf } from '#model/ocsf'

import { scrubJson } from '#classify'
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

test('a credential is known by the hash of its value, or by its entity id without the word in front that the intake scrubs', () => {
  const fingerprint = {
    ofValue: (text: string) => `k1.${toHex(sha256(text)).slice(0, 8)}`,
    ofSha256: (hash: Uint8Array) => `k1.${toHex(hash).slice(0, 8)}`,
  }
  const id = 'code.example:token/8f3a91c27d5e'
  const taken = (stated: JsonObject): string | null | undefined => {
    const touches = [{ ...stated, resource: table, verb: 'read', atMs: 7 }]
    const { text } = scrubJson(JSON.stringify({ touches }), fingerprint)
    return declare(parseOwnJson<Json>(text)).touches[0]?.credential
  }
  assert.equal(taken({ credential: `sha256:${'ab'.repeat(32)}` }), 'credential:fp:k1.abababab')
  assert.equal(taken({ credentialId: id }), `credential:${id}`)
  // In doubt a value goes: whoever writes an id here has a fingerprint that nothing else knows.
  assert.match(taken({ credential: `credential:${id}` }) ?? '', /^credential:fp:/)
})
