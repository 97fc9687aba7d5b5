import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId, nativeOf, type EntityId } from '#model'
import { endedActive } from '#people'

import { makeUser } from '../../../lab/twins/okta/users.ts'
import { openContainment, Together } from '../estate/containment.ts'
import { openCordon } from '../estate/cordon.ts'
import { foundCompany, passwords } from '../okta/company.ts'
import { meAt, signIn, tokenAt, withApiToken, withSession } from '../okta/thief.ts'
import { peopleSource } from '../../../lab/estate/register.ts'

const head = 'id,name,mail,kind,project,customer,start,end\n'
const row = (id: string, mail: string, end: string): string =>
  `${id},Ada Byron,${mail},contractor,rating,Lab Aster,2025-01-01,${end}\n`

test('an ended contractor’s session and tokens are refused, and neither a namesake, break-glass nor Cordon itself is touched', async (t) => {
  const company = await foundCompany()
  const { twin, clock, config, ada, grace, root, wiki, cordonActs } = company
  t.after(() => twin.close())
  const people = peopleSource({})
  t.after(() => people.close())
  const decoy = { username: 'ada@elsewhere.example', password: 'EXAMPLE-decoy-1' }
  const profile = { login: decoy.username, email: decoy.username, firstName: 'Ada', lastName: 'Byron' }
  makeUser(twin.org, { ...profile, userType: 'contractor' }, decoy.password)

  const rootCode = [...twin.state.factors.values()].find(({ user }) => user === root.id)?.passCode ?? ''
  const signedIn = async (username: string, password: string): Promise<string> => {
    const passCode = username.startsWith('root@') ? rootCode : ''
    const sid = await signIn(twin.url, { username, password, ...(passCode === '' ? {} : { passCode }) })
    assert.ok(sid !== undefined, username)
    return sid
  }
  const sid = await signedIn('ada@brightwater.example', passwords.ada)
  const api = twin.makeApiToken(sid, 'export')
  const { refreshToken } = twin.consent(sid, wiki, ['okta.users.read.self'])
  const others = [
    await signedIn('grace@brightwater.example', passwords.grace),
    await signedIn('root@brightwater.example', passwords.root),
    await signedIn(decoy.username, decoy.password),
  ]

  const setup = {
    connector: 'okta',
    config: { orgUrl: config.orgUrl, clientId: config.clientId, containClientId: cordonActs.id },
    see: { privateKey: company.keys.see },
    contain: { privateKey: company.keys.contain },
  }
  const cordon = await openCordon([setup], clock, 86_400_000)
  t.after(() => cordon.close())
  // Root is the company's break-glass account, and HR once forgot that it is nobody's.
  people.write(
    head +
      row('1', 'Ada@Brightwater.example', '2026-03-20') +
      row('2', 'grace@brightwater.example', '') +
      row('3', 'root@brightwater.example', '2026-03-01'),
  )
  await cordon.connect(people.setup)
  const { ended } = await endedActive(cordon.graph.view(), clock.nowMs())
  const found = ended.map(({ person, alive }) => [
    nativeOf(person.person),
    alive.map(({ account }) => nativeOf(account)),
  ])
  assert.deepEqual(found, [
    ['3', [root.id]],
    ['1', [ada.id]],
  ])

  const identity = (native: string): EntityId => entityId('identity', cordon.authorities.get('okta') ?? '', native)
  const acting = new Together(clock)
  const { run, responder } = await openContainment(cordon, [setup], acting)
  await responder.protect(defaultTenant, { entity: identity(root.id), why: 'break-glass' }, 'admin')
  const batch = ended.map(({ person, alive }) => ({
    person: person.person,
    // Somebody names Cordon's own app among them.
    accounts: [
      ...alive.map(({ account }) => account),
      ...(nativeOf(person.person) === '1' ? [identity(cordonActs.id)] : []),
    ],
  }))
  const [report] = await run([{ kind: 'offboarding', people: batch }])
  assert.ok(report)

  assert.equal(await signIn(twin.url, { username: 'ada@brightwater.example', password: passwords.ada }), undefined)
  assert.equal(await meAt(twin.url, withSession(sid)), 401)
  assert.equal(await meAt(twin.url, withApiToken(api.value)), 401)
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
  assert.equal((await tokenAt(`${twin.url}/oauth2/v1/token`, form)).status, 400)
  for (const other of others) assert.equal(await meAt(twin.url, withSession(other)), 200)
  assert.equal(twin.state.users.get(grace.id)?.['status'], 'ACTIVE')
  assert.equal(twin.state.apps.get(cordonActs.id)?.['status'], 'ACTIVE')

  const dead = new Set(report.dead.map(({ credential }) => credential))
  assert.ok(dead.has(identity(ada.id)))
  const survivors = new Set<EntityId>(report.survivors.map(({ credential }) => credential))
  assert.ok(survivors.has(identity(root.id)) && survivors.has(identity(cordonActs.id)), [...survivors].join(' '))
  assert.ok(!survivors.has(identity(ada.id)))
  assert.ok(
    report.actions.every(
      ({ target, attempts }) => attempts === 0 || nativeOf(target).includes(ada.id) || target.includes('api-token'),
    ),
  )
})
