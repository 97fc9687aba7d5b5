import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isObject, seededInt, seededRandom, type Json, type JsonObject } from '#kit'
import { entityId } from '#model'
import { oktaConnector } from '#connectors/okta'

import { foundCompany } from './company.ts'
import { openCordon } from './cordon.ts'
import { nameOrg } from '../../../src/connectors/okta/names.ts'
import { apps, assertDescribed, id, members, org, orgOf, saidOf, type Policy } from './sign-on.ts'

/** Random orgs of a plain run. */
const rounds = Number(process.env['CORDON_POLICY_ROUNDS'] ?? 20)

// Cases of Okta's pages "Global session policies", "App sign-in policies", "Policies" (evaluation), "Network zones", and of
// the descriptions of fields in its management API. Every row is held to that API's own description.
let made = 0
const row = (prefix: string, type: string, priority: number, more: JsonObject): JsonObject => ({
  id: id(prefix, String(++made)),
  type,
  name: `n${made}`,
  status: 'ACTIVE',
  priority,
  system: false,
  ...more,
})
type Draft = JsonObject & { asks?: JsonObject; when?: JsonObject }
const rules = (type: string, drafts: readonly Draft[]): JsonObject[] =>
  drafts.map(({ asks = {}, when, ...more }, n) =>
    row(type === 'SIGN_ON' ? '0pr' : 'rul', type, n + 1, {
      ...(when === undefined ? {} : { conditions: when }),
      actions: asks,
      ...more,
    }),
  )
const groups = (...some: string[]): string[] => some.map((name) => id('00g', name))
const zones = (...some: string[]): string[] => some.map((name) => id('nzo', name))
/** A global session policy, for these groups; without any: Okta's own, for everybody. */
const session = (drafts: readonly Draft[], of: readonly string[] = [], more: JsonObject = {}): Policy => ({
  row: row('00p', 'OKTA_SIGN_ON', of.length === 0 ? 99 : 1, {
    system: of.length === 0,
    conditions: { people: { groups: { include: of.length === 0 ? groups('everyone') : [...of] } } },
    ...more,
  }),
  rules: rules('SIGN_ON', drafts),
})
const ofApps = (drafts: readonly Draft[], of: readonly string[] = apps): Policy => ({
  row: row('rst', 'ACCESS_POLICY', 1, {}),
  rules: rules('ACCESS_POLICY', drafts),
  of,
})
const signon = (requireFactor: boolean, access = 'ALLOW'): JsonObject => ({
  signon: { access, requireFactor, primaryFactor: 'PASSWORD_IDP' },
})
const assurance = (factorMode: string, ...constraints: JsonObject[]): JsonObject => ({
  appSignOn: { access: 'ALLOW', verificationMethod: { type: 'ASSURANCE', factorMode, constraints } },
})
const password = { asks: signon(false) }
const mfa = { asks: signon(true) }
const one = { asks: assurance('1FA') }
const two = { asks: assurance('2FA') }
const denied = { asks: { appSignOn: { access: 'DENY' } } }
const [lax, strict] = [session([password]), session([mfa])]
const people = (users: JsonObject, of: JsonObject = {}): JsonObject => ({ people: { users, groups: of } })
const network = (include: string[], exclude: string[] = []): JsonObject => ({
  network: { connection: 'ZONE', include, exclude },
})
const user = (name: string): string => id('00u', name)
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

// A plain look at Okta's own rows: from each place and on each platform that somebody outside may choose, the rule that decides.
type Way = { place: string | null; platform: string }
const outside = [null, 'wide', 'abroad'].flatMap((place) =>
  ['IOS', 'ANDROID', 'WINDOWS', 'MACOS', 'none of these'].map((platform): Way => ({ place, platform })),
)
const systems: Record<string, string[]> = { MOBILE: ['IOS', 'ANDROID'], DESKTOP: ['WINDOWS', 'MACOS'] }
const at = (from: Json | undefined, ...path: string[]): Json =>
  path.reduce<Json>((found, key) => (isObject(found) ? (found[key] ?? null) : null), from ?? null)
const listed = (from: Json): Json[] => (Array.isArray(from) ? from : [])
const ids = (from: Json): string[] => listed(from).filter((one) => typeof one === 'string')

function fits(conditions: Json | undefined, name: string, { place, platform }: Way): boolean {
  const mine = [user(name), ...groups(...(members[name] ?? []))]
  const included = ['users', 'groups'].flatMap((kind) => ids(at(conditions, 'people', kind, 'include')))
  const excluded = ['users', 'groups'].flatMap((kind) => ids(at(conditions, 'people', kind, 'exclude')))
  if (included.length > 0 && !included.some((one) => mine.includes(one))) return false
  if (excluded.some((one) => mine.includes(one))) return false
  if (at(conditions, 'device', 'registered') === true) return false
  const here = place === null ? null : id('nzo', place)
  const into = listed(at(conditions, 'network', 'include'))
  if (into.length > 0 && !into.includes(here)) return false
  if (here !== null && listed(at(conditions, 'network', 'exclude')).includes(here)) return false
  const some = listed(at(conditions, 'platform', 'include')).flatMap((one) => {
    const [type, os] = ids([at(one, 'type'), at(one, 'os', 'type')])
    return os === 'ANY' ? (systems[type ?? ''] ?? []) : [os]
  })
  return some.length === 0 || some.includes(platform)
}
const byPriority = (rows: readonly JsonObject[]): JsonObject[] =>
  rows.filter(({ status }) => status === 'ACTIVE').toSorted((a, b) => Number(a['priority']) - Number(b['priority']))
/** 0: a password; 1: more than that; 2: refused. */
function levelOf({ actions }: JsonObject): number {
  if ([at(actions, 'signon', 'access'), at(actions, 'appSignOn', 'access')].includes('DENY')) return 2
  const isMore = at(actions, 'signon', 'requireFactor') === true
  return isMore || at(actions, 'appSignOn', 'verificationMethod', 'factorMode') === '2FA' ? 1 : 0
}
function levelFor(policies: readonly Policy[], name: string, app: string, way: Way): number {
  const rulesOf = (row: JsonObject) => byPriority(policies.find((one) => one.row === row)?.rules ?? [])
  const decides = (rows: readonly JsonObject[]): JsonObject | undefined =>
    byPriority(rows)
      .filter((row) => row['system'] === true || fits(row['conditions'], name, way))
      .flatMap(rulesOf)
      .find((rule) => fits(rule['conditions'], name, way))
  const sessions = policies.filter(({ of }) => of === undefined).map(({ row }) => row)
  const own = policies.filter(({ of }) => of?.includes(app) === true).map(({ row }) => row)
  return Math.max(...[sessions, own].map((rows) => levelOf(decides(rows) ?? {})))
}

function drawn(seed: number): Policy[] {
  const unit = seededRandom(seed)
  const pick = <T>(from: readonly T[]): T | undefined => from[seededInt(unit, from.length)]
  const maybe = (share: number, make: () => JsonObject): JsonObject => (unit() < share ? make() : {})
  const some = <T>(from: readonly T[]): T[] => from.filter(() => unit() < 0.5)
  const when = (isOfApp: boolean): JsonObject => ({
    ...maybe(0.4, () =>
      people({ exclude: some(['ada', 'bo', 'cy'].map(user)) }, { include: some(groups('staff', 'emergency')) }),
    ),
    ...maybe(0.2, () =>
      people({ include: some(['ada', 'bo', 'cy'].map(user)) }, { exclude: some(groups('emergency')) }),
    ),
    ...maybe(0.4, () => network(some(zones('office', 'lines', 'wide', 'abroad')), some(zones('lines', 'abroad')))),
    ...maybe(isOfApp ? 0.2 : 0, () => ({ device: { registered: true, managed: unit() < 0.5 } })),
    ...maybe(isOfApp ? 0.3 : 0, () => ({
      platform: {
        include: [
          pick([
            { type: 'MOBILE', os: { type: 'ANY' } },
            { type: 'DESKTOP', os: { type: 'ANY' } },
            { type: 'MOBILE', os: { type: 'IOS' } },
            { type: 'DESKTOP', os: { type: 'MACOS' } },
          ]) ?? {},
        ],
      },
    })),
  })
  const ofSession = [signon(false), signon(false), signon(true), signon(true, 'DENY')]
  const ofApp = [assurance('1FA'), assurance('1FA'), assurance('2FA'), { appSignOn: { access: 'DENY' } }]
  const drafts = (asks: readonly JsonObject[]): Draft[] => [
    ...Array.from({ length: seededInt(unit, 4) }, () => ({
      asks: pick(asks) ?? {},
      when: when(asks === ofApp),
      status: unit() < 0.2 ? 'INACTIVE' : 'ACTIVE',
    })),
    { asks: pick(asks) ?? {} },
  ]
  // The last rule of a policy that is not Okta's own need not fit everybody.
  const narrow = session(drafts(ofSession).slice(0, -1), groups('staff'), {
    status: pick(['ACTIVE', 'INACTIVE']) ?? '',
  })
  const same = unit() < 0.5
  return [
    session(drafts(ofSession)),
    narrow,
    ...(same ? [apps] : apps.map((app) => [app])).map((of) => ofApps(drafts(ofApp), of)),
  ]
}

test('what is said is what a plain look at every place and platform finds, whatever the policies', async () => {
  const seen = new Map<string, number>()
  for (let seed = 1; seed <= rounds; seed++) {
    const policies = drawn(seed)
    assertDescribed(policies)
    for (const [kind, enough] of [
      ['factor', 1],
      ['condition', 2],
    ] as const) {
      const found = await saidOf(kind, orgOf(policies))
      for (const [name, word] of Object.entries(found)) {
        const open = apps.filter((app) => outside.some((way) => levelFor(policies, name, app, way) < enough))
        assert.equal(word, ['held', 'in part', 'open'][open.length], `${kind} of ${name}, seed ${seed}`)
        seen.set(`${kind} ${word}`, (seen.get(`${kind} ${word}`) ?? 0) + 1)
      }
    }
  }
  for (const kind of ['factor', 'condition'])
    for (const word of ['held', 'in part', 'open']) assert.ok((seen.get(`${kind} ${word}`) ?? 0) > 0, `${kind} ${word}`)
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
