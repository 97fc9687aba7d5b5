import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { AuthenticationError, BadRequestError, OpenAI } from 'openai'

import { openaiConfig, openaiConnector } from '#connectors/openai'
import { CordonError } from '#kit'
import { entityId } from '#model'

import { makeUser } from '../../../lab/twins/openai/organization.ts'
import { makeKey } from '../../../lab/twins/openai/projects.ts'
import { textOf } from '../../../lab/twins/openai/state.ts'
import { foundCompany, home } from './company.ts'
import { openCordon } from './cordon.ts'
import { callsModels } from './thief.ts'

async function start(over: Parameters<typeof foundCompany>[0] = {}) {
  const company = await foundCompany(over)
  after(() => company.twin.close())
  const cordon = openCordon(company)
  after(() => cordon.close())
  return { company, cordon, ...company }
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}

test('the whole inventory is read page by page, understood, and holds no value', async () => {
  const { cordon, twin, labels, secrets, robotKey } = await start()
  for (let n = 0; n < 230; n++) makeUser(twin.org, `U ${n}`, `u${n}@brightwater.example`, 'reader')
  for (let n = 0; n < 130; n++) makeKey(twin.org, labels.id, { user: [...twin.state.users.keys()][n] ?? '' }, `k${n}`)
  for (const stream of ['directory', 'stored']) await cordon.pull(stream)
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
  assert.deepEqual(
    cordon.items.flatMap(({ unmapped }) => unmapped ?? []),
    [],
  )
  const view = cordon.estate.view()
  assert.equal((await view.find('identity', { kind: 'human' })).length, twin.state.users.size)
  assert.equal((await view.find('credential', { keyKind: 'project' })).length, twin.state.keys.size)
  assert.equal((await view.find('credential', { keyKind: 'admin' })).length, twin.state.adminKeys.size)
  const own = await view.find('credential', { own: true })
  const ownKinds = [...(await view.facts(own)).values()].map(({ keyKind }) => String(keyKind))
  assert.deepEqual(ownKinds.toSorted(), ['admin', 'admin', 'project'], "Cordon's own keys are marked")
  const accounts = await view.find('identity', { own: true })
  assert.deepEqual(
    [...(await view.facts(accounts)).values()].map(({ kind, name }) => [kind, typeof name]),
    [['service', 'string']],
    'and the account of its own, known by its name still',
  )
  for (const storedKind of ['file', 'vector-store', 'assistant', 'fine-tuning-job', 'model']) {
    assert.equal((await view.find('resource', { storedKind })).length, 1, storedKind)
  }
  assert.ok((twin.answered.get('list-users') ?? 0) >= 3, 'over several pages')
  const held = JSON.stringify(cordon.logged)
  for (const { row, value } of [...twin.state.keys.values(), ...twin.state.adminKeys.values()]) {
    assert.ok(!held.includes(value) && !held.includes(textOf(row, 'redacted_value')), 'no value, nor a part of one')
  }
  assert.ok(!held.includes('EXAMPLE instructions'))
  assert.ok(robotKey.value !== '' && secrets.see.adminKey !== '')
})

test('a right that is missing is told as such, though OpenAI says 401 to it as to an unknown key', async () => {
  const { company, robotKey } = await start()
  const failureOf = async (adminKey: string): Promise<unknown> => {
    const cordon = openCordon({ ...company, secrets: { ...company.secrets, see: { adminKey, projectKeys: '' } } })
    const error: unknown = await cordon.pull('directory').catch((thrown: unknown) => thrown)
    cordon.close()
    return error instanceof CordonError ? error.code : error
  }
  assert.equal(await failureOf(robotKey.value), 'ERR_VENDOR_SCOPE')
  assert.equal(await failureOf('sk-admin-EXAMPLE'), 'ERR_VENDOR_AUTH')
})

test('a key opens its project alone, whatever its owner may do', async () => {
  const { cordon, twin, ada, labels, main } = await start()
  const key = makeKey(twin.org, labels.id, { user: ada.id }, 'notebook')
  await cordon.pull('directory')
  const view = cordon.estate.view()
  const id = (kind: 'credential' | 'identity' | 'resource', native: string) => entityId(kind, cordon.authority, native)
  const logins = await view.edgesFrom([id('credential', `key/${key.row.id}`)], { types: ['AUTHENTICATES_AS'] })
  assert.deepEqual(
    logins.map(({ dst }) => dst),
    [id('identity', `user/${ada.id}/in/${labels.id}`)],
  )
  const rights = await view.edgesFrom(
    logins.map(({ dst }) => dst),
    { types: ['CAN_READ', 'CAN_WRITE', 'CAN_ADMIN'] },
  )
  assert.deepEqual([...new Set(rights.map(({ dst }) => dst))], [id('resource', `project/${labels.id}`)])
  assert.ok(!rights.some(({ dst }) => dst.includes(main.id)))
})

test('the audit log is read behind younger entries, too: nothing is missed, nothing comes twice', async () => {
  const { cordon, twin, clock, ada } = await start()
  await cordon.pull('audit')
  const told = new Set<string>()
  const logins = async () => {
    for (const { event, touches } of await cordon.pull('audit')) {
      if (touches.length === 0) continue
      assert.ok(!told.has(event), 'twice')
      told.add(event)
    }
  }
  for (let n = 0; n < 150; n++) {
    // One entry in three shows ten minutes late, behind younger ones.
    twin.settings.logDelayMs = n % 3 === 0 ? 600_000 : 5_000
    twin.console.signIn(ada, home)
    clock.pass(5_000)
    if (n % 40 === 39) await logins()
  }
  clock.pass(900_000)
  await logins()
  assert.equal(told.size, 150)
  assert.ok((twin.answered.get('list-audit-logs') ?? 0) > 5, 'over several pages')
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

test('a small allowance is waited for', async () => {
  const { cordon, twin, clock } = await start()
  twin.settings.perMinute = 6
  const before = clock.nowMs()
  await cordon.pull('directory')
  assert.ok(clock.nowMs() - before >= 60_000)
})

test('check says which key is its own, what is missing, and is refused by another organisation', async () => {
  const { company, cordon, looks, secrets, config } = await start()
  const checked = await openaiConnector.check(cordon.pullContext())
  assert.deepEqual(checked.missing, [])
  assert.ok(checked.says.join(' ').includes(looks.row.id))
  const bare = { ...cordon.pullContext(), config: { ...config, ownKeys: [], acts: false } }
  const { missing } = await openaiConnector.check({ ...bare, see: { adminKey: secrets.see.adminKey } })
  assert.equal(missing.length, 3, missing.join('\n'))
  assert.ok(missing.some((line) => line.includes(looks.row.id)))
  const elsewhere = openCordon({ ...company, config: openaiConfig.parse({ ...config, organization: 'org-other' }) })
  after(() => elsewhere.close())
  await assert.rejects(
    () => openaiConnector.check(elsewhere.pullContext()),
    (error) => error instanceof CordonError && error.code === 'ERR_VENDOR_AUTH',
  )
})

test('a line of `projectKeys` that is none is refused by its number, without its value', async () => {
  const { cordon, labels } = await start()
  const see = { adminKey: 'x', projectKeys: `\n${labels.id} EXAMPLE-value` }
  const stored = openaiConnector.streams.find(({ name }) => name === 'stored')
  assert.ok(stored !== undefined && stored.kind === 'snapshot' && 'page' in stored)
  await assert.rejects(
    () => stored.page({ ...cordon.pullContext(), see }, 'files', null),
    (error) => error instanceof CordonError && error.place === 'line 2' && !error.message.includes('EXAMPLE'),
  )
})

test("OpenAI's own client reads the twin", async () => {
  const { twin, labels, root, acts, robotKey } = await start()
  const admin = new OpenAI({
    adminAPIKey: acts.value,
    apiKey: 'none',
    baseURL: `${twin.url}/v1`,
    organization: twin.state.organization,
  })
  const organization = admin.admin.organization
  const names: (string | null | undefined)[] = []
  for await (const user of organization.users.list({ limit: 2 })) names.push(user.name)
  assert.deepEqual(names, ['Root', 'Ada', 'Grace'])
  const projects = await all(organization.projects.list())
  assert.deepEqual(
    projects.map(({ name }) => name),
    ['Default', 'Labels'],
  )
  const account = await organization.projects.serviceAccounts.create(labels.id, { name: 'New' })
  const keys = await all(organization.projects.apiKeys.list(labels.id, { limit: 1 }))
  assert.equal(keys.length, 4)
  await organization.projects.serviceAccounts.delete(account.id, { project_id: labels.id })
  const adminKeys = await all(organization.adminAPIKeys.list())
  assert.equal(adminKeys[0]?.owner.id, root.id)
  await assert.rejects(
    () => organization.projects.apiKeys.delete(robotKey.row.id, { project_id: labels.id }),
    BadRequestError,
  )
  twin.settings.logDelayMs = 0
  twin.console.signIn(root, home)
  const logged = await all(organization.auditLogs.list({ effective_at: { gte: 1 }, limit: 1 }))
  assert.ok(logged.length >= 1 && logged[0]?.type === 'login.succeeded')
  await organization.usage.embeddings({ start_time: 1_774_000_000, bucket_width: '1d', group_by: ['api_key_id'] })
  const data = new OpenAI({ apiKey: robotKey.value, baseURL: `${twin.url}/v1` })
  const files = await all(data.files.list())
  assert.equal(files.length, 1)
  const stranger = new OpenAI({ apiKey: 'sk-EXAMPLE', baseURL: `${twin.url}/v1`, maxRetries: 0 })
  await assert.rejects(() => stranger.models.list(), AuthenticationError)
  assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
})
