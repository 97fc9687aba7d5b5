import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { Client, PageIterator, type Context, type PageCollection } from '@microsoft/microsoft-graph-client'
import type { User } from '@microsoft/microsoft-graph-types'

import { entityId } from '#model'
import { entraConfig, entraConnector } from '#connectors/entra'

import { addFederation, makeApplication } from '../../../lab/twins/entra/apps.ts'
import { azureCliAppId } from '../../../lab/twins/entra/tokens.ts'
import { makeUser } from '../../../lab/twins/entra/users.ts'
import { foundCompany, passwords } from './company.ts'
import { openCordon } from './cordon.ts'
import { asAppByCertificate, asOutsider, ask, byPassword, byRefresh, everyScope, pipelineOf, textIn } from './thief.ts'

async function start(over: Parameters<typeof foundCompany>[0] = {}) {
  const company = await foundCompany(over)
  after(() => company.twin.close())
  return { company, cordon: openCordon(company), ...company }
}

/** Microsoft's own client, as anybody would use it; only the last step of all leads to the twin. */
function clientOf(url: string, token: string): Client {
  return Client.initWithMiddleware({
    middleware: {
      async execute(context: Context) {
        const asked = typeof context.request === 'string' ? context.request : context.request.url
        const target = asked.replace('https://graph.microsoft.com', url)
        const { method = 'GET', body = null } = context.options ?? {}
        const signed = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
        const answer = await fetch(target, { method, headers: signed, body: typeof body === 'string' ? body : null })
        const { status, headers } = answer
        const text = (await answer.text()).replaceAll(url, 'https://graph.microsoft.com')
        context.response = new Response(status === 204 ? null : text, { status, headers })
      },
    },
  })
}

test("Microsoft's own client reads, pages and changes the twin", async () => {
  const { company, twin, sees, acts, ada, engineers } = await start()
  for (let n = 0; n < 250; n++) makeUser(twin.tenant, { displayName: `U${n}` }, 'EXAMPLE')
  const see = await asAppByCertificate(company, textIn(sees.app, 'appId'), company.pems.see)
  const client = clientOf(twin.url, see.token)
  const first = (await client.api('/users').select('id,displayName').top(100).get()) as PageCollection
  const users: User[] = []
  await new PageIterator(client, first, (user: User) => users.push(user) > 0).iterate()
  assert.deepEqual(
    users.map(({ id }) => id),
    [...twin.state.users.keys()],
  )
  const found = (await client
    .api('/users')
    .filter(`userPrincipalName eq 'ada@brightwater.example'`)
    .get()) as PageCollection
  assert.deepEqual(
    found.value.map((user: User) => user.id),
    [ada.id],
  )
  const members = (await client.api(`/groups/${engineers.id}/members`).get()) as PageCollection
  assert.equal(members.value.length, 2)

  const act = await asAppByCertificate(company, textIn(acts.app, 'appId'), company.pems.contain)
  await clientOf(twin.url, act.token).api(`/users/${ada.id}`).update({ accountEnabled: false })
  const after = (await client.api(`/users/${ada.id}`).select('id,accountEnabled').get()) as User
  assert.equal(after.accountEnabled, false)
  // Refusals come as the client's own errors, with Graph's code.
  await assert.rejects(() => client.api(`/users/${ada.id}`).update({ accountEnabled: true }), {
    statusCode: 403,
    code: 'Authorization_RequestDenied',
  })
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
})

test('the whole inventory is read page by page, understood, and holds no value', async () => {
  const { cordon, twin, robotSecret, pems, ada, robot, grace } = await start()
  for (let n = 0; n < 520; n++) makeUser(twin.tenant, { displayName: `U${n}` }, 'EXAMPLE')
  for (let n = 0; n < 250; n++) makeApplication(twin.tenant, `A${n}`)
  let namings = 0
  await cordon.pull('directory', {
    request(url, request) {
      if (new URL(url).search === '?$select=id%2CappId&$top=999') namings++
      return cordon.httpFor('see').request(url, request)
    },
  })
  assert.ok((twin.answered.get('listApplications') ?? 0) >= 3, 'over several pages')
  assert.equal(namings, 1, 'which app a service principal is of is read once a run')
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
  assert.deepEqual(
    cordon.items.flatMap(({ unmapped }) => unmapped ?? []),
    [],
  )
  const view = cordon.estate.view()
  assert.equal((await view.find('identity', { kind: 'human' })).length, twin.state.users.size)
  assert.ok((twin.answered.get('listUsers') ?? 0) >= 2, 'over several pages')
  const held = JSON.stringify(cordon.logged)
  const values = [robotSecret.value, pems.see, passwords.ada]
  for (const value of values) assert.ok(!held.includes(value))
  const id = (native: string) => entityId('identity', cordon.authority, native)
  const facts = await view.facts([id(`user/${ada.id}`), id(`sp/${robot.sp.id}`)])
  assert.equal(facts.get(id(`user/${ada.id}`))?.['admin'], true)
  const now = Math.ceil(twin.tenant.nowMs() / 1000)
  const edges = await view.edgesFrom([id(`user/${grace.id}`)], {
    types: ['ASSUMES'],
    window: { from: 0, to: now },
  })
  assert.deepEqual(
    edges.map(({ dst }) => dst),
    [id(`app/${textIn(robot.app, 'appId')}`)],
    'an owner may become the app',
  )
})

test('who outside may become an app is known by issuer and subject, and somebody else there may not', async () => {
  const { company, cordon, twin, robot } = await start()
  const { issuer, subject, assertion } = pipelineOf(company)
  addFederation(twin.tenant, robot.app, { name: 'ci', issuer, subject, audiences: ['api://AzureADTokenExchange'] })
  addFederation(twin.tenant, robot.app, { name: 'any', issuer: 'https://other.example', audiences: ['a'] })
  assert.equal((await asOutsider(company, textIn(robot.app, 'appId'), await assertion())).status, 200)
  const other = await assertion({ sub: 'repo:mallory/shop:ref:refs/heads/main' })
  assert.equal((await asOutsider(company, textIn(robot.app, 'appId'), other)).code, 700213)
  await cordon.pull('directory')
  assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
  const id = (kind: 'identity' | 'credential', native: string) => entityId(kind, cordon.authority, native)
  const view = cordon.estate.view()
  const outsider = id('identity', `trusted/${issuer}/${subject}`)
  const trust = id('credential', `federated-credential/${robot.app.id}/ci`)
  const edges = await view.edgesFrom([outsider, trust, id('identity', 'trusted/https://other.example/*')], {
    types: ['ASSUMES', 'AUTHENTICATES_AS'],
  })
  const sp = id('identity', `sp/${robot.sp.id}`)
  assert.deepEqual(
    new Set(edges.map(({ src, type, dst, conditional }) => `${src} ${type} ${dst} ${conditional}`)),
    new Set([
      `${outsider} ASSUMES ${sp} false`,
      `${trust} AUTHENTICATES_AS ${sp} false`,
      `${id('identity', 'trusted/https://other.example/*')} ASSUMES ${sp} true`,
    ]),
  )
  const facts = (await view.facts([trust])).get(trust)
  assert.deepEqual([facts?.['issuer'], facts?.['subject']], [issuer, subject])
})

test('both logs are read though rows show late and in no order; nothing is lost, nothing comes twice', async () => {
  const { company, cordon, twin, clock } = await start()
  const told = new Set<string>()
  const read = async (): Promise<void> => {
    for (const { event, touches } of await cordon.pull('sign-ins')) {
      if (!touches.some(({ origin }) => origin === '203.0.113.66')) continue
      assert.ok(!told.has(event), 'twice')
      told.add(event)
    }
  }
  for (let n = 0; n < 18; n++) {
    // One row in three is told of two hours late, behind younger ones.
    twin.settings.signInDelayMs = n % 3 === 0 ? 2 * 3_600_000 : 300_000
    await byPassword(company, 'ada@brightwater.example', passwords.ada)
    clock.pass(10 * 60_000)
    await read()
  }
  clock.pass(2 * 3_600_000)
  await read()
  assert.equal(told.size, 18)
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
})

test('a delta tells a change, and begins anew where Microsoft has forgotten its place', async () => {
  const { cordon, twin, clock, ada, acts, company } = await start()
  const users = async () => (await cordon.pull('changes-users')).map(({ facts }) => facts[0]?.attributes['enabled'])
  assert.equal((await users()).length, twin.state.users.size, 'at first all there is')
  assert.deepEqual(await users(), [], 'then nothing new')
  const { token } = await asAppByCertificate(company, textIn(acts.app, 'appId'), company.pems.contain)
  await ask(`${twin.url}/v1.0/users/${ada.id}`, token, 'PATCH', { accountEnabled: false })
  assert.deepEqual(await users(), [false])
  clock.pass(60_000)
  twin.settings.forgetsDeltasBeforeMs = clock.nowMs()
  clock.pass(60_000)
  await users()
  assert.ok((twin.answered.get('deltaUsers') ?? 0) >= 5, 'it began anew')
  assert.deepEqual(twin.wrongAnswers, [])
})

test('a small allowance is kept to, and a refusal is waited for', async () => {
  const { cordon, twin, clock } = await start()
  twin.settings.allowance = { directory: 3, reports: 1 }
  const before = clock.nowMs()
  await cordon.pull('directory')
  const calls = [...twin.answered.values()].reduce((sum, count) => sum + count, 0)
  assert.ok(calls > 15 && clock.nowMs() - before >= 30_000, 'more than one window of ten seconds')
  assert.deepEqual(twin.wrongRequests, [])
})

test('the twin refuses as Microsoft does', async () => {
  const { company, twin, ada, grace, config } = await start()
  const { state } = twin
  const nobody = await ask(`${twin.url}/v1.0/users`, undefined)
  assert.equal(nobody.status, 401)
  const wrong = await byPassword(company, 'ada@brightwater.example', 'wrong')
  assert.deepEqual([wrong.status, wrong.code], [400, 50126])
  assert.equal((await byRefresh(company, 'made up')).code, 70000)
  const other = await asAppByCertificate(company, config.clientId, company.pems.contain)
  assert.deepEqual([other.status, other.code], [401, 700027], 'the certificate of another app')
  const opened = twin.browse({
    user: grace,
    password: passwords.grace,
    code: null,
    app: azureCliAppId,
    scope: everyScope,
  })
  const graces = opened?.accessToken ?? ''
  assert.equal((await ask(`${twin.url}/v1.0/me`, graces)).status, 200)
  assert.equal((await ask(`${twin.url}/v1.0/users`, graces)).status, 403)
  state.users.get(ada.id)!['accountEnabled'] = false
  assert.equal((await byPassword(company, 'ada@brightwater.example', passwords.ada)).code, 50057)
  assert.deepEqual(twin.wrongRequests, [])
  const { token } = await asAppByCertificate(company, config.clientId, company.pems.see)
  assert.equal((await ask(`${twin.url}/v1.0/users?colour=red`, token)).status, 400)
  assert.equal(twin.wrongRequests.length, 1)
})

test('the check says who looks and what is missing; permissions are told by name', async () => {
  const { cordon, twin, config, sees } = await start()
  const context = { ...cordon.pullContext() }
  const good = await entraConnector.check(context)
  assert.deepEqual([good.authority, good.missing, good.excess], [twin.state.tenant, [], []])
  for (const use of ['see', 'contain'] as const) {
    const held = await entraConnector.scopes?.({ ...context, http: cordon.httpFor(use) }, use)
    const needed = entraConnector.role?.(config, use)?.scopes.map(({ name }) => name)
    assert.deepEqual(held?.toSorted(), needed?.toSorted(), use)
  }
  const same = entraConfig.parse({ ...config, containClientId: config.clientId })
  assert.match((await entraConnector.check({ ...context, config: same })).excess.join(), /make two/)
  twin.state.hasPremium = false
  assert.match((await entraConnector.check(context)).missing.join(), /P1/)
  for (const [id, row] of twin.state.appRoleAssignments) {
    if (row['principalId'] === sees.sp.id) twin.state.appRoleAssignments.delete(id)
  }
  const fresh = { ...context, http: cordon.httpFor('see') }
  assert.equal(await entraConnector.scopes?.(fresh, 'see'), null, 'nothing is told to who may read nothing')
})
