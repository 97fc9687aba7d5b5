import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { entityId } from '#model'
import { oktaConnector } from '#connectors/okta'

import { foundCompany } from './company.ts'
import { openCordon } from './cordon.ts'
import { nameOrg } from '../../../src/connectors/okta/names.ts'
import { assertDescribed, org, orgOf, saidOf, type Policy } from './sign-on.ts'
import {
  assurance,
  denied,
  groups,
  lax,
  mfa,
  network,
  ofApps,
  one,
  password,
  people,
  session,
  signon,
  strict,
  two,
  user,
  zones,
  type Draft,
} from './sign-on-rows.ts'

// Cases of Okta's pages "Global session policies", "App sign-in policies", "Policies" (evaluation), "Network zones", and of
// the descriptions of fields in its management API. Every row is held to that API's own description.
const expression = { elCondition: { condition: 'user.profile.title != "Board"' } }

const all = (word: string): string => `ada ${word}, bo ${word}, cy ${word}`
const [open, held, untold] = ['open', 'held', 'not told'].map(all)
const said = async (kind: 'factor' | 'condition', policies: readonly Policy[], more = {}): Promise<string> =>
  Object.entries(await saidOf(kind, orgOf(policies, more)))
    .map(([name, word]) => `${name} ${word}`)
    .join(', ')

test('whom sessions and apps ask for more than a password', async () => {
  const possession = { possession: { deviceBound: 'REQUIRED', phishingResistant: 'REQUIRED', required: true } }
  const cases: [why: string, policies: Policy[], said: string | undefined][] = [
    ['a session by a password, an app by one factor', [lax, ofApps([one])], open],
    ['a session by a password, and an app that asks for two', [lax, ofApps([two])], held],
    ['a session by two, and an app by one', [strict, ofApps([one])], held],
    ['one app of two', [lax, ofApps([two], ['crm']), ofApps([one], ['wiki'])], all('in part')],
    ['a session refused', [session([{ asks: signon(false, 'DENY') }]), ofApps([one])], held],
    ['an app refused', [lax, ofApps([denied])], held],
    ['one factor, one that they have to have', [lax, ofApps([{ asks: assurance('1FA', possession) }])], held],
    [
      'one factor, either of two, one of them a password',
      [lax, ofApps([{ asks: assurance('1FA', possession, { knowledge: { types: ['PASSWORD'], required: true } }) }])],
      open,
    ],
    [
      'one factor, that need not be one that they have',
      [lax, ofApps([{ asks: assurance('1FA', { possession: { required: false } }) }])],
      open,
    ],
    [
      'a question alone',
      [lax, ofApps([{ asks: assurance('1FA', { knowledge: { types: ['SECURITY_QUESTION'] } }) }])],
      untold,
    ],
    [
      'a chain of methods',
      [lax, ofApps([{ asks: { appSignOn: { access: 'ALLOW', verificationMethod: { type: 'AUTH_METHOD_CHAIN' } } } }])],
      untold,
    ],
    [
      'the first policy of sessions that fits',
      [session([mfa], groups('emergency')), lax, ofApps([one])],
      'ada open, bo held, cy open',
    ],
    [
      'by priority, and not in the order of the list',
      [lax, session([mfa], groups('staff')), ofApps([one])],
      'ada held, bo held, cy open',
    ],
    ['a policy that is off', [session([mfa], groups('staff'), { status: 'INACTIVE' }), lax, ofApps([one])], open],
    ['a rule that is off', [session([{ ...mfa, status: 'INACTIVE' }], groups('staff')), lax, ofApps([one])], open],
    [
      'a policy none of whose rules fits gives way to the next',
      [session([{ ...mfa, when: people({ exclude: [user('bo')] }) }], groups('staff')), lax, ofApps([one])],
      'ada held, bo open, cy open',
    ],
    [
      'a group of an app that two are asked of, before everybody',
      [lax, ofApps([{ ...two, when: people({}, { include: groups('staff') }) }, one])],
      'ada held, bo held, cy open',
    ],
    [
      'a group left out of it',
      [lax, ofApps([{ ...two, when: people({}, { include: groups('staff'), exclude: groups('emergency') }) }, one])],
      'ada held, bo open, cy open',
    ],
    [
      'somebody by name',
      [lax, ofApps([{ ...one, when: people({ include: [user('cy')] }) }, two])],
      'ada held, bo held, cy open',
    ],
    [
      'groups and people together, of which nobody says how',
      [lax, ofApps([{ ...one, when: people({ include: [user('cy')] }, { include: groups('staff') }) }, two])],
      untold,
    ],
    ['in the office alone', [lax, ofApps([{ ...one, when: network(zones('office', 'lines')) }, two])], held],
    ['away from the office', [lax, ofApps([{ ...two, when: network([], zones('office')) }, one])], held],
    ['from half of the Internet', [lax, ofApps([{ ...one, when: network(zones('wide')) }, two])], open],
    ['from a country alone', [lax, ofApps([{ ...one, when: network(zones('abroad')) }, two])], open],
    ['from an autonomous system', [lax, ofApps([{ ...one, when: network(zones('carrier')) }, two])], untold],
    ['from any zone', [lax, ofApps([{ ...one, when: network(['ALL_ZONES']) }, two])], open],
    [
      'from outside of all zones, of one of which nobody can say who is in it',
      [lax, ofApps([{ ...one, when: network([], ['ALL_ZONES']) }, two])],
      untold,
    ],
    [
      'on a managed device',
      [lax, ofApps([{ ...one, when: { device: { registered: true, managed: true } } }, two])],
      held,
    ],
    [
      'on a device that meets conditions',
      [lax, ofApps([{ ...one, when: { device: { registered: true, assurance: { include: ['dae1'] } } } }, denied])],
      held,
    ],
    [
      'on a phone alone',
      [lax, ofApps([{ ...one, when: { platform: { include: [{ type: 'MOBILE', os: { type: 'IOS' } }] } } }, two])],
      open,
    ],
    [
      'on what is no phone',
      [lax, ofApps([{ ...two, when: { platform: { include: [{ type: 'MOBILE', os: { type: 'ANY' } }] } } }, one])],
      open,
    ],
    [
      'on any platform, written out',
      [lax, ofApps([{ ...two, when: { platform: { include: [{ type: 'ANY', os: { type: 'ANY' } }] } } }, one])],
      held,
    ],
    [
      'conditions that ask for nothing, written out',
      [lax, ofApps([{ ...two, when: { userType: { include: [], exclude: [] }, riskScore: { level: 'ANY' } } }, one])],
      held,
    ],
    ['at a risk', [lax, ofApps([{ ...two, when: { riskScore: { level: 'HIGH' } } }, one])], untold],
    ['by an expression', [lax, ofApps([{ ...two, when: expression }, one])], untold],
    ['by an expression that makes no difference', [lax, ofApps([{ ...two, when: expression }, two])], held],
    [
      'by the type of the user',
      [lax, ofApps([{ ...two, when: { userType: { include: ['oty1'], exclude: [] } } }, one])],
      untold,
    ],
    [
      'by RADIUS alone',
      [session([{ ...mfa, when: { authContext: { authType: 'RADIUS' } } }, password]), ofApps([one])],
      open,
    ],
    [
      'by another identity provider',
      [
        session([{ ...mfa, when: { identityProvider: { provider: 'SPECIFIC_IDP', idpIds: ['0oa1'] } } }, password]),
        ofApps([one]),
      ],
      untold,
    ],
    ['an app that names no policy', [lax, ofApps([two], ['crm'])], untold],
    ['an app that names none, and sessions that ask for two', [strict, ofApps([one], ['crm'])], held],
  ]
  for (const [why, policies, expected] of cases) {
    assertDescribed(policies)
    assert.equal(await said('factor', policies), expected, why)
  }
})

test('a shape that is not known, and Classic Engine, hold nothing and open nothing', async () => {
  const odd = (more: JsonObject): Policy[] => [lax, ofApps([{ ...two, ...more }, one])]
  assert.equal(await said('factor', odd({ conditions: { people: 'staff' } })), untold)
  assert.equal(await said('factor', odd({ conditions: { network: { connection: 'TUNNEL' } } })), untold)
  assert.equal(await said('factor', odd({ conditions: { people: { titles: ['x'] } } })), untold)
  assert.equal(await said('factor', odd({ conditions: { moon: { phase: 'full' } } })), untold)
  assert.equal(await said('factor', odd({ actions: { appSignOn: 'ALLOW' } })), untold)
  const classic = { pipeline: 'v1' }
  assert.equal(await said('factor', [lax, ofApps([one], [])], classic), untold)
  assert.equal(await said('factor', [strict, ofApps([one], [])], classic), held)
})

test('where zones may not be read, nobody can say who is in one of them', async () => {
  const policies = [lax, ofApps([{ ...one, when: network(['ALL_ZONES']) }, two])]
  assert.equal(await said('factor', policies, { refused: '/zones' }), untold)
})

test('whoever administers comes in by the policy of the Admin Console', async () => {
  const users = entityId('resource', org, 'api/okta.users')
  const ofAdmin = async (console: Draft): Promise<string[]> => {
    const http = orgOf([lax, ofApps([console], ['crm']), ofApps([one], ['wiki'])], { catalog: 'saasure' })
    return [...new Set(Object.values(await saidOf('factor', http, [nameOrg(org)])))]
  }
  assert.deepEqual(await ofAdmin(two), ['held'])
  assert.deepEqual(await ofAdmin(one), ['open'])
  const other = orgOf([lax, ofApps([two], ['crm']), ofApps([one], ['wiki'])])
  assert.deepEqual(
    [...new Set(Object.values(await saidOf('factor', other, [users])))],
    ['open'],
    'no console is told of',
  )
})

test('from where they let in', async () => {
  const where = (...drafts: Draft[]): Promise<string> => said('condition', [lax, ofApps(drafts)])
  assert.equal(await where(two), open)
  assert.equal(await where({ ...two, when: network(zones('office')) }, denied), held)
  assert.equal(await where({ ...two, when: network(zones('abroad')) }, denied), open)
  assert.equal(await where({ ...two, when: { device: { registered: true, managed: true } } }, denied), held)
  // A zone that a wider rule behind it opens again.
  assert.equal(await where({ ...one, when: network(zones('office')) }, two), open)
  const away = { asks: signon(false, 'DENY'), when: network([], zones('office')) }
  assert.equal(
    await said('condition', [session([away], groups('staff')), lax, ofApps([one])]),
    'ada held, bo held, cy open',
  )
})

test('an app that may not read policies reads all the rest, and says so', async (t) => {
  const company = await foundCompany()
  const { twin, cordonSees } = company
  const cordon = openCordon(company)
  t.after(async () => {
    cordon.close()
    await twin.close()
  })
  await cordon.pull('sign-on')
  const rulesThere = await cordon.estate.view().find('resource', { kind: 'sign-in-rule' })
  assert.equal(rulesThere.length, 2, 'those that every org begins with')
  for (const [grantId, grant] of twin.state.grants)
    if (grant['clientId'] === cordonSees.id && grant['scopeId'] === 'okta.policies.read')
      twin.state.grants.delete(grantId)
  const { missing } = await oktaConnector.check(openCordon(company).pullContext())
  assert.deepEqual(missing.filter((one) => one.includes('okta.policies.read')).length, 1)
  company.clock.pass(3_600_000)
  await cordon.pull('sign-on')
  const said = cordon.logged.at(-1)?.raw ?? ''
  for (const list of ['session-policies', 'app-policies']) assert.match(said, new RegExp(`the list .?.?${list}`))
  await cordon.pull('directory')
  assert.equal((await cordon.estate.view().find('identity', { kind: 'human' })).length, twin.state.users.size)
})
