import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededInt, seededRandom } from '#kit'
import { entityId, type Edge, type EdgeType, type EntityFact, type EntityId, type Touch, type Trigger } from '#model'
import { createMemoryEstate, unionOf } from '#estate'

import { expose } from './exposure.ts'

const at = (seconds: number): number => seconds * 1000
let offset = 0
const edge = (src: EntityId, type: EdgeType, dst: EntityId, validFrom = 0, fields: Partial<Edge> = {}): Edge => {
  offset++
  return {
    edge: offset,
    src,
    type,
    dst,
    validFrom,
    validTo: null,
    observedAtMs: at(validFrom),
    confidence: 'observed',
    conditional: false,
    note: null,
    evidence: offset,
    ...fields,
  }
}
const bad = entityId('package', 'pypi', 'litellm@1.82.7')
const good = entityId('package', 'pypi', 'litellm@1.82.6')
const runner = entityId('host', 'host', 'runner-7')
const laptop = entityId('host', 'host', 'laptop-2')
const print = (n: number): EntityId => entityId('credential', 'fp', `k1.${n}`)
const key = (name: string): EntityId => entityId('credential', 'vault', `key/${name}`)
const robot = entityId('identity', 'db', 'role/1')
const table = entityId('resource', 'db', 'rel/1')
const facts: EntityFact[] = [
  { entity: bad, observedAtMs: 0, attributes: { type: 'pypi', name: 'litellm', version: '1.82.7' } },
  { entity: good, observedAtMs: 0, attributes: { type: 'pypi', name: 'litellm', version: '1.82.6' } },
]
const recall: Trigger & { kind: 'artefact' } = { kind: 'artefact', purl: 'pkg:pypi/LiteLLM', versions: ['1.82.7'] }
const window = { fromMs: at(1000), toMs: at(2000) }
const now = at(9000)
const names = (exposure: Awaited<ReturnType<typeof expose>>): EntityId[] =>
  exposure.credentials.filter(({ conditional }) => !conditional).map(({ credential }) => credential)

test('hosts that installed the named version in the window expose what lay there from then on', async () => {
  const view = createMemoryEstate({
    facts,
    edges: [
      edge(bad, 'INSTALLED_ON', runner, 1500),
      edge(good, 'INSTALLED_ON', laptop, 1500),
      edge(bad, 'INSTALLED_ON', entityId('host', 'host', 'late'), 2100),
      edge(runner, 'STORES', print(1), 10),
      edge(runner, 'STORES', print(2), 10, { validTo: 1400 }),
      edge(runner, 'STORES', print(3), 1700),
      edge(laptop, 'STORES', print(4), 10),
    ],
  })
  const exposure = await expose(view, recall, window, now)
  assert.deepEqual(
    exposure.hosts.map(({ host, since }) => [host, since]),
    [[runner, 1500]],
  )
  assert.deepEqual(
    exposure.credentials.map(({ credential, epoch }) => [credential, epoch]),
    [
      [print(1), 1500],
      [print(3), 1700],
    ],
  )
  assert.deepEqual(
    exposure.credentials[0]?.reason.map(({ type }) => type),
    ['INSTALLED_ON', 'STORES'],
  )
  assert.ok(exposure.credentials.every(({ reason }) => reason.every(({ evidence }) => evidence > 0)))
  const every = await expose(view, { ...recall, versions: [] }, window, now)
  assert.deepEqual(names(every).sort(), [print(1), print(3), print(4)].sort())
  assert.equal((await expose(view, { ...recall, versions: ['1.82'] }, window, now)).credentials.length, 0)
})

test('a compromised host cannot hide what it stored by a report dated back', async () => {
  const hidden = edge(runner, 'STORES', print(1), 10, { validTo: 900, endHeardAtMs: at(1600) })
  const removed = edge(runner, 'STORES', print(2), 10, { validTo: 900, endHeardAtMs: at(901) })
  const installed = edge(bad, 'INSTALLED_ON', runner, 500, { validTo: 990, endHeardAtMs: at(1600) })
  const view = createMemoryEstate({ facts, edges: [installed, hidden, removed] })
  assert.deepEqual(names(await expose(view, recall, window, now)), [print(1)])
})

test('a fingerprint and its vendor key are one member, by asserted joins only, in either direction', async () => {
  for (const turned of [false, true]) {
    const join = (a: EntityId, b: EntityId, fields: Partial<Edge> = {}): Edge =>
      turned ? edge(b, 'SAME_AS', a, 5000, fields) : edge(a, 'SAME_AS', b, 5000, fields)
    const view = createMemoryEstate({
      edges: [
        edge(runner, 'STORES', print(1)),
        edge(runner, 'STORES', print(2)),
        join(print(1), key('a')),
        join(print(2), key('guess'), { confidence: 'inferred' }),
        edge(key('a'), 'AUTHENTICATES_AS', robot),
      ],
    })
    const exposure = await expose(view, { kind: 'host', host: runner }, window, now)
    assert.deepEqual(names(exposure).sort(), [print(2), key('a')].sort())
    const joined = exposure.credentials.find(({ credential }) => credential === key('a'))
    assert.deepEqual(joined?.aliases, [print(1)])
    assert.equal(joined?.identity, robot)
    assert.deepEqual(
      joined?.reason.map(({ type, src, dst }) => [type, src, dst]),
      [
        ['STORES', runner, print(1)],
        ['SAME_AS', print(1), key('a')],
      ],
    )
    assert.match(exposure.impact.blindSpots.join('\n'), /1 of 2 credentials: no connected source knows/)
  }
})

test('a lying vendor that claims others’ fingerprints carries exposure no further than its own realm', async () => {
  const lie = entityId('credential', 'liar', 'key/1')
  const [first, second] = [entityId('credential', 'bank', 'key/1'), entityId('credential', 'db', 'key/9')]
  const claims = [print(1), print(2)].map((one) => edge(one, 'SAME_AS', lie))
  const truths = [edge(print(1), 'SAME_AS', first), edge(print(2), 'SAME_AS', second)]
  const ended = edge(print(1), 'AUTHENTICATES_AS', entityId('identity', 'liar', 'x'), 0, { validTo: 1 })
  const edges = [...claims, ...truths, ended, edge(runner, 'STORES', print(1))]
  const view = createMemoryEstate({ edges })
  const atLiar = await expose(view, { kind: 'credential', credential: lie }, window, now)
  assert.deepEqual(names(atLiar), [lie], 'what is exposed at the liar exposes no credential of anybody else')
  const onHost = await expose(view, { kind: 'host', host: runner }, window, now)
  assert.deepEqual(names(onHost).sort(), [first, lie].sort(), 'both are killed; the other vendor’s is not hidden')
  assert.deepEqual(onHost.credentials.find(({ credential }) => credential === first)?.aliases, [print(1)])
  const late = edge(runner, 'STORES', lie, 1500)
  const both = await expose(
    createMemoryEstate({ edges: [...edges, late] }),
    { kind: 'host', host: runner },
    window,
    now,
  )
  assert.deepEqual(
    names(both).sort(),
    [first, lie].sort(),
    'print 2 is one more name of what lay there, and no further',
  )
})

test('what a held credential made since its epoch is a descendant, and so is what that made, until nothing is added', async () => {
  const made = entityId('identity', 'db', 'role/99')
  const view = createMemoryEstate({
    edges: [
      edge(runner, 'STORES', key('a')),
      edge(key('a'), 'DERIVES', key('session'), 1100),
      edge(key('a'), 'CREATED', key('old'), 900),
      edge(key('session'), 'CREATED', key('b'), 1200),
      edge(key('b'), 'CREATED', made, 3000),
      edge(entityId('credential', 'db', 'role/99/password'), 'AUTHENTICATES_AS', made, 3000),
      edge(key('b'), 'CREATED', key('too-early'), 1150),
    ],
  })
  const exposure = await expose(view, { kind: 'host', host: runner }, window, now)
  assert.deepEqual(
    exposure.credentials.map(({ credential, role, epoch }) => [credential, role, epoch]),
    [
      [key('a'), 'readable', 1000],
      [key('session'), 'session', 1100],
      [key('b'), 'descendant', 1200],
      [entityId('credential', 'db', 'role/99/password'), 'descendant', 3000],
    ],
  )
  assert.deepEqual(
    exposure.descendants.map(({ entity, epoch }) => [entity, epoch]),
    [[made, 3000]],
  )
})

test('rights lead to stored secrets laterally, one key of an identity does not expose its others', async () => {
  const group = entityId('identity', 'db', 'role/2')
  const schema = entityId('resource', 'db', 'db/1/ns/1')
  const view = createMemoryEstate({
    edges: [
      edge(key('a'), 'AUTHENTICATES_AS', robot),
      edge(key('other'), 'AUTHENTICATES_AS', robot),
      edge(robot, 'MEMBER_OF', group),
      edge(group, 'CAN_READ', schema),
      edge(schema, 'CONTAINS', table),
      edge(table, 'STORES', key('deep'), 0),
      edge(schema, 'STORES', key('gone'), 0, { validTo: 999 }),
    ],
  })
  const exposure = await expose(view, { kind: 'credential', credential: key('a') }, window, now)
  assert.deepEqual(names(exposure).sort(), [key('a'), key('deep')].sort())
  assert.deepEqual(exposure.impact.couldReach.map(({ resource }) => resource).sort(), [schema, table].sort())
  const whole = await expose(view, { kind: 'identity', identity: robot }, window, now)
  assert.deepEqual(names(whole).sort(), [key('a'), key('deep'), key('other')].sort())
})

test('what crosses a condition only is shown apart', async () => {
  const view = createMemoryEstate({
    edges: [
      edge(runner, 'STORES', key('a'), 0, { conditional: true }),
      edge(runner, 'STORES', key('a'), 3000),
      edge(runner, 'STORES', key('b'), 0, { conditional: true }),
    ],
  })
  const exposure = await expose(view, { kind: 'host', host: runner }, { fromMs: at(1000), toMs: null }, now)
  assert.deepEqual(
    exposure.credentials.map(({ credential, conditional, epoch }) => [credential, conditional, epoch]),
    [
      [key('b'), true, 1000],
      [key('a'), false, 3000],
    ],
  )
})

test('a key its vendor had deleted before it could be read opens nothing and is left out', async () => {
  const view = createMemoryEstate({
    edges: [
      edge(runner, 'STORES', print(1)),
      edge(print(1), 'SAME_AS', key('dead')),
      edge(key('dead'), 'AUTHENTICATES_AS', robot, 0, { validTo: 500 }),
      edge(key('dead'), 'DERIVES', key('session'), 100),
    ],
  })
  assert.deepEqual(names(await expose(view, { kind: 'host', host: runner }, window, now)), [])
})

test('a bad app exposes its secret, the grants given to it and what those derive, and no other app', async () => {
  const app = entityId('app', 'idp', 'crm')
  const [secret, grant, token] = ['client/crm', 'grant/1', 'token/1'].map((name) => entityId('credential', 'idp', name))
  const foreign = entityId('credential', 'idp', 'grant/2')
  const client = entityId('identity', 'idp', 'crm')
  const user = entityId('identity', 'idp', 'u1')
  assert.ok(secret !== undefined && grant !== undefined && token !== undefined)
  const view = createMemoryEstate({
    edges: [
      edge(app, 'ACTS_AS', client),
      edge(app, 'STORES', secret),
      edge(secret, 'AUTHENTICATES_AS', client),
      edge(grant, 'AUTHENTICATES_AS', user),
      edge(foreign, 'AUTHENTICATES_AS', user),
      edge(grant, 'DERIVES', token, 1200),
      edge(user, 'CAN_READ', table),
    ],
    facts: [
      { entity: grant, observedAtMs: 0, attributes: { client: 'crm' } },
      { entity: foreign, observedAtMs: 0, attributes: { client: 'other' } },
    ],
  })
  const exposure = await expose(view, { kind: 'app', app }, window, now)
  assert.deepEqual(names(exposure).sort(), [secret, grant, token].sort())
  assert.deepEqual(
    exposure.impact.couldReach.map(({ resource }) => resource),
    [table],
  )
})

test('the walk stops at its bound and says so', async () => {
  const edges = Array.from({ length: 20 }, (_, n) => edge(runner, 'STORES', print(n)))
  const view = createMemoryEstate({ edges })
  const exposure = await expose(view, { kind: 'host', host: runner }, window, now, { entitiesMax: 5 })
  assert.equal(exposure.truncated, true)
  assert.equal(exposure.credentials.length, 4)
  assert.match(exposure.impact.blindSpots.join('\n'), /the walk stopped at 5 entities/)
})

test('the answer does not depend on the order of statements', async () => {
  const random = seededRandom(7)
  const nodes = [runner, laptop, ...Array.from({ length: 6 }, (_, n) => key(`k${n}`)), robot, table]
  const types: EdgeType[] = ['STORES', 'SAME_AS', 'AUTHENTICATES_AS', 'DERIVES', 'CREATED', 'CAN_READ']
  for (let round = 0; round < 30; round++) {
    const edges = Array.from({ length: 25 }, () => {
      const [src, dst] = [nodes[seededInt(random, nodes.length)], nodes[seededInt(random, nodes.length)]]
      const type = types[seededInt(random, types.length)]
      assert.ok(src !== undefined && dst !== undefined && type !== undefined)
      return edge(src, type, dst, seededInt(random, 3000), { conditional: random() < 0.2 })
    })
    const shuffled = edges
      .map((edge) => [random(), edge] as const)
      .sort((a, b) => a[0] - b[0])
      .map(([, edge]) => edge)
    const [first, second] = await Promise.all(
      [edges, shuffled].map((edges) =>
        expose(createMemoryEstate({ edges, asOf: 1 }), { kind: 'host', host: runner }, window, now),
      ),
    )
    assert.deepEqual(second, first)
  }
})

test('a union of people is the set union', () => {
  const random = seededRandom(3)
  for (let round = 0; round < 50; round++) {
    const arrays = Array.from({ length: 3 }, () =>
      Uint32Array.from({ length: seededInt(random, 40) }, () => seededInt(random, 200)),
    )
    const expected = [...new Set(arrays.flatMap((array) => [...array]))].sort((a, b) => a - b)
    assert.deepEqual([...unionOf(arrays)], expected)
  }
})

const people = (resource: EntityId, ids: readonly number[], customer: string) => ({
  resource,
  persons: ids.map((n) => ({
    person: entityId('person', 'db', String(n)),
    customer: entityId('customer', 'cordon', customer),
  })),
})
const touch = (fields: Partial<Touch>): Touch & { offset: number } => ({
  identity: robot,
  credential: null,
  resource: table,
  verb: 'read',
  atMs: at(1500),
  records: null,
  origin: null,
  offset: ++offset,
  ...fields,
})
const other = entityId('resource', 'db', 'rel/2')
const dark = entityId('resource', 'bucket', 'b1')
const reachAll = [
  edge(runner, 'STORES', key('a')),
  edge(key('a'), 'AUTHENTICATES_AS', robot),
  edge(robot, 'CAN_READ', table),
  edge(robot, 'CAN_WRITE', table),
  edge(robot, 'CAN_READ', other),
  edge(robot, 'CAN_READ', dark),
]
const coverage = {
  db: { logged: ['read', 'write', 'delete'], blind: ['copies made by replicas are not seen'] },
} as const

test('reached, touched, changed and unknown are four sets', async () => {
  const view = createMemoryEstate({
    edges: reachAll,
    people: [people(table, [1, 2, 3], 'lab-aster'), people(other, [4, 5], 'lab-birch'), people(dark, [9], 'lab-cedar')],
    touches: [
      touch({ credential: key('a'), records: 2 }),
      touch({ atMs: at(900) }),
      touch({ credential: key('somebody-else'), resource: other }),
      touch({ verb: 'write', atMs: at(5000) }),
    ],
  })
  const { impact } = await expose(view, { kind: 'host', host: runner }, window, now, { coverage })
  assert.deepEqual(
    impact.couldReach.map(({ resource }) => resource),
    [dark, table, other],
  )
  assert.deepEqual(
    impact.didTouch.map(({ resource, records, by }) => [resource, records, by]),
    [[table, 2, [key('a')]]],
  )
  assert.deepEqual(
    impact.didChange.map(({ resource, by }) => [resource, by]),
    [[table, [robot]]],
  )
  assert.deepEqual(
    impact.unknown.map(({ resource }) => resource),
    [dark],
  )
  assert.deepEqual(impact.people, {
    couldReach: { atLeast: 6, atMost: 6 },
    didTouch: { atLeast: 0, atMost: 3 },
    didChange: { atLeast: 0, atMost: 3 },
    unknown: { atLeast: 0, atMost: 1 },
  })
  assert.deepEqual(
    impact.customers.map(({ customer, couldReach, didTouch, didChange, unknown, people }) => [
      customer.split(':')[2],
      { couldReach, didTouch, didChange, unknown },
      people.atMost,
    ]),
    [
      ['lab-aster', { couldReach: true, didTouch: true, didChange: true, unknown: false }, 3],
      ['lab-birch', { couldReach: true, didTouch: false, didChange: false, unknown: false }, 2],
      ['lab-cedar', { couldReach: true, didTouch: false, didChange: false, unknown: true }, 1],
    ],
  )
})

test("what was done with a credential before the attacker could hold it is not the attacker's", async () => {
  const view = createMemoryEstate({
    edges: [edge(runner, 'STORES', key('late'), 3000)],
    touches: [touch({ credential: key('late'), atMs: at(2000) }), touch({ credential: key('late'), atMs: at(3000) })],
  })
  const { impact } = await expose(view, { kind: 'host', host: runner }, { fromMs: at(1000), toMs: null }, now)
  assert.deepEqual(
    impact.didTouch.map(({ firstAtMs }) => firstAtMs),
    [at(3000)],
  )
})

test('every verdict names the sources it lacked, and a source taken away turns silence into unknown', async () => {
  const view = createMemoryEstate({ edges: reachAll })
  const lacking = await expose(view, { kind: 'host', host: runner }, window, now)
  assert.deepEqual(
    lacking.impact.unknown.map(({ resource }) => resource),
    [dark, table, other],
  )
  for (const authority of ['db', 'bucket', 'vault']) {
    assert.ok(
      lacking.impact.blindSpots.includes(`no source covers \`${authority}\`: what was done there cannot be told`),
    )
  }
  const covered = await expose(view, { kind: 'host', host: runner }, window, now, { coverage })
  assert.ok(covered.impact.blindSpots.includes('`db`: copies made by replicas are not seen'))
  assert.match(covered.impact.blindSpots.join('\n'), /3 resources of `bucket`, `db`: no source says whose data/)
  const absent = await expose(view, recall, window, now)
  assert.match(absent.impact.blindSpots.join('\n'), /no source has reported `pkg:pypi\/LiteLLM`/)
})

test('people stated of a container or an origin bound what was touched inside it', async () => {
  const database = entityId('resource', 'db', 'db/1')
  const copy = entityId('resource', 'db', 'rel/3')
  const view = createMemoryEstate({
    edges: [
      ...reachAll,
      edge(database, 'CONTAINS', table),
      edge(copy, 'DERIVED_FROM', other),
      edge(robot, 'CAN_READ', copy),
    ],
    people: [people(database, [1, 2, 3, 4], 'lab-aster'), people(other, [7], 'lab-birch')],
    touches: [touch({ records: 3 }), touch({ resource: copy })],
  })
  const { impact } = await expose(view, { kind: 'host', host: runner }, window, now, { coverage })
  assert.deepEqual(impact.people.didTouch, { atLeast: 0, atMost: 5 })
  assert.deepEqual(impact.people.couldReach, { atLeast: 1, atMost: 5 })
})

test('stated records bound people from below only where a record is a person', async () => {
  const estate = (attributes: EntityFact['attributes']) =>
    createMemoryEstate({
      edges: reachAll,
      facts: [{ entity: table, observedAtMs: 0, attributes }],
      people: [people(table, [1, 2, 3], 'lab-aster')],
      touches: [touch({ records: 2 }), touch({ records: 2 })],
    })
  const atLeast = async (attributes: EntityFact['attributes']) =>
    (await expose(estate(attributes), { kind: 'host', host: runner }, window, now)).impact.people.didTouch.atLeast
  assert.equal(await atLeast({ personPerRecord: true }), 2)
  assert.equal(await atLeast({ name: 'orders' }), 0)
})
