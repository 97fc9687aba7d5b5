import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { EntityId } from '#model'

import { graphAppId, listOf, textOf } from '../../../lab/twins/entra/state.ts'
import { payrollAppId } from '../../../lab/twins/entra/tokens.ts'
import { actionTrial } from '../actions.ts'
import { passwords, type Company } from './company.ts'
import { actionOf } from './cordon.ts'
import { asApp, ask, byPassword, byRefresh } from './thief.ts'
import { at, cases, clientOf, sessionOf } from './verbs.ts'
import { stateOf, trial } from './cases.ts'

const { begin, start, tests } = actionTrial(trial)
for (const { name, run } of tests) test(name, run)

test("Cordon's own apps and keys are spared by whatever name they are called", async () => {
  const { company, cordon } = await start()
  const { acts, sees } = company
  const key = (app: typeof acts): string => textOf(listOf(app.app['keyCredentials'])[0], 'keyId')
  const before = stateOf(company)
  const tries: [string, EntityId][] = [
    ['entra.app.disable', at(company, 'app', clientOf(acts))],
    ['entra.app.disable', at(company, 'identity', `sp/${acts.sp.id}`)],
    ['entra.app.disable', at(company, 'app', graphAppId)],
    ['entra.certificate.remove', at(company, 'credential', `certificate/application/${sees.app.id}/${key(sees)}`)],
  ]
  for (const [verb, target] of tries) {
    await assert.rejects(async () => actionOf(verb).apply(cordon.context(), target), { code: 'ERR_ENTRA_TARGET' })
  }
  assert.equal(stateOf(company), before)
})

test('a token that was given out lives on, and its end is named', async () => {
  const { company, cordon } = await start()
  const { robot, robotSecret, clock, twin } = company
  const held = await asApp(company, clientOf(robot), robotSecret.value, `api://${payrollAppId}/.default`)
  const opens = async (): Promise<boolean> => (await ask(`${twin.url}/payroll`, held.token)).status === 200
  const keyId = textOf(robotSecret.key, 'keyId')
  const target = at(company, 'credential', `secret/application/${robot.app.id}/${keyId}`)
  const action = actionOf('entra.secret.remove')
  await action.apply(cordon.context(), target)
  assert.equal(await opens(), true, 'the token outlives the secret')
  const residualMs = action.preview(target, {}).residualMs
  assert.ok(residualMs !== null && residualMs > 0)
  clock.pass(residualMs)
  assert.equal(await opens(), false, 'and is dead when the preview says so')
})

test('a session from before that goes on keeps the proof away, one begun since leaves it open', async () => {
  const { company, cordon } = await start()
  const { clock, twin } = company
  const action = actionOf('entra.user.sessions.revoke')
  const target = at(company, 'identity', `user/${company.ada.id}`)
  const probe = () => action.probe.run(cordon.context(), target)
  const { refreshToken } = sessionOf(company)
  clock.pass(6 * 60_000)
  assert.equal((await probe()).verdict, 'unknown', 'begun since the account was made')
  await action.apply(cordon.context(), target)
  assert.equal((await probe()).verdict, 'unknown', 'Microsoft takes minutes')
  clock.pass(6 * 60_000)
  assert.equal((await probe()).verdict, 'dead')
  clock.pass(3 * 86_400_000)
  assert.equal((await probe()).verdict, 'dead', 'looked at again days later')

  // Ada signs in again: her new session says nothing of the old ones.
  await byPassword(company, 'ada@brightwater.example', passwords.ada)
  clock.pass(6 * 60_000)
  assert.equal((await probe()).verdict, 'unknown')

  // Microsoft is slower than it says.
  twin.settings.revocationDelayMs = 7 * 86_400_000
  assert.equal((await byRefresh(company, refreshToken)).status, 200)
  clock.pass(6 * 60_000)
  const probed = await probe()
  assert.equal(probed.verdict, 'alive')
  assert.match(probed.verdict === 'alive' ? probed.says : '', /from before went on.*disable the user/)
})

test('a password that somebody else set since leaves the proof open; one that is synced is not set here', async () => {
  const { company, cordon } = await start()
  const { ada, grace, clock, twin } = company
  const action = actionOf('entra.password.replace')
  const target = at(company, 'identity', `user/${grace.id}`)
  const probe = async () => (await action.probe.run(cordon.context(), target)).verdict
  await action.apply(cordon.context(), target)
  assert.equal(await probe(), 'unknown', 'the log does not tell of it yet')
  clock.pass(6 * 60_000)
  assert.equal(await probe(), 'dead')
  assert.equal((await byPassword(company, 'grace@brightwater.example', passwords.grace)).status, 400)
  const { accessToken } = sessionOf(company, ada)
  const body = { passwordProfile: { password: 'EXAMPLE-grace-2' } }
  assert.equal((await ask(`${twin.url}/v1.0/users/${grace.id}`, accessToken, 'PATCH', body)).status, 204)
  clock.pass(6 * 60_000)
  assert.equal(await probe(), 'unknown', 'the thief may have set it')

  const entity = at(company, 'credential', `password/${grace.id}`)
  const member = { entity, role: 'trigger' as const, credentialKind: null, identity: null }
  assert.equal(action.targetFor({ ...member, attributes: { synced: false } }), target)
  assert.equal(action.targetFor({ ...member, attributes: { synced: true } }), undefined)
})

test('the sessions of a guest are refused by name', async () => {
  const { company, cordon } = await start()
  const guest = at(company, 'identity', `user/${company.guest.id}`)
  const action = actionOf('entra.user.sessions.revoke')
  await assert.rejects(async () => action.apply(cordon.context(), guest), { code: 'ERR_ENTRA_REFUSED' })
})

/** Whom a step hits by way of something of theirs. */
const ownersOf = ({ ada, grace, robot }: Company): Record<string, string> => ({
  'entra.grant.revoke': `user/${ada.id}`,
  'entra.method.remove': `user/${grace.id}`,
  'entra.membership.remove': `user/${grace.id}`,
  'entra.owner.remove': `user/${grace.id}`,
  'entra.role.unassign': `user/${grace.id}`,
  'entra.app-role.remove': `sp/${robot.sp.id}`,
})

test('who is break-glass is not cut off by way of something of theirs', async () => {
  let tried = 0
  for (const one of cases) {
    const { company, action, target, works, context } = await begin(one)
    const owner = ownersOf(company)[one.verb]
    if (owner === undefined) continue
    tried++
    const before = stateOf(company)
    const refused = action.apply(context({ spared: [at(company, 'identity', owner)] }), target)
    await assert.rejects(refused, { code: 'ERR_ENTRA_TARGET', message: /break-glass/ }, one.verb)
    assert.equal(stateOf(company), before, one.verb)
    assert.equal(await works(), true, one.verb)
  }
  assert.equal(tried, 6)
  // A key of a service principal tells by its name whose it is.
  const { company, cordon } = await start()
  const sp = `sp/${company.robot.sp.id}`
  const context = cordon.context({ spared: [at(company, 'identity', sp)] })
  for (const noun of ['secret', 'certificate'] as const) {
    const refused = actionOf(`entra.${noun}.remove`).apply(context, at(company, 'credential', `${noun}/${sp}/k`))
    await assert.rejects(refused, { code: 'ERR_ENTRA_TARGET', message: /break-glass/ }, noun)
  }
})
