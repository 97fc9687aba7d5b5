import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId, type EntityId } from '#model'
import { expose, makePlan } from '#respond'
import { createPolicy } from '#policy'
import { oktaActions, oktaConnector } from '#connectors/okta'

import { makeFactor } from '../../../lab/twins/okta/users.ts'
import { textOf } from '../../../lab/twins/okta/state.ts'
import { customServer } from '../../../lab/twins/okta/sign-in.ts'
import { foundCompany, keyPair, passwords } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { ask, basic, idIn, meAt, signIn, tokenAt, withAccessToken, withApiToken, withSession } from './thief.ts'
import { signAssertion, signingKey } from '../../../src/sources/http/assertion.ts'

const minuteMs = 60_000

/**
 * A thief has the session of an administrator for an hour and makes every way back in that Okta offers. Nothing of it is
 * told to Cordon: it reads the log and the directory, and the thief says what still opens.
 */
test('a stolen session: what it made is found and dies, and what lives on is named', async () => {
  const company = await foundCompany()
  const { twin, clock, ada, grace, admins, nightly, robot, wiki } = company
  after(() => twin.close())
  const cordon = openCordon(company)
  const url = twin.url
  const id = (kind: 'identity' | 'credential' | 'resource' | 'app', native: string): EntityId =>
    entityId(kind, cordon.authority, native)
  makeFactor(twin.org, ada.id, 'token:software:totp', 'OKTA')
  const passCode = [...twin.state.factors.values()].find(({ user }) => user === ada.id)?.passCode ?? ''

  clock.pass(24 * 60 * minuteMs)
  const sid = await signIn(url, { username: 'ada@brightwater.example', password: passwords.ada, passCode })
  assert.ok(sid !== undefined)
  const external = twin.state.sessions.get(sid)?.external ?? ''
  const stolenAtMs = clock.nowMs()
  for (const stream of ['log', 'directory', 'factors']) await cordon.pull(stream)

  // The thief, with nothing but the session.
  const stolen = withSession(sid)
  const post = async (path: string, body: Parameters<typeof ask>[3], method = 'POST') => {
    clock.pass(2 * minuteMs)
    const answer = await ask(`${url}${path}`, stolen, method, body)
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status}`)
    return idIn(answer.body)
  }
  const apiToken = twin.makeApiToken(sid, 'backup')
  const profile = {
    login: 'mallory@brightwater.example',
    email: 'mallory@brightwater.example',
    firstName: 'M',
    lastName: 'M',
  }
  const mallory = await post('/api/v1/users', { profile, credentials: { password: { value: 'EXAMPLE-m' } } })
  await post(`/api/v1/users/${mallory}/roles`, { type: 'SUPER_ADMIN' })
  await post(`/api/v1/groups/${admins.id}/users/${grace.id}`, undefined, 'PUT')
  const factor = await post(`/api/v1/users/${ada.id}/factors`, {
    factorType: 'token:software:totp',
    provider: 'GOOGLE',
  })
  const thiefsCode = twin.state.factors.get(factor)?.passCode ?? ''
  const idp = await post('/api/v1/idps', { type: 'OIDC', name: 'Partner' })
  await post(`/api/v1/apps/${nightly.id}/credentials/jwks`, keyPair('thief').jwk)
  const app = await post('/api/v1/apps', {
    name: 'oidc_client',
    label: 'Sync',
    signOnMode: 'OPENID_CONNECT',
    credentials: { oauthClient: { token_endpoint_auth_method: 'client_secret_basic' } },
    settings: {
      oauthClient: { grant_types: ['client_credentials'], application_type: 'service', response_types: ['token'] },
    },
  })
  await post(`/api/v1/apps/${app}/credentials/secrets`, {})
  const appSecret = textOf(twin.state.secrets.get(app)?.[0], 'client_secret')
  // Okta shows secrets to administrators: the robot's was read, and used.
  const robotSecret = textOf(company.robotSecret, 'client_secret')
  const custom = `${url}/oauth2/${customServer}/v1/token`
  const asClient = { grant_type: 'client_credentials', scope: 'orders:read' }
  const { token: orders } = await tokenAt(custom, asClient, basic(robot.id, robotSecret))
  const { refreshToken } = twin.consent(sid, wiki, ['okta.users.read.self'])
  const refreshed = await tokenAt(`${url}/oauth2/v1/token`, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
  })
  clock.pass(2 * minuteMs)
  const mallorySid = await signIn(url, { username: profile.login, password: 'EXAMPLE-m' })
  assert.ok(mallorySid !== undefined)

  const asNightly = async (kid: string): Promise<number> => {
    const aud = `${url}/oauth2/v1/token`
    const claims = { iss: nightly.id, sub: nightly.id, aud }
    const client_assertion = await signAssertion(
      signingKey(keyPair(kid).key),
      claims,
      { keyId: kid },
      clock.nowMs(),
      300,
    )
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const form = {
      grant_type: 'client_credentials',
      scope: 'okta.users.read',
      client_assertion_type: type,
      client_assertion,
    }
    return (await tokenAt(aud, form)).status
  }
  const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken }
  const ways: Record<string, () => Promise<boolean>> = {
    session: async () => (await meAt(url, stolen)) === 200,
    'API token': async () => (await meAt(url, withApiToken(apiToken.value))) === 200,
    "mallory's session": async () => (await meAt(url, withSession(mallorySid))) === 200,
    "mallory's password": async () =>
      (await signIn(url, { username: profile.login, password: 'EXAMPLE-m' })) !== undefined,
    "grace's help": async () => twin.state.members.get(admins.id)?.has(grace.id) === true,
    factor: async () =>
      (await signIn(url, { username: 'ada@brightwater.example', password: passwords.ada, passCode: thiefsCode })) !==
      undefined,
    'identity provider': async () => (await signIn(url, { username: 'root@brightwater.example', idp })) !== undefined,
    'signing key': async () => (await asNightly('thief')) === 200,
    app: async () => (await tokenAt(custom, asClient, basic(app, appSecret))).status === 200,
    "robot's secret": async () => (await tokenAt(custom, asClient, basic(robot.id, robotSecret))).status === 200,
    'refresh token': async () => (await tokenAt(`${url}/oauth2/v1/token`, refresh)).status === 200,
    'access token': async () => (await meAt(url, withAccessToken(refreshed.token))) === 200,
  }
  const open = async (): Promise<string[]> => {
    const found: string[] = []
    for (const [name, works] of Object.entries(ways)) if (await works()) found.push(name)
    return found
  }
  assert.deepEqual(await open(), Object.keys(ways), 'all ways are open')

  clock.pass(minuteMs)
  for (const stream of ['log', 'directory', 'factors', 'log']) await cordon.pull(stream)
  const view = cordon.estate.view()
  const session = id('credential', `session/${ada.id}/${external}`)
  const window = { fromMs: stolenAtMs, toMs: null }
  const exposure = await expose(view, { kind: 'credential', credential: session }, window, clock.nowMs())
  const made = new Set<EntityId>([
    ...exposure.descendants.map(({ entity }) => entity),
    ...exposure.credentials.map(({ credential }) => credential),
  ])
  const expected = [
    id('credential', `api-token/${apiToken.id}`),
    id('identity', mallory),
    id('resource', `role-assignment/${mallory}/super%20administrator`),
    id('resource', `membership/${admins.id}/${grace.id}`),
    id('resource', `idp/${idp}`),
    id('app', app),
    id('credential', `client-secret/${robot.id}/${company.robotSecret.id}`),
  ]
  assert.deepEqual(
    expected.filter((one) => !made.has(one)),
    [],
    'descendants that were missed',
  )
  assert.ok(
    [...made].some((one) => one.startsWith(id('credential', `factor/${ada.id}/`))),
    'the factor',
  )
  assert.ok(
    [...made].some((one) => one.startsWith(id('credential', `client-key/${nightly.id}/at=`))),
    'the signing key',
  )
  for (const spared of [id('app', nightly.id), id('app', robot.id), id('identity', grace.id)]) {
    assert.ok(!exposure.descendants.some(({ entity }) => entity === spared), `${spared} was there before`)
  }

  const source = {
    source: 'okta',
    connector: 'okta',
    connectorVersion: oktaConnector.version,
    authority: cordon.authority,
  }
  const plan = await makePlan({
    tenant: 't_default',
    incident: null,
    severity: 'critical',
    trust: { origin: 'vendor', sources: ['okta'], confinedTo: null },
    exposure,
    view,
    sources: [{ ...source, actions: oktaActions, ladder: 'auto' as const }],
    policy: createPolicy(),
    nowMs: clock.nowMs(),
  })
  for (const { verb, target, connector } of plan.steps) {
    if (connector !== 'okta') continue
    await actionOf(verb).apply(cordon.context(), target)
    clock.pass(twin.settings.logDelayMs)
  }
  assert.deepEqual(await open(), [], 'nothing that Okta can end opens any more')
  assert.ok(
    await signIn(url, { username: 'ada@brightwater.example', password: passwords.ada, passCode }),
    'Ada works on',
  )
  assert.equal(await asNightly('nightly-1'), 200, 'the app goes on with its own key')

  // What checks tokens without asking Okta still takes one: it is named, with its end, and lives no longer.
  const ordersOpen = async (): Promise<boolean> => (await ask(`${url}/orders`, withAccessToken(orders))).status === 200
  const token = id('credential', `access-token/${twin.state.accessTokens.get(orders)?.id ?? ''}`)
  const named = plan.survivorsForeseen.find(({ credential }) => credential === token)
  assert.match(named?.why ?? '', /self-contained.*lives until 2026-/)
  assert.equal(await ordersOpen(), true)
  clock.pass(60 * minuteMs)
  assert.equal(await ordersOpen(), false)
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
  cordon.close()
})
