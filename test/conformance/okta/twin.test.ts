import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { isObject } from '#kit'
import { oktaActions, oktaConfig, oktaConnector } from '#connectors/okta'

import { textOf } from '../../../lab/twins/okta/state.ts'
import { makeUser } from '../../../lab/twins/okta/users.ts'
import { foundCompany, passwords } from './company.ts'
import { openCordon } from './cordon.ts'
import { ask, signIn, withSession } from './thief.ts'

async function start(over: Parameters<typeof foundCompany>[0] = {}) {
  const company = await foundCompany(over)
  after(() => company.twin.close())
  return { company, cordon: openCordon(company), ...company }
}
const ada = { username: 'ada@brightwater.example', password: passwords.ada }

test('the whole inventory is read page by page, understood, and holds no value', async () => {
  const { cordon, twin, robotSecret, keys } = await start()
  for (let n = 0; n < 450; n++) {
    const login = `u${n}@brightwater.example`
    makeUser(twin.org, { login, email: login, firstName: 'U', lastName: `${n}` }, 'EXAMPLE')
  }
  for (const stream of ['directory', 'factors']) await cordon.pull(stream)
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
  assert.deepEqual(
    cordon.items.flatMap(({ unmapped }) => unmapped ?? []),
    [],
  )
  const view = cordon.estate.view()
  const people = await view.find('identity', { kind: 'human' })
  assert.equal(people.length, twin.state.users.size)
  assert.ok((twin.answered.get('listUsers') ?? 0) >= 3, 'over several pages')
  const held = JSON.stringify(cordon.logged)
  for (const value of [textOf(robotSecret, 'client_secret'), keys.see, passwords.ada]) assert.ok(!held.includes(value))
  assert.ok(held.includes('fp:k1.'), 'the secret is there as a fingerprint')
})

test('the log is followed in the order of arrival: what comes late is not missed, nothing comes twice', async () => {
  const { cordon, twin, clock } = await start()
  await cordon.pull('log')
  // Cordon's own tokens are told of, too.
  const signIns = async (): Promise<string[]> =>
    (await cordon.pull('log')).flatMap(({ event, touches }) => (touches.length > 0 ? [event] : []))
  const told = new Set<string>()
  for (let n = 0; n < 60; n++) {
    // One row in three is told of ten minutes late, behind younger ones.
    twin.settings.logDelayMs = n % 3 === 0 ? 600_000 : 5_000
    await signIn(twin.url, ada)
    clock.pass(30_000)
    for (const event of await signIns()) {
      assert.ok(!told.has(event), 'twice')
      told.add(event)
    }
  }
  clock.pass(900_000)
  for (const event of await signIns()) told.add(event)
  assert.equal(told.size, 60)
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
})

test('a link that Okta takes no more sends the log back to where it was sure', async () => {
  const { cordon, twin, clock } = await start()
  for (let n = 0; n < 3; n++) {
    await signIn(twin.url, ada)
    clock.pass(30_000)
    await cordon.pull('log')
  }
  await signIn(twin.url, ada)
  clock.pass(30_000)
  twin.settings.forgetsLinksBeforeMs = clock.nowMs() - 30_000
  await cordon.pull('log')
  const told = cordon.items.flatMap(({ event, touches }) => (touches.length > 0 ? [event] : []))
  assert.deepEqual([told.length, new Set(told).size], [4, 4], 'none lost, none twice')
})

test('a small allowance is kept to, and a refusal is waited for', async () => {
  const { cordon, twin, clock } = await start()
  twin.settings.allowance = { management: 12, logs: 2 }
  const before = clock.nowMs()
  await cordon.pull('directory')
  const calls = [...twin.answered.values()].reduce((sum, count) => sum + count, 0)
  assert.ok(calls > 24 && clock.nowMs() - before >= 60_000, 'more than a minute’s allowance')
  assert.deepEqual(twin.wrongRequests, [])
})

test('the twin refuses as Okta does, and knows a wrong request', async () => {
  const { twin, ada: user, robot } = await start()
  const url = twin.url
  const nobody = await ask(`${url}/api/v1/users`, undefined)
  assert.deepEqual([nobody.status, nobody.body['errorCode']], [401, 'E0000011'])
  const grace = await signIn(url, { username: 'grace@brightwater.example', password: passwords.grace })
  assert.ok(grace !== undefined)
  const mayNot = await ask(`${url}/api/v1/users`, withSession(grace))
  assert.deepEqual([mayNot.status, mayNot.body['errorCode']], [403, 'E0000006'])
  const sid = await signIn(url, ada)
  assert.ok(sid !== undefined)
  const none = await ask(`${url}/api/v1/users/00unobody`, withSession(sid))
  assert.deepEqual([none.status, none.body['errorCode']], [404, 'E0000007'])
  assert.deepEqual(twin.wrongRequests, [])

  const wrong = await ask(`${url}/api/v1/users?colour=red`, withSession(sid))
  assert.equal(wrong.status, 400)
  const level = await ask(`${url}/api/v1/users/${user.id}/risk`, withSession(sid), 'PUT', { riskLevel: 'UTMOST' })
  assert.equal(level.status, 400)
  assert.equal((await ask(`${url}/api/v1/apps/${robot.id}/secrets`, withSession(sid))).status, 404)
  assert.equal(twin.wrongRequests.length, 3)
  assert.deepEqual(twin.wrongAnswers, [])
})

test('an answer that Okta would not give is told', async () => {
  const { twin, ada: user } = await start()
  const sid = await signIn(twin.url, ada)
  assert.ok(sid !== undefined)
  user['status'] = 'ASLEEP'
  user['shoeSize'] = 42
  await ask(`${twin.url}/api/v1/users/${user.id}`, withSession(sid))
  assert.deepEqual(
    twin.wrongAnswers.map((fault) => fault.replace(/: .*shapes$/, '')),
    [
      'getUser 200: body.status: none of the 8 words it may be',
      "getUser 200: body.shoeSize: the vendor's description has no such field",
    ],
  )
})

test('the check says who looks, and which scope, role or second app is missing', async () => {
  const { cordon, twin, cordonSees, config } = await start()
  const check = (from = config) => oktaConnector.check({ ...cordon.pullContext(), config: from })
  const good = await check()
  assert.deepEqual([good.authority, good.missing, good.excess], [twin.state.org, [], []])
  const held = await oktaConnector.scopes?.({ ...cordon.pullContext(), http: cordon.httpFor('contain') }, 'contain')
  const needed = oktaConnector.role?.(config, 'contain')?.scopes.map(({ name }) => name)
  assert.deepEqual(held?.toSorted(), needed?.toSorted())

  const alone = await check(oktaConfig.parse({ orgUrl: config.orgUrl, clientId: config.clientId }))
  assert.match(alone.missing.join(), /containClientId/)
  const same = await check(oktaConfig.parse({ ...config, containClientId: config.clientId }))
  assert.match(same.excess.join(), /make two/)

  const [logs] = [...twin.state.grants.values()].filter(
    (grant) => grant['clientId'] === cordonSees.id && grant['scopeId'] === 'okta.logs.read',
  )
  twin.state.grants.delete(logs?.id ?? '')
  const fresh = { ...cordon.pullContext(), http: cordon.httpFor('see') }
  assert.match((await oktaConnector.check(fresh)).missing.join(), /okta\.logs\.read/)
  for (const [id, { assignee }] of twin.state.assignments)
    if (assignee === cordonSees.id) twin.state.assignments.delete(id)
  assert.match((await oktaConnector.check(fresh)).missing.join(), /admin role/)
})

test('a session begun after the end of all is told from one that goes on', async () => {
  const { cordon, twin, clock, ada: user, wiki } = await start()
  const action = oktaActions.find(({ verb }) => verb === 'okta.user.sessions.end')
  assert.ok(action)
  const target = `identity:${twin.state.org}:${user.id}` as const
  const sid = (await signIn(twin.url, ada)) ?? ''
  const before = twin.state.sessions.get(sid)
  assert.ok(before !== undefined)
  clock.pass(1_000)
  await action.apply(cordon.context(), target)
  assert.equal((await action.probe.run(cordon.context(), target)).verdict, 'unknown', 'the log does not tell yet')
  clock.pass(10_000)
  assert.equal((await action.probe.run(cordon.context(), target)).verdict, 'dead')
  const fresh = (await signIn(twin.url, ada)) ?? ''
  await ask(`${twin.url}/app/${wiki.id}/sso`, withSession(fresh))
  clock.pass(10_000)
  const begun = await action.probe.run(cordon.context(), target)
  assert.match(begun.verdict === 'unknown' ? begun.says : '', /another was begun at .*: ask the user/)

  // What Okta says it ended, and did not.
  twin.state.sessions.set(sid, before)
  await ask(`${twin.url}/app/${wiki.id}/sso`, withSession(sid))
  clock.pass(10_000)
  const goesOn = await action.probe.run(cordon.context(), target)
  assert.match(goesOn.verdict === 'alive' ? goesOn.says : '', /a session from before went on at .*: suspend the user/)
})

test('a break-glass user is not cut off by way of something of theirs', async () => {
  const { cordon, twin, ada: user, wiki } = await start()
  const spared = [`identity:${twin.state.org}:${user.id}` as const]
  const sid = await signIn(twin.url, ada)
  assert.ok(sid !== undefined)
  const { grants } = twin.consent(sid, wiki, ['openid'])
  const action = oktaActions.find(({ verb }) => verb === 'okta.grant.revoke')
  const target = `credential:${twin.state.org}:grant/${user.id}/${grants[0] ?? ''}` as const
  await assert.rejects(async () => action?.apply(cordon.context({ spared }), target), { code: 'ERR_OKTA_TARGET' })
  assert.ok(isObject(twin.state.grants.get(grants[0] ?? '')))
})
