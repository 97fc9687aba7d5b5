import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId, nothingNormalized, type EdgeStatement, type Normalized } from '#model'
import { openLocalStore } from '#store'

import {
  addSource,
  findSource,
  issueIngestToken,
  listIngestTokens,
  listSources,
  removeSource,
  resealSource,
  revokeIngestToken,
  sourcesWriter,
  updateSource,
  verifyIngestToken,
  withinScope,
  type NewSource,
} from './index.ts'

const tenant = defaultTenant
const hosts: NewSource = {
  tenant,
  id: 'hosts',
  connector: 'host',
  config: { every: '15m' },
  authority: 'host',
  sealedSee: 'sealed-1',
  sealedContain: null,
  trust: 'host',
  scope: { about: [{ kind: 'host', authority: 'host' }] },
  createdAtMs: 1000,
}

test('sources are added, changed and removed; a change against an older state is refused', async () => {
  const { writer, reader } = openLocalStore([sourcesWriter])
  const [added] = await writer.submit(addSource(hosts))
  assert.deepEqual(added, { ...hosts, state: 'active', revision: 1, backfillSinceMs: null })
  await assert.rejects(writer.submit(addSource(hosts)), { code: 'ERR_SOURCE_EXISTS' })
  await assert.rejects(writer.submit(addSource({ ...hosts, id: 'No Name' })), { code: 'ERR_SOURCE_NAME' })
  const change = updateSource({ tenant, id: 'hosts', revision: 1, change: { state: 'paused' } })
  assert.equal((await writer.submit(change))[0].state, 'paused')
  await assert.rejects(writer.submit(change), { code: 'ERR_SOURCE_CHANGED' })
  assert.deepEqual(findSource(reader, tenant, 'hosts')?.config, { every: '15m' })
  await writer.submit(removeSource({ tenant, id: 'hosts', atMs: 9 }))
  assert.deepEqual(listSources(reader, tenant), [])
  await assert.rejects(writer.submit(removeSource({ tenant, id: 'hosts', atMs: 9 })), { code: 'ERR_SOURCE_UNKNOWN' })
})

test('a credential sealed anew does not undo a change made meanwhile', async () => {
  const { writer } = openLocalStore([sourcesWriter])
  await writer.submit(addSource(hosts))
  const reseal = (sealed: string, from: string) => resealSource({ tenant, id: 'hosts', use: 'see', sealed, from })
  assert.equal((await writer.submit(reseal('sealed-2', 'sealed-1')))[0].sealedSee, 'sealed-2')
  await assert.rejects(writer.submit(reseal('sealed-3', 'sealed-1')), { code: 'ERR_SOURCE_CHANGED' })
})

test('an ingest token opens its own source until it is revoked, and the store cannot tell it', async () => {
  const { writer, reader } = openLocalStore([sourcesWriter])
  await writer.submit(addSource(hosts))
  const boundTo = entityId('host', 'host', 'a1')
  const { id, text } = await issueIngestToken(writer, { tenant, source: 'hosts', boundTo, nowMs: 5 })
  assert.match(text, /^cit_/)
  assert.deepEqual(verifyIngestToken(reader, text), { tenant, id, source: 'hosts', boundTo })
  const wrongEnd = text.at(-1) === 'a' ? 'b' : 'a'
  for (const wrong of ['', 'cit_x', text.slice(0, -1), text.slice(0, -1) + wrongEnd]) {
    assert.equal(verifyIngestToken(reader, wrong), undefined)
  }
  const stored = JSON.stringify(reader.all('SELECT * FROM ingest_token'))
  assert.ok(!stored.includes(text.slice(-20)))
  assert.deepEqual(await writer.submit(revokeIngestToken({ tenant, id, atMs: 9 })), [true])
  assert.equal(verifyIngestToken(reader, text), undefined)
  assert.equal(listIngestTokens(reader, tenant, 'hosts')[0]?.revokedAtMs, 9)
})

test('removing a source ends its tokens', async () => {
  const { writer, reader } = openLocalStore([sourcesWriter])
  await writer.submit(addSource(hosts))
  const { text } = await issueIngestToken(writer, { tenant, source: 'hosts', boundTo: null, nowMs: 5 })
  await writer.submit(removeSource({ tenant, id: 'hosts', atMs: 9 }))
  assert.equal(verifyIngestToken(reader, text), undefined)
  await assert.rejects(issueIngestToken(writer, { tenant, source: 'hosts', boundTo: null, nowMs: 5 }), {
    code: 'ERR_SOURCE_UNKNOWN',
  })
})

test('a name is given once: nobody inherits cursor, seen ids or trust of a source that was removed', async () => {
  const { writer, reader } = openLocalStore([sourcesWriter])
  await writer.submit(addSource(hosts))
  await writer.submit(removeSource({ tenant, id: 'hosts', atMs: 9 }))
  await assert.rejects(writer.submit(addSource({ ...hosts, trust: 'vendor' })), { code: 'ERR_SOURCE_EXISTS' })
  assert.deepEqual(listSources(reader, tenant), [])
  await writer.submit(addSource({ ...hosts, id: 'hosts-2' }))
})

const hostA = entityId('host', 'host', 'a')
const hostB = entityId('host', 'host', 'b')
const print = entityId('credential', 'fp', 'k1.x')
const pkg = entityId('package', 'pypi', 'example@1.0.0')
const role = entityId('identity', '7000', 'role/10')
const edge = (src: EdgeStatement['src'], type: EdgeStatement['type'], dst: EdgeStatement['dst']): EdgeStatement => ({
  src,
  type,
  dst,
  confidence: 'observed',
  op: 'open',
  atMs: 1,
})
const saying = (said: Partial<Normalized>): Normalized => ({ ...nothingNormalized(), ...said })

test('a token of host A speaks about host A only', () => {
  const own = [
    edge(hostA, 'STORES', print),
    edge(pkg, 'INSTALLED_ON', hostA),
    edge(hostA, 'STORES', entityId('credential', 'host', 'a/home/x/.ssh/id')),
    edge(hostA, 'SAME_AS', entityId('host', 'hardware', 'uuid/1')),
  ]
  const others = [
    edge(hostB, 'STORES', print),
    edge(pkg, 'INSTALLED_ON', hostB),
    edge(print, 'AUTHENTICATES_AS', role),
    edge(print, 'SAME_AS', entityId('credential', '7000', 'role/10/password')),
    edge(role, 'RUNS_ON', hostA),
    edge(hostA, 'SAME_AS', hostB),
    edge(hostB, 'SAME_AS', entityId('host', 'hardware', 'uuid/1')),
    edge(hostA, 'STORES', entityId('credential', 'host', 'b/home/x/.ssh/id')),
    edge(hostA, 'STORES', entityId('credential', 'host', 'ab')),
  ]
  const { normalized, refused } = withinScope(hosts, hostA, saying({ edges: [...own, ...others] }))
  assert.deepEqual(normalized.edges, own)
  assert.equal(refused, others.length)
})

test('a token of host A makes nobody else the subject of a finding', () => {
  const { normalized, refused } = withinScope(hosts, hostA, saying({ actors: [hostA, hostB, role, print] }))
  assert.deepEqual([normalized.actors, refused], [[hostA], 3])
})

test('a token bound outside the scope of its source says nothing', () => {
  const { normalized } = withinScope(
    hosts,
    role,
    saying({ edges: [edge(hostA, 'STORES', print), edge(role, 'MEMBER_OF', role)] }),
  )
  assert.deepEqual(normalized.edges, [])
})

test('a host cannot protect a credential by what it says of it', () => {
  const facts = [
    { entity: print, observedAtMs: 1, attributes: { kind: 'key', breakGlass: true, own: true, expiresAtMs: 2 } },
    { entity: hostA, observedAtMs: 1, attributes: { name: 'runner-7', breakGlass: true } },
    { entity: hostB, observedAtMs: 1, attributes: { name: 'lie' } },
  ]
  const { normalized, refused } = withinScope(hosts, hostA, saying({ facts }))
  assert.deepEqual(
    normalized.facts.map((fact) => fact.attributes),
    [{ kind: 'key' }, { name: 'runner-7' }],
  )
  assert.equal(refused, 5)
})

test('a token of host A ends nothing that host B stated', () => {
  const snapshot = { id: 's', part: 0, complete: true, takenAtMs: 1 }
  const kept = [hostA, `${hostA}#npm`].map((scope) => ({ ...snapshot, scope }))
  const refused = [snapshot, { ...snapshot, scope: hostB }, { ...snapshot, scope: 'x' }]
  for (const one of kept)
    assert.deepEqual(withinScope(hosts, hostA, saying({ snapshot: one })).normalized.snapshot, one)
  for (const one of refused) {
    const scoped = withinScope(hosts, hostA, saying({ snapshot: one }))
    assert.deepEqual([scoped.normalized.snapshot, scoped.refused], [undefined, 1])
  }
})

test('a vendor speaks about its whole realm, and no other', () => {
  const source = {
    trust: 'vendor' as const,
    scope: { about: [{ authority: '7000' }], mentions: [{ kind: 'person' as const }] },
  }
  const table = entityId('resource', '7000', 'db/1/rel/2')
  const said = saying({
    edges: [
      edge(role, 'CAN_READ', table),
      edge(print, 'SAME_AS', entityId('credential', '7000', 'role/10/password')),
      edge(role, 'CAN_READ', entityId('resource', '8000', 'db/1')),
    ],
    touches: [
      { identity: role, credential: null, resource: table, verb: 'read', atMs: 1, records: 2, origin: null },
      {
        identity: entityId('identity', 'other', 'x'),
        credential: null,
        resource: table,
        verb: 'read',
        atMs: 1,
        records: 2,
        origin: null,
      },
    ],
    people: [
      { resource: table, complete: true, persons: [] },
      { resource: hostA, complete: true, persons: [] },
    ],
  })
  const { normalized, refused } = withinScope(source, undefined, said)
  assert.deepEqual(
    [normalized.edges.length, normalized.touches.length, normalized.people?.length, refused],
    [2, 1, 1, 3],
  )
})

test('a vendor says what its own credentials are the same as, by fingerprint, and of nobody else’s', () => {
  const scope: NewSource['scope'] = { about: [{ authority: 'v' }], mentions: [{ kind: 'credential' }] }
  const vendor: Pick<NewSource, 'trust' | 'scope'> = { trust: 'vendor', scope }
  const own = entityId('credential', 'v', 'key/1')
  const kept = [edge(print, 'SAME_AS', own), edge(own, 'SAME_AS', entityId('credential', 'v', 'key/2'))]
  const lie = edge(own, 'SAME_AS', entityId('credential', 'bank', 'key/1'))
  const { normalized, refused } = withinScope(vendor, undefined, saying({ edges: [...kept, lie] }))
  assert.deepEqual([normalized.edges, refused], [kept, 1])
})
