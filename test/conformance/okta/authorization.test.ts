import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId } from '#model'
import { expose } from '#respond'

import { makeApp, makeSecret } from '../../../lab/twins/okta/apps.ts'
import { makePolicy, makeRule, makeServer } from '../../../lab/twins/okta/authorization.ts'
import { textOf } from '../../../lab/twins/okta/state.ts'
import { foundCompany } from './company.ts'
import { openCordon } from './cordon.ts'
import { ask, basic, tokenAt, withAccessToken } from './thief.ts'

const own = { grantTypes: ['client_credentials'] }

test('what a client gets at an authorization server is what its policies say, and what the resource server then gives', async () => {
  const company = await foundCompany()
  const { twin, robot, robotSecret, engineers } = company
  after(() => twin.close())
  const cordon = openCordon(company)
  after(() => cordon.close())
  const { org, state } = twin
  state.servers.clear()
  const server = (name: string) => makeServer(org, twin.url, name, [`${name}:read`, `${name}:write`])
  const [plain, hooked, off, stopped, people, others] = ['a', 'b', 'c', 'd', 'e', 'f'].map(server)
  assert.ok(plain && hooked && off && stopped && people && others)
  makeRule(org, makePolicy(org, plain, 'Robots', [robot.id]), 'Read', { ...own, scopes: ['a:read'] })
  makeRule(org, makePolicy(org, hooked, 'Robots', [robot.id]), 'Ask', { ...own, scopes: ['*'], hook: 'cal1EXAMPLE' })
  const old = makePolicy(org, off, 'Robots', ['ALL_CLIENTS'])
  makeRule(org, old, 'All', { ...own, scopes: ['*'] })['status'] = 'INACTIVE'
  makeRule(org, makePolicy(org, stopped, 'Robots', ['ALL_CLIENTS']), 'All', { ...own, scopes: ['*'] })
  stopped.row['status'] = 'INACTIVE'
  const signedIn = { grantTypes: ['authorization_code'], scopes: ['*'], groups: [engineers.id] }
  makeRule(org, makePolicy(org, people, 'People', ['ALL_CLIENTS']), 'Signed in', signedIn)
  // A site that signs people in and gets nothing in its own name, although a policy would let it.
  const site = makeApp(org, {
    name: 'oidc_client',
    label: 'Site',
    signOnMode: 'OPENID_CONNECT',
    credentials: { oauthClient: { token_endpoint_auth_method: 'client_secret_basic' } },
    settings: { oauthClient: { grant_types: ['authorization_code'], application_type: 'web' } },
  })
  const siteSecret = makeSecret(org, site.id)
  makeRule(org, makePolicy(org, others, 'Others', [site.id]), 'All', { ...own, scopes: ['*'] })
  for (const stream of ['directory', 'authorization']) await cordon.pull(stream)
  assert.deepEqual([...twin.wrongRequests, ...twin.wrongAnswers], [])

  const opens = async (app: string, secret: string): Promise<string[]> => {
    const found: string[] = []
    for (const { row } of state.servers.values()) {
      const name = textOf(row, 'name')
      const asked = { grant_type: 'client_credentials', scope: `${name}:read` }
      const { token } = await tokenAt(`${twin.url}/oauth2/${row.id}/v1/token`, asked, basic(app, secret))
      const answer = await ask(`${twin.url}/resource/${name}`, withAccessToken(token))
      if (answer.status === 200) found.push(name)
    }
    return found
  }
  const said = async (app: string, secret: string) => {
    const credential = entityId('credential', cordon.authority, `client-secret/${app}/${secret}`)
    const window = { fromMs: company.clock.nowMs() - 1, toMs: null }
    const { impact } = await expose(
      cordon.estate.view(),
      { kind: 'credential', credential },
      window,
      company.clock.nowMs(),
    )
    const names = (rows: readonly { resource: string }[]): string[] =>
      [...state.servers.values()].flatMap(({ row }) =>
        rows.some(({ resource }) => resource.endsWith(row.id)) ? [textOf(row, 'name')] : [],
      )
    const sure = names(impact.couldReach)
    return { sure, open: names(impact.unknown).filter((name) => !sure.includes(name)) }
  }
  assert.deepEqual(await opens(robot.id, textOf(robotSecret, 'client_secret')), ['a'])
  assert.deepEqual(await said(robot.id, robotSecret.id), { sure: ['a'], open: ['b'] })
  assert.deepEqual(await opens(site.id, textOf(siteSecret, 'client_secret')), [])
  assert.deepEqual(await said(site.id, siteSecret.id), { sure: [], open: [] })
})

test('an app that was not let read authorization servers still reads the directory', async () => {
  const company = await foundCompany()
  const { twin, cordonSees } = company
  after(() => twin.close())
  const cordon = openCordon(company)
  after(() => cordon.close())
  for (const [id, grant] of twin.state.grants)
    if (grant['clientId'] === cordonSees.id && grant['scopeId'] === 'okta.authorizationServers.read')
      twin.state.grants.delete(id)
  await assert.rejects(async () => cordon.pull('authorization'))
  await cordon.pull('directory')
  assert.equal((await cordon.estate.view().find('identity', { kind: 'human' })).length, twin.state.users.size)
})
