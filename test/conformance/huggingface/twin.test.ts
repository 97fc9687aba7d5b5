import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import {
  checkRepoAccess,
  datasetInfo,
  listCommits,
  listDatasets,
  listModels,
  listSpaces,
  whoAmI,
} from '@huggingface/hub'

import { entityId, type EntityId } from '#model'
import { huggingfaceConnector } from '#connectors/huggingface'

import { assertTrue } from '../actions.ts'
import { foundCompany, type Company } from './company.ts'
import { openCordon } from './cordon.ts'

const open: Company[] = []
after(() => Promise.all(open.map(({ twin }) => twin.close())))
async function start(over: Parameters<typeof foundCompany>[0] = {}) {
  const company = await foundCompany(over)
  open.push(company)
  const cordon = openCordon(company)
  after(() => cordon.close())
  const at = (kind: 'identity' | 'credential' | 'resource' | 'host', native: string): EntityId =>
    entityId(kind, cordon.authority, native)
  return { company, cordon, at }
}
async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}

test("the vendor's own client reads the twin: who a token is, what there is, and which revisions", async () => {
  const { company } = await start()
  const { twin, hub, grace, linus, model, interviews, scans, demo, graceToken, linusToken } = company
  const as = (accessToken: string) => ({ hubUrl: twin.url, accessToken })
  const me = await whoAmI(as(graceToken.value))
  assert.deepEqual([me.id, me.name, me.auth.accessToken?.role], [grace.id, 'grace', 'write'])
  const owner = { search: { owner: 'brightwater' } }
  const names = (rows: { name: string; private: boolean }[]) => rows.map((one) => [one.name, one.private])
  assert.deepEqual(names(await all(listModels({ ...owner, ...as(graceToken.value) }))), [[model.name, false]])
  const datasets = await all(listDatasets({ ...owner, ...as(graceToken.value) }))
  assert.deepEqual(names(datasets), [
    [interviews.name, true],
    [scans.name, true],
  ])
  assert.deepEqual(await all(listDatasets({ ...owner, hubUrl: twin.url })), [], 'nobody sees what is private')
  assert.deepEqual((await all(listSpaces({ ...owner, hubUrl: twin.url }))).length, 1)
  for (let n = 0; n < 250; n++) hub.push(interviews, linus, `part ${n}`)
  const repo = { type: 'dataset', name: interviews.name } as const
  const commits = await all(listCommits({ repo, batchSize: 100, ...as(graceToken.value) }))
  assert.deepEqual([commits.length, commits[0]?.title], [251, 'part 249'])
  assert.equal((await datasetInfo({ name: scans.name, ...as(linusToken.value) })).id, scans.id)
  await assert.rejects(checkRepoAccess({ repo: { type: 'space', name: `${demo.name}x` }, ...as(graceToken.value) }))
  assertTrue(company)
})

test('the whole inventory is read page by page and understood; no letter of a token is kept', async () => {
  const { company, cordon, at } = await start()
  const { twin, hub, clock, ada, grace, linus, robot, medical, interviews, scans, demo, model, deploy } = company
  const { deployToken, graceToken, linusToken } = company
  for (let n = 0; n < 1_200; n++) hub.makeUser(`worker-${n}`, 'read')
  for (let n = 0; n < 700; n++) hub.makeRepo('datasets', `part-${n}`)
  for (let n = 0; n < 120; n++) hub.makeToken(linus, 'read')
  linusToken.isRevoked = true
  clock.pass(3_600_000)
  for (const stream of ['directory', 'credentials', 'secrets']) await cordon.pull(stream)
  assertTrue(company)
  assert.deepEqual(
    cordon.items.flatMap(({ unmapped }) => unmapped ?? []),
    [],
  )
  const asked = (id: string): number => twin.answered.get(id) ?? 0
  assert.deepEqual([asked('listTokens'), asked('getAccount'), asked('listSecrets')], [2, 1, 1])

  const view = cordon.estate.view()
  const to = async (dst: EntityId, ...types: ('CAN_READ' | 'CAN_WRITE' | 'CAN_ADMIN')[]) =>
    (await view.edgesTo([dst], { types })).map(({ src }) => src).sort()
  const [group, wide] = [at('resource', `group/${medical.id}`), at('resource', 'repositories')]
  const [her, him] = [at('identity', `user/${grace.id}`), at('identity', `user/${linus.id}`)]
  assert.deepEqual(await to(group, 'CAN_READ'), [her, him].sort())
  assert.deepEqual(await to(group, 'CAN_WRITE'), [her])
  const bot = at('identity', `service-account/${deploy.id}`)
  assert.deepEqual(await to(wide, 'CAN_WRITE'), [bot, her].sort())
  // Nobody says whether a resource group shuts it out.
  const grouped = await view.edgesTo([at('resource', 'grouped-repositories')], { types: ['CAN_WRITE'] })
  assert.deepEqual(
    grouped.map(({ src, conditional }) => [src, conditional]),
    [[bot, true]],
  )
  const inside = async (resource: EntityId) =>
    (await view.edgesFrom([resource], { types: ['CONTAINS'] })).map(({ dst }) => dst)
  assert.deepEqual(await inside(group), [at('resource', `repo/${scans.id}`)])
  assert.equal((await inside(wide)).length, 703)
  const admins = await view.edgesTo([at('identity', 'role/admin')], { types: ['MEMBER_OF'] })
  assert.equal(admins.length, 3)

  const entities = [
    at('resource', `repo/${interviews.id}`),
    at('resource', `repo/${model.id}`),
    at('identity', `user/${ada.id}`),
    at('identity', `user/${robot.id}`),
    at('credential', `token/${graceToken.id}`),
    at('credential', `token/${linusToken.id}`),
    at('credential', `account-token/${deploy.id}/${deployToken.id}`),
    at('credential', `secret/${demo.id}/OPENAI_API_KEY`),
  ]
  const facts = await view.facts(entities)
  const [dataset, weights, admin, own, token, revoked, botToken, secret] = entities.map((one) => facts.get(one) ?? {})
  assert.deepEqual([dataset?.['public'], dataset?.['revision']], [false, interviews.commits[0]?.sha])
  assert.deepEqual([weights?.['public'], weights?.['repoKind']], [true, 'model'])
  assert.deepEqual([admin?.['admin'], admin?.['mfa'], own?.['own']], [true, false, true])
  assert.deepEqual([token?.['enabled'], revoked?.['enabled'], revoked?.['status']], [true, false, 'revoked'])
  assert.equal(botToken?.['scopes'], 'repo.write org.read')
  assert.equal(secret?.['name'], 'OPENAI_API_KEY')
  // Who may change the program of a Space reads its secrets; who only reads its files does not.
  const holders = await view.edgesTo([at('credential', `secret/${demo.id}/OPENAI_API_KEY`)], { types: ['STORES'] })
  assert.deepEqual(
    holders.map(({ src }) => src).sort(),
    [at('host', `space/${demo.id}`), at('resource', `program/${demo.id}`)].sort(),
  )
  assert.deepEqual(await to(at('resource', 'programs'), 'CAN_READ'), [bot, her].sort())
  const login = await view.edgesFrom([at('credential', `token/${graceToken.id}`)], { types: ['AUTHENTICATES_AS'] })
  assert.deepEqual(
    login.map(({ dst }) => dst),
    [her],
  )
  const text = JSON.stringify(cordon.logged)
  for (const one of ['last4', 'avatarUrl', 'EXAMPLE', graceToken.value, 'service.hub.example'])
    assert.ok(!text.includes(one), `${one} is kept`)
})

test('revisions are told once each, whoever dates them back, and so is whose they are', async () => {
  const { company, cordon, at } = await start()
  const { hub, clock, grace, linus, interviews, scans, model } = company
  await cordon.pull('commits')
  const before = cordon.logged.length
  clock.pass(3_600_000)
  for (let n = 0; n < 130; n++) hub.push(interviews, grace, `part ${n}`)
  const past = clock.nowMs() - 30 * 86_400_000
  const hidden = hub.push(interviews, linus, 'dated back, under a newer one', past)
  hub.push(interviews, grace, 'newest')
  const alone = hub.push(scans, linus, 'dated back, alone', past)
  hub.push(model, { ...grace, id: '', name: 'stranger' }, 'by somebody who is no member')
  for (let n = 0; n < 3; n++) {
    clock.pass(300_000)
    await cordon.pull('commits')
  }
  assertTrue(company)
  const fresh = cordon.items.slice(before).flatMap(({ touches }) => touches)
  const ids = new Set(cordon.logged.slice(before).map(({ id }) => id))
  assert.equal(ids.size, 130 + 2 + 1 + 1)
  const told = JSON.stringify(cordon.logged)
  for (const { sha } of [hidden, alone]) assert.ok(told.includes(sha), 'dated back, and told')
  const by = (repo: { id: string }) =>
    new Set(fresh.filter(({ resource }) => resource === at('resource', `repo/${repo.id}`)).map((one) => one.identity))
  assert.deepEqual(by(scans), new Set([at('identity', `user/${linus.id}`)]))
  assert.deepEqual(by(model), new Set([null]))
  assert.ok(fresh.every(({ verb }) => verb === 'write'))
})

test('the audit log comes late, each entry once; what an entry is about is kept for rules alone', async () => {
  const { company, cordon, at } = await start()
  const { twin, clock, grace, graceToken, ada } = company
  const by = { kind: 'user', user: grace, token: graceToken } as const
  const type = (name: string) => twin.act(by, name, 'done', { repo: 'brightwater/interviews' }, '203.0.113.0')
  for (const one of ['org.sso_login', 'org.add_user', 'repo.update_settings', 'resource_group.add_users']) type(one)
  twin.act({ kind: 'nobody' }, 'billing.renew_subscription', 'by the Hub itself', null)
  await cordon.pull('audit')
  assert.equal(cordon.logged.length, 0, 'nothing shows yet')
  for (let n = 0; n < 3; n++) {
    clock.pass(twin.settings.auditDelayMs)
    await cordon.pull('audit')
  }
  assertTrue(company)
  assert.equal(cordon.logged.length, 5)
  const classes = cordon.items.flatMap(({ ocsf }) => ocsf.map(({ class_uid: id, activity_id: act }) => `${id}/${act}`))
  assert.deepEqual(new Set(classes), new Set(['3002/1', '3005/1', '3004/3', '3006/3']))
  const touches = cordon.items.flatMap((item) => item.touches)
  assert.deepEqual(
    new Set(touches.map(({ identity, credential, origin }) => [identity, credential, origin].join(' '))),
    new Set([`${at('identity', `user/${grace.id}`)} ${at('credential', `token/${graceToken.id}`)} 203.0.113.0`]),
  )
  assert.equal(touches.filter(({ verb }) => verb === 'login').length, 1)
  assert.ok(cordon.logged.every(({ raw }) => !raw.includes('Paris') && !raw.includes('last4')))
  type('moon.landed')
  clock.pass(twin.settings.auditDelayMs + 600_000)
  await cordon.pull('audit')
  assert.equal(cordon.items.at(-1)?.unmapped, 'moon.landed')
  assert.ok(ada.id !== grace.id)
})

test('what the plan does not have is named as missing, and the rest is read', async () => {
  const { company, cordon } = await start()
  company.twin.state.organization.plan = undefined
  const blind: string[] = []
  await cordon.pull('directory')
  await assert.rejects(cordon.pull('credentials'), { code: 'ERR_VENDOR_SCOPE', message: /does not have/ })
  for (const { raw } of cordon.logged)
    for (const one of JSON.stringify(raw).match(/does not have [^"\\]+/g) ?? []) blind.push(one)
  assert.ok(blind.some((one) => one.includes('resource groups')))
  assert.ok(cordon.items.flatMap(({ facts }) => facts).length > 5)
})

test('the check says which organisation answers, which plan it has, and what a poor token lacks', async () => {
  const { company, cordon } = await start()
  const { check, scopes, implies } = huggingfaceConnector
  const answer = await check(cordon.pullContext())
  assert.deepEqual([answer.authority, answer.missing], [cordon.authority, []])
  assert.match(answer.says.join(), /brightwater, plan enterprise-plus/)
  assert.deepEqual((await scopes?.(cordon.pullContext(), 'see'))?.includes('org.write'), true)
  assert.deepEqual(
    [implies?.('write', 'org.members.write'), implies?.('read', 'org.members.read'), implies?.('read', 'repo.write')],
    [true, true, false],
  )
  company.twin.state.roles.set(company.robot.id, 'read')
  const poor = await start({ ownUsers: [], acts: false, plan: 'team' })
  poor.company.twin.state.roles.set(poor.company.robot.id, 'read')
  const told = await check(poor.cordon.pullContext())
  assert.equal(told.missing.length, 3)
  assert.match(told.says.join(), /`plan` is set to `team`/)
  const elsewhere = await start({ organization: 'another' })
  await assert.rejects(check(elsewhere.cordon.pullContext()), { code: 'ERR_VENDOR_SCOPE' })
})

test('a limit holds for as long as the Hub says, which writes no Retry-After', async () => {
  const { company, cordon } = await start()
  const { twin, clock } = company
  twin.settings.perWindow = 3
  clock.pass(1_000)
  await assert.rejects(cordon.pull('directory'), { code: 'ERR_VENDOR_LIMIT', retryAfterMs: 300_000 })
  clock.pass(300_000)
  twin.settings.perWindow = 100
  await cordon.pull('directory')
  assertTrue(company)
})
