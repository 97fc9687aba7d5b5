import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createBell, ManualClock, seededBytes, seededRandom, silentDiagnose } from '#kit'
import { defaultTenant, entityId, type Edge, type EdgeType, type EntityId, type Finding } from '#model'
import { createDetectors } from '#detect'
import { createMemoryEstate } from '#estate'
import { createPolicy } from '#policy'
import { createResponder, expose, respondWriter } from '#respond'
import { findingsWriter, keepFindings } from '#respond/findings'
import { openLocalStore } from '#store'

import { keepReceipt, planOf, receiptsModule, startMs } from '../../../test/simulation/respond-world.ts'
import { createAutomation } from './automation.ts'
import { noBehaviour } from './behaviour-desk.ts'
import { noRules } from './rule-health.ts'
import { createIncidentWatch, renewPauseMs } from './watching.ts'

const tenant = defaultTenant
const print = entityId('credential', 'fp', 'k1.EXAMPLE')
const named = entityId('credential', 'vault', 'key/7')
const robot = entityId('identity', 'db', 'role/1')
const table = entityId('resource', 'db', 'rel/1')

/** Response, detection and the watch between them, over an estate that learns. */
function makeWorld() {
  const clock = new ManualClock(startMs)
  const edges: Edge[] = []
  const view = () => createMemoryEstate({ edges: [...edges] })
  const store = openLocalStore([receiptsModule, findingsWriter, respondWriter({ receipts: keepReceipt })])
  let assessments = 0
  const ground = {
    edges: [],
    facts: new Map(),
    credentials: [],
    descendants: [],
    steps: [],
    survivorsForeseen: [],
    asOf: 1,
  }
  const responder = createResponder<null>({
    ...store,
    view,
    policy: createPolicy(),
    sources: () => null,
    expose: ({ trigger, window, view: estate, atMs }) => {
      assessments++
      return expose(estate, trigger, window, atMs, { coverage: {}, blindSpots: [] })
    },
    makePlan: (input) => planOf(ground, input),
    clock,
    random: seededBytes(seededRandom(1)),
  })
  const detectors = createDetectors({ tenant })
  const found: Finding[] = []
  const watch = createIncidentWatch({
    responder,
    tenant,
    clock,
    diagnose: (_level, code, facts) => assert.fail(`${code} ${JSON.stringify(facts)}`),
    estate: () => ({
      view: () => Promise.resolve(view()),
      watch: (incident, exposure) => void found.push(...detectors.watch(incident, exposure)),
      unwatch: (incident) => detectors.unwatch(incident),
      progress: () => ({
        projected: 0,
        unknown: [],
        refused: 0,
        late: 0,
        loadedPercent: 100,
        rules: noRules,
        behaviour: noBehaviour,
      }),
    }),
    onClosed: () => undefined,
  })
  const automation = createAutomation({
    ...store,
    responder,
    tenant,
    bell: createBell(),
    clock,
    diagnose: silentDiagnose,
  })
  let offset = 0
  return {
    clock,
    responder,
    watch,
    found,
    assessments: () => assessments,
    learn(src: EntityId, type: EdgeType, dst: EntityId): void {
      offset++
      edges.push({
        edge: offset,
        src,
        type,
        dst,
        validFrom: startMs / 1000 - 7200,
        validTo: null,
        observedAtMs: clock.nowMs(),
        confidence: 'declared',
        conditional: false,
        note: null,
        evidence: offset,
      })
    },
    use(credential: EntityId): void {
      const atMs = clock.nowMs()
      const touch = { identity: null, credential, resource: table, verb: 'read' as const, records: null, origin: null }
      const trust = { origin: 'vendor' as const, sources: ['db-1'], confinedTo: null }
      const item = { ocsf: [], edges: [], facts: [], offset: ++offset, source: 'db-1', trust }
      found.push(...detectors.observe({ ...item, touches: [{ ...touch, atMs }] }))
    },
    open: (credential: EntityId) =>
      responder.open({
        tenant,
        title: 'stolen',
        severity: 'high',
        trigger: { kind: 'credential', credential },
        window: { fromMs: startMs - 3_600_000, toMs: null },
        trust: { origin: 'person', sources: [], confinedTo: null },
        findings: [],
      }),
    async openFound(): Promise<void> {
      await store.writer.submit(keepFindings({ tenant, findings: found, watermarkMs: null }))
      await automation.openWaiting()
    },
  }
}

for (const [known, other] of [
  [print, named],
  [named, print],
] as const) {
  test(`the use of ${other} is found when an inventory after the incident joins it to ${known}`, async () => {
    const world = makeWorld()
    await world.open(known)
    await world.watch.run()
    world.use(other)
    assert.deepEqual(world.found, [], 'nobody has said yet that these are one')
    world.learn(print, 'SAME_AS', named)
    await world.watch.run()
    assert.deepEqual(
      world.found.map(({ rule }) => rule),
      ['exposed-credential.used'],
      'what was used before the inventory came is found with it',
    )
    await world.openFound()
    const [incident, ...more] = world.responder.list(tenant)
    assert.deepEqual([incident?.findings, more], [world.found.map(({ id }) => id), []], 'one story, not two')
  })
}

test('an estate that moves on without names is assessed once, and names stated every second not every second', async () => {
  const world = makeWorld()
  await world.open(print)
  await world.watch.run()
  const before = world.assessments()
  world.learn(robot, 'CAN_READ', table)
  await world.watch.run()
  assert.equal(world.assessments(), before)
  for (let second = 0; second < 20; second++) {
    world.learn(print, 'SAME_AS', entityId('credential', 'vault', `key/${second}`))
    await world.watch.run()
    await world.clock.advance(1_000)
  }
  assert.equal(world.assessments() - before, 20_000 / renewPauseMs)
})
