import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, beforeEach, test } from 'node:test'

import { isObject, parseJson, type Json } from '#kit'
import { entityId } from '#model'
import { crowdstrikeConnector, forgetSessions, type CrowdstrikeConfig } from '#connectors/crowdstrike'

import { tell } from '../../../lab/twins/crowdstrike/state.ts'
import { planOf } from '../plan.ts'
import { openHouse } from '../cordon.ts'
import { foundCompany, opens, signIn, startMs } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'

const thiefIp = '203.0.113.66'
const open: { close(): Promise<void> }[] = []
after(() => Promise.all(open.map((twin) => twin.close())))
beforeEach(forgetSessions)

async function start(over: Partial<CrowdstrikeConfig> = {}) {
  const company = await foundCompany(over)
  open.push(company.twin)
  const house = openHouse()
  const cordon = openCordon(company, house)
  const read = async (): Promise<string[]> =>
    (await cordon.pull('activity')).flatMap(({ ocsf }) =>
      ocsf.map((event) => (isObject(event['metadata']) ? String(event['metadata']['uid']) : '')),
    )
  return { ...company, company, house, cordon, read }
}

test('acts are read to the end of what is there, and on from their offset; the session is kept and renewed', async () => {
  const { twin, clock, ada, read } = await start()
  for (let n = 0; n < 300; n++) twin.console.signIn({ user: ada, ip: thiefIp })
  tell(twin.state, clock.nowMs(), 0, { operation: 'x', by: ada, type: 'EppDetectionSummaryEvent' })
  clock.pass(10_000)
  assert.equal((await read()).length, 300, 'what alerts tell comes by alerts')
  twin.console.signIn({ user: ada, ip: thiefIp })
  // Four fifths of a session's time: it is renewed, and its feed is good on.
  clock.pass(25 * 60_000)
  assert.deepEqual(await read(), ['302'])
  clock.pass(20 * 60_000)
  assert.deepEqual(await read(), [])
  assert.equal(twin.answered.get('listAvailableStreamsOAuth2'), 1)
  assert.equal(twin.answered.get('refreshActiveStreamSession'), 1)
  assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
})

test('a session that another reader took is asked for anew, and nothing is lost', async () => {
  const { twin, clock, ada, read } = await start()
  twin.console.signIn({ user: ada, ip: thiefIp })
  clock.pass(10_000)
  assert.deepEqual(await read(), ['1'])
  twin.state.feeds.clear()
  twin.console.signIn({ user: ada, ip: thiefIp })
  clock.pass(10_000)
  assert.deepEqual(await read(), ['2'])
  assert.equal(twin.answered.get('listAvailableStreamsOAuth2'), 2)
})

test('the token of a session goes to no other place than the feed of the configured cloud', async () => {
  const { read } = await start({ feedUrl: 'http://127.0.0.1:9' })
  await assert.rejects(read(), { code: 'ERR_CROWDSTRIKE_NEEDS', message: /which is not `feedUrl`/ })
  const cloud = crowdstrikeConnector.config.parse({
    apiUrl: 'https://api.us-2.crowdstrike.com',
    cid: 'c'.repeat(32),
    clientId: 'a'.repeat(32),
  })
  assert.deepEqual(crowdstrikeConnector.streams.filter(({ isOn }) => isOn?.(cloud) === false).length, 2)
})

test('a stolen console session: the API client it made is found by its maker, and killed', async () => {
  const { twin, clock, ada, house, cordon, company } = await start()
  const { console: falcon, state } = twin
  const thief = { user: ada, ip: thiefIp }
  const grace = falcon.makeUser('grace@brightwater.example', [])
  for (const stream of ['hosts', 'console', 'clients']) await cordon.pull(stream)
  falcon.signIn(thief)
  clock.pass(60_000)
  const made = falcon.makeClient(['devices:read', 'devices:write'], thief)
  falcon.grantRole(grace, 'falconhost_admin', thief)
  const token = await signIn(company, made)
  assert.ok(token !== undefined && (await opens(company, token)))
  clock.pass(10_000)
  await cordon.pull('activity')

  const id = entityId('identity', state.cid, `user/${ada.uuid}`)
  const client = entityId('credential', state.cid, `client/${made.id}`)
  const view = house.estate.view()
  const roles = await view.edgesFrom([entityId('identity', state.cid, `user/${grace.uuid}`)], { types: ['MEMBER_OF'] })
  assert.deepEqual(
    roles.map(({ dst }) => dst),
    [entityId('identity', state.cid, 'role/falconhost_admin')],
  )
  const { exposure, plan } = await planOf({
    house,
    sources: [
      { connector: crowdstrikeConnector, authority: state.cid, actions: [actionOf('crowdstrike.client.delete')] },
    ],
    trigger: { kind: 'identity', identity: id },
    fromMs: startMs,
    nowMs: clock.nowMs(),
    by: 'crowdstrike',
  })
  const found = [
    ...exposure.descendants.map(({ entity }) => entity),
    ...exposure.credentials.map((one) => one.credential),
  ]
  assert.ok(found.includes(client), found.join())
  const steps = plan.steps.filter(({ verb, target }) => verb === 'crowdstrike.client.delete' && target === client)
  assert.equal(steps.length, 1)
  await actionOf('crowdstrike.client.delete').apply(cordon.context(), client)
  assert.equal(await signIn(company, made), undefined)
  // What Cordon did stands in the same log.
  clock.pass(10_000)
  const told = await cordon.pull('activity')
  assert.deepEqual(
    told.map(({ ocsf }) => ocsf[0]?.['activity_name']),
    ['DeleteAPIClients'],
  )
})

const corpus = '../shared/corpora/panther-analysis/events.ndjson'
test('rows as others have seen them are understood', { skip: !existsSync(corpus) && 'no corpus here' }, () => {
  const rows = readFileSync(corpus, 'utf8')
    .split('\n')
    .filter((one) => one.includes('"Crowdstrike.EventStreams"'))
    .map((one) => parseJson(one))
    .flatMap((one): Json[] => (isObject(one) && one['log'] !== undefined ? [one['log']] : []))
  assert.ok(rows.length > 5)
  const acts = rows.filter((row) => JSON.stringify(row).includes('OperationName'))
  for (const raw of acts) {
    const out = crowdstrikeConnector.normalize({
      stream: 'activity',
      raw,
      eventAtMs: null,
      arrivedAtMs: startMs,
      source: 'crowdstrike',
      authority: 'c'.repeat(32),
    })
    assert.equal(out.unmapped, undefined)
    assert.ok(out.ocsf.length === 1 && (out.ocsf[0]?.time ?? startMs) < startMs, 'their own time is read')
  }
})
