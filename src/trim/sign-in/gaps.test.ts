import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  defaultTenant,
  entityId,
  stateSignInPolicy,
  stateSignInRule,
  type EntityId,
  type SignInConditions,
  type SignInRule,
  type Stated,
} from '#model'
import { createMemoryEstate } from '#estate'

import { makeStatements } from '../../../test/simulation/statements.ts'
import { gapsIn, type GapsOptions } from '../index.ts'

const dayMs = 86_400_000
const nowMs = 20_000 * dayMs
const { edge, fact } = makeStatements(nowMs)
const named = (kind: 'identity' | 'resource', name: string): EntityId => entityId(kind, 'idp', name)
const [ada, bo, guest] = [named('identity', 'ada'), named('identity', 'bo'), named('identity', 'guest')]
const [staff, emergency] = [named('identity', 'staff'), named('identity', 'emergency')]
const [crm, wiki] = [named('resource', 'crm'), named('resource', 'wiki')]
const [office, abroad, strange] = [
  named('resource', 'office'),
  named('resource', 'abroad'),
  named('resource', 'strange'),
]
const policies = named('resource', 'policies')

const options: GapsOptions = {
  tenant: defaultTenant,
  atMs: nowMs,
  windowMs: 90 * dayMs,
  horizonMs: 30 * dayMs,
  tells: new Map(),
  spared: new Set(),
  withPartly: false,
  conditionsTold: new Set(),
  rulesDecide: new Set(['idp']),
  rulesTold: new Set(['idp']),
  changesMax: 50,
}
const factor = { least: 'factor', most: 'factor' } as const
const password = { least: 'password', most: 'password' } as const
const refused = { least: 'refused', most: 'refused' } as const

type Draft = Partial<SignInRule> & { id: string; policyOf?: SignInConditions & { enabled?: boolean } }
/** Rules of one chain where none is said, in the order they stand. */
function rules(...drafts: Draft[]): Stated[] {
  return drafts.flatMap(({ id, policyOf, ...draft }, order) => {
    const entity = named('resource', `rule/${id}`)
    const policy = policyOf === undefined ? null : named('resource', `policy/${id}`)
    const rule: SignInRule = {
      name: id,
      chain: 'global',
      order,
      policy,
      enabled: true,
      asks: factor,
      otherwise: 'password',
      ...draft,
    }
    const kept = (one: EntityId): Stated => ({
      edges: [{ src: policies, type: 'CONTAINS', dst: one, confidence: 'observed', op: 'open', atMs: 0 }],
    })
    return [
      stateSignInRule(entity, nowMs, rule),
      kept(entity),
      ...(policy === null
        ? []
        : [stateSignInPolicy(policy, nowMs, { name: id, enabled: true, ...policyOf }), kept(policy)]),
    ]
  })
}

/** Ada and Bo are staff, and Bo of the emergency group; all three open both apps: ten people here, five there. */
const world = (stated: readonly Stated[]) =>
  createMemoryEstate({
    edges: [
      ...[ada, bo].map((one) => edge(one, 'MEMBER_OF', staff)),
      edge(bo, 'MEMBER_OF', emergency),
      ...[ada, bo, guest].flatMap((one) => [crm, wiki].map((app) => edge(one, 'CAN_READ', app))),
      ...stated.flatMap(({ edges = [] }) => edges.map(({ src, type, dst }) => edge(src, type, dst))),
    ],
    facts: [
      ...[ada, bo, guest].map((one) => fact(one, { kind: 'human', name: one, mfa: true, external: one === guest })),
      fact(office, { where: 'own' }),
      fact(abroad, { where: 'anyone' }),
      ...stated.flatMap(({ facts = [] }) => facts.map(({ entity, attributes }) => fact(entity, attributes))),
    ],
    people: [crm, wiki].map((resource, n) => ({
      resource,
      persons: Array.from({ length: n === 0 ? 10 : 5 }, (_, at) => ({
        person: entityId('person', 'hr', `${n}-${at}`),
        customer: null,
      })),
    })),
  })
const short = (id: EntityId): string => id.replace(/^.*:/, '')
async function found(kind: 'factor' | 'condition', stated: readonly Stated[], more: Partial<GapsOptions> = {}) {
  const { gaps, untold } = await gapsIn(world(stated), { ...options, kind, ...more })
  return {
    gaps: gaps.map(({ of, change, holders, people }) => [short(of), change, holders, people]),
    untold: untold.map(({ count }) => count),
  }
}
const factors = async (...drafts: Draft[]) => (await found('factor', rules(...drafts))).gaps
const names = (...of: EntityId[]) => ({ of: 'named', named: of }) as const
const everybody = 'it asks for a second factor'

test('the first rule that matches decides, whatever stands behind it', async () => {
  const lax = { id: 'lax', asks: password, who: names(emergency) }
  assert.deepEqual(await factors(lax, { id: 'strict' }), [['rule/lax', everybody, 1, 15]])
  assert.deepEqual(await factors({ id: 'strict' }, lax), [])
  assert.deepEqual(await factors({ id: 'strict', order: 9 }, { ...lax, order: 1 }), [['rule/lax', everybody, 1, 15]])
})

test('who is left out comes by what holds for them, and a rule that only reports or is off holds nothing', async () => {
  const last = { id: 'none', chain: 'default', asks: password, otherwise: 'nothing', isDefault: true } as const
  const all = { id: 'mfa', otherwise: 'nothing' } as const
  const leaving = { ...all, who: { of: 'all', not: [emergency] } } as const
  assert.deepEqual(await factors(last, all), [])
  assert.deepEqual(await factors(last, leaving), [['rule/mfa', 'it leaves nobody out', 1, 15]])
  assert.deepEqual(await factors(last, { ...all, enabled: false }), [['rule/mfa', 'it is switched on', 3, 15]])
  assert.deepEqual(await factors(last, { ...all, who: names(staff) }), [
    ['rule/none', 'a rule for them asks for a second factor', 1, 15],
  ])
  assert.deepEqual(await factors(last, { ...all, guests: 'not' }), [['rule/mfa', 'it leaves nobody out', 1, 15]])
  assert.deepEqual(await factors(last, { ...all, policyOf: { enabled: false } }), [
    ['rule/mfa', 'it is switched on', 3, 15],
  ])
  assert.deepEqual(await factors(last, { ...all, policyOf: { who: names(staff) } }), [
    ['rule/none', 'a rule for them asks for a second factor', 1, 15],
  ])
})

test('a rule for an app is about what that app opens', async () => {
  const last = { id: 'global', asks: password }
  const app = { id: 'crm', chain: 'crm', otherwise: 'nothing', on: names(crm) } as const
  assert.deepEqual(await factors(last, app), [['rule/global', everybody, 3, 5]])
  assert.deepEqual(await factors(last, { ...app, asks: password }), [['rule/global', everybody, 3, 15]])
})

test('whoever signs in chooses platform, client and country, and not to stand in the office', async () => {
  const last = { id: 'last', asks: password }
  assert.deepEqual(await factors({ id: 'phones', ways: { platforms: ['IOS', 'ANDROID'] } }, last), [
    ['rule/last', everybody, 3, 15],
  ])
  assert.deepEqual(await factors({ id: 'not here', at: { of: 'all', not: [office] } }, last), [])
  assert.deepEqual(await factors({ id: 'here', at: names(office), asks: password }, { id: 'strict' }), [])
  assert.deepEqual(await factors({ id: 'there', at: names(abroad), asks: password }, { id: 'strict' }), [
    ['rule/there', everybody, 3, 15],
  ])
  // Old clients are refused, and the others asked: no way is left, though each rule leaves one.
  const old = { id: 'old', chain: 'old', otherwise: 'nothing', ways: { clients: ['*'] }, asks: refused } as const
  const modern = { id: 'modern', chain: 'modern', otherwise: 'nothing', ways: { clients: ['browser'] } } as const
  assert.deepEqual(await factors(last, old, modern), [])
  assert.deepEqual(await factors(last, modern), [['rule/last', everybody, 3, 15]])
})

test('what nobody can say is not told, unless it makes no difference', async () => {
  const risk = { id: 'risk', outsider: 'untold' } as const
  const last = { id: 'last', asks: password }
  const told = async (...drafts: Draft[]) => found('factor', rules(...drafts))
  assert.deepEqual(await told(risk, last), { gaps: [], untold: [3] })
  assert.deepEqual(await told(risk, { id: 'strict' }), { gaps: [], untold: [] })
  assert.deepEqual((await told({ ...risk, asks: password }, last)).gaps.length, 1, 'open by each of two rules')
  assert.deepEqual(await told({ id: 'place', at: names(strange), asks: password }, { id: 'strict' }), {
    gaps: [],
    untold: [3],
  })
  assert.deepEqual(await told({ id: 'service', asks: { least: 'nothing', most: 'refused' } }), {
    gaps: [],
    untold: [3],
  })
  const unread = await found('factor', rules(last), { rulesTold: new Set() })
  assert.deepEqual(unread, { gaps: [], untold: [3] })
  assert.deepEqual(await found('condition', rules(last), { rulesTold: new Set() }), { gaps: [], untold: [3] })
  const said = { facts: [fact(ada, { factorByRules: true })] }
  const unknown = await found('factor', [said], { rulesTold: new Set(), rulesDecide: new Set() })
  assert.deepEqual(unknown, { gaps: [], untold: [1] }, 'of Ada alone rules are said to decide')
})

test('a factor is no condition of network or device', async () => {
  const conditions = async (...drafts: Draft[]) => (await found('condition', rules(...drafts))).gaps
  const change = 'it lets in from your own networks or devices alone'
  assert.deepEqual(await conditions({ id: 'all' }), [['rule/all', change, 3, 15]])
  assert.deepEqual(await conditions({ id: 'own', at: names(office) }, { id: 'rest', asks: refused }), [])
  assert.deepEqual(await conditions({ id: 'own', outsider: 'never' }, { id: 'rest', asks: refused }), [])
})

test('a login of a database has a gap where nothing is asked, from its own networks too', async () => {
  const login = named('identity', 'etl')
  const stated = (ask: typeof password | { least: 'nothing'; most: 'nothing' }) =>
    rules({ id: 'office', at: names(office), asks: ask, otherwise: 'refused', policyOf: {} })
  const of = async (ask: Parameters<typeof stated>[0], kind: 'factor' | 'condition') => {
    const { gaps } = await gapsIn(
      world([
        ...stated(ask),
        { facts: [fact(login, { kind: 'role', name: 'etl', canLogin: true })] },
        { edges: [{ src: login, type: 'CAN_READ', dst: crm, confidence: 'observed', op: 'open', atMs: 0 }] },
      ]),
      { ...options, kind },
    )
    return gaps.map((gap) => [short(gap.of), gap.change, gap.holders])
  }
  assert.deepEqual(await of(password, 'factor'), [])
  assert.deepEqual(await of({ least: 'nothing', most: 'nothing' }, 'factor'), [
    ['rule/office', 'it asks for a password at least', 1],
  ])
  assert.deepEqual(await of({ least: 'nothing', most: 'nothing' }, 'condition'), [])
})

test('a rule that is gone, or whose policy is, holds nothing and lets nobody in', async () => {
  const lax = rules({ id: 'lax', asks: password })
  const isKept = ({ edges = [] }: Stated): boolean => edges.every(({ type }) => type !== 'CONTAINS')
  assert.deepEqual((await found('factor', [...lax.filter(isKept), ...rules({ id: 'strict' })])).gaps, [])
})
