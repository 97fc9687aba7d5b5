import assert from 'node:assert/strict'
import { test } from 'node:test'

import { canonicalJson } from '#kit'
import {
  entityId,
  type Edge,
  type EdgeType,
  type EntityFact,
  type EntityId,
  type Phase,
  type Plan,
  type Touch,
  type Trust,
} from '#model'
import { createMemoryEstate, type MemoryEstateParts } from '#estate'
import { capTargetsMax, createPolicy } from '#policy'
import type { Member } from '#respond/contract'

import { expose } from './exposure.ts'
import { actionKey, planHash } from '../keys.ts'
import type { PlanAction, PlanSource } from './plan-source.ts'
import { makePlan, type PlanInput } from './plan.ts'

const second = 1000
let offset = 0
const edge = (src: EntityId, type: EdgeType, dst: EntityId, validFrom = 0, fields: Partial<Edge> = {}): Edge => {
  offset++
  return {
    edge: offset,
    src,
    type,
    dst,
    validFrom,
    validTo: null,
    observedAtMs: validFrom * second,
    confidence: 'observed',
    conditional: false,
    note: null,
    evidence: offset,
    ...fields,
  }
}
const fact = (entity: EntityId, attributes: EntityFact['attributes']): EntityFact => ({
  entity,
  observedAtMs: 0,
  attributes,
})
const runner = entityId('host', 'host', 'runner-7')
const print = (n: number): EntityId => entityId('credential', 'fp', `k1.${n}`)
const key = (name: string): EntityId => entityId('credential', 'vault', `key/${name}`)
const session = entityId('credential', 'vault', 'session/1')
const robot = entityId('identity', 'vault', 'robot')
const service = entityId('identity', 'vault', 'billing')
const now = 9000 * second

const action = (
  verb: string,
  phase: Phase,
  targetFor: (member: Member) => EntityId | undefined,
  preview: Partial<ReturnType<PlanAction['preview']>> = {},
): PlanAction => ({
  verb,
  phase,
  title: verb,
  scopes: [],
  proofs: ['read-back'],
  targetFor,
  preview: (target) => ({
    effects: [`${target} stops`],
    reversible: true,
    undoWithinMs: null,
    residualMs: 0,
    scopes: [],
    proofs: ['read-back'],
    ...preview,
  }),
})
const isKey = ({ entity, role }: Member) =>
  entity.startsWith('credential:') && role !== 'session' ? entity : undefined
const vault: PlanSource = {
  source: 'vault-1',
  connector: 'vault',
  connectorVersion: 3,
  authority: 'vault',
  ladder: 'auto',
  actions: [
    action('vault.key.delete', 'revoke', (member) => (member.role === 'descendant' ? member.entity : undefined), {
      reversible: false,
    }),
    action('vault.key.disable', 'revoke', isKey),
    action('vault.sessions.end', 'end-sessions', ({ role, identity }) =>
      role === 'session' ? (identity ?? undefined) : undefined,
    ),
  ],
}
const policy = createPolicy()
const trust: Trust = { origin: 'vendor', sources: ['vault-1'], confinedTo: null }
async function plan(parts: MemoryEstateParts, fields: Partial<PlanInput> = {}): Promise<Plan> {
  const view = createMemoryEstate(parts)
  const exposure = await expose(view, { kind: 'host', host: runner }, { fromMs: 1000 * second, toMs: null }, now)
  return makePlan({
    tenant: 't_default',
    incident: null,
    severity: 'critical',
    trust,
    exposure,
    view,
    sources: [vault],
    policy,
    nowMs: now,
    ...fields,
  })
}
const story = [
  edge(runner, 'STORES', print(1)),
  edge(print(1), 'SAME_AS', key('a')),
  edge(key('a'), 'AUTHENTICATES_AS', robot),
  edge(key('a'), 'DERIVES', session, 1100),
  edge(session, 'AUTHENTICATES_AS', robot, 1100),
  edge(session, 'CREATED', key('made'), 1200),
]
const brief = (plan: Plan) => plan.steps.map(({ phase, verb, target }) => [phase, verb, target])
const stepOn = (plan: Plan, verb: string, target: EntityId) =>
  plan.steps.find((step) => step.verb === verb && step.target === target)

test('steps come in the order of the phases, what can be put back first', async () => {
  assert.deepEqual(brief(await plan({ edges: story })), [
    ['isolate', 'manual.task', runner],
    ['revoke', 'vault.key.disable', key('a')],
    ['revoke', 'vault.key.disable', key('made')],
    ['revoke', 'vault.key.delete', key('made')],
    ['end-sessions', 'vault.sessions.end', robot],
  ])
})

test('one verb on one target is one step that names everything it serves', async () => {
  const second = entityId('credential', 'vault', 'session/2')
  const { steps } = await plan({
    edges: [...story, edge(key('a'), 'DERIVES', second, 1300), edge(second, 'AUTHENTICATES_AS', robot, 1300)],
  })
  const ends = steps.filter(({ verb }) => verb === 'vault.sessions.end')
  assert.deepEqual(
    ends.map(({ target, serves }) => [target, serves]),
    [[robot, [session, second]]],
  )
})

test('the same inputs give the same plan and hash, whatever order they came in; any other input another hash', async () => {
  const first = await plan({ edges: story, asOf: 7 })
  const again = await plan({ edges: story.toReversed(), asOf: 7 }, { sources: [{ ...vault }] })
  assert.equal(canonicalJson(again), canonicalJson(first))
  assert.equal(planHash(first), first.hash)
  const others = await Promise.all([
    plan({ edges: story, asOf: 8 }),
    plan({ edges: story, asOf: 7 }, { sources: [{ ...vault, connectorVersion: 4 }] }),
    plan({ edges: story, asOf: 7 }, { generationOf: () => 2 }),
  ])
  assert.equal(new Set([first, ...others].map(({ hash }) => hash)).size, 4)
})

test('an action key holds no cause: another incident joins it, another generation does not', async () => {
  const step = stepOn(await plan({ edges: story }), 'vault.key.disable', key('a'))
  const other = await plan({ edges: story }, { incident: 'inc_other', severity: 'medium' })
  assert.equal(stepOn(other, 'vault.key.disable', key('a'))?.key, step?.key)
  assert.equal(step?.key, actionKey('t_default', 'vault.key.disable', key('a'), 1))
  assert.notEqual(step?.key, actionKey('t_default', 'vault.key.disable', key('a'), 2))
  assert.notEqual(step?.key, actionKey('t_other', 'vault.key.disable', key('a'), 1))
})

test('a source acts in its own authority only', async () => {
  const elsewhere = await plan({ edges: story }, { sources: [{ ...vault, authority: 'vault-eu' }] })
  assert.deepEqual(brief(elsewhere), [['isolate', 'manual.task', runner]])
  assert.deepEqual(
    elsewhere.survivorsForeseen.map(({ credential }) => credential),
    [key('a'), key('made'), session],
  )
})

test('a host goes first through its connector, where one can isolate', async () => {
  const hook: PlanSource = {
    ...vault,
    source: 'hosts',
    connector: 'host',
    authority: 'host',
    actions: [action('host.machine.isolate', 'isolate', ({ entity, role }) => (role === 'host' ? entity : undefined))],
  }
  const [first, ...rest] = (await plan({ edges: story }, { sources: [vault, hook] })).steps
  assert.deepEqual([first?.verb, first?.level], ['host.machine.isolate', 0])
  assert.ok(rest.every(({ phase }) => phase !== 'isolate'))
})

test('a consumer outside the scope gets a successor before its key dies, and is shown as cut off', async () => {
  const owner = entityId('identity', 'vault', 'payments-team')
  const use: Touch & { offset: number } = {
    identity: robot,
    credential: key('a'),
    resource: entityId('resource', 'vault', 'ledger'),
    verb: 'read',
    atMs: 500 * second,
    records: null,
    origin: null,
    offset: 1,
  }
  const { steps } = await plan({
    edges: [
      ...story,
      edge(service, 'DEPENDS_ON', key('a')),
      edge(runner, 'DEPENDS_ON', key('a')),
      edge(key('a'), 'OWNED_BY', owner),
    ],
    touches: [use],
  })
  const task = steps.find(({ phase }) => phase === 'hand-over')
  assert.deepEqual([task?.verb, task?.target, task?.cutsOff, task?.level], ['manual.task', key('a'), [service], 0])
  assert.match(
    task?.preview.effects.join('\n') ?? '',
    new RegExp(`${owner} gives a successor .* to ${service}\nservice gap`),
  )
  const kill = steps.find(({ verb, target }) => verb === 'vault.key.disable' && target === key('a'))
  assert.deepEqual(kill?.cutsOff, [service, robot])
  assert.ok(steps.indexOf(task ?? assert.fail()) < steps.indexOf(kill ?? assert.fail()))
})

test('every credential no step will kill is named, with why and what to do', async () => {
  const token = entityId('credential', 'vault', 'token/1')
  const far = entityId('credential', 'elsewhere', 'key/9')
  const expiresAtMs = 100_000 * second
  const { survivorsForeseen } = await plan(
    {
      edges: [
        ...story,
        edge(runner, 'STORES', print(2)),
        edge(runner, 'STORES', far),
        edge(key('a'), 'DERIVES', token, 1500),
        edge(runner, 'STORES', key('maybe'), 0, { conditional: true }),
      ],
      facts: [fact(token, { kind: 'token', selfContained: true, expiresAtMs })],
    },
    { sources: [{ ...vault, actions: vault.actions.filter(({ verb }) => verb !== 'vault.sessions.end') }] },
  )
  const words = new Map(survivorsForeseen.map(({ credential, why, next }) => [credential, `${why} / ${next}`]))
  assert.deepEqual([...words.keys()].sort(), [print(2), far, session, token, key('maybe')].sort())
  assert.match(words.get(print(2)) ?? '', /fingerprint only/)
  assert.match(words.get(far) ?? '', /no connected source can act on `elsewhere`/)
  assert.match(words.get(session) ?? '', /`vault-1` has no action that kills this session/)
  assert.match(words.get(token) ?? '', /self-contained token.*lives until 1970-01-02T03:46:40.000Z.*deny it/)
  assert.match(words.get(key('maybe')) ?? '', /under a condition/)
})

test('a step that leaves a rest of a self-contained token leaves a survivor, one that denies it does not', async () => {
  const token = entityId('credential', 'vault', 'token/1')
  const parts = {
    edges: [edge(runner, 'STORES', token)],
    facts: [fact(token, { kind: 'token', selfContained: true, expiresAtMs: 100_000 * second })],
  }
  const with1 = async (residualMs: number | null) =>
    (
      await plan(parts, {
        sources: [{ ...vault, actions: [action('vault.token.end', 'revoke', isKey, { residualMs })] }],
      })
    ).survivorsForeseen.map(({ credential }) => credential)
  assert.deepEqual(await with1(60_000), [token])
  assert.deepEqual(await with1(null), [token])
  assert.deepEqual(await with1(0), [])
})

test('ending sessions alone leaves a key alive', async () => {
  const [, , ends] = vault.actions
  assert.ok(ends !== undefined)
  const all: PlanSource = { ...vault, actions: [{ ...ends, targetFor: ({ identity }) => identity ?? undefined }] }
  const { survivorsForeseen } = await plan({ edges: story }, { sources: [all] })
  assert.deepEqual(
    survivorsForeseen.map(({ credential }) => credential),
    [key('a'), key('made')],
  )
})

test('Cordon acts neither on a break-glass identity nor on its own credential, by whatever name they are hit', async () => {
  for (const flag of ['breakGlass', 'own', 'named by a person']) {
    for (const entity of [robot, key('a')]) {
      const { steps, survivorsForeseen } =
        flag === 'named by a person'
          ? await plan({ edges: story }, { isProtected: (one) => one === entity })
          : await plan({ edges: story, facts: [fact(entity, { [flag]: true })] })
      const levels = Object.fromEntries(steps.map(({ verb, target, level }) => [`${verb} ${target}`, level]))
      assert.equal(levels[`vault.key.disable ${key('a')}`], null, `${flag} on ${entity}`)
      assert.equal(levels[`vault.key.disable ${key('made')}`], 0)
      assert.equal(levels[`vault.sessions.end ${robot}`], entity === robot ? null : 0)
      const rule = flag === 'own' ? 'code.own-credential' : 'code.break-glass'
      const named = survivorsForeseen.find(({ credential }) => credential === key('a'))
      assert.match(named?.why ?? '', new RegExp(`policy never lets Cordon act on it \\(${rule}\\)`))
    }
  }
})

test('what a host says about a fingerprint shields nothing', async () => {
  const parts = { edges: story, facts: [fact(print(1), { breakGlass: true, own: true, expiresAtMs: 1 })] }
  assert.equal(stepOn(await plan(parts), 'vault.key.disable', key('a'))?.level, 0)
  const alone = await plan({ ...parts, edges: story.slice(0, 1) })
  assert.deepEqual(
    alone.survivorsForeseen.map(({ credential }) => credential),
    [print(1)],
  )
})

test('past the cap the rest waits for two approvals, and what already ran counts', async () => {
  const edges = Array.from({ length: capTargetsMax + 3 }, (_, n) => edge(runner, 'STORES', key(String(n))))
  const levels = async (recent: number) => {
    const { steps } = await plan({ edges }, { startsOf: () => recent })
    return steps.filter(({ verb }) => verb === 'vault.key.disable').map(({ level }) => level)
  }
  assert.equal((await levels(0)).filter((level) => level === 0).length, capTargetsMax)
  assert.equal((await levels(0)).filter((level) => level === 2).length, 3)
  assert.equal((await levels(20)).filter((level) => level === 0).length, capTargetsMax - 20)
})

test('a finding that the exposed host could have written starts nothing outside that host', async () => {
  const confined: Trust = { origin: 'host', sources: ['hosts'], confinedTo: [runner] }
  const { steps } = await plan({ edges: story }, { trust: confined })
  assert.deepEqual(
    steps.filter(({ level }) => level === 0).map(({ target }) => target),
    [runner],
  )
  assert.ok(steps.every(({ target, decidedBy }) => target === runner || decidedBy.includes('code.confinement')))
})

test('below auto nothing runs by itself, verb by verb', async () => {
  const { steps } = await plan(
    { edges: story },
    { sources: [{ ...vault, ladder: 'observe', ladderByVerb: { 'vault.sessions.end': 'auto' } }] },
  )
  const levels = steps.map(({ verb, level }) => [verb, level])
  assert.deepEqual(levels, [
    ['manual.task', 0],
    ['vault.key.disable', 1],
    ['vault.key.disable', 1],
    ['vault.key.delete', 1],
    ['vault.sessions.end', 0],
  ])
})
