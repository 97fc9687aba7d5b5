import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId, type EntityId } from '#model'
import { createPolicy } from '#policy'
import { expose, makePlan } from '#respond'
import { openaiActions, openaiConnector } from '#connectors/openai'

import { makeAdminKey } from '../../../lab/twins/openai/projects.ts'
import { foundCompany, home } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { administers, ask, callsModels, readsFiles, textIn } from './thief.ts'

const minuteMs = 60_000
const elsewhere = '203.0.113.66'

/**
 * A thief has an admin key of Ada's for an hour and makes every way back in that OpenAI offers. Nothing of it is told to
 * Cordon: it reads the log and the lists, and the thief says what still opens.
 */
test('a stolen admin key: what it made is found and dies, and what lives on is named', async () => {
  const company = await foundCompany()
  const { twin, clock, ada, grace, root, labels, main, robotKey, graceKey } = company
  after(() => twin.close())
  const cordon = openCordon(company)
  after(() => cordon.close())
  const id = (kind: 'identity' | 'credential' | 'resource', native: string): EntityId =>
    entityId(kind, cordon.authority, native)
  const stolen = makeAdminKey(twin.org, ada.id, 'terraform')
  clock.pass(24 * 60 * minuteMs)
  for (const stream of ['audit', 'directory']) await cordon.pull(stream)
  const stolenAtMs = clock.nowMs()

  const post = async (key: string, path: string, body: Parameters<typeof ask>[3]) => {
    clock.pass(2 * minuteMs)
    const answer = await ask(`${twin.url}/v1${path}`, key, 'POST', body)
    assert.ok(answer.status < 300, `${path}: ${answer.status}`)
    return answer.body
  }
  const second = await post(stolen.value, '/organization/admin_api_keys', { name: 'backup' })
  const account = await post(textIn(second, 'value'), `/organization/projects/${labels.id}/service_accounts`, {
    name: 'sync',
  })
  const invite = textIn(
    await post(stolen.value, '/organization/invites', { email: 'm@evil.example', role: 'owner' }),
    'id',
  )
  const waiting = textIn(
    await post(stolen.value, '/organization/invites', { email: 'n@evil.example', role: 'reader' }),
    'id',
  )
  const project = textIn(await post(stolen.value, '/organization/projects', { name: 'Backup' }), 'id')
  const hidden = await post(stolen.value, `/organization/projects/${project}/service_accounts`, { name: 'quiet' })
  await post(stolen.value, `/organization/users/${grace.id}`, { role: 'owner' })
  const onRobot = await post(
    stolen.value,
    `/organization/projects/${labels.id}/service_accounts/${textIn(account, 'id')}/api_keys`,
    { name: 'more' },
  )
  // Whoever came in by the invite goes on in the console.
  clock.pass(minuteMs)
  const mallory = twin.console.acceptInvite(invite, elsewhere)
  const consoleKey = twin.console.makeKey(mallory.session, elsewhere, main.id, 'notebook')
  const third = twin.console.makeAdminKey(mallory.session, elsewhere, 'third')
  twin.console.addToProject(mallory.session, elsewhere, main.id, grace, 'owner')
  const issuer = twin.console.trustIssuer(mallory.session, elsewhere)
  assert.ok(await callsModels(twin.url, consoleKey.value))

  const ways: Record<string, () => Promise<boolean>> = {
    'the stolen key': () => administers(twin.url, stolen.value),
    'a second admin key': () => administers(twin.url, textIn(second, 'value')),
    'an admin key made in the console': () => administers(twin.url, third.value),
    'a service account': () => readsFiles(twin.url, textIn(account, 'api_key', 'value')),
    'a second key of it': () => readsFiles(twin.url, textIn(onRobot, 'value')),
    'a service account in a project of their own': () => callsModels(twin.url, textIn(hidden, 'api_key', 'value')),
    'a key made in the console': () => callsModels(twin.url, consoleKey.value),
    'a session in the console': async () => twin.console.isOpen(mallory.session),
    'an open invite': async () => twin.state.invites.get(waiting)?.['status'] === 'pending',
    'Grace as an owner': async () => grace['role'] === 'owner',
    'Grace in the default project': async () => twin.state.members.get(main.id)?.has(grace.id) === true,
  }
  const open = async (): Promise<string[]> => {
    const found: string[] = []
    for (const [name, works] of Object.entries(ways)) if (await works()) found.push(name)
    return found
  }
  assert.deepEqual(await open(), Object.keys(ways), 'all ways are open')

  clock.pass(10 * minuteMs)
  for (const stream of ['audit', 'directory', 'audit']) await cordon.pull(stream)
  const view = cordon.estate.view()
  const trigger = id('credential', `key/${stolen.row.id}`)
  const window = { fromMs: stolenAtMs, toMs: null }
  const exposure = await expose(view, { kind: 'credential', credential: trigger }, window, clock.nowMs())
  const members = new Set([
    ...exposure.descendants.map(({ entity }) => entity),
    ...exposure.credentials.map(({ credential }) => credential),
  ])
  for (const spared of [root.id, ada.id, grace.id].map((user) => id('identity', `user/${user}`))) {
    assert.ok(!members.has(spared), `${spared} was there before`)
  }
  for (const key of [robotKey, graceKey]) assert.ok(!members.has(id('credential', `key/${key.row.id}`)))

  const source = {
    source: 'openai',
    connector: 'openai',
    connectorVersion: openaiConnector.version,
    authority: cordon.authority,
  }
  const plan = await makePlan({
    tenant: 't_default',
    incident: null,
    severity: 'critical',
    trust: { origin: 'vendor', sources: ['openai'], confinedTo: null },
    exposure,
    view,
    sources: [{ ...source, actions: openaiActions, ladder: 'auto' as const }],
    policy: createPolicy(),
    nowMs: clock.nowMs(),
  })
  for (const { verb, target, connector } of plan.steps) {
    if (connector !== 'openai') continue
    const action = actionOf(verb)
    await action.apply(cordon.context(), target)
    const probed = await action.probe.run(cordon.context(), target)
    assert.equal(probed.verdict, 'dead', `${verb} ${target}`)
    clock.pass(twin.settings.logDelayMs)
  }
  assert.deepEqual(await open(), [], 'nothing that OpenAI can end opens any more')
  // What was there before goes on.
  assert.ok(await callsModels(twin.url, robotKey.value))
  assert.ok(await readsFiles(twin.url, graceKey.value))
  assert.ok(twin.console.isOpen(twin.console.signIn(ada, home)))
  assert.equal(grace['role'], 'reader')
  // Trust in somebody else's identity provider no API takes back: it is named, with who must.
  const named = plan.survivorsForeseen.find(
    ({ credential }) => credential === id('resource', `setting/workload_identity_provider/${issuer}`),
  )
  assert.match(named?.next ?? '', /by hand/)
  assert.equal(plan.survivorsForeseen.length, 1, plan.survivorsForeseen.map(({ credential }) => credential).join('\n'))
  assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
})
