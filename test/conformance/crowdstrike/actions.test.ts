import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { createHttp } from '#kit'
import { hardwareEntities } from '#model'
import { crowdstrikeOrigins } from '#connectors/crowdstrike'

import { assertTrue, actionTrial } from '../actions.ts'
import { foundCompany, opens, signIn } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { at, cases, trial } from './cases.ts'

const { begin, tests } = actionTrial(trial)
for (const { name, run } of tests) test(name, run)

test('a host that is off is no contained host: it is named, and contained when it comes back', async () => {
  const [contain] = cases
  assert.ok(contain)
  const { company, action, target, works, context, settled } = await begin(contain)
  const { console: falcon } = company.twin
  falcon.power(company.runner, false)
  await action.apply(context(), target)
  settled()
  company.clock.pass(3_600_000)
  const off = await action.probe.run(context(), target)
  assert.match(off.verdict === 'alive' ? off.says : '', /off line: it is contained when it comes back/)
  assert.equal(await works(), true)
  falcon.power(company.runner, true)
  assert.notEqual(
    (await action.probe.run(context(), target)).verdict,
    'dead',
    'for seconds it is on and not yet cut off',
  )
  settled()
  assert.equal((await action.probe.run(context(), target)).verdict, 'dead')
  assertTrue(company)
})

test('what somebody at the console had contained stays so after undo', async () => {
  const [contain] = cases
  assert.ok(contain)
  const { company, action, target, context } = await begin(contain)
  company.runner.status = 'contained'
  const { undoState } = await action.apply(context(), target)
  for (const left of [undoState, undefined]) {
    await assert.rejects(async () => action.undo?.(context(), target, left), { code: 'ERR_CROWDSTRIKE_KEPT' })
  }
  assert.equal(company.runner.status, 'contained')
})

test("a host that the API client sees and that says it is another customer's is not contained", async () => {
  const [contain] = cases
  assert.ok(contain)
  const { company, action, target, context } = await begin(contain)
  company.runner.cid = 'e'.repeat(32)
  await assert.rejects(action.apply(context(), target), { code: 'ERR_CROWDSTRIKE_TARGET', message: /another customer/ })
  assert.equal(company.runner.status, 'normal')
})

test('somebody at the console is quicker by a moment: what was asked for already is no failure', async () => {
  const [contain] = cases
  assert.ok(contain)
  const { company, cordon, action, target, context } = await begin(contain)
  const base = createHttp(crowdstrikeOrigins(company.config))
  const raced = cordon.httpFor('contain', {
    request(url, request) {
      if (new URL(url).pathname.includes('devices-actions')) company.runner.status = 'contained'
      return base.request(url, request)
    },
  })
  const { undoState } = await action.apply(context({ http: raced }), target)
  assert.equal(company.twin.answered.get('performActionV2'), 1)
  assert.equal(await action.readBack?.(context(), target), 'landed')
  await assert.rejects(async () => action.undo?.(context(), target, undoState), { code: 'ERR_CROWDSTRIKE_KEPT' })
  assert.equal(company.runner.status, 'contained', 'theirs is not ours to lift')
})

test('the machine Cordon runs on is not contained, though its sensor has another name', async () => {
  const [contain] = cases
  assert.ok(contain)
  const { company, action, target, context } = await begin(contain)
  const { serial, manufacturer } = company.runner
  const own = hardwareEntities({ serial, manufacturer })
  assert.equal(own.length, 1)
  await assert.rejects(action.apply(context({ isOwn: (entity) => own.includes(entity) }), target), {
    code: 'ERR_CROWDSTRIKE_TARGET',
    message: /Cordon's own/,
  })
  assert.equal(company.runner.status, 'normal')
})

test('a deleted API client gets no token; one it had lives its half hour, as the preview says', async () => {
  const one = cases.find(({ verb }) => verb === 'crowdstrike.client.delete')
  assert.ok(one)
  const { company, action, target, context } = await begin(one)
  const token = await signIn(company, company.stolen)
  assert.ok(token !== undefined)
  await action.apply(context(), target)
  assert.equal(await signIn(company, company.stolen), undefined)
  assert.equal(await opens(company, token), true)
  const { residualMs } = action.preview(target, {})
  company.clock.pass(residualMs ?? 0)
  assert.equal(await opens(company, token), false)
  const own = at(company, 'credential', `client/${company.config.clientId}`)
  await assert.rejects(action.apply(context(), own), { code: 'ERR_CROWDSTRIKE_TARGET' })
})

test('an API client behind the first page of the list is found, and its end is', async () => {
  const one = cases.find(({ verb }) => verb === 'crowdstrike.client.delete')
  assert.ok(one)
  const { company, action, context } = await begin(one)
  for (let n = 0; n < 500; n++) company.twin.console.makeClient([])
  const last = company.twin.console.makeClient(['devices:read'])
  const target = at(company, 'credential', `client/${last.id}`)
  assert.equal(await action.readBack?.(context(), target), 'absent')
  await action.apply(context(), target)
  assert.equal(await signIn(company, last), undefined)
  assert.equal(await action.readBack?.(context(), target), 'landed')
  assertTrue(company)
})

test('roles by way of a user group are named as what is left', async () => {
  const one = cases.find(({ verb }) => verb === 'crowdstrike.user.roles.revoke')
  assert.ok(one)
  const { company, action, context } = await begin(one)
  const grace = company.twin.console.makeUser(
    'grace@brightwater.example',
    ['falconhost_admin'],
    ['remote_responder_two'],
  )
  const target = at(company, 'identity', `user/${grace.uuid}`)
  await action.apply(context(), target)
  const left = await action.probe.run(context(), target)
  assert.match(left.verdict === 'alive' ? left.says : '', /1 roles come by way of a user group/)
})

test('a source that may only look, or not delete clients, says what it needs', async () => {
  const company = await foundCompany({ managesClients: false })
  after(() => company.twin.close())
  const cordon = openCordon(company)
  const target = at(company, 'credential', `client/${company.stolen.id}`)
  await assert.rejects(actionOf('crowdstrike.client.delete').apply(cordon.context(), target), {
    code: 'ERR_CROWDSTRIKE_NEEDS',
  })
  const config = { ...company.config, containClientId: undefined }
  const host = at(company, 'host', `device/${company.runner.id}`)
  await assert.rejects(actionOf('crowdstrike.host.contain').apply(cordon.context({ config }), host), {
    code: 'ERR_CROWDSTRIKE_NEEDS',
  })
})
