import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { LogLevel, WebClient } from '@slack/web-api'

import { slackConfig, slackConnector } from '#connectors/slack'
import { isStreamOn } from '#sources/contract'

import { makeUser, signIn } from '../../../lab/twins/slack/browser.ts'
import { officialFaults } from '../../../lab/twins/slack/official.ts'
import { methods } from '../../../lab/twins/slack/web-api.ts'
import { foundCompany } from './company.ts'
import { openCordon } from './cordon.ts'
import { ask, withSession, withToken } from './thief.ts'

async function start(over: Parameters<typeof foundCompany>[0] = {}) {
  const company = await foundCompany(over)
  after(() => company.twin.close())
  return { company, cordon: openCordon(company), ...company }
}
/** Slack's own client, as anybody would use it. */
const clientOf = (url: string, token: string): WebClient =>
  new WebClient(token, {
    slackApiUrl: `${url}/api/`,
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
    logLevel: LogLevel.ERROR,
  })

test("Slack's own client reads and changes the twin, page by page", async () => {
  const { twin, tokens, ada, helper, session, deals } = await start()
  for (let n = 0; n < 30; n++) makeUser(twin.org, `u${n}`, 'member', ['T0ENGINEER'])
  const see = clientOf(twin.url, tokens.see)
  const me = await see.auth.test()
  assert.equal(me.enterprise_id, twin.state.org)
  const users: (string | undefined)[] = []
  for await (const page of see.paginate('admin.users.list', { limit: 10 })) {
    assert.ok('users' in page && Array.isArray(page.users))
    users.push(...page.users.map(({ id }: { id?: string }) => id))
  }
  assert.deepEqual(users, [...twin.state.users.keys()])
  const { approved_apps: apps } = await see.admin.apps.approved.list({ enterprise_id: twin.state.org })
  assert.deepEqual(
    apps?.map(({ app }) => app?.id),
    [helper.id],
  )
  const { conversations } = await see.admin.conversations.search({ search_channel_types: ['external_shared'] })
  assert.deepEqual(
    conversations?.map(({ id }) => id),
    [deals.id],
  )
  const { usergroups } = await see.usergroups.list({ team_id: 'T0ENGINEER', include_users: true })
  assert.deepEqual(
    usergroups?.map(({ users: held }) => held?.length),
    [2],
  )

  const act = clientOf(twin.url, tokens.contain)
  const { active_sessions: sessions } = await act.admin.users.session.list({ user_id: ada.id, team_id: session.team })
  assert.deepEqual(
    sessions?.map(({ session_id: id }) => id),
    [session.id],
  )
  assert.equal((await act.admin.users.session.reset({ user_id: ada.id })).ok, true)
  assert.equal((await act.admin.apps.restrict({ app_id: helper.id, enterprise_id: twin.state.org })).ok, true)
  assert.equal((await act.admin.apps.uninstall({ app_id: helper.id, enterprise_id: twin.state.org })).ok, true)
  // What Slack refuses the client throws, with Slack's word.
  await assert.rejects(act.users.info({ user: 'W0NOBODY' }), /user_not_found/)
  await assert.rejects(see.admin.users.session.reset({ user_id: ada.id }), /missing_scope/)
  twin.settings.perMinute.web = 0
  await assert.rejects(see.auth.test(), { code: 'slack_webapi_rate_limited_error', retryAfter: 60 })
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
})

test('every method of the twin has an answer that the client declares', () => {
  assert.ok(Object.keys(methods).length >= 19)
  for (const method of Object.keys(methods)) assert.deepEqual(officialFaults(method, { ok: true }), [], method)
  assert.deepEqual(officialFaults('admin.users.list', { ok: true, users: [{ id: 7, shoe_size: 42 }] }), [
    'admin.users.list.users[0].id: no string',
    'admin.users.list.users[0].shoe_size: not in User',
  ])
})

test('the whole inventory is read page by page, understood, and holds no value', async () => {
  const { cordon, twin, clock, tokens, ada, helper, helperTokens, session, deals } = await start()
  for (let n = 0; n < 250; n++) makeUser(twin.org, `u${n}`, n % 50 === 0 ? 'guest' : 'member', ['T0ENGINEER'])
  makeUser(twin.org, 'gone', 'member', ['T0ENGINEER'], { isActive: false })
  twin.state.closedTeams.add('T0SALES001')
  for (const stream of ['directory', 'sessions']) await cordon.pull(stream)
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
  assert.deepEqual(
    cordon.items.flatMap(({ unmapped }) => unmapped ?? []),
    [],
  )
  const view = cordon.estate.view()
  const people = await view.find('identity', { kind: 'human' })
  assert.equal(people.length, [...twin.state.users.values()].filter(({ isBot }) => !isBot).length)
  assert.equal((await view.find('identity', { external: true })).length, 5)
  assert.equal((await view.find('identity', { kind: 'human', enabled: false })).length, 1)
  const id = (native: string) => `identity:${twin.state.org}:${native}` as const
  const facts = await view.facts([
    id(ada.id),
    `app:${twin.state.org}:${helper.id}`,
    `resource:${twin.state.org}:channel/${deals.id}`,
    `resource:${twin.state.org}:workspace/T0SALES001`,
  ])
  const [user, app, channel, team] = [...facts.values()]
  assert.deepEqual([user?.['admin'], user?.['mfa'], user?.['role']], [true, true, 'owner'])
  assert.deepEqual([app?.['status'], app?.['external']], ['approved', false])
  assert.match(String(app?.['scopes']), /search:read.*chat:write/)
  assert.deepEqual([channel?.['external'], channel?.['sharedWith']], [true, 'T0PARTNER1'])
  assert.equal(team?.['unseen'], 'user groups', 'a workspace that keeps the app out is said')
  assert.ok((twin.answered.get('admin.users.list') ?? 0) >= 4, 'over several pages')
  const held = JSON.stringify(cordon.logged)
  const values = [...Object.values(tokens), helperTokens.bot.value, session.token, session.cookie]
  for (const value of values) assert.ok(!held.includes(value))
  // Who signed out is seen no more once the list says so.
  twin.state.sessions.delete(session.id)
  clock.pass(600_000)
  await cordon.pull('sessions')
  const edges = await cordon.estate.view().edgesFrom([`credential:${twin.state.org}:session/${ada.id}/${session.id}`], {
    types: ['AUTHENTICATES_AS'],
    at: Math.ceil(clock.nowMs() / 1000) + 5,
  })
  assert.deepEqual(edges, [])
})

test('a workspace on a lesser plan is read by what its plan has', async () => {
  const { cordon, twin, company } = await start({ plan: 'business' })
  twin.state.integrations.push({
    app_id: 'A0OTHER01',
    app_type: 'Other',
    user_id: company.ada.id,
    user_name: 'ada',
    date: String(Math.floor(company.clock.nowMs() / 1000) - 60),
    change_type: 'added',
    scope: 'chat:write,files:read',
  })
  for (const stream of ['workspace', 'integrations']) await cordon.pull(stream)
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
  const view = cordon.estate.view()
  const [made] = await view.edgesFrom([`identity:${twin.state.org}:${company.ada.id}`], {
    types: ['CREATED'],
    window: { from: 0, to: Math.ceil(company.clock.nowMs() / 1000) },
  })
  assert.equal(made?.dst, `app:${twin.state.org}:A0OTHER01`)
  const isOn = slackConnector.streams.filter((stream) => isStreamOn(stream, company.config)).map(({ name }) => name)
  assert.deepEqual(isOn, ['workspace', 'integrations'])
  const role = slackConnector.role?.(company.config, 'see')?.scopes.map(({ name }) => name)
  const asked = slackConnector.streams
    .filter((stream) => isStreamOn(stream, company.config))
    .flatMap(({ scopes }) => scopes ?? [])
  assert.deepEqual([...new Set(asked)].sort(), role?.toSorted(), 'the role has what its streams ask for, and no more')
  const blind = slackConnector.coverage(company.config).blind.join(' ')
  assert.match(blind, /no Audit Logs API/)
})

test('the log is followed by time: what comes late is not missed, nothing comes twice', async () => {
  const { cordon, twin, clock, ada } = await start()
  clock.pass(60_000)
  await cordon.pull('audit')
  const told = new Set<string>()
  const take = async (): Promise<void> => {
    for (const { event, touches } of await cordon.pull('audit')) {
      if (touches.length === 0) continue
      assert.ok(!told.has(event), 'twice')
      told.add(event)
    }
  }
  for (let n = 0; n < 40; n++) {
    // One entry in three is told of nine minutes late, behind younger ones.
    twin.settings.logDelayMs = n % 3 === 0 ? 540_000 : 5_000
    signIn(twin.org, ada)
    clock.pass(30_000)
    await take()
  }
  clock.pass(900_000)
  await take()
  assert.equal(told.size, 40)
  assert.deepEqual(twin.wrongRequests, [])
})

test('the allowance of the organisation is kept to, and a refusal is waited for', async () => {
  const { cordon, twin, clock } = await start()
  twin.settings.perMinute = { web: 4, audit: 1, scim: 1 }
  const before = clock.nowMs()
  await cordon.pull('directory')
  await cordon.pull('audit')
  await cordon.pull('audit')
  assert.ok(clock.nowMs() - before >= 120_000, 'more than two minutes’ allowance')
  assert.deepEqual(twin.wrongRequests, [])
})

test('the twin refuses as Slack does, and knows a wrong request', async () => {
  const { twin, grace, helperTokens, session } = await start()
  const url = twin.url
  assert.equal((await ask(url, 'auth.test', withToken('xoxp-EXAMPLE-unknown')))['error'], 'token_revoked')
  assert.equal((await ask(url, 'auth.test', withToken(session.token)))['error'], 'invalid_auth', 'no cookie')
  assert.equal((await ask(url, 'admin.users.list', withToken(helperTokens.user.value)))['error'], 'missing_scope')
  const graces = signIn(twin.org, grace)
  assert.ok(graces !== undefined)
  assert.equal((await ask(url, 'admin.users.list', withSession(graces)))['error'], 'not_an_admin')
  assert.deepEqual(twin.wrongRequests, [])
  await ask(url, 'admin.users.list', withSession(session), { colour: 'red' })
  await ask(url, 'admin.users.session.reset', withSession(session))
  await ask(url, 'admin.users.forget', withSession(session))
  assert.deepEqual(twin.wrongRequests, [
    'admin.users.list: colour: no such argument',
    'admin.users.session.reset: user_id: absent',
    'admin.users.forget: no such method',
  ])
})

test('the check says who looks, and what is missing or too much', async () => {
  const { cordon, twin, config, tokens } = await start()
  const check = (from = config) => slackConnector.check({ ...cordon.pullContext(), config: from })
  const good = await check()
  assert.deepEqual([good.authority, good.missing, good.excess], [twin.state.org, [], []])
  for (const use of ['see', 'contain'] as const) {
    const held = await slackConnector.scopes?.({ ...cordon.pullContext(), http: cordon.httpFor(use) }, use)
    const needed = slackConnector.role?.(config, use)?.scopes.map(({ name }) => name)
    assert.deepEqual(held?.toSorted(), needed?.toSorted(), use)
  }
  const { containAppId: _, ...seeing } = config
  assert.match((await check(slackConfig.parse(seeing))).missing.join(), /containAppId/)
  assert.match((await check({ ...config, containAppId: config.appId })).excess.join(), /make two/)
  const keeper = twin.state.users.get(twin.state.tokens.get(tokens.see)?.user ?? '')
  assert.ok(keeper !== undefined)
  keeper.role = 'member'
  assert.match((await check()).missing.join(), /an owner has to install/)
  twin.state.tokens.delete(tokens.see)
  await assert.rejects(check(), { code: 'ERR_VENDOR_AUTH', message: /token_revoked/ })
})
