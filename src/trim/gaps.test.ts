import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId, type EntityId, type Touch } from '#model'
import { createMemoryEstate, type MemoryEstateParts } from '#estate'

import { makeStatements } from '../../test/simulation/statements.ts'
import { gapsIn, type GapsOptions, type Telling } from './index.ts'

const dayMs = 86_400_000
const nowMs = 20_000 * dayMs
const at = (kind: 'identity' | 'resource' | 'credential', name: string): EntityId => entityId(kind, 'pg', name)
const [ada, bo, analysts] = [at('identity', 'ada'), at('identity', 'bo'), at('identity', 'analysts')]
const [people, health] = [at('resource', 'people'), at('resource', 'health')]
const robot = entityId('identity', 'cloud', 'robot')
const key = entityId('credential', 'aws', 'AKIAEXAMPLE000000001')

const { edge, fact, offset } = makeStatements(nowMs, {
  validFrom: (nowMs - 700 * dayMs) / 1000,
  observedAtMs: nowMs - 500 * dayMs,
})
const read = (identity: EntityId, resource: EntityId, daysAgo: number): Touch & { offset: number } => ({
  identity,
  credential: null,
  resource,
  verb: 'read',
  atMs: nowMs - daysAgo * dayMs,
  records: null,
  origin: null,
  offset: offset(),
})
const told: Telling = {
  logged: ['read', 'write', 'delete', 'share', 'admin', 'login'],
  partly: {},
  sinceMs: 0,
  gaps: [],
  late: null,
}
const options: GapsOptions = {
  tenant: defaultTenant,
  atMs: nowMs,
  windowMs: 90 * dayMs,
  horizonMs: 30 * dayMs,
  tells: new Map([['pg', told]]),
  spared: new Set(),
  withPartly: false,
  conditionsTold: new Set(['cloud']),
  rulesDecide: new Set(),
  rulesTold: new Set(),
  changesMax: 50,
}
const numbered = (resource: EntityId, from: number, to: number) => ({
  resource,
  persons: Array.from({ length: to - from }, (_, n) => ({
    person: entityId('person', 'hr', `${from + n}`),
    customer: null,
  })),
})
/** Ada reads people every day, and health on two; Bo never reads either and has no factor; a robot's key opens people. */
const company = (more: Partial<MemoryEstateParts> = {}): MemoryEstateParts => ({
  edges: [
    edge(ada, 'CAN_READ', people),
    edge(ada, 'MEMBER_OF', analysts),
    edge(bo, 'MEMBER_OF', analysts),
    edge(analysts, 'CAN_READ', health),
    edge(key, 'AUTHENTICATES_AS', robot),
    edge(robot, 'CAN_READ', people),
  ],
  facts: [
    fact(ada, { kind: 'human', name: 'ada', mfa: true }),
    fact(bo, { kind: 'human', name: 'bo', mfa: false }),
    fact(analysts, { kind: 'group', name: 'analysts' }),
    fact(robot, { kind: 'service', name: 'robot' }),
    fact(key, { kind: 'key', name: 'key of robot' }),
  ],
  touches: [
    ...Array.from({ length: 60 }, (_, n) => read(ada, people, n + 1)),
    read(ada, health, 3),
    read(ada, health, 40),
    read(ada, health, 200),
  ],
  people: [numbered(people, 0, 100), numbered(health, 0, 30)],
  ...more,
})
const found = async (parts = company(), more: Partial<GapsOptions> = {}) =>
  gapsIn(createMemoryEstate(parts), { ...options, ...more })
const shown = ({ gaps }: Awaited<ReturnType<typeof found>>) =>
  gaps.map(({ kind, of, on, newly, daysUsed }) => [kind, of, on, newly, daysUsed])

test('each gap has the change that closes it, and what an earlier change protects is not counted again', async () => {
  const answer = await found()
  assert.deepEqual(shown(answer), [
    ['condition', key, robot, 100, 0],
    ['standing', analysts, health, 60, 2],
  ])
  const [, standing] = answer.gaps
  assert.deepEqual(
    [standing?.holders, standing?.people, standing?.peopleSoFar, standing?.noticedBy.map(({ entity }) => entity)],
    [2, 30, 100, [ada]],
  )
  assert.match(standing?.change ?? '', /for hours when it is needed/)
  assert.ok(standing?.evidence.every((one) => one > 0))
  assert.equal(answer.found, 5, 'Bo’s missing factor and two memberships protect nothing that the grant does not')
  assert.deepEqual(shown(await found(company(), { kind: 'factor' })), [['factor', bo, null, 30, 0]])
})

test('what is used on more than one day in ten, needed for certain by other means, or lent by turns is no gap', async () => {
  const daily = company()
  daily.touches = Array.from({ length: 12 }, (_, n) => read(ada, health, n + 1))
  const kinds = shown(await found(daily, { kind: 'standing' }))
  assert.deepEqual(
    kinds.map(([, of, on]) => [of, on]).filter(([, on]) => on === health),
    [],
  )
  assert.deepEqual(
    kinds.filter(([, of]) => of === bo).map(([, , on]) => on),
    [analysts],
    'Bo’s membership alone',
  )
  const twice = company()
  twice.edges.push(edge(bo, 'CAN_READ', health), edge(ada, 'CAN_READ', health))
  const left = shown(await found(twice, { kind: 'standing' }))
  assert.ok(
    left.every(([, of]) => of !== analysts),
    'who keeps it another way is protected by no end of this one',
  )
})

test('what no source tells is not told, and counts for nothing', async () => {
  const blind = await found(company(), { tells: new Map(), conditionsTold: new Set() })
  assert.deepEqual(shown(blind), [['factor', bo, null, 30, 0]])
  const untold = blind.untold.map(({ kind, authority, count }) => [kind, authority, count])
  assert.ok(untold.some(([kind, authority]) => kind === 'condition' && authority === 'cloud'))
  assert.ok(untold.some(([kind, authority]) => kind === 'standing' && authority === 'pg'))
  const everywhere = company()
  everywhere.facts = [...(everywhere.facts ?? []), fact(key, { fromAnywhere: true })]
  const told = await found(everywhere, { kind: 'condition', conditionsTold: new Set() })
  assert.deepEqual([shown(told), told.untold], [[['condition', key, robot, 100, 0]], []], 'the key itself says so')
  const mute = company()
  mute.facts = (mute.facts ?? []).map((one) => (one.entity === bo ? fact(bo, { kind: 'human', name: 'bo' }) : one))
  const factors = await found(mute, { kind: 'factor' })
  assert.deepEqual([shown(factors), factors.untold.map(({ kind, count }) => [kind, count])], [[], [['factor', 1]]])
})

test('a key whose rights hang on a condition, one of Cordon’s own, and who is spared are no gap', async () => {
  const narrowed = company()
  narrowed.edges = narrowed.edges.map((one) => (one.src === robot ? { ...one, conditional: true } : one))
  assert.deepEqual(shown(await found(narrowed, { kind: 'condition' })), [])
  assert.deepEqual(shown(await found(company(), { kind: 'condition', spared: new Set([robot]) })), [])
  const own = company()
  own.facts = (own.facts ?? []).map((one) => (one.entity === key ? fact(key, { kind: 'key', own: true }) : one))
  assert.deepEqual(shown(await found(own, { kind: 'condition' })), [])
})
