import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId } from '#model'
import { crowdstrikeConnector } from '#connectors/crowdstrike'

import { operationIds, operations } from '../../../lab/twins/crowdstrike/operations.ts'
import { foundCompany, signIn, type Company } from './company.ts'
import { openCordon, type Cordon } from './cordon.ts'

const open: Company[] = []
after(() => Promise.all(open.map(({ twin }) => twin.close())))
async function start(): Promise<Company & { cordon: Cordon }> {
  const company = await foundCompany()
  open.push(company)
  return { ...company, cordon: openCordon(company) }
}

test('every operation of the description has an answer', () => {
  const named = operationIds.map((id) => id.split('.')[1]).filter((id) => id !== 'oauth2AccessToken')
  assert.deepEqual(new Set(Object.keys(operations)), new Set(named))
})

test('the whole inventory is read page by page and understood', async () => {
  const { cordon, twin, runner, laptop, ada, stolen, config } = await start()
  for (let n = 0; n < 510; n++) twin.console.enrol({ hostname: `h${n}`, serial: `SER${n}X99`, manufacturer: 'ASUS' })
  for (let n = 0; n < 50; n++)
    twin.console.makeUser(`u${n}@brightwater.example`, n % 20 === 0 ? ['falconhost_admin'] : [])
  for (const stream of ['hosts', 'console', 'clients']) await cordon.pull(stream)
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
  assert.deepEqual(
    cordon.items.flatMap(({ unmapped }) => unmapped ?? []),
    [],
  )
  assert.equal(twin.answered.get('queryDevicesByFilterScroll'), 2, 'two pages')
  const { cid } = twin.state
  const view = cordon.estate.view()
  const hosts = await view.edgesFrom([entityId('resource', cid, 'hosts')], { types: ['CONTAINS'] })
  assert.equal(hosts.length, 512)
  const facts = await view.facts([
    entityId('host', cid, `device/${runner.id}`),
    entityId('identity', cid, `user/${ada.uuid}`),
    entityId('credential', cid, `client/${config.clientId}`),
  ])
  const [host, user, client] = [...facts.values()]
  assert.deepEqual([host?.['name'], host?.['status'], host?.['platform']], ['runner-62', 'normal', 'Linux'])
  assert.deepEqual([user?.['admin'], user?.['kind'], user?.['email']], [true, 'human', 'ada@brightwater.example'])
  assert.equal(client?.['own'], true)
  assert.equal((await view.find('identity', { kind: 'human', admin: true })).length, 4)
  const opening = await view.edgesFrom([entityId('credential', cid, `client/${stolen.id}`)], { types: ['CAN_ADMIN'] })
  assert.deepEqual(
    opening.map(({ conditional }) => conditional),
    [true],
    'what an API client may do is an upper bound',
  )
  // Hardware joins; what a maker left blank joins nobody.
  const same = async (id: string) =>
    (await view.edgesFrom([entityId('host', cid, `device/${id}`)], { types: ['SAME_AS'] })).length
  assert.deepEqual([await same(runner.id), await same(laptop.id)], [1, 0])
  const text = JSON.stringify(cordon.logged)
  for (const personal of ['192.0.2.10', '198.51.100.7', 'last_login_user'])
    assert.ok(!text.includes(personal), personal)

  const before = cordon.logged.length
  await cordon.pull('console')
  assert.equal(cordon.logged.length, before, 'what did not change is not written again')
})

test('a pointer that CrowdStrike forgot begins the list anew, and nothing closes by mistake', async () => {
  const { cordon, twin, clock } = await start()
  for (let n = 0; n < 510; n++) twin.console.enrol({ hostname: `h${n}` })
  // Each look at a page takes longer than a pointer lives, once.
  const { pointerMs } = twin.settings
  let isSlow = true
  const answer = twin.state.pointers
  const get = answer.get.bind(answer)
  answer.get = (key) => {
    if (isSlow) clock.pass(pointerMs + 1)
    isSlow = false
    return get(key)
  }
  await cordon.pull('hosts')
  const hosts = await cordon.estate
    .view()
    .edgesFrom([entityId('resource', twin.state.cid, 'hosts')], { types: ['CONTAINS'] })
  assert.equal(hosts.length, 512)
})

test('alerts come late and in order, each once, as findings with host and process', async () => {
  const { cordon, twin, clock, runner } = await start()
  await cordon.pull('alerts')
  const first = twin.console.detect(runner, { title: 'Harvester', severity: 'Critical' })
  await cordon.pull('alerts')
  assert.equal(cordon.items.length, 0, 'CrowdStrike does not show it yet')
  clock.pass(twin.settings.alertDelayMs)
  for (let n = 0; n < 500; n++) twin.console.detect(runner)
  await cordon.pull('alerts')
  clock.pass(twin.settings.alertDelayMs)
  await cordon.pull('alerts')
  await cordon.pull('alerts')
  assert.equal(cordon.logged.length, 501)
  const [event] = cordon.items[0]?.ocsf ?? []
  assert.deepEqual([event?.class_uid, event?.severity_id, event?.metadata.uid], [2004, 5, first])
  const text = JSON.stringify(event)
  for (const part of [runner.id, 'runner-62', 'T1552.001', 'node setup.js', 'Harvester'])
    assert.ok(text.includes(part), part)
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
})

test('the check names the customer, and each scope that is missing', async () => {
  const company = await start()
  const { cordon, twin, config } = company
  const { check } = crowdstrikeConnector
  const whole = await check(cordon.pullContext())
  assert.deepEqual([whole.authority, whole.missing, whole.excess], [twin.state.cid, [], []])
  const client = twin.state.clients.get(config.clientId)
  assert.ok(client)
  client.scopes = ['devices:read']
  twin.state.tokens.clear()
  const poor = await check(cordon.pullContext())
  assert.deepEqual(poor.missing, ['usermgmt:read', 'api-client-mgmt:read', 'streaming:read', 'alerts:read'])
  const wrong = { ...cordon.pullContext(), config: { ...config, cid: 'f'.repeat(32) } }
  assert.ok((await check(wrong)).missing.some((text) => text.includes('another customer')))
})

test('a token ends after half an hour, and a spent allowance says when to come back', async () => {
  const company = await start()
  const { twin, clock, stolen } = company
  const token = await signIn(company, stolen)
  const ask = () =>
    fetch(`${twin.url}/devices/queries/devices-scroll/v1`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal((await ask()).status, 200)
  twin.settings.perMinute = 1
  const limited = await ask()
  assert.equal(limited.status, 429)
  const backMs = Number(limited.headers.get('x-ratelimit-retryafter')) * 1_000
  assert.ok(backMs > clock.nowMs() && backMs <= clock.nowMs() + 61_000)
  clock.pass(1_800_000)
  assert.equal((await ask()).status, 401)
})
