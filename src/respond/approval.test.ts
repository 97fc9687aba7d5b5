import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, type IncidentId, type TenantId } from '#model'

import {
  codeIs,
  credential,
  enroll,
  exposedAs,
  makeCore,
  makeSigner,
  signApproval,
  signValue,
  verbKill,
  type Core,
  type Signer,
} from '../../test/simulation/respond-world.ts'

const a = credential('a')
const b = credential('b')

async function waitingPlan(level: 1 | 2): Promise<{ core: Core; incident: IncidentId; plan: string; ann: Signer }> {
  const core = makeCore()
  const ann = await enroll(core, 'ann')
  const incident = await core.open([{ target: a, level }])
  const { plan, started, waiting } = await core.responder.contain(defaultTenant, incident, 'ann')
  assert.deepEqual([started.length, waiting.length], [0, 1])
  return { core, incident, plan: plan.hash, ann }
}

test('one approval starts a step of level 1', async () => {
  const { core, incident, plan, ann } = await waitingPlan(1)
  const result = await core.responder.approve(defaultTenant, signApproval(ann, plan, incident, core.clock.nowMs()))
  assert.deepEqual([result.started.length, result.stillWaiting.length, result.approvalsMissing], [1, 0, 0])
  assert.equal((await core.desk.claim('w', 5, 20_000)).length, 1)
})

test('a step of the plan outside the envelope stays where it is', async () => {
  const { core, incident, plan, ann } = await waitingPlan(1)
  const nowMs = core.clock.nowMs()
  const envelope = { verbs: [verbKill], connectors: ['lab'], furtherTargetsMax: 9, expiresAtMs: nowMs + 60_000 }
  for (const narrow of [
    { ...envelope, verbs: ['lab.session.end'] },
    { ...envelope, connectors: ['birch'] },
  ]) {
    const signed = signApproval(ann, plan, incident, nowMs, { envelope: narrow })
    assert.equal((await core.responder.approve(defaultTenant, signed)).started.length, 0)
  }
})

test('an approval counts once', async () => {
  const { core, incident, plan, ann } = await waitingPlan(2)
  const signed = signApproval(ann, plan, incident, core.clock.nowMs())
  await core.responder.approve(defaultTenant, signed)
  await assert.rejects(core.responder.approve(defaultTenant, signed), codeIs('ERR_APPROVAL_REPLAYED'))
  assert.equal((await core.responder.report(defaultTenant, incident)).approvals.length, 1)
})

test('level 2 takes two different people, not one with two signatures', async () => {
  const { core, incident, plan, ann } = await waitingPlan(2)
  const nowMs = core.clock.nowMs()
  const first = await core.responder.approve(defaultTenant, signApproval(ann, plan, incident, nowMs))
  const again = await core.responder.approve(defaultTenant, signApproval(ann, plan, incident, nowMs))
  assert.deepEqual([first.approvalsMissing, again.approvalsMissing, again.started.length], [1, 1, 0])
  const ben = await enroll(core, 'ben', ann)
  const both = await core.responder.approve(defaultTenant, signApproval(ben, plan, incident, nowMs))
  assert.deepEqual([both.started.length, both.approvalsMissing], [1, 0])
})

test('an approval of another plan than the newest is refused', async () => {
  const { core, incident, ann } = await waitingPlan(1)
  const signed = signApproval(ann, '0'.repeat(64), incident, core.clock.nowMs())
  await assert.rejects(core.responder.approve(defaultTenant, signed), codeIs('ERR_APPROVAL_PLAN'))
})

test('a key nobody enrolled, a wrong name and a wrong signature are refused', async () => {
  const { core, incident, plan, ann } = await waitingPlan(1)
  const nowMs = core.clock.nowMs()
  const stranger = { ...makeSigner('ann'), keyId: 'ak_unknown' }
  await assert.rejects(
    core.responder.approve(defaultTenant, signApproval(stranger, plan, incident, nowMs)),
    codeIs('ERR_APPROVAL_KEY'),
  )
  await assert.rejects(
    core.responder.approve(defaultTenant, signApproval({ ...ann, name: 'ben' }, plan, incident, nowMs)),
    codeIs('ERR_APPROVAL_KEY'),
  )
  await assert.rejects(
    core.responder.approve(defaultTenant, signApproval({ ...stranger, keyId: ann.keyId }, plan, incident, nowMs)),
    codeIs('ERR_APPROVAL_SIGNATURE'),
  )
  const signed = signApproval(ann, plan, incident, nowMs)
  const widened = {
    ...signed,
    approval: { ...signed.approval, envelope: { ...signed.approval.envelope, furtherTargetsMax: 99 } },
  }
  await assert.rejects(core.responder.approve(defaultTenant, widened), codeIs('ERR_APPROVAL_SIGNATURE'))
  await core.responder.retireApprover(defaultTenant, ann.keyId, 'admin')
  await assert.rejects(core.responder.approve(defaultTenant, signed), codeIs('ERR_APPROVAL_KEY'))
})

test('an expired approval, one that lives too long and one from the future are refused', async () => {
  const { core, incident, plan, ann } = await waitingPlan(1)
  const nowMs = core.clock.nowMs()
  const envelope = { verbs: [verbKill], connectors: ['lab'], furtherTargetsMax: 0 }
  for (const over of [
    { envelope: { ...envelope, expiresAtMs: nowMs } },
    { envelope: { ...envelope, expiresAtMs: nowMs + 30 * 86_400_000 } },
    { envelope: { ...envelope, expiresAtMs: nowMs + 7_200_000 }, atMs: nowMs + 3_600_000 },
  ]) {
    await assert.rejects(
      core.responder.approve(defaultTenant, signApproval(ann, plan, incident, nowMs, over)),
      codeIs('ERR_APPROVAL_EXPIRED'),
    )
  }
})

test('an approved step that nobody started before the approval expired asks again', async () => {
  const { core, incident, plan, ann } = await waitingPlan(1)
  await core.responder.approve(defaultTenant, signApproval(ann, plan, incident, core.clock.nowMs()))
  await core.clock.advance(3_600_001)
  assert.deepEqual(await core.desk.claim('w', 5, 20_000), [])
  const [action] = (await core.responder.report(defaultTenant, incident)).actions
  assert.equal(action?.state, 'awaiting-approval')
})

test('an amendment inside the envelope runs; what lies outside asks for the difference only', async () => {
  const core = makeCore()
  const ann = await enroll(core, 'ann')
  const incident = await core.open([{ target: a, level: 1 }])
  const { plan } = await core.responder.contain(defaultTenant, incident, 'ann')
  const nowMs = core.clock.nowMs()
  const envelope = { verbs: [verbKill], connectors: ['lab'], furtherTargetsMax: 1, expiresAtMs: nowMs + 3_600_000 }
  await core.responder.approve(defaultTenant, signApproval(ann, plan.hash, incident, nowMs, { envelope }))

  const c = credential('c')
  core.ground.asOf = 2
  core.ground.steps = [
    { target: a, level: 1 },
    { target: b, level: 1 },
    { target: c, level: 1 },
    { target: b, level: 1, verb: 'lab.session.end', phase: 'end-sessions' },
  ]
  core.ground.credentials = [a, b, c].map((id) => exposedAs(id))
  const amended = await core.responder.contain(defaultTenant, incident, 'automation')
  const { actions } = await core.responder.report(defaultTenant, incident)
  const stateOf = (target: string, verb = verbKill): string | undefined =>
    actions.find((action) => action.target === target && action.verb === verb)?.state
  assert.equal(stateOf(a), 'approved')
  assert.deepEqual(
    [stateOf(b) ?? '', stateOf(c) ?? ''].toSorted((x, y) => x.localeCompare(y)),
    ['approved', 'awaiting-approval'],
    'one further target, not two',
  )
  assert.equal(stateOf(b, 'lab.session.end'), 'awaiting-approval', 'another verb was never approved')

  const rest = signApproval(ann, amended.plan.hash, incident, nowMs, {
    envelope: { ...envelope, verbs: [verbKill, 'lab.session.end'], furtherTargetsMax: 0 },
  })
  const result = await core.responder.approve(defaultTenant, rest)
  assert.deepEqual([result.started.length, result.stillWaiting.length], [2, 0], 'only the difference was asked for')
})

test('an approver of one tenant approves nothing of another', async () => {
  const core = makeCore()
  const other: TenantId = 't_birch'
  const mallory = await enroll(core, 'mallory', undefined, other)
  await enroll(core, 'ann')
  const incident = await core.open([{ target: a, level: 1 }])
  const { plan } = await core.responder.contain(defaultTenant, incident, 'ann')
  const signed = signApproval(mallory, plan.hash, incident, core.clock.nowMs())
  await assert.rejects(core.responder.approve(defaultTenant, signed), codeIs('ERR_APPROVAL_KEY'))
  await assert.rejects(core.responder.approve(other, signed), codeIs('ERR_INCIDENT_UNKNOWN'))
})

test('a new approver waits for the consent of another; the asker cannot consent', async () => {
  const core = makeCore()
  const ann = await enroll(core, 'ann')
  const made = makeSigner('eve')
  const eve = await core.responder.enrollApprover(
    defaultTenant,
    { name: 'eve', publicKey: made.publicKey, method: 'ed25519' },
    'ann',
  )
  assert.equal(eve.state, 'pending')
  const [pending] = core.responder.loosenings(defaultTenant)
  const consent = { loosening: pending?.id ?? '', approver: 'ann', nonce: 'consent-EXAMPLE', atMs: 0 }
  const change = await core.responder.consent(defaultTenant, {
    consent,
    keyId: ann.keyId,
    signature: signValue(ann.privateKey, consent),
  })
  assert.equal(change.effective, false)
  assert.deepEqual((await core.responder.tick()).loosened, [])
  await core.clock.advance(24 * 3_600_000)
  assert.equal((await core.responder.tick()).loosened.length, 1)
  assert.deepEqual(
    core.responder.approvers(defaultTenant).map(({ name, state }) => [name, state]),
    [
      ['ann', 'active'],
      ['eve', 'active'],
    ],
  )
})
