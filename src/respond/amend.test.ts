import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId, type Action, type EntityId, type IncidentId, type Proof } from '#model'

import {
  codeIs,
  credential,
  enroll,
  exposedAs,
  makeCore,
  signApproval,
  verbKill,
  type Core,
  type StepWish,
} from '../../test/simulation/respond-world.ts'
import { amendPauseMsFirst, amendPauseMsMax } from './amend.ts'

const a = credential('a')
const b = credential('b')
const proof = (core: Core): Proof => ({ kind: 'read-back', atMs: core.clock.nowMs(), says: 'disabled', where: [] })

/** The estate moves on, and knows these now. */
function learn(
  core: Core,
  steps: StepWish[],
  members = steps.flatMap(({ serves, target }) => serves ?? [target]),
): void {
  core.ground.asOf++
  core.ground.steps = steps
  core.ground.credentials = [...new Set(members)].map((id) => exposedAs(id))
}
async function later(core: Core, ms = amendPauseMsFirst): Promise<IncidentId[]> {
  await core.clock.advance(ms)
  return (await core.responder.tick()).amended
}
async function killAll(core: Core): Promise<Action[]> {
  const actions = await core.desk.claim('w', 50, 20_000)
  for (const { id, fence, errand } of actions) {
    if (errand === 'apply') {
      await core.desk.attempt(id, fence, null)
      await core.desk.applied(id, fence, 'done', '{"before":true}')
    }
    if (errand === 'undo') {
      await core.desk.attempt(id, fence, null)
      await core.desk.undone(id, fence, 'put back')
    } else await core.desk.probed(id, fence, { verdict: 'dead', proof: proof(core) })
  }
  return actions
}
const show = (core: Core, incident: IncidentId) => core.responder.report(defaultTenant, incident)
const stateOf = async (core: Core, incident: IncidentId, target: EntityId): Promise<string | undefined> =>
  (await show(core, incident)).actions.find((action) => action.target === target)?.state

test('somebody new in the exposure amends a running plan by itself; the same members leave it as it is', async () => {
  const core = makeCore()
  const incident = await core.open([{ target: a }])
  learn(core, [{ target: a }, { target: b }])
  assert.deepEqual(await later(core), [], 'nobody asked for containment')
  await core.responder.contain(defaultTenant, incident, 'ann')
  const before = (await show(core, incident)).incident.plan
  core.ground.asOf++
  assert.deepEqual(await later(core), [])
  assert.equal((await show(core, incident)).incident.plan, before)

  const c = credential('c')
  learn(core, [{ target: a }, { target: b }, { target: c }])
  assert.deepEqual(await later(core), [incident])
  assert.equal((await killAll(core)).length, 3)
  assert.equal((await show(core, incident)).incident.state, 'contained')

  learn(core, [{ target: a }, { target: b }, { target: c }, { target: credential('d') }])
  assert.deepEqual(await later(core, amendPauseMsMax), [incident])
  assert.equal((await show(core, incident)).incident.state, 'containing', 'a contained incident is looked at as well')
})

test('an attacker who makes something every second is not planned for every second', async () => {
  const core = makeCore()
  const incident = await core.open([{ target: a, level: 1 }])
  await core.responder.contain(defaultTenant, incident, 'ann')
  let amended = 0
  for (let second = 0; second < 120; second++) {
    const made = Array.from({ length: second + 2 }, (_, n) => ({ target: credential(`made-${n}`), level: 1 as const }))
    learn(core, [{ target: a, level: 1 }, ...made])
    amended += (await later(core, 1_000)).length
  }
  assert.ok(amended >= 3 && amended <= 8, `${amended} plans in two minutes`)
})

test('what was looked at stays approved when automation amends the plan, and not when a person replaces it', async () => {
  const core = makeCore()
  const ann = await enroll(core, 'ann')
  const incident = await core.open([{ target: a, level: 1 }])
  const { plan } = await core.responder.contain(defaultTenant, incident, 'ann')
  learn(core, [
    { target: a, level: 1 },
    { target: b, level: 1 },
  ])
  assert.deepEqual(await later(core), [incident])
  const nowMs = core.clock.nowMs()
  const envelope = { verbs: [verbKill], connectors: ['lab'], furtherTargetsMax: 0, expiresAtMs: nowMs + 60_000 }
  const signed = signApproval(ann, plan.hash, incident, nowMs, { envelope })
  assert.equal((await core.responder.approve(defaultTenant, signed)).started.length, 1)
  assert.deepEqual(
    [await stateOf(core, incident, a), await stateOf(core, incident, b)],
    ['approved', 'awaiting-approval'],
    'what came along needs room in the envelope',
  )
  core.ground.asOf++
  await core.responder.contain(defaultTenant, incident, 'ben')
  const late = signApproval(ann, plan.hash, incident, nowMs)
  await assert.rejects(core.responder.approve(defaultTenant, late), codeIs('ERR_APPROVAL_PLAN'))
})

test('an approval is followed by a look at once, however long the pause had become', async () => {
  const core = makeCore()
  const ann = await enroll(core, 'ann')
  const incident = await core.open([{ target: a, level: 1 }])
  const { plan } = await core.responder.contain(defaultTenant, incident, 'ann')
  await later(core)
  learn(core, [{ target: a, level: 1 }, { target: b }])
  assert.deepEqual(await later(core, 10), [], 'the pause is not over')
  const nowMs = core.clock.nowMs()
  await core.responder.approve(defaultTenant, signApproval(ann, plan.hash, incident, nowMs))
  assert.deepEqual(await later(core, 10), [incident])
})

test('a proof about a role says nothing of a session learnt of after it', async () => {
  const core = makeCore()
  const role = entityId('identity', 'lab', 'role/1')
  const [first, second] = [credential('session/1'), credential('session/2')]
  const step = (serves: EntityId[]): StepWish => ({ target: role, serves, phase: 'end-sessions' })
  const incident = await core.open([step([first])], { containBy: 'automation' })
  await killAll(core)
  assert.deepEqual(
    [(await show(core, incident)).dead.length, (await show(core, incident)).incident.state],
    [1, 'contained'],
  )

  learn(core, [step([first, second])])
  assert.deepEqual(await later(core), [incident])
  assert.deepEqual(
    (await show(core, incident)).survivors.map(({ credential }) => credential),
    [second],
    'not dead by a proof that is older than it',
  )
  const again = await killAll(core)
  assert.deepEqual(
    again.map(({ errand }) => errand),
    ['recheck'],
    'and the proof is looked at again at once',
  )
  assert.deepEqual(
    [(await show(core, incident)).survivors, (await show(core, incident)).incident.state],
    [[], 'contained'],
  )
})

test('what a person undid, automation plans and does not start; the person may', async () => {
  const core = makeCore()
  const incident = await core.open([{ target: a }], { containBy: 'automation' })
  const [done] = await killAll(core)
  await core.responder.undo(defaultTenant, done?.id ?? 'act_none', 'ann')
  await killAll(core)
  learn(core, [{ target: a, generation: 1 }, { target: b }])
  assert.deepEqual(await later(core), [incident])
  assert.deepEqual(
    (await core.desk.claim('w', 50, 20_000)).map(({ target }) => target),
    [b],
  )
  const { started } = await core.responder.contain(defaultTenant, incident, 'ann')
  assert.equal(started.length, 2)
})

test('a deed of the estate at its present offset is not asked for twice', async () => {
  const core = makeCore()
  const incident = await core.open([{ target: a }], { containBy: 'automation' })
  await later(core)
  // The same offset again: nothing can be new, whatever the ground says.
  core.ground.credentials = [exposedAs(a), exposedAs(b)]
  assert.deepEqual(await later(core), [])
  core.ground.asOf++
  assert.deepEqual(await later(core), [incident])
})
