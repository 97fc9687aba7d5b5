import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId, type EntityId } from '#model'
import { entraActions, entraOrigins } from '#connectors/entra'

import { graphAppId, listOf, textOf } from '../../../lab/twins/entra/state.ts'
import { payrollAppId } from '../../../lab/twins/entra/tokens.ts'
import { lostAt, stateText } from '../cordon.ts'
import { foundCompany, passwords, type Company } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { asApp, ask, byPassword, byRefresh } from './thief.ts'
import { at, cases, clientOf, sessionOf, type Case } from './verbs.ts'

const open: Company[] = []
after(() => Promise.all(open.map(({ twin }) => twin.close())))

async function begin({ set, verb }: Case) {
  const company = await foundCompany()
  open.push(company)
  const cordon = openCordon(company)
  const { target, works } = await set(company)
  const settled = (): void => company.clock.pass(6 * 60_000)
  return { company, cordon, action: actionOf(verb), target, works, context: cordon.context, settled }
}

/** All that the tenant holds but tokens, which die by themselves. */
const stateOf = ({ twin: { state } }: Company): string => stateText({ ...state, accessTokens: null, sessions: null })
const isChange = ({ pathname }: URL, method: string): boolean => method !== 'GET' && !pathname.endsWith('/token')
function assertTrue({ twin }: Company): void {
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
}

test('every verb has a case', () => {
  assert.deepEqual(cases.map(({ verb }) => verb).sort(), entraActions.map(({ verb }) => verb).sort())
})

for (const one of cases) {
  test(`${one.verb}: the thief is refused, twice is once, undo gives back what it says`, async () => {
    const { company, action, target, works, context, settled } = await begin(one)
    assert.equal(await works(), true, 'it opens something before')
    assert.notEqual((await action.probe.run(context(), target)).verdict, 'dead')
    if (action.readBack !== undefined) assert.equal(await action.readBack(context(), target), 'absent')
    const first = await action.apply(context(), target)
    settled()
    assert.equal(await works(), false, 'refused')
    if (action.readBack !== undefined) assert.equal(await action.readBack(context(), target), 'landed')
    const probed = await action.probe.run(context(), target)
    assert.equal(probed.verdict, 'dead', JSON.stringify(probed))
    if (probed.verdict === 'dead') assert.ok(action.proofs.includes(probed.proof.kind))

    // What cannot be read back is done anew: another password, a later time.
    if (action.readBack !== undefined) {
      const before = stateOf(company)
      await action.apply(context(), target)
      assert.equal(stateOf(company), before, 'twice is once')
    }
    await action.undo?.(context(), target, first.undoState)
    assert.equal(await works(), one.isRestored, 'after undo')
    assert.equal(action.undo !== undefined, one.isRestored)
    const { preview } = action
    assert.equal(preview(target, {}).reversible, action.undo !== undefined, 'the preview says whether it can be undone')
    assertTrue(company)
  })

  test(`${one.verb}: after a crash before it or behind it, reading back tells which, or doing it again is no harm`, async () => {
    for (const when of ['before', 'behind'] as const) {
      const { company, cordon, action, target, works, context, settled } = await begin(one)
      const crashing = cordon.httpFor('contain', lostAt(entraOrigins(company.config), when, isChange))
      await assert.rejects(async () => action.apply(context({ http: crashing }), target), { code: 'ERR_HTTP_NETWORK' })
      settled()
      assert.equal(await works(), when === 'before', when)
      if (action.readBack === undefined) assert.equal(action.retry, 'idempotent')
      else {
        assert.equal(await action.readBack(context(), target), when === 'before' ? 'absent' : 'landed', when)
        if (when === 'behind') continue
      }
      await action.apply(context(), target)
      settled()
      if (action.readBack !== undefined) assert.equal(await action.readBack(context(), target), 'landed')
      assert.equal(await works(), false)
      assertTrue(company)
    }
  })

  test(`${one.verb}: neither Cordon's own nor another tenant's is touched`, async () => {
    const { company, action, target, context } = await begin(one)
    const before = stateOf(company)
    const isRefused = { code: 'ERR_ENTRA_TARGET' }
    await assert.rejects(async () => action.apply(context({ isOwn: (entity) => entity === target }), target), isRefused)
    const [kind = '', , ...native] = target.split(':')
    const elsewhere = entityId(kind as 'identity', '7e57e57e-0000-4000-8000-00000000ffff', native.join(':'))
    await assert.rejects(async () => action.apply(context(), elsewhere), isRefused)
    const authority = '7e57e57e-0000-4000-8000-00000000ffff'
    await assert.rejects(async () => action.apply(context({ authority }), elsewhere), isRefused)
    assert.equal(stateOf(company), before)
  })
}

test("Cordon's own apps and keys are spared by whatever name they are called", async () => {
  const company = await foundCompany()
  open.push(company)
  const cordon = openCordon(company)
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
  const company = await foundCompany()
  open.push(company)
  const cordon = openCordon(company)
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
  const company = await foundCompany()
  open.push(company)
  const { clock, twin } = company
  const cordon = openCordon(company)
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
  const company = await foundCompany()
  open.push(company)
  const { ada, grace, clock, twin } = company
  const cordon = openCordon(company)
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
  const company = await foundCompany()
  open.push(company)
  const guest = at(company, 'identity', `user/${company.guest.id}`)
  const action = actionOf('entra.user.sessions.revoke')
  await assert.rejects(async () => action.apply(openCordon(company).context(), guest), { code: 'ERR_ENTRA_REFUSED' })
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
  const company = await foundCompany()
  open.push(company)
  const sp = `sp/${company.robot.sp.id}`
  const context = openCordon(company).context({ spared: [at(company, 'identity', sp)] })
  for (const noun of ['secret', 'certificate'] as const) {
    const refused = actionOf(`entra.${noun}.remove`).apply(context, at(company, 'credential', `${noun}/${sp}/k`))
    await assert.rejects(refused, { code: 'ERR_ENTRA_TARGET', message: /break-glass/ }, noun)
  }
})
