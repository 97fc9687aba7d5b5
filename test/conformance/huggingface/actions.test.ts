import assert from 'node:assert/strict'
import { test } from 'node:test'

import { actionTrial, assertTrue } from '../actions.ts'
import { at, trial } from './cases.ts'
import { actionOf } from './cordon.ts'
import { opens } from './thief.ts'

const { tests, start } = actionTrial(trial)
for (const { name, run } of tests) test(name, run)

test("Cordon's own user, by any of its names, and the tokens of whoever is spared are refused", async () => {
  const { company, cordon } = await start()
  const { robot, grace, acts, looks, graceToken, deploy, deployToken } = company
  const refused = { code: 'ERR_HUGGINGFACE_TARGET', message: /Cordon's own/ }
  // Even where nobody named it: whoever answers is Cordon.
  const config = { ...company.config, ownUsers: [] }
  const suspend = actionOf('huggingface.member.suspend')
  const revoke = actionOf('huggingface.token.revoke')
  const user = at(company, 'identity', `user/${robot.id}`)
  await assert.rejects(suspend.apply(cordon.context({ config }), user), refused)
  for (const { id } of [acts, looks]) {
    await assert.rejects(revoke.apply(cordon.context({ config }), at(company, 'credential', `token/${id}`)), refused)
  }
  const spared = { code: 'ERR_HUGGINGFACE_TARGET', message: /break-glass/ }
  const her = cordon.context({ spared: [at(company, 'identity', `user/${grace.id}`)] })
  await assert.rejects(revoke.apply(her, at(company, 'credential', `token/${graceToken.id}`)), spared)
  const bot = cordon.context({ spared: [at(company, 'identity', `service-account/${deploy.id}`)] })
  const one = at(company, 'credential', `account-token/${deploy.id}/${deployToken.id}`)
  await assert.rejects(actionOf('huggingface.account-token.delete').apply(bot, one), spared)
  const inside = cordon.context({ spared: [one] })
  const whole = at(company, 'identity', `service-account/${deploy.id}`)
  await assert.rejects(actionOf('huggingface.account.delete').apply(inside, whole), spared)
  assert.ok(company.twin.state.accounts.has(deploy.id))
  assertTrue(company)
})

test('a member without access opens nothing, and undo gives back role and groups as they were', async () => {
  const { company, cordon } = await start()
  const { twin, grace, medical, scans, interviews, graceToken } = company
  const suspend = actionOf('huggingface.member.suspend')
  const target = at(company, 'identity', `user/${grace.id}`)
  const { undoState } = await suspend.apply(cordon.context(), target)
  assert.equal(medical.roles.has(grace.id), false)
  for (const { name } of [scans, interviews])
    assert.equal(await opens(company, `datasets/${name}`, graceToken.value), false)
  await suspend.undo?.(cordon.context(), target, undoState)
  assert.deepEqual([twin.state.roles.get(grace.id), medical.roles.get(grace.id)], ['write', 'write'])
})

test('what the plan does not have is refused before anything is asked for, with where a person does it', async () => {
  const { company, cordon } = await start()
  const { graceToken, grace } = company
  const needs = { code: 'ERR_HUGGINGFACE_NEEDS' }
  const team = cordon.context({ config: { ...company.config, plan: 'team' } })
  const token = at(company, 'credential', `token/${graceToken.id}`)
  await assert.rejects(actionOf('huggingface.token.revoke').apply(team, token), needs)
  const free = cordon.context({ config: { ...company.config, plan: 'free' } })
  const user = at(company, 'identity', `user/${grace.id}`)
  await assert.rejects(actionOf('huggingface.member.suspend').apply(free, user), needs)
  const looks = cordon.context({ config: { ...company.config, acts: false } })
  await assert.rejects(actionOf('huggingface.member.suspend').apply(looks, user), needs)
  // A plan that ended since: the Hub says 402, and nothing is tried again.
  company.twin.state.organization.plan = 'team'
  await assert.rejects(actionOf('huggingface.token.revoke').apply(cordon.context(), token), {
    code: 'ERR_HUGGINGFACE_REFUSED',
    hint: /settings\/tokens/,
  })
  assert.equal(graceToken.isRevoked, false)
})

test('a revoked token is dead for the organisation alone: its proof says so, and the thief has the rest', async () => {
  const { company, cordon } = await start()
  const { graceToken, twin } = company
  const target = at(company, 'credential', `token/${graceToken.id}`)
  const revoke = actionOf('huggingface.token.revoke')
  await revoke.apply(cordon.context(), target)
  const probed = await revoke.probe.run(cordon.context(), target)
  assert.match(probed.verdict === 'dead' ? probed.proof.says : '', /elsewhere its owner may still use it/)
  assert.equal(await opens(company, 'whoami-v2', graceToken.value), true, 'it is its owner’s, and lives on')
  // A list that calls it good is believed before a value that is refused for another reason.
  graceToken.isRevoked = false
  const lent = cordon.context({ lent: () => 'hf_EXAMPLEanother' })
  assert.equal((await revoke.probe.run(lent, target)).verdict, 'alive')
  twin.state.tokens.delete(graceToken.id)
  assert.equal((await revoke.probe.run(cordon.context(), target)).verdict, 'unknown')
})
