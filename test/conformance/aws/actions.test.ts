import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityId } from '#model'

import { actionTrial } from '../actions.ts'
import { cases, centerTrial, identity, shopTrial, trial } from './cases.ts'
import { account, actionOf, foundCompany, heldOf, never, openCordon, tried } from './company.ts'

for (const { tests } of [actionTrial(trial), actionTrial(centerTrial), actionTrial(shopTrial)])
  for (const { name, run } of tests) test(name, run)

test('IAM has accepted a step and does not obey yet: a proof by reading back leaves that open, and the preview says how long', async () => {
  const { begin } = actionTrial(trial)
  for (const one of cases) {
    if (one.delay === undefined) continue
    const { company, action, target, works, context } = await begin(one)
    await action.apply(context(), target)
    assert.equal(await works(), true, one.verb)
    const { residualMs } = action.preview(target, {})
    assert.equal(residualMs, company.state.lagMs)
    company.clock.pass(residualMs ?? 0)
    assert.equal(await works(), false, one.verb)
  }
})

test('a lent secret proves a key dead, and a wrong one proves nothing', async (t) => {
  const company = await foundCompany()
  t.after(company.close)
  const cordon = openCordon(company)
  const action = actionOf('aws.key.deactivate')
  const target = entityId('credential', 'aws', company.ciKey.id)
  const lending = (value: string) => cordon.context({ lent: () => value })
  await action.apply(cordon.context(), target)
  assert.equal((await action.probe.run(lending(company.ciKey.secret), target)).verdict, 'alive', 'not obeyed yet')
  company.clock.pass(company.state.lagMs)
  const probed = await action.probe.run(lending(company.ciKey.secret), target)
  assert.equal(probed.verdict === 'dead' && probed.proof.kind, 'probed')
})

test('a console password is taken away, and only by this step', async (t) => {
  const company = await foundCompany()
  t.after(company.close)
  const cordon = openCordon(company)
  const action = actionOf('aws.login.remove')
  company.ci.passwordMs = company.clock.nowMs()
  const target = entityId('credential', account, 'user/ci/password')
  assert.equal(await action.readBack?.(cordon.context(), target), 'absent')
  await action.apply(cordon.context(), target)
  await action.apply(cordon.context(), target)
  assert.equal(company.ci.passwordMs, undefined)
  assert.equal((await action.probe.run(cordon.context(), target)).verdict, 'dead')
})

test("Cordon's own key, user and roles, break-glass and strangers are never touched", async (t) => {
  const company = await foundCompany()
  t.after(company.close)
  const cordon = openCordon(company)
  const refuses = (verb: string, target: EntityId, over = {}) =>
    assert.rejects(actionOf(verb).apply(cordon.context(over), target), { code: 'ERR_AWS_TARGET' })
  const before = JSON.stringify([...company.state.roles.values(), ...company.state.scps.values()])
  await refuses('aws.key.deactivate', entityId('credential', 'aws', company.secrets.accessKeyId))
  await refuses('aws.principal.deny', identity('user/cordon'))
  await refuses('aws.user.deny', identity('user/cordon'))
  await refuses('aws.principal.deny', identity(company.contain.id))
  await refuses('aws.sessions.revoke', identity(company.see.id))
  await refuses('aws.user.deny', identity('user/ci'), { spared: [identity('user/ci')] })
  await refuses('aws.user.deny', never)
  await refuses('aws.user.deny', 'identity:444455556666:user/ci')
  assert.equal(JSON.stringify([...company.state.roles.values(), ...company.state.scps.values()]), before)
})

test('a session that acts can do no more than its step', async (t) => {
  const company = await foundCompany()
  t.after(company.close)
  const cordon = openCordon(company)
  await actionOf('aws.key.deactivate').apply(cordon.context(), entityId('credential', 'aws', company.ciKey.id))
  const session = [...company.state.sessions.values()].find(({ name }) => name === 'cordon-act_test01')
  assert.ok(session)
  const held = { ...heldOf(session), sessionToken: session.token }
  assert.equal(await tried(company, held), 'AccessDenied')
})
