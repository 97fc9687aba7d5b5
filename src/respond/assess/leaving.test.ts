import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type Edge, type EntityFact, type EntityId, type Phase } from '#model'
import { createMemoryEstate } from '#estate'
import { createPolicy } from '#policy'
import type { Member } from '#respond/contract'

import { makeStatements } from '../../../test/simulation/statements.ts'
import { expose } from './exposure.ts'
import type { PlanAction, PlanSource } from './plan-source.ts'
import { makePlan } from './plan.ts'

const nowMs = 9_000_000
const realm = 'vault'
const user = (name: string): EntityId => entityId('identity', realm, `user/${name}`)
const credential = (name: string): EntityId => entityId('credential', realm, name)
const person = (name: string): EntityId => entityId('person', 'hr', name)
const pipeline = entityId('resource', 'ci', 'pipeline/deploy')
const laptop = entityId('host', 'host', 'laptop-7')
const print = entityId('credential', 'fp', 'k1.AAAA')

const { edge, fact, asOf } = makeStatements(0)

const action = (verb: string, phase: Phase, targetFor: (member: Member) => EntityId | undefined): PlanAction => ({
  verb,
  phase,
  title: verb,
  scopes: [],
  proofs: ['read-back'],
  targetFor,
  preview: () => ({
    effects: [verb],
    reversible: true,
    undoWithinMs: null,
    residualMs: 0,
    scopes: [],
    proofs: ['read-back'],
  }),
})
const isUser = ({ entity, role }: Member) => (role === 'trigger' ? entity : undefined)
const suspend = action('vault.user.suspend', 'revoke', isUser)
const signOut = action('vault.sessions.end', 'end-sessions', isUser)
const revoke = action('vault.key.revoke', 'revoke', ({ entity }) =>
  entity.startsWith('credential:') ? entity : undefined,
)
const vault = (...actions: PlanAction[]): PlanSource => ({
  source: 'vault-1',
  connector: 'vault',
  connectorVersion: 1,
  authority: realm,
  ladder: 'auto',
  actions,
})

async function leave(
  edges: Edge[],
  { facts = [], actions = [suspend, signOut, revoke] }: { facts?: EntityFact[]; actions?: PlanAction[] } = {},
) {
  const view = createMemoryEstate({ edges, facts, touches: [], asOf: asOf() })
  const people = ['ada', 'bo'].map((name) => ({ person: person(name), accounts: [user(name)] }))
  const exposure = await expose(view, { kind: 'offboarding', people }, { fromMs: nowMs, toMs: null }, nowMs)
  const plan = await makePlan({
    tenant: 't_default',
    incident: null,
    severity: 'medium',
    trust: { origin: 'person', sources: ['admin'], confinedTo: null },
    exposure,
    view,
    sources: [vault(...actions)],
    policy: createPolicy(),
    nowMs,
  })
  return {
    exposure,
    steps: plan.steps.map(({ verb, target, level }) => `${verb} ${target}${level === null ? ' never' : ''}`),
    tasks: plan.steps.filter(({ verb }) => verb === 'manual.task').map(({ preview }) => preview.effects.join('; ')),
    survivors: new Map(plan.survivorsForeseen.map(({ credential: who, why }) => [who, why])),
  }
}

test('an account dies with its own credentials and what these gave out, and nothing else of its owner', async () => {
  const edges = [
    edge(credential('password/ada'), 'AUTHENTICATES_AS', user('ada')),
    edge(credential('grant/ada'), 'OWNED_BY', user('ada')),
    edge(credential('grant/ada'), 'DERIVES', credential('token/ada')),
    // What she read and what she made stays: colleagues work by it.
    edge(user('ada'), 'CREATED', credential('key/shared')),
    edge(user('ada'), 'MEMBER_OF', user('engineers')),
    edge(user('engineers'), 'CAN_READ', pipeline),
    edge(pipeline, 'STORES', credential('key/deploy')),
  ]
  const { exposure, steps, survivors } = await leave(edges, {
    facts: [fact(credential('grant/ada'), { kind: 'grant' })],
  })
  assert.deepEqual(
    exposure.credentials.map((one) => [one.credential, one.role, one.reason.length]),
    [
      [credential('grant/ada'), 'readable', 1],
      [credential('password/ada'), 'readable', 1],
      [credential('token/ada'), 'session', 2],
    ],
  )
  assert.ok(!steps.some((step) => step.includes('key/')), steps.join('\n'))
  assert.deepEqual(
    steps.filter((step) => step.startsWith('vault.user.suspend')),
    [`vault.user.suspend ${user('ada')}`, `vault.user.suspend ${user('bo')}`],
  )
  assert.equal(survivors.size, 0)
})

test('what a program works by is handed over, not killed, and neither is its account', async () => {
  const edges = [
    edge(credential('key/ada'), 'AUTHENTICATES_AS', user('ada')),
    edge(credential('session/ada'), 'AUTHENTICATES_AS', user('ada')),
    edge(print, 'SAME_AS', credential('key/ada')),
    edge(pipeline, 'STORES', print),
    edge(credential('key/bo'), 'AUTHENTICATES_AS', user('bo')),
    edge(laptop, 'STORES', credential('key/bo')),
  ]
  const { steps, tasks, survivors } = await leave(edges)
  assert.ok(steps.includes(`vault.key.revoke ${credential('session/ada')}`), 'what nothing works by dies')
  assert.ok(!steps.some((step) => step.startsWith('vault') && step.endsWith(user('ada'))), steps.join('\n'))
  assert.ok(!steps.includes(`vault.key.revoke ${credential('key/ada')}`))
  assert.ok(steps.includes(`vault.key.revoke ${credential('key/bo')}`), 'a key on a laptop is its owner’s alone')
  assert.equal(tasks.length, 1)
  assert.match(tasks[0] ?? '', /pipeline\/deploy works by it: give a successor/)
  assert.deepEqual([...survivors.keys()].sort(), [credential('key/ada'), user('ada')].sort())
})

test('what somebody owns gets a task, and dies not', async () => {
  const app = entityId('app', realm, 'nightly-export')
  const { steps, tasks } = await leave([edge(app, 'OWNED_BY', user('ada'))])
  assert.match(tasks.join(), /it owns app:vault:nightly-export: somebody else must answer for it/)
  assert.ok(!steps.some((step) => step.endsWith(app)))
})

test('an account that only loses its sessions is named: it signs in again', async () => {
  const { survivors } = await leave([], { actions: [signOut] })
  assert.deepEqual([...survivors.keys()].sort(), [user('ada'), user('bo')])
})

test('break-glass is planned and never allowed, and is named', async () => {
  const { steps, survivors } = await leave([], { facts: [fact(user('ada'), { breakGlass: true })] })
  assert.ok(steps.includes(`vault.user.suspend ${user('ada')} never`))
  assert.deepEqual([...survivors.keys()], [user('ada')])
})
