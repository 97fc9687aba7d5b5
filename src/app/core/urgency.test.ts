import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId } from '#model'

import { key, makeJoinWorld, user, type FindingWish, type JoinWorld } from '../../../test/simulation/join-world.ts'
import { receiptsOf } from '../../../test/simulation/respond-world.ts'

const dayMs = 86_400_000
const ada = user('ada')
const waits: FindingWish = {
  name: 'report',
  rule: 'sigma.report',
  entities: [ada],
  urgency: 'working-hours',
  evidence: [4],
}
const said = (world: JoinWorld): string[] =>
  receiptsOf(world.reader).flatMap(({ what, facts }) =>
    what.startsWith('incident.') ? [`${what.slice('incident.'.length)} ${String(facts['urgency'])}`] : [],
  )
const urgencies = (world: JoinWorld): string[] => world.responder.list(defaultTenant).map(({ urgency }) => urgency)

test('a finding calls somebody unless its rule says that it can wait', async () => {
  const calls = makeJoinWorld()
  await calls.find({ ...waits, urgency: undefined })
  assert.deepEqual([urgencies(calls), said(calls)], [['now'], ['opened now']])
  const quiet = makeJoinWorld()
  await quiet.find(waits)
  assert.deepEqual([urgencies(quiet), said(quiet)], [['working-hours'], ['opened working-hours']])
  const weak = makeJoinWorld()
  await weak.find({ ...waits, severity: 'medium', urgency: undefined })
  assert.deepEqual([urgencies(weak), said(weak)], [['working-hours'], ['opened working-hours']])
})

test('a second rule about something else of the same story calls somebody, however weak it is by itself', async () => {
  for (const second of [{ urgency: 'working-hours' }, { severity: 'medium' }] as const) {
    const world = makeJoinWorld()
    await world.find(waits)
    await world.find({ name: 'more', rule: 'sigma.more', entities: [ada], evidence: [9], ...second })
    assert.deepEqual([urgencies(world), said(world)], [['now'], ['opened working-hours', 'joined now']])
  }
})

test('what backs nothing: the same rule again, another rule about the same event, the use of what is exposed', async () => {
  const world = makeJoinWorld()
  await world.find(waits)
  await world.find({ ...waits, name: 'report again', evidence: [9] })
  assert.deepEqual(urgencies(world), ['working-hours'])
  const twins = makeJoinWorld()
  await twins.find(waits)
  await twins.find({ ...waits, name: 'twin', rule: 'sigma.twin' })
  await twins.find({ ...waits, name: 'overlap', rule: 'sigma.overlap', evidence: [4, 9] })
  assert.deepEqual(urgencies(twins), ['working-hours'])
  const used = makeJoinWorld()
  await used.find({ ...waits, name: 'key', entities: [key('a')] })
  const use: FindingWish = { name: 'use', rule: 'exposed-credential.used', entities: [key('a')], evidence: [12] }
  await used.find({ ...use, severity: 'critical' })
  const [incident, ...others] = used.responder.list(defaultTenant)
  assert.deepEqual([incident?.severity, incident?.urgency, others], ['critical', 'working-hours', []])
})

test('what a person opened as grave calls somebody, also once what is exposed in it is used', async () => {
  const world = makeJoinWorld()
  await world.responder.open({
    tenant: defaultTenant,
    title: 'a key lay in a public paste',
    severity: 'critical',
    trigger: { kind: 'credential', credential: key('a') },
    window: { fromMs: world.clock.nowMs() - dayMs, toMs: null },
    trust: { origin: 'person', sources: [], confinedTo: null },
    findings: [],
    wantsAll: true,
  })
  assert.deepEqual(urgencies(world), ['now'])
  await world.find({ name: 'use', rule: 'exposed-credential.used', entities: [key('a')], evidence: [12] })
  const [incident, ...others] = world.responder.list(defaultTenant)
  assert.deepEqual([incident?.findings.length, incident?.urgency, others], [1, 'now', []])
  // Nor does it wait because of a rule that could.
  await world.find({ ...waits, entities: [key('a')] })
  assert.deepEqual(
    world.responder.list(defaultTenant).map(({ findings, urgency }) => [findings.length, urgency]),
    [[2, 'now']],
  )
})

test('a rule that says nothing follows one that does about the same event, in whichever order both are told', async () => {
  const silent: FindingWish = { ...waits, name: 'silent', rule: 'sigma.house', urgency: undefined }
  for (const both of [
    [silent, waits],
    [waits, silent],
  ]) {
    const world = makeJoinWorld()
    await world.findTogether(...both)
    assert.deepEqual(urgencies(world), ['working-hours'])
    assert.ok(!said(world).some((one) => one.endsWith(' now')), said(world).join(', '))
  }
  // Whichever of the two names the incident: the other may be folded into it.
  const folds = new Set<boolean>()
  for (let n = 0; n < 8; n++) {
    const world = makeJoinWorld()
    await world.findTogether({ ...silent, name: `silent ${n}` }, { ...waits, name: `report ${n}` })
    folds.add(said(world).some((one) => one.startsWith('folded')))
    assert.ok(!said(world).some((one) => one.endsWith(' now')), said(world).join(', '))
  }
  assert.equal(folds.size, 2, 'the test must see both')
  const firm = makeJoinWorld()
  await firm.findTogether({ ...silent, urgency: 'now' }, waits)
  assert.deepEqual(urgencies(firm), ['now'])
  const elsewhere = makeJoinWorld()
  await elsewhere.findTogether({ ...silent, evidence: [5] }, waits)
  assert.deepEqual(urgencies(elsewhere), ['now'])
})

test('two incidents that each could wait call somebody when they turn out to be one', async () => {
  const world = makeJoinWorld()
  await world.find({ ...waits, name: 'a', rule: 'sigma.a', entities: [key('a')], evidence: [1] })
  await world.find({ ...waits, name: 'b', rule: 'sigma.b', entities: [key('b')], evidence: [2] })
  assert.deepEqual(urgencies(world), ['working-hours', 'working-hours'])
  world.state(key('a'), 'DERIVES', key('m'))
  world.state(key('m'), 'DERIVES', key('b'))
  const joins = { ...waits, name: 'm', rule: 'sigma.a', entities: [key('m')], evidence: [1] }
  await world.find({ ...joins, atMs: world.clock.nowMs() + dayMs })
  const open = world.responder.list(defaultTenant, ['open', 'containing', 'contained'])
  assert.deepEqual(
    open.map(({ urgency }) => urgency),
    ['now'],
  )
  assert.ok(said(world).includes('folded now'), said(world).join(', '))
})

test('what names nobody calls somebody by an incident of its own, in which nothing is exposed and nothing contained', async () => {
  const world = makeJoinWorld()
  const realm = entityId('resource', 'cluster', 'realm')
  const nobody = { rule: 'sigma.anonymous', entities: [realm], trigger: { kind: 'resource', resource: realm } } as const
  await world.find({ ...waits, entities: [ada] })
  world.state(ada, 'CAN_ADMIN', realm)
  for (const name of ['answered', 'answered again']) await world.find({ ...nobody, entities: [realm], name })
  const own = world.responder.list(defaultTenant).find(({ trigger }) => trigger.kind === 'resource')
  assert.ok(own !== undefined)
  assert.equal(world.responder.list(defaultTenant).length, 2, 'nothing joins over rights')
  assert.deepEqual([own.urgency, own.state, own.findings.length], ['now', 'open', 2])
  const report = await world.responder.report(defaultTenant, own.id)
  assert.deepEqual(report.survivors, [])
  assert.match(report.blindSpots.join(), /no source says who it was at `resource:cluster:realm`/)
})
