import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId, type EntityId } from '#model'
import { fleetConnector } from '#connectors/fleet'

import { foundCompany, startMs, type Company } from './company.ts'
import { openCordon, type Cordon } from './cordon.ts'

const open: Company[] = []
after(() => Promise.all(open.map(({ twin }) => twin.close())))
async function start(over: Parameters<typeof foundCompany>[0] = {}): Promise<Company & { cordon: Cordon }> {
  const company = await foundCompany(over)
  open.push(company)
  return { ...company, cordon: openCordon(company) }
}
const at = ({ authority }: Company, kind: 'host' | 'identity' | 'credential', native: string): EntityId =>
  entityId(kind, authority, native)
function assertTrue({ twin }: Company): void {
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
}

test('the whole inventory is read page by page and understood: packages by purl, sessions without a value', async () => {
  const company = await start()
  const { cordon, twin, authority, runner, laptop, ada, stolen } = company
  twin.install(runner, { name: 'LiteLLM', version: '1.82.7', source: 'python_packages', paths: ['/opt/venv/lib'] })
  twin.install(runner, { name: '@Tan/Query', version: 'v5.0.0', source: 'npm_packages' })
  twin.install(runner, { name: 'glibc', version: '2.36-9', source: 'deb_packages' })
  twin.install(laptop, { name: 'Slack', version: '4.1', source: 'apps' })
  for (let n = 0; n < 60; n++) twin.enrol({ hostname: `h${n}`, serial: `SER${n}X99`, vendor: 'ASUS' })
  for (let n = 0; n < 60; n++) twin.makeUser(`u${n}`, n % 20 === 0 ? 'maintainer' : 'observer')
  const team = twin.makeUser('team-lead', null, { teams: [{ id: 2, role: 'maintainer' }] })
  // Never seen since it was enrolled, which Fleet writes as a year long past.
  twin.power(laptop, false)
  laptop.seenMs = Date.UTC(2000, 0)
  company.clock.pass(3_600_000)
  for (const stream of ['hosts', 'users']) await cordon.pull(stream)
  assertTrue(company)
  assert.deepEqual(
    cordon.items.flatMap(({ unmapped }) => unmapped ?? []),
    [],
  )
  assert.equal(twin.answered.get('listHosts'), 4, 'three pages, and the empty one that is the end')
  const view = cordon.estate.view()
  assert.equal((await view.edgesFrom([entityId('resource', authority, 'hosts')], { types: ['CONTAINS'] })).length, 62)
  const on = await view.edgesTo([at(company, 'host', `host/${runner.id}`)], { types: ['INSTALLED_ON'] })
  assert.deepEqual(on.map(({ src }) => src).sort(), ['package:npm:@tan/query@5.0.0', 'package:pypi:litellm@1.82.7'])
  assert.deepEqual(new Set(on.map(({ validFrom }) => validFrom)), new Set([startMs / 1000]), 'as early as it may be')
  const facts = await view.facts([
    at(company, 'host', `host/${runner.id}`),
    at(company, 'host', `host/${laptop.id}`),
    at(company, 'identity', `user/${ada.id}`),
    at(company, 'credential', `session/${ada.id}/${stolen.id}`),
  ])
  const [linux, mac, user, session] = [...facts.values()]
  assert.deepEqual([linux?.['name'], linux?.['lockable'], mac?.['lockable']], ['runner-62', true, false])
  assert.deepEqual([linux?.['lastUsedAtMs'], mac?.['lastUsedAtMs']], [startMs + 3_600_000, undefined])
  assert.deepEqual([user?.['admin'], user?.['kind'], session?.['kind']], [true, 'human', 'session'])
  const own = await view.find('identity', { own: true })
  assert.equal(own.length, 1, 'whom the token that looks speaks for')
  const rights = await view.edgesFrom([at(company, 'identity', `user/${team.id}`)], { types: ['CAN_ADMIN'] })
  assert.deepEqual(
    rights.map(({ dst }) => dst),
    [entityId('resource', authority, 'team/2')],
  )
  const text = JSON.stringify(cordon.logged)
  for (const one of ['192.0.2.10', '198.51.100.7', stolen.token, 'glibc', 'Slack'])
    assert.ok(!text.includes(one), `${one} is kept`)
  // A package that went is gone with the next list.
  runner.software.splice(0, 1)
  company.clock.pass(3_600_000)
  await cordon.pull('hosts')
  const left = await view.edgesTo([at(company, 'host', `host/${runner.id}`)], { types: ['INSTALLED_ON'] })
  assert.ok(left.length >= 1)
  const now = await cordon.estate.view().edgesTo([at(company, 'host', `host/${runner.id}`)], {
    types: ['INSTALLED_ON'],
    at: Math.ceil(company.clock.nowMs() / 1000) + 1,
  })
  assert.deepEqual(
    now.map(({ src }) => src),
    ['package:npm:@tan/query@5.0.0'],
  )
})

test('activities come late, each once, over pages that shift; what they say is understood', async () => {
  const company = await start()
  const { cordon, twin, clock, ada, runner } = company
  await cordon.pull('activities')
  clock.pass(twin.settings.activityDelayMs)
  const before = twin.state.activities.length
  for (let n = 0; n < 150; n++) twin.act(ada, 'live_query', { targets_count: n })
  const mallory = twin.makeUser('mallory', 'admin')
  twin.act(ada, 'created_user', { user_id: mallory.id, user_name: 'mallory', user_email: mallory.email })
  twin.act(ada, 'changed_user_global_role', { user_id: mallory.id, user_email: mallory.email, role: 'admin' })
  twin.act(ada, 'ran_script', { host_id: runner.id, host_display_name: 'runner-62', script_name: 'x.sh' })
  twin.signIn(ada.email, 'wrong', '203.0.113.66')
  await cordon.pull('activities')
  clock.pass(twin.settings.activityDelayMs)
  for (let n = 0; n < 2; n++) await cordon.pull('activities')
  assertTrue(company)
  assert.equal(cordon.logged.length, twin.state.activities.length)
  assert.ok(before > 0)
  assert.deepEqual(
    cordon.items.flatMap(({ unmapped }) => unmapped ?? []),
    [],
  )
  const classes = cordon.items.flatMap(({ ocsf }) => ocsf.map(({ class_uid: id, activity_id: act }) => `${id}/${act}`))
  for (const one of ['3002/1', '3001/1', '3005/1', '6003/99']) assert.ok(classes.includes(one), one)
  const touches = cordon.items.flatMap((item) => item.touches)
  assert.ok(
    touches.some(({ verb, resource }) => verb === 'admin' && resource === at(company, 'host', `host/${runner.id}`)),
  )
  assert.ok(touches.some(({ verb, origin }) => verb === 'login' && origin === '192.0.2.1'))
  const made = await cordon.estate.view().edgesFrom([at(company, 'identity', `user/${ada.id}`)], { types: ['CREATED'] })
  assert.deepEqual(
    made.map(({ dst }) => dst),
    [at(company, 'identity', `user/${mallory.id}`)],
  )
})

test('the check says whom the token speaks for, and each role stands above another', async () => {
  const { cordon, twin, authority } = await start()
  const { check, scopes, implies } = fleetConnector
  const answer = await check(cordon.pullContext())
  assert.deepEqual([answer.authority, answer.missing, answer.excess], [authority, [], []])
  assert.deepEqual(await scopes?.(cordon.pullContext(), 'see'), ['admin'])
  assert.deepEqual(
    [implies?.('admin', 'observer'), implies?.('observer', 'admin'), implies?.('gitops', 'observer')],
    [true, false, false],
  )
  for (const user of twin.state.users.values()) Object.assign(user, { role: null, isApiOnly: false })
  const poor = await check(cordon.pullContext())
  assert.deepEqual([poor.missing.length, poor.excess.length], [1, 1])
})
