import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId, type EntityId } from '#model'
import { createPolicy } from '#policy'
import { expose, makePlan } from '#respond'
import { anthropicActions, anthropicConnector } from '#connectors/anthropic'

import { makeAdminKey } from '../../../lab/twins/anthropic/organization.ts'
import { foundCompany, home } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { administers, ask, callsModels, textIn } from './thief.ts'

const minuteMs = 60_000
const elsewhere = '203.0.113.66'

/**
 * A thief has an admin key for an hour and makes every way back in that Anthropic offers. Nothing of it is told to Cordon:
 * it reads the Activity Feed and the lists, and the thief says what still opens.
 */
test('a stolen admin key: what it made is found and dies, and what lives on is named', async () => {
  const company = await foundCompany()
  const { twin, clock, ada, grace, root, labels, main, robotKey, graceKey } = company
  after(() => twin.close())
  const cordon = openCordon(company)
  after(() => cordon.close())
  const id = (kind: 'identity' | 'credential' | 'resource', native: string): EntityId =>
    entityId(kind, cordon.authority, native)
  const stolen = makeAdminKey(twin.org, 'terraform')
  clock.pass(24 * 60 * minuteMs)
  for (const stream of ['activity', 'directory']) await cordon.pull(stream)
  const stolenAtMs = clock.nowMs()

  const post = async (path: string, body: Parameters<typeof ask>[3]) => {
    clock.pass(2 * minuteMs)
    const answer = await ask(`${twin.url}/v1/organizations${path}`, stolen.value, 'POST', body)
    assert.ok(answer.status < 300, `${path}: ${answer.status}`)
    return answer.body
  }
  const invite = textIn(await post('/invites', { email: 'm@evil.example', role: 'developer' }), 'id')
  const waiting = textIn(await post('/invites', { email: 'n@evil.example', role: 'user' }), 'id')
  const workspace = textIn(await post('/workspaces', { name: 'Backup' }), 'id')
  await post(`/workspaces/${main.id}/members`, { user_id: grace.id, workspace_role: 'workspace_admin' })
  // Whoever came in by the invite goes on in the console.
  clock.pass(minuteMs)
  const mallory = twin.console.acceptInvite(invite, elsewhere)
  const inLabels = twin.console.makeKey(mallory.session, elsewhere, labels.id, 'notebook 2')
  const inBackup = twin.console.makeKey(mallory.session, elsewhere, workspace, 'quiet')
  const connector = twin.console.addConnector(mallory.session, elsewhere, 'sync')

  const ways: Record<string, () => Promise<boolean>> = {
    'a key in a workspace of the company': () => callsModels(twin.url, inLabels.value),
    'a key in a workspace of their own': () => callsModels(twin.url, inBackup.value),
    'a session in the console': async () => twin.console.isOpen(mallory.session),
    'an open invite': async () => twin.state.invites.get(waiting)?.status === 'pending',
    'Grace in the main workspace': async () => twin.state.members.get(main.id)?.has(grace.id) === true,
  }
  const open = async (): Promise<string[]> => {
    const found: string[] = []
    for (const [name, works] of Object.entries(ways)) if (await works()) found.push(name)
    return found
  }
  assert.deepEqual(await open(), Object.keys(ways), 'all ways are open')

  clock.pass(10 * minuteMs)
  for (const stream of ['activity', 'directory', 'activity']) await cordon.pull(stream)
  const view = cordon.estate.view()
  const trigger = id('credential', `key/${stolen.id.replace('admin_api_key_', 'apikey_')}`)
  const window = { fromMs: stolenAtMs, toMs: null }
  const exposure = await expose(view, { kind: 'credential', credential: trigger }, window, clock.nowMs())
  const members = new Set([
    ...exposure.descendants.map(({ entity }) => entity),
    ...exposure.credentials.map(({ credential }) => credential),
  ])
  for (const spared of [root, ada, grace]) {
    assert.ok(!members.has(id('identity', `user/${spared.id}`)), `${spared.name} was there before`)
  }
  for (const key of [robotKey, graceKey]) assert.ok(!members.has(id('credential', `key/${key.row.id}`)))

  const source = {
    source: 'anthropic',
    connector: 'anthropic',
    connectorVersion: anthropicConnector.version,
    authority: cordon.authority,
  }
  const plan = await makePlan({
    tenant: 't_default',
    incident: null,
    severity: 'critical',
    trust: { origin: 'vendor', sources: ['anthropic'], confinedTo: null },
    exposure,
    view,
    sources: [{ ...source, actions: anthropicActions, ladder: 'auto' as const }],
    policy: createPolicy(),
    nowMs: clock.nowMs(),
  })
  for (const { verb, target, connector: by } of plan.steps) {
    if (by !== 'anthropic') continue
    const action = actionOf(verb)
    await action.apply(cordon.context(), target)
    const probed = await action.probe.run(cordon.context(), target)
    assert.equal(probed.verdict, 'dead', `${verb} ${target}`)
    clock.pass(twin.settings.feedDelayMs)
  }
  assert.deepEqual(await open(), [], 'nothing that Anthropic can end opens any more')
  // What was there before goes on.
  for (const key of [robotKey, graceKey]) assert.ok(await callsModels(twin.url, key.value))
  assert.ok(twin.console.isOpen(twin.console.signIn(ada, home)))
  // The stolen key itself, and what was connected: no API ends them. Both are named, with who must.
  assert.ok(await administers(twin.url, stolen.value))
  const named = plan.survivorsForeseen.map(({ credential }) => credential)
  assert.deepEqual(named.toSorted(), [trigger, id('resource', `setting/mcp_server/${connector}`)].toSorted())
  for (const { next } of plan.survivorsForeseen) assert.match(next, /by hand/)
  assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
})
