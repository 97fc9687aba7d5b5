import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  defaultTenant,
  entityId,
  offboardedPeopleMax,
  type Action,
  type EntityId,
  type Proof,
  type TenantId,
} from '#model'

import { recordPlan } from './commands.ts'
import { triggerKey } from './keys.ts'
import {
  codeIs,
  credential,
  exposedAs,
  makeCore,
  receiptsOf,
  startMs,
  type Core,
} from '../../test/simulation/respond-world.ts'
import { respondCursor } from './rows.ts'
import type { OpenIncident } from './types.ts'

const a = credential('a')
const b = credential('b')
const host = entityId('host', 'host', 'runner-7')
const proof: Proof = { kind: 'read-back', atMs: startMs + 5_000, says: 'disabled', where: [] }

async function kill(core: Core): Promise<Action[]> {
  const actions = await core.desk.claim('w', 50, 20_000)
  for (const { id, fence, errand } of actions) {
    if (errand !== 'apply') continue
    await core.desk.attempt(id, fence, null)
    await core.desk.applied(id, fence, 'done', null)
    await core.desk.probed(id, fence, { verdict: 'dead', proof })
  }
  return actions
}

test('an incident opens with its intents proposed; nothing runs before somebody contains it', async () => {
  const core = makeCore()
  const incident = await core.open([{ target: a }, { target: b }])
  const report = await core.responder.report(defaultTenant, incident)
  assert.deepEqual(
    report.actions.map(({ state }) => state),
    ['proposed', 'proposed'],
  )
  assert.deepEqual(await core.desk.claim('w', 5, 20_000), [])
  const { started } = await core.responder.contain(defaultTenant, incident, 'ann')
  assert.equal(started.length, 2)
})

test('an incident about more people than a leaf holds says how many, and the hash of the list that it keeps', async () => {
  const core = makeCore()
  const people = Array.from({ length: offboardedPeopleMax }, (_, n) => ({
    person: entityId('person', 'people.example.com', `EXAMPLE-${n}`),
    accounts: [entityId('identity', 'okta.example.com', `00u${String(n).padStart(17, '0')}`)],
  }))
  const trigger = { kind: 'offboarding', people } as const
  const incident = await core.open([{ target: a }], { trigger: { ...trigger, people: [...people] } })
  const [receipt] = receiptsOf(core.reader, 'incident.opened')
  const said: unknown = JSON.parse(receipt?.sealed['trigger'] ?? '')
  assert.deepEqual(said, {
    kind: 'offboarding',
    people: people.length,
    sha256: triggerKey({ ...trigger, people: [...people] }),
  })
  assert.deepEqual((await core.responder.report(defaultTenant, incident)).incident.trigger, trigger)
})

test('automation opens and starts in one command, and its bookmark moves with it', async () => {
  const core = makeCore()
  core.ground.steps = [{ target: a }]
  core.ground.credentials = [exposedAs(a)]
  const request: OpenIncident = {
    tenant: defaultTenant,
    title: 't',
    severity: 'high',
    trigger: { kind: 'host', host },
    window: { fromMs: 0, toMs: null },
    trust: { origin: 'vendor', sources: [], confinedTo: null },
    findings: ['fnd_aaaaaaaa'],
    containBy: 'automation',
    cursor: { consumer: 'detect', offset: 41 },
  }
  // The store refuses the plan: then there is no incident and no bookmark either.
  core.ground.steps = [{ target: a, generation: 7 }]
  await assert.rejects(core.responder.open(request), codeIs('ERR_PLAN_STALE'))
  assert.equal(core.responder.list(defaultTenant).length, 0)
  assert.equal(respondCursor(core.reader, defaultTenant, 'detect'), null)
  core.ground.steps = [{ target: a }]
  await core.responder.open(request)
  assert.equal(respondCursor(core.reader, defaultTenant, 'detect'), 41)
  assert.equal((await core.desk.claim('w', 5, 20_000)).length, 1)
})

test('a second finding about the same trigger joins; a second incident about the same target joins the action', async () => {
  const core = makeCore()
  const first = await core.open([{ target: a }])
  assert.equal(await core.open([{ target: a }]), first)
  const second = await core.open([{ target: a }], { trigger: { kind: 'credential', credential: a } })
  assert.notEqual(second, first)
  await core.responder.contain(defaultTenant, first, 'ann')
  await core.responder.contain(defaultTenant, second, 'ann')
  assert.equal((await kill(core)).length, 1, 'one action for both')
  for (const incident of [first, second]) {
    const report = await core.responder.report(defaultTenant, incident)
    assert.equal(report.incident.state, 'contained')
    assert.deepEqual([report.dead.length, report.survivors.length], [1, 0])
  }
  assert.equal(receiptsOf(core.reader, 'action.intent').length, 1)
  assert.equal(receiptsOf(core.reader, 'action.started').length, 1)
})

test('submitting the same command again changes nothing', async () => {
  const core = makeCore()
  const incident = await core.open([{ target: a }])
  const { plan } = await core.responder.contain(defaultTenant, incident, 'ann')
  const { assessment } = await core.responder.report(defaultTenant, incident)
  assert.ok(assessment)
  const before = receiptsOf(core.reader).length
  const again = recordPlan({
    tenant: defaultTenant,
    incident,
    by: 'ann',
    atMs: startMs,
    assessment,
    protectedTargets: [],
    start: true,
  })
  assert.deepEqual((await core.writer.submit(again))[0].started, [plan.steps[0]?.key])
  assert.equal(receiptsOf(core.reader).length, before)
})

test('a plan whose hash covers something else is refused', async () => {
  const core = makeCore()
  const incident = await core.open([{ target: a }])
  const { assessment } = await core.responder.report(defaultTenant, incident)
  assert.ok(assessment)
  const plan = { ...assessment.plan, steps: assessment.plan.steps.map((step) => ({ ...step, target: b })) }
  const forged = { ...assessment, plan }
  await assert.rejects(
    core.writer.submit(
      recordPlan({
        tenant: defaultTenant,
        incident,
        by: 'ann',
        atMs: startMs,
        assessment: forged,
        protectedTargets: [],
        start: true,
      }),
    ),
    codeIs('ERR_PLAN_HASH'),
  )
})

test('contained is said only with a proof of every step that must kill; all else is a survivor by name', async () => {
  const core = makeCore()
  const incident = await core.open([
    { target: host, phase: 'isolate', verb: 'lab.host.isolate', serves: [a, b] },
    { target: a },
    { target: a, verb: 'lab.session.end', phase: 'end-sessions' },
    { target: b, level: 1 },
  ])
  const reportNow = () => core.responder.report(defaultTenant, incident)
  await core.responder.contain(defaultTenant, incident, 'ann')
  await kill(core)
  assert.deepEqual((await reportNow()).dead, [], 'isolation with proof kills nobody')
  await kill(core)
  let report = await reportNow()
  assert.deepEqual([report.dead.length, report.survivors.length], [0, 2], 'its sessions may still be open')
  await kill(core)
  report = await reportNow()
  assert.deepEqual(
    report.dead.map((one) => one.credential),
    [a],
  )
  assert.deepEqual(
    report.survivors.map((one) => one.credential),
    [b],
  )
  assert.match(report.survivors[0]?.why ?? '', /waits for an approval/)
  assert.equal(report.incident.state, 'containing')
  assert.equal(report.dead[0]?.proof?.kind, 'read-back')
  assert.equal(report.dead[0]?.fromApprovalMs, null, 'nobody approved it')
})

test('isolating a host and denying a user prove nothing of the credentials behind them', async () => {
  const core = makeCore()
  const incident = await core.open([
    { target: host, phase: 'isolate', verb: 'lab.host.isolate', serves: [a] },
    { target: entityId('identity', 'lab', 'u1'), phase: 'deny', verb: 'lab.user.deny', serves: [a] },
    { target: b, phase: 'deny', verb: 'lab.key.deny' },
  ])
  await core.responder.contain(defaultTenant, incident, 'ann')
  await kill(core)
  await kill(core)
  const { dead, survivors, actions } = await core.responder.report(defaultTenant, incident)
  assert.ok(actions.every(({ state }) => state === 'contained'))
  assert.deepEqual(
    [dead.map((one) => one.credential), survivors.map((one) => one.credential)],
    [[b], [a]],
    'a deny of the very credential, proven, is its death; one of its user is not',
  )
})

test('what was applied and never proven is a survivor, and so is what failed', async () => {
  const core = makeCore()
  const incident = await core.open([{ target: a }, { target: b }])
  await core.responder.contain(defaultTenant, incident, 'ann')
  for (const { id, fence, target } of await core.desk.claim('w', 5, 20_000)) {
    await core.desk.attempt(id, fence, null)
    if (target === a) {
      await core.desk.applied(id, fence, 'HTTP 200', null)
      await core.desk.probed(id, fence, { verdict: 'unknown', says: 'no answer', expiresAtMs: null, isFinal: true })
    } else await core.desk.failed(id, fence, 'ERR_LAB', 'forbidden', true)
  }
  const report = await core.responder.report(defaultTenant, incident)
  assert.equal(report.incident.state, 'containing')
  assert.deepEqual(
    report.survivors.map(({ credential, why }) => [credential, /not proven|failed/.test(why)]),
    [
      [a, true],
      [b, true],
    ],
  )
})

test('what the newest plan no longer wants must not start', async () => {
  const core = makeCore()
  const incident = await core.open([{ target: a }, { target: b }])
  await core.responder.contain(defaultTenant, incident, 'ann')
  core.ground.asOf = 2
  core.ground.steps = [{ target: a }]
  await core.responder.contain(defaultTenant, incident, 'ann')
  const actions = await core.desk.claim('w', 5, 20_000)
  assert.deepEqual(
    actions.map(({ target }) => target),
    [a],
  )
})

test('a closed incident starts nothing more, and says how many survived', async () => {
  const core = makeCore()
  const incident = await core.open([{ target: a }, { target: b, level: 1 }])
  await core.responder.contain(defaultTenant, incident, 'ann')
  await core.responder.close(defaultTenant, incident, 'ann', 'a drill')
  assert.deepEqual(await core.desk.claim('w', 5, 20_000), [])
  assert.equal(receiptsOf(core.reader, 'incident.closed')[0]?.facts['survivors'], 2)
  await assert.rejects(core.responder.contain(defaultTenant, incident, 'ann'), codeIs('ERR_INCIDENT_CLOSED'))
  assert.notEqual(await core.open([{ target: a }]), incident, 'the same trigger later is a new incident')
})

test('a proof that no longer holds reopens the incident, and the next action has a new key', async () => {
  const core = makeCore()
  const incident = await core.open([{ target: a }])
  await core.responder.contain(defaultTenant, incident, 'ann')
  const [before] = await kill(core)
  await core.clock.advance(6 * 60_000)
  const [recheck] = await core.desk.claim('w', 5, 20_000)
  assert.equal(recheck?.errand, 'recheck')
  assert.ok(recheck)
  await core.desk.probed(recheck.id, recheck.fence, {
    verdict: 'alive',
    says: 'it opened the lab again',
    expiresAtMs: null,
    isFinal: true,
  })
  const report = await core.responder.report(defaultTenant, incident)
  assert.equal(report.incident.state, 'containing')
  assert.match(report.survivors[0]?.why ?? '', /alive again/)
  assert.deepEqual((await core.responder.tick()).contained, [incident])
  const [after] = await kill(core)
  assert.deepEqual([after?.generation, after?.id === before?.id], [1, false])
  assert.equal((await core.responder.report(defaultTenant, incident)).incident.state, 'contained')
})

test('an undo says what it brings back, and the credential is a survivor again', async () => {
  const core = makeCore()
  const incident = await core.open([{ target: a, serves: [a, b] }])
  await core.responder.contain(defaultTenant, incident, 'ann')
  const [action] = await kill(core)
  assert.ok(action)
  const undone = await core.responder.undo(defaultTenant, action.id, 'ann')
  assert.deepEqual(undone.resurrects, [a, b])
  const [errand] = await core.desk.claim('w', 5, 20_000)
  assert.equal(errand?.errand, 'undo')
  assert.ok(errand)
  await core.desk.attempt(errand.id, errand.fence, null)
  await core.desk.undone(errand.id, errand.fence, 'enabled')
  const report = await core.responder.report(defaultTenant, incident)
  assert.deepEqual([report.incident.state, report.survivors.length, report.dead.length], ['containing', 2, 0])
  const { plan } = await core.responder.contain(defaultTenant, incident, 'ann')
  assert.equal(plan.steps[0]?.generation, 1)
  await kill(core)
  assert.equal((await core.responder.report(defaultTenant, incident)).incident.state, 'contained')
})

test('what cannot be put back is not undone', async () => {
  const core = makeCore()
  const preview = { effects: [], reversible: false, undoWithinMs: null, residualMs: 0, scopes: [], proofs: [] }
  const incident = await core.open([{ target: a, preview }])
  await core.responder.contain(defaultTenant, incident, 'ann')
  const [action] = await kill(core)
  assert.ok(action)
  await assert.rejects(core.responder.undo(defaultTenant, action.id, 'ann'), codeIs('ERR_ACTION_IRREVERSIBLE'))
})

test('a release waits for proof of everything behind the deny', async () => {
  const core = makeCore()
  const incident = await core.open([
    { target: a, phase: 'deny', verb: 'lab.key.deny', serves: [a, b] },
    { target: a },
    { target: b, level: 1 },
    { target: a, phase: 'release', verb: 'lab.key.release', serves: [a, b] },
  ])
  await core.responder.contain(defaultTenant, incident, 'ann')
  await kill(core)
  await kill(core)
  await core.clock.advance(600_000)
  const verbs = (await kill(core)).map(({ verb }) => verb)
  assert.ok(!verbs.includes('lab.key.release'), verbs.join())
})

test('a task no connector can do is opened for a person and proves nothing', async () => {
  const core = makeCore()
  const incident = await core.open([
    { target: a, verb: 'manual.task', connector: 'manual', source: null, phase: 'hand-over' },
    { target: a },
  ])
  await core.responder.contain(defaultTenant, incident, 'ann')
  assert.deepEqual(
    (await kill(core)).map(({ verb }) => verb),
    ['lab.key.disable'],
  )
  assert.equal(receiptsOf(core.reader, 'task.opened').length, 1)
})

test('two tenants never meet: same trigger, same target, other rows, other keys', async () => {
  const core = makeCore()
  const birch: TenantId = 't_birch'
  const mine = await core.open([{ target: a }])
  const theirs = await core.open([{ target: a }], { tenant: birch })
  await core.responder.contain(defaultTenant, mine, 'ann')
  const [action] = await kill(core)
  assert.equal(action?.tenant, defaultTenant)
  assert.equal((await core.responder.report(birch, theirs)).dead.length, 0)
  await assert.rejects(core.responder.report(birch, mine), codeIs('ERR_INCIDENT_UNKNOWN'))
  await assert.rejects(core.responder.contain(birch, mine, 'ann'), codeIs('ERR_INCIDENT_UNKNOWN'))
  await assert.rejects(core.responder.undo(birch, action.id, 'ann'), codeIs('ERR_ACTION_UNKNOWN'))
  assert.deepEqual(
    core.responder.list(birch).map(({ id }) => id),
    [theirs],
  )
  const { plan } = await core.responder.contain(birch, theirs, 'ann')
  assert.notEqual(plan.steps[0]?.key, action.id)
  await core.responder.stop(birch, 'ben', 'drill')
  assert.deepEqual(await core.desk.claim('w', 5, 20_000), [])
  assert.equal(core.responder.isStopped(defaultTenant), false)
  const leaves = receiptsOf(core.reader)
  assert.ok(leaves.every((leaf) => (leaf.tenant === birch ? leaf.facts['incident'] !== mine : true)))
})

test('a finding the exposed scope could have forged may widen the incident, and confines automation', async () => {
  const core = makeCore()
  core.ground.steps = []
  const open = (fromMs: number, confinedTo: EntityId[] | null) =>
    core.responder.open({
      tenant: defaultTenant,
      title: 't',
      severity: 'low',
      trigger: { kind: 'host', host },
      window: { fromMs, toMs: null },
      trust: { origin: confinedTo === null ? 'vendor' : 'host', sources: [], confinedTo },
      findings: [],
    })
  await open(1_000, null)
  assert.equal((await open(2_000, [host])).trust.confinedTo, null, 'no wider: nothing is taken away')
  assert.deepEqual((await open(500, [host])).trust.confinedTo, [host])
  assert.deepEqual((await open(900, null)).trust.confinedTo, [host], 'it does not vouch for the whole window')
  assert.equal((await open(500, null)).trust.confinedTo, null)
})
