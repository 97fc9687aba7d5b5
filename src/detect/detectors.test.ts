import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededInt, seededRandom } from '#kit'
import {
  entityId,
  type EdgeStatement,
  type EntityId,
  type Exposure,
  type Finding,
  type Touch,
  type Trust,
} from '#model'

import { createDetectors, installsOf, type Detectors, type ProjectedEvent } from './index.ts'

const day = 24 * 3_600_000
const host = entityId('host', 'host', 'runner-7')
const bad = entityId('package', 'pypi', 'litellm@1.82.7')
const good = entityId('package', 'pypi', 'litellm@1.82.6')
const robot = entityId('identity', 'db', 'role/1')
const person = entityId('identity', 'idp', 'u1')
const key = entityId('credential', 'vault', 'key/1')
const print = entityId('credential', 'fp', 'k1.1')
const session = entityId('credential', 'db', 'session/1')
const made = entityId('identity', 'db', 'role/99')
const table = entityId('resource', 'db', 'rel/1')
const vendor: Trust = { origin: 'vendor', sources: ['db-1'], confinedTo: null }
const byHost: Trust = { origin: 'host', sources: ['hosts'], confinedTo: [host] }

let offset = 0
const event = (fields: Partial<ProjectedEvent>): ProjectedEvent => ({
  ocsf: [],
  edges: [],
  touches: [],
  facts: [],
  offset: ++offset,
  source: 'db-1',
  trust: vendor,
  ...fields,
})
const open = (src: EntityId, type: EdgeStatement['type'], dst: EntityId, atMs: number): EdgeStatement => ({
  src,
  type,
  dst,
  confidence: 'observed',
  op: 'open',
  atMs,
})
const touch = (fields: Partial<Touch> & { atMs: number }): Touch => ({
  identity: null,
  credential: null,
  resource: table,
  verb: 'read',
  records: null,
  origin: null,
  ...fields,
})
const install = (artefact: EntityId, atMs: number) =>
  event({ edges: [open(artefact, 'INSTALLED_ON', host, atMs)], trust: byHost })
const advisory = { id: 'MAL-2026-1', purl: 'pkg:pypi/LiteLLM', versions: ['1.82.7'], publishedAtMs: 5 * day }
const isService = event({ facts: [{ entity: robot, observedAtMs: 0, attributes: { kind: 'service' } }] })
const seen = (identity: EntityId, origin: string, atMs: number) =>
  event({ touches: [touch({ identity, origin, atMs })] })
const exposure: Exposure = {
  trigger: { kind: 'host', host },
  window: { fromMs: 0, toMs: null },
  asOf: 1,
  hosts: [],
  credentials: [
    {
      credential: key,
      kind: 'key',
      identity: robot,
      role: 'readable',
      epoch: 1000,
      reason: [],
      conditional: false,
      aliases: [print],
    },
    { credential: session, kind: 'session', identity: robot, role: 'session', epoch: 0, reason: [], conditional: true },
  ],
  descendants: [],
  impact: {
    couldReach: [],
    didTouch: [],
    didChange: [],
    unknown: [],
    people: {
      couldReach: { atLeast: 0, atMost: 0 },
      didTouch: { atLeast: 0, atMost: 0 },
      didChange: { atLeast: 0, atMost: 0 },
      unknown: { atLeast: 0, atMost: 0 },
    },
    customers: [],
    blindSpots: [],
  },
}
const make = (warmUpDays = 3) => createDetectors({ tenant: 't_default', warmUpDays })
const rules = (findings: readonly Finding[]): string[] => findings.map(({ rule }) => rule)

test('a known-bad version on a host is found, once, and believed as far as whoever reported the install', () => {
  const detectors = make()
  const advise = (events: ProjectedEvent[], said = advisory) => detectors.advise(said, events.flatMap(installsOf))
  const [finding, ...more] = advise([install(bad, 6 * day), install(good, 6 * day)])
  assert.deepEqual(more, [])
  assert.deepEqual(finding?.trigger, { kind: 'artefact', purl: advisory.purl, versions: ['1.82.7'] })
  assert.deepEqual(finding?.window, { fromMs: 5 * day, toMs: null })
  assert.deepEqual(finding?.trust, byHost)
  assert.deepEqual(advise([install(bad, 7 * day)]), [])
  const earlier = make().advise(advisory, installsOf(install(bad, 2 * day)))
  assert.deepEqual(
    earlier.map(({ id, window }) => [id, window.fromMs]),
    [[finding?.id, 2 * day]],
    'it read from its install on, not from when somebody said so',
  )
  assert.deepEqual(make().advise({ ...advisory, withdrawn: true }, installsOf(install(bad, 6 * day))), [])
  const range = { ...advisory, versions: ['>=1.82.7, <=1.82.9, !=1.82.9'] }
  assert.equal(
    make().advise(
      range,
      [bad, good].flatMap((one) => installsOf(install(one, 6 * day))),
    ).length,
    1,
  )
})

test('the use of an exposed credential after its epoch is found, by any of its names, and not before', () => {
  const detectors = make()
  detectors.watch('inc_example', exposure)
  const use = (credential: EntityId, atMs: number) =>
    detectors.observe(event({ touches: [touch({ credential, atMs })] }))
  assert.deepEqual(use(key, 999_999), [])
  assert.deepEqual(rules(use(key, 1_000_000)), ['exposed-credential.used'])
  assert.deepEqual(use(print, 1_000_500), [], 'same credential, same hour')
  assert.deepEqual(use(session, 2_000_000), [], 'conditional ones are not watched')
  assert.deepEqual(rules(use(print, 9_000_000)), ['exposed-credential.used'])
  assert.deepEqual(rules(detectors.observe(event({ edges: [open(key, 'DERIVES', session, 20_000_000)] }))), [
    'exposed-credential.used',
  ])
  detectors.unwatch('inc_example')
  assert.deepEqual(use(key, 90_000_000), [])
})

test('what a backfill reads is no finding, and teaches all the same', () => {
  const detectors = make()
  detectors.watch('inc_example', exposure)
  const old = { backfill: true } as const
  const use = touch({ credential: key, atMs: 2_000_000 })
  assert.deepEqual(installsOf({ ...install(bad, 6 * day), ...old }), [])
  assert.deepEqual(detectors.observe(event({ touches: [use], ...old })), [])
  assert.equal(installsOf(install(bad, 6 * day)).length, 1)
  assert.deepEqual(rules(detectors.observe(event({ touches: [use] }))), ['exposed-credential.used'])
})

test('a use that was heard before the incident is found when the incident opens', () => {
  const detectors = make()
  detectors.observe(event({ touches: [touch({ credential: key, atMs: 2_000_000 })] }))
  assert.deepEqual(rules(detectors.watch('inc_example', exposure)), ['exposed-credential.used'])
})

test('a service seen from a new origin after its warm-up is a weak finding, a person is none', () => {
  const detectors = make()
  detectors.observe(isService)
  for (const [actor, n] of [robot, person].flatMap((actor) => [0, 1, 2, 3, 4].map((n) => [actor, n] as const))) {
    detectors.observe(seen(actor, '192.0.2.1', n * day + 5))
  }
  detectors.observe(seen(robot, '198.51.100.9', 2 * day + 7))
  for (const actor of [robot, person]) detectors.observe(seen(actor, '203.0.113.5', 4 * day + 9))
  detectors.observe(seen(robot, '198.51.100.9', 4 * day + 10))
  const found = detectors.advance(5 * day)
  assert.deepEqual(
    found.map(({ rule, severity, entities }) => [rule, severity, entities]),
    [['identity.first-seen-origin', 'low', [robot]]],
  )
})

test('a service that makes a role from a first-seen origin is found at once with the role', () => {
  const detectors = make()
  detectors.observe(isService)
  detectors.observe(event({ edges: [open(session, 'AUTHENTICATES_AS', robot, 4 * day)] }))
  for (const n of [0, 1, 2, 3]) detectors.observe(seen(robot, '192.0.2.1', n * day))
  const creation = (origin: string, role: EntityId, atMs: number) =>
    event({
      edges: [open(session, 'CREATED', role, atMs), open(robot, 'CREATED', role, atMs)],
      touches: [touch({ identity: robot, credential: session, origin, verb: 'admin', atMs })],
    })
  detectors.observe(creation('192.0.2.1', entityId('identity', 'db', 'role/98'), 4 * day + 1))
  detectors.observe(creation('203.0.113.5', made, 4 * day + 2))
  const found = detectors.advance(5 * day)
  assert.deepEqual(rules(found), ['identity.first-seen-origin', 'role.created-by-service'])
  assert.deepEqual(found[1]?.severity, 'high')
  assert.deepEqual(found[1]?.trigger, { kind: 'credential', credential: session })
  assert.ok(found[1]?.entities.includes(made))
})

test('nothing is said before the watermark, and what comes behind it is counted and only teaches', () => {
  const detectors = make()
  detectors.observe(isService)
  for (const n of [0, 1, 2, 3]) detectors.observe(seen(robot, '192.0.2.1', n * day))
  detectors.observe(seen(robot, '203.0.113.5', 4 * day + 9))
  assert.deepEqual(detectors.advance(4 * day), [])
  detectors.observe(seen(robot, '203.0.113.5', 1 * day))
  assert.equal(detectors.counts.late, 1)
  assert.deepEqual(detectors.advance(5 * day), [])
})

test('the same events in any order within the lateness give the same findings and ids', () => {
  const lateness = 6 * 3_600_000
  const origins = ['192.0.2.1', '192.0.2.2', '198.51.100.9', '203.0.113.5']
  for (let seed = 1; seed <= 25; seed++) {
    const random = seededRandom(seed)
    const services = [robot, entityId('identity', 'db', 'role/2'), entityId('identity', 'db', 'role/3')]
    const events: { atMs: number; event: ProjectedEvent }[] = [{ atMs: 0, event: isService }]
    for (let n = 0; n < 150; n++) {
      const atMs = seededInt(random, 10 * day)
      const identity = services[seededInt(random, 3)] ?? robot
      const late = atMs > 6 * day
      const origin = origins[seededInt(random, late ? 4 : 2)] ?? ''
      const dice = random()
      const acts = [touch({ identity, origin, atMs, credential: dice < 0.2 ? key : null })]
      const role = entityId('identity', 'db', `role/${100 + n}`)
      const edges = dice > 0.85 ? [open(identity, 'CREATED', role, atMs)] : []
      const kinds = dice > 0.6 ? [{ entity: identity, observedAtMs: atMs, attributes: { kind: 'service' } }] : []
      events.push({ atMs, event: event({ touches: acts, edges, facts: kinds }) })
      if (dice < 0.05) events.push({ atMs, event: install(dice < 0.025 ? bad : good, atMs) })
    }
    const told = [1, 2, 3].map((shuffle) => {
      const random = seededRandom(seed * 100 + shuffle)
      const arrivals = events
        .map((event) => ({ ...event, arrival: shuffle === 1 ? event.atMs : event.atMs + random() * lateness }))
        .sort((a, b) => a.arrival - b.arrival)
      const detectors: Detectors = createDetectors({ tenant: 't_default', warmUpDays: 3 })
      detectors.watch('inc_example', exposure)
      const findings: Finding[] = []
      let newest = 0
      for (const { event, atMs } of arrivals) {
        findings.push(...detectors.observe(event), ...detectors.advise(advisory, installsOf(event)))
        newest = Math.max(newest, atMs)
        if (random() < 0.3) findings.push(...detectors.advance(newest - lateness))
      }
      findings.push(...detectors.advance(Infinity))
      assert.equal(detectors.counts.late, 0)
      assert.equal(new Set(findings.map(({ id }) => id)).size, findings.length, 'each once')
      return findings.map(({ id, rule }) => `${rule} ${id}`).sort()
    })
    assert.ok((told[0]?.length ?? 0) > 5, 'there is something to find')
    assert.deepEqual(told[1], told[0], `seed ${seed}`)
    assert.deepEqual(told[2], told[0], `seed ${seed}`)
  }
})
