import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId, type EntityId } from '#model'
import { entraActions, entraConnector } from '#connectors/entra'

import { appRoleIdOf } from '../../../lab/twins/entra/permissions.ts'
import { graphOf, textOf } from '../../../lab/twins/entra/state.ts'
import { azureCliAppId, payrollAppId } from '../../../lab/twins/entra/tokens.ts'
import { planOf } from '../plan.ts'
import { foundCompany, passwords, roles } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { asApp, ask, byPassword, byRefresh, everyScope, textIn } from './thief.ts'

const minuteMs = 60_000

/**
 * A thief has the refresh token of an administrator's command line for an hour and makes every way back in that Microsoft
 * offers. Nothing of it is told to Cordon: it reads the logs and the directory, and the thief says what still opens.
 */
test('a stolen session: what it made is found and dies, and what lives on is named', async () => {
  const company = await foundCompany()
  const { twin, clock, ada, grace, admins, nightly, robot } = company
  after(() => twin.close())
  const cordon = openCordon(company)
  const { state } = twin
  const graph = graphOf(state)
  const id = (kind: 'identity' | 'credential' | 'resource' | 'app', native: string): EntityId =>
    entityId(kind, cordon.authority, native)

  const opened = twin.browse({ user: ada, password: passwords.ada, code: null, app: azureCliAppId, scope: everyScope })
  assert.ok(opened !== undefined)
  const stolenAtMs = clock.nowMs()
  clock.pass(10 * minuteMs)
  for (const stream of ['directory', 'sign-ins', 'audit']) await cordon.pull(stream)

  // The thief, with nothing but the refresh token.
  const { token: held } = await byRefresh(company, opened.refreshToken)
  const post = async (path: string, body: Parameters<typeof ask>[3]) => {
    clock.pass(2 * minuteMs)
    const answer = await ask(`${twin.url}/v1.0${path}`, held, 'POST', body)
    assert.ok(answer.status < 300, `${path}: ${answer.status}`)
    return answer.body
  }
  const reference = (to: string) => ({ '@odata.id': `${twin.url}/v1.0/directoryObjects/${to}` })
  const login = 'mallory@brightwater.example'
  const mallory = await post('/users', {
    displayName: 'M',
    userPrincipalName: login,
    accountEnabled: true,
    passwordProfile: { password: 'EXAMPLE-m' },
  })
  const malloryId = textIn(mallory, 'id')
  const assignment = { principalId: malloryId, roleDefinitionId: roles.globalAdministrator, directoryScopeId: '/' }
  await post('/roleManagement/directory/roleAssignments', assignment)
  await post(`/groups/${admins.id}/members/$ref`, reference(grace.id))
  const secret = await post(`/applications/${nightly.app.id}/addPassword`, { passwordCredential: { displayName: 'x' } })
  const spSecret = await post(`/servicePrincipals/${robot.sp.id}/addPassword`, { passwordCredential: {} })
  await post(`/applications/${nightly.app.id}/owners/$ref`, reference(grace.id))
  const takeover = appRoleIdOf(state, 'RoleManagement.ReadWrite.Directory')
  const given = { principalId: robot.sp.id, resourceId: graph.id, appRoleId: takeover }
  await post(`/servicePrincipals/${graph.id}/appRoleAssignedTo`, given)
  const app = await post('/applications', { displayName: 'Sync' })
  const appSp = await post('/servicePrincipals', { appId: textIn(app, 'appId') })
  const appSecret = await post(`/applications/${textIn(app, 'id')}/addPassword`, { passwordCredential: {} })
  const consent = {
    clientId: textIn(appSp, 'id'),
    consentType: 'AllPrincipals',
    resourceId: graph.id,
    scope: 'Mail.Read',
  }
  await post('/oauth2PermissionGrants', consent)
  const pass = await post(`/users/${grace.id}/authentication/temporaryAccessPassMethods`, { lifetimeInMinutes: 480 })
  clock.pass(2 * minuteMs)
  const client = (of: { app: Record<string, unknown> }): string => textIn(of.app, 'appId')
  const valueOf = (of: Record<string, unknown>): string => textIn(of, 'secretText')
  const payroll = await asApp(company, client(nightly), valueOf(secret), `api://${payrollAppId}/.default`)
  const payrollAtMs = clock.nowMs()
  // Grace's browser, with a token from after the thief's change: may she see users?
  const graces = twin.browse({
    user: grace,
    password: textIn(pass, 'temporaryAccessPass'),
    code: null,
    app: azureCliAppId,
    scope: everyScope,
  })

  const ways: Record<string, () => Promise<boolean>> = {
    session: async () => (await byRefresh(company, opened.refreshToken)).status === 200,
    "mallory's password": async () => (await byPassword(company, login, 'EXAMPLE-m')).status === 200,
    "grace's pass": async () =>
      (await byPassword(company, 'grace@brightwater.example', textIn(pass, 'temporaryAccessPass'))).status === 200,
    "grace's group": async () => state.members.get(admins.id)?.has(grace.id) === true,
    "grace's ownership": async () => state.appOwners.get(nightly.app.id)?.has(grace.id) === true,
    "an old app's new secret": async () => (await asApp(company, client(nightly), valueOf(secret))).status === 200,
    'a secret of a service principal': async () =>
      (await asApp(company, client(robot), valueOf(spSecret))).status === 200,
    'an application permission': async () =>
      [...state.appRoleAssignments.values()].some(
        (row) => row['appRoleId'] === takeover && row['principalId'] === robot.sp.id,
      ),
    'a new app': async () => (await asApp(company, textIn(app, 'appId'), valueOf(appSecret))).status === 200,
    'a consent for everybody': async () => [...state.grants.values()].some((row) => row['clientId'] === appSp['id']),
    "mallory's role": async () => [...state.roleAssignments.values()].some((row) => row['principalId'] === malloryId),
  }
  const open = async (): Promise<string[]> => {
    const found: string[] = []
    for (const [name, works] of Object.entries(ways)) if (await works()) found.push(name)
    return found
  }
  assert.deepEqual(await open(), Object.keys(ways), 'all ways are open')
  assert.ok(graces !== undefined)

  clock.pass(10 * minuteMs)
  for (const stream of ['sign-ins', 'audit', 'directory']) await cordon.pull(stream)
  const session = id('credential', `session/${ada.id}/${opened.session}`)
  const { exposure, plan } = await planOf({
    house: cordon,
    sources: [{ connector: entraConnector, actions: entraActions, authority: cordon.authority }],
    trigger: { kind: 'credential', credential: session },
    fromMs: stolenAtMs,
    nowMs: clock.nowMs(),
    by: 'entra',
  })
  const made = new Set<EntityId>([
    ...exposure.descendants.map(({ entity }) => entity),
    ...exposure.credentials.map(({ credential }) => credential),
  ])
  const expected = [
    id('identity', `user/${malloryId}`),
    id('resource', `role-assignment/${malloryId}/${roles.globalAdministrator}`),
    id('resource', `membership/${admins.id}/${grace.id}`),
    id('resource', `owner/${nightly.app.id}/${grace.id}`),
    id('credential', `secret/application/${nightly.app.id}/${textIn(secret, 'keyId')}`),
    id('credential', `secret/sp/${robot.sp.id}/${textIn(spSecret, 'keyId')}`),
    id('resource', `app-role/${robot.sp.id}/${graph.id}/${takeover}`),
    id('app', textIn(app, 'appId')),
    id('identity', `sp/${textIn(appSp, 'id')}`),
    id('credential', `secret/application/${textIn(app, 'id')}/${textIn(appSecret, 'keyId')}`),
    id('credential', `grant/${textIn(appSp, 'id')}/all/${graph.id}`),
  ]
  assert.deepEqual(
    expected.filter((one) => !made.has(one)),
    [],
    'descendants that were missed',
  )
  assert.ok(
    [...made].some((one) => one.startsWith(id('credential', `method/${grace.id}/at=`))),
    'the pass',
  )
  for (const spared of [
    id('identity', `user/${grace.id}`),
    id('identity', `sp/${robot.sp.id}`),
    id('app', client(nightly)),
  ]) {
    assert.ok(!exposure.descendants.some(({ entity }) => entity === spared), `${spared} was there before`)
  }

  for (const { verb, target, connector } of plan.steps) {
    if (connector === 'entra') await actionOf(verb).apply(cordon.context(), target)
  }
  clock.pass(6 * minuteMs)
  assert.deepEqual(await open(), [], 'nothing that Microsoft can end opens any more')
  assert.equal((await byPassword(company, 'ada@brightwater.example', passwords.ada)).status, 200, 'Ada works on')
  assert.equal((await asApp(company, client(robot), company.robotSecret.value)).status, 200, 'the app works on')

  // A token that an API of the company's own takes by its signature: named, with its end, and no longer than that.
  const opensPayroll = async (): Promise<boolean> => (await ask(`${twin.url}/payroll`, payroll.token)).status === 200
  const tokens = id('credential', `tokens/${nightly.sp.id}/${textIn(secret, 'keyId')}/${payrollAppId}`)
  const named = plan.survivorsForeseen.find(({ credential }) => credential === tokens)
  assert.match(named?.why ?? '', /self-contained.*lives until 2026-/, 'the token is named')
  assert.ok(named?.why.includes(new Date(payrollAtMs + 90 * minuteMs).toISOString().slice(0, 16)), named?.why)
  assert.equal(await opensPayroll(), true)
  clock.pass(90 * minuteMs)
  assert.equal(await opensPayroll(), false)
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
  assert.equal(textOf(ada, 'userPrincipalName'), 'ada@brightwater.example')
  cordon.close()
})
