import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId, type EntityId } from '#model'
import { expose, makePlan } from '#respond'
import { createPolicy } from '#policy'
import { slackActions, slackConnector } from '#connectors/slack'

import {
  inviteGuest,
  install,
  makeApp,
  makeChannel,
  shareChannel,
  signIn,
  touchFile,
} from '../../../lab/twins/slack/browser.ts'
import { foundCompany } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { ask, withSession, withToken, works } from './thief.ts'

const minuteMs = 60_000

/**
 * A thief has copied the token and cookie of an owner's browser, and in an hour makes every way back in that Slack offers.
 * Nothing of it is told to Cordon: it reads the log and the lists, and the thief says what still opens.
 */
test('a stolen session: what it made is found and dies, and what lives on is named', async () => {
  const company = await foundCompany()
  const { twin, clock, ada, grace, helper, helperTokens, session } = company
  after(() => twin.close())
  const cordon = openCordon(company)
  const { org, url } = twin
  const id = (kind: 'identity' | 'credential' | 'resource' | 'app', native: string): EntityId =>
    entityId(kind, cordon.authority, native)
  clock.pass(24 * 60 * minuteMs)
  const stolenAtMs = clock.nowMs()
  for (const stream of ['audit', 'directory', 'sessions']) await cordon.pull(stream)

  // The thief, with nothing but the session.
  const stolen = withSession(session)
  const step = (): void => clock.pass(2 * minuteMs)
  step()
  assert.equal(
    (await ask(url, 'admin.users.setAdmin', stolen, { team_id: 'T0SALES001', user_id: grace.id }))['ok'],
    true,
  )
  step()
  const mallory = inviteGuest(org, session, 'mallory')
  step()
  const mallorys = signIn(org, mallory, '203.0.113.66')
  assert.ok(mallorys !== undefined)
  step()
  const sync = makeApp(org, 'Sync', { userScopes: ['search:read', 'files:read'], botScopes: ['channels:history'] })
  const tokens = install(org, session, sync)
  assert.ok(tokens !== undefined)
  step()
  shareChannel(org, session, makeChannel(org, 'board', 'T0SALES001'), 'T0THIEF001')
  step()
  const file = { id: 'F0PEOPLE01', name: 'people.csv' }
  touchFile(org, session, 'file_downloaded', file)
  touchFile(org, session, 'file_public_link_created', file)

  const ways: Record<string, () => Promise<boolean>> = {
    session: () => works(url, stolen),
    "mallory's session": () => works(url, withSession(mallorys)),
    "mallory's password": async () => signIn(org, mallory, '203.0.113.66') !== undefined,
    "the app's token": () => works(url, withToken(tokens.bot.value)),
    "the app's token for Ada": () => works(url, withToken(tokens.user.value)),
    'installing the app again': async () => (await works(url, stolen)) && sync.resolution !== 'restricted',
  }
  const open = async (): Promise<string[]> => {
    const found: string[] = []
    for (const [name, opens] of Object.entries(ways)) if (await opens()) found.push(name)
    return found
  }
  assert.deepEqual(await open(), Object.keys(ways), 'all ways are open')

  clock.pass(minuteMs)
  for (const stream of ['audit', 'directory', 'sessions']) await cordon.pull(stream)
  const view = cordon.estate.view()
  const trigger = id('credential', `session/${ada.id}/${session.id}`)
  const window = { fromMs: stolenAtMs, toMs: null }
  const exposure = await expose(view, { kind: 'credential', credential: trigger }, window, clock.nowMs())
  const made = new Set<EntityId>([
    ...exposure.descendants.map(({ entity }) => entity),
    ...exposure.credentials.map(({ credential }) => credential),
  ])
  const board = [...twin.state.channels.values()].find(({ name }) => name === 'board')?.id ?? ''
  const expected = [
    id('identity', mallory.id),
    id('credential', `session/${mallory.id}/${mallorys.id}`),
    id('app', sync.id),
    id('credential', `bot-token/${sync.id}`),
    id('credential', `user-token/${sync.id}/${ada.id}`),
    id('resource', `role-assignment/${grace.id}/admin`),
    id('resource', `connection/${board}`),
    id('resource', `public-link/${file.id}`),
  ]
  assert.deepEqual(
    expected.filter((one) => !made.has(one)),
    [],
    'descendants that were missed',
  )
  for (const spared of [id('app', helper.id), id('identity', grace.id), id('credential', `bot-token/${helper.id}`)]) {
    assert.ok(!exposure.descendants.some(({ entity }) => entity === spared), `${spared} was there before`)
  }
  const touched = cordon.items.flatMap(({ touches }) => touches)
  assert.ok(touched.some(({ resource, verb }) => resource === id('resource', `file/${file.id}`) && verb === 'read'))

  const source = {
    source: 'slack',
    connector: 'slack',
    connectorVersion: slackConnector.version,
    authority: cordon.authority,
  }
  const plan = await makePlan({
    tenant: 't_default',
    incident: null,
    severity: 'critical',
    trust: { origin: 'vendor', sources: ['slack'], confinedTo: null },
    exposure,
    view,
    sources: [{ ...source, actions: slackActions, ladder: 'auto' as const }],
    policy: createPolicy(),
    nowMs: clock.nowMs(),
  })
  const steps = plan.steps.filter(({ connector }) => connector === 'slack')
  assert.deepEqual(
    steps.map(({ verb }) => verb),
    [
      'slack.app.restrict',
      'slack.user.deactivate',
      // Two: the guest came back while the thief tried all ways.
      'slack.session.invalidate',
      'slack.session.invalidate',
      'slack.user.sessions.reset',
      'slack.app.uninstall',
    ],
  )
  for (const { verb, target } of steps) await actionOf(verb).apply(cordon.context(), target)
  assert.ok((await open()).includes('session'), 'until the queue has done it, the session works on')
  clock.pass(twin.settings.resetDelayMs + minuteMs)
  assert.deepEqual(await open(), [], 'nothing that Slack can end opens any more')
  for (const { verb, target } of steps) {
    const probed = await actionOf(verb).probe.run(cordon.context(), target)
    assert.equal(probed.verdict, 'dead', `${verb}: ${JSON.stringify(probed)}`)
  }
  assert.ok(signIn(org, ada) !== undefined, 'Ada works on')
  assert.equal(await works(url, withToken(helperTokens.bot.value)), true, 'and so does the app that was there before')

  // What no call of Slack's that Cordon makes takes back is named, with who has to.
  const named = new Map(plan.survivorsForeseen.map(({ credential, next }) => [credential, next]))
  for (const left of [
    id('resource', `role-assignment/${grace.id}/admin`),
    id('resource', `connection/${board}`),
    id('resource', `public-link/${file.id}`),
  ]) {
    assert.match(named.get(left) ?? '', /administrator/, left)
  }
  assert.ok(!named.has(trigger) && !named.has(id('credential', `bot-token/${sync.id}`)))
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
  cordon.close()
})
