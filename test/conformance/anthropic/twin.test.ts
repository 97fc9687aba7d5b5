import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { Anthropic, AuthenticationError, PermissionDeniedError } from '@anthropic-ai/sdk'

import { anthropicConfig, anthropicConnector } from '#connectors/anthropic'
import { CordonError } from '#kit'
import { entityId } from '#model'

import { makeKey, makeUser } from '../../../lab/twins/anthropic/organization.ts'
import { foundCompany, home } from './company.ts'
import { openCordon } from './cordon.ts'
import { callsModels, readsFile } from './thief.ts'

async function start(over: Parameters<typeof foundCompany>[0] = {}) {
  const company = await foundCompany(over)
  after(() => company.twin.close())
  const cordon = openCordon(company)
  after(() => cordon.close())
  return { company, cordon, ...company }
}

test('the whole inventory is read page by page, understood, and holds no value', async () => {
  const { cordon, twin, labels } = await start()
  for (let n = 0; n < 230; n++) makeUser(twin.org, `U ${n}`, `u${n}@brightwater.example`, 'user')
  for (let n = 0; n < 130; n++) {
    makeKey(twin.org, `k${n}`, { workspace: labels.id, by: [...twin.state.users.keys()][n] ?? '' })
  }
  for (const stream of ['directory', 'stored']) await cordon.pull(stream)
  assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
  assert.deepEqual(
    cordon.items.flatMap(({ unmapped }) => unmapped ?? []),
    [],
  )
  const view = cordon.estate.view()
  assert.equal((await view.find('identity', { kind: 'human' })).length, twin.state.users.size)
  assert.equal((await view.find('credential', { keyKind: 'workspace' })).length, twin.state.keys.size)
  assert.equal((await view.find('credential', { own: true })).length, 1, "Cordon's own key is marked")
  assert.equal((await view.find('resource', { storedKind: 'file' })).length, 1)
  assert.ok((twin.answered.get('users.list') ?? 0) >= 3, 'over several pages')
  const held = JSON.stringify(cordon.logged)
  for (const { row, value } of twin.state.keys.values()) {
    assert.ok(!held.includes(value) && !held.includes(row.partial_key_hint ?? value), 'no value, nor a part of one')
  }
})

test('a key opens its workspace alone, whoever made it', async () => {
  const { cordon, robotKey, labels, main } = await start()
  await cordon.pull('directory')
  const view = cordon.estate.view()
  const id = (kind: 'credential' | 'identity' | 'resource', native: string) => entityId(kind, cordon.authority, native)
  const logins = await view.edgesFrom([id('credential', `key/${robotKey.row.id}`)], { types: ['AUTHENTICATES_AS'] })
  assert.deepEqual(
    logins.map(({ dst }) => dst),
    [id('identity', `caller/${labels.id}`)],
  )
  const rights = await view.edgesFrom(
    logins.map(({ dst }) => dst),
    { types: ['CAN_READ', 'CAN_WRITE', 'CAN_ADMIN'] },
  )
  assert.deepEqual([...new Set(rights.map(({ dst }) => dst))], [id('resource', `workspace/${labels.id}`)])
  assert.ok(!rights.some(({ dst }) => dst.includes(main.id)))
})

test('the Activity Feed is read behind younger entries, too: nothing is missed, nothing comes twice', async () => {
  const { cordon, twin, clock, ada } = await start()
  await cordon.pull('activity')
  const told = new Set<string>()
  const logins = async () => {
    for (const { event, touches } of await cordon.pull('activity')) {
      if (touches.length === 0) continue
      assert.ok(!told.has(event), 'twice')
      told.add(event)
    }
  }
  for (let n = 0; n < 600; n++) {
    // One entry in three shows five minutes late, behind younger ones.
    twin.settings.feedDelayMs = n % 3 === 0 ? 300_000 : 5_000
    twin.console.signIn(ada, home)
    clock.pass(1_000)
    if (n % 200 === 199) await logins()
  }
  clock.pass(450_000)
  await logins()
  assert.equal(told.size, 600)
  assert.ok((twin.answered.get('activities') ?? 0) > 4, 'over several pages')
  assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
})

test('usage tells which key called models in which minute, once, however often it is asked', async () => {
  const { cordon, twin, clock, graceKey } = await start()
  await cordon.pull('usage')
  assert.ok(await callsModels(twin.url, graceKey.value))
  clock.pass(20_000)
  assert.ok(await callsModels(twin.url, graceKey.value))
  clock.pass(5 * 60_000 - 10_000)
  // The first call is counted by now, the second is not: the minute grows.
  const first = (await cordon.pull('usage')).flatMap(({ touches }) => touches)
  clock.pass(60_000)
  const second = (await cordon.pull('usage')).flatMap(({ touches }) => touches)
  clock.pass(60_000)
  const third = (await cordon.pull('usage')).flatMap(({ touches }) => touches)
  assert.deepEqual([first.length, second.length, third.length], [1, 1, 0])
  assert.equal(second[0]?.credential, entityId('credential', cordon.authority, `key/${graceKey.row.id}`))
  assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
})

test('a file that a key read is a touch of that file, by that key', async () => {
  const { cordon, twin, clock, graceKey, file } = await start()
  assert.ok(await readsFile(twin.url, graceKey.value, file.row.id))
  clock.pass(60_000)
  const touches = (await cordon.pull('activity')).flatMap((item) => item.touches)
  assert.deepEqual(
    touches.map(({ credential, resource, verb }) => [credential, resource, verb]),
    [
      [
        entityId('credential', cordon.authority, `key/${graceKey.row.id}`),
        entityId('resource', cordon.authority, `file/${file.row.id}`),
        'read',
      ],
    ],
  )
})

test('a small allowance is waited for', async () => {
  const { cordon, twin, clock } = await start()
  twin.settings.perMinute = 4
  const before = clock.nowMs()
  await cordon.pull('directory')
  assert.ok(clock.nowMs() - before >= 60_000)
})

test('check says which organisation answers, and what is missing', async () => {
  const { cordon, twin, secrets, config } = await start()
  const checked = await anthropicConnector.check(cordon.pullContext())
  assert.deepEqual(checked.missing, [])
  assert.equal(checked.authority, twin.state.organization)
  twin.settings.isFeedOn = false
  const bare = { ...config, ownKeys: [], acts: false }
  const context = { ...cordon.pullContext(), config: bare, see: { adminKey: secrets.see.adminKey } }
  const { missing } = await anthropicConnector.check(context)
  assert.equal(missing.length, 4, missing.join('\n'))
  assert.ok(missing.some((line) => line.includes('read:compliance_activities')))
  const { says } = await anthropicConnector.check({ ...context, config: { ...bare, activityFeed: false } })
  assert.ok(!says.some((line) => line.includes('not read')))
})

test('an unknown key ends the run with the way out', async () => {
  const { company, config } = await start()
  const secrets = { ...company.secrets, see: { ...company.secrets.see, adminKey: 'sk-ant-admin01-EXAMPLE' } }
  const stranger = openCordon({ ...company, config: anthropicConfig.parse(config), secrets })
  after(() => stranger.close())
  await assert.rejects(
    () => anthropicConnector.check(stranger.pullContext()),
    (error) => error instanceof CordonError && error.code === 'ERR_VENDOR_AUTH' && error.hint !== undefined,
  )
})

test("Anthropic's own client reads the twin", async () => {
  const { twin, labels, main, root, ada, grace, acts, robotKey, file } = await start()
  const client = (apiKey: string) => new Anthropic({ apiKey, baseURL: twin.url, maxRetries: 0 })
  const { organization } = client(acts.value).beta
  const all = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
    const found: T[] = []
    for await (const row of rows) found.push(row)
    return found
  }
  assert.deepEqual(
    (await all(organization.users.list({ limit: 2 }))).map(({ id }) => id),
    [root.id, ada.id, grace.id],
  )
  assert.equal((await all(organization.apiKeys.list({ limit: 1 }))).length, 3)
  const key = await organization.apiKeys.update(robotKey.row.id, { status: 'inactive' })
  assert.equal(key.status, 'inactive')
  await assert.rejects(() => client(robotKey.value).messages.create(prompt), AuthenticationError)
  await organization.apiKeys.update(robotKey.row.id, { status: 'active' })
  assert.equal((await client(robotKey.value).messages.create(prompt)).type, 'message')
  const invite = await organization.invites.create({ email: 'm@brightwater.example', role: 'developer' })
  assert.equal((await organization.invites.delete(invite.id)).id, invite.id)
  const members = await all(organization.workspaces.members.list(labels.id))
  assert.deepEqual(
    members.map(({ user_id }) => user_id),
    [grace.id],
  )
  await organization.workspaces.members.add(main.id, { user_id: grace.id, workspace_role: 'workspace_developer' })
  await organization.workspaces.members.remove(grace.id, { workspace_id: main.id })
  const archived = await organization.workspaces.archive(main.id)
  assert.ok(archived.archived_at !== null)
  await assert.rejects(() => organization.users.remove(ada.id), PermissionDeniedError)
  assert.deepEqual(
    (await all(client(robotKey.value).beta.files.list())).map(({ id }) => id),
    [file.row.id],
  )
  assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
})
const prompt = { model: 'claude-twin', max_tokens: 1, messages: [{ role: 'user' as const, content: 'EXAMPLE' }] }
