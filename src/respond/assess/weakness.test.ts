import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityFact, type EntityId, type Phase, type Trigger, type WeakThing } from '#model'
import { createMemoryEstate } from '#estate'
import { createPolicy } from '#policy'

import { expose } from './exposure.ts'
import type { PlanAction, PlanSource } from './plan-source.ts'
import { makePlan } from './plan.ts'

const nowMs = 9_000_000
const key = entityId('credential', 'vault', 'key-1')
const ada = entityId('identity', 'vault', 'user/ada')
const link = entityId('resource', 'vault', 'link-1')
const role = entityId('resource', 'vault', 'role-1')

const action = (verb: string, phase: Phase, target: EntityId, reversible: boolean, of = target): PlanAction => ({
  verb,
  phase,
  title: verb,
  scopes: [],
  proofs: ['read-back'],
  targetFor: ({ entity }) => (entity === of ? target : undefined),
  preview: () => ({
    effects: [verb],
    reversible,
    undoWithinMs: null,
    residualMs: 0,
    scopes: [],
    proofs: ['read-back'],
  }),
})
const actions = [
  action('vault.key.disable', 'revoke', key, true),
  action('vault.key.delete', 'revoke', key, false),
  // More than the fix of a key: its user, and everybody's way in.
  action('vault.user.suspend', 'revoke', ada, true, key),
  action('vault.key.deny', 'deny', key, true),
  action('vault.link.remove', 'remove-descendants', link, false),
]
const source: PlanSource = {
  source: 'vault-1',
  connector: 'vault',
  connectorVersion: 1,
  authority: 'vault',
  ladder: 'auto',
  actions,
}
const thing = (target: EntityId, mending: WeakThing['mending']): WeakThing => ({
  finding: 'fnd_aaaaaaaaaaaaaaaa',
  target,
  mending,
  does: `${mending} it`,
  owner: ada,
})

const pauseOf = (things: WeakThing[], forGood: boolean): Trigger => ({
  kind: 'pause',
  vendor: entityId('vendor', 'domain', 'notes.example'),
  class: null,
  things: things.map(({ target, mending, does, owner }) => ({ target, mending, does, owner })),
  forGood,
})

async function planFor(
  things: WeakThing[],
  facts: EntityFact[] = [],
  trigger: Trigger = { kind: 'weakness', weakness: 'unused-key', things },
) {
  const edge = {
    edge: 1,
    src: key,
    type: 'AUTHENTICATES_AS',
    dst: ada,
    validFrom: 0,
    validTo: null,
    observedAtMs: 0,
    confidence: 'observed',
    conditional: false,
    note: null,
    evidence: 1,
  } as const
  const view = createMemoryEstate({ edges: [edge], facts, touches: [], asOf: 1 })
  const exposure = await expose(view, trigger, { fromMs: nowMs, toMs: null }, nowMs)
  const plan = await makePlan({
    tenant: 't_default',
    incident: null,
    severity: 'low',
    trust: { origin: 'person', sources: [], confinedTo: null },
    exposure,
    view,
    sources: [source],
    policy: createPolicy(),
    nowMs,
  })
  return { exposure, plan, steps: plan.steps.map(({ verb, target }) => `${verb} ${target}`) }
}

test('a fix is a step on the thing itself, that which can be put back before that which cannot', async () => {
  const { steps, exposure } = await planFor([thing(key, 'revoke'), thing(link, 'remove')])
  assert.deepEqual(steps.toSorted(), [`vault.key.disable ${key}`, `vault.link.remove ${link}`])
  assert.deepEqual(
    [exposure.credentials.map(({ credential }) => credential), exposure.descendants.map(({ entity }) => entity)],
    [[key], [link]],
    'neither what the key opens nor what it made is a member',
  )
})

test('what no program can do, or no source has a step for, is a task of its owner and never said to die', async () => {
  const { plan, exposure } = await planFor([thing(key, 'task'), thing(role, 'remove')])
  assert.deepEqual(
    plan.steps.map(({ verb, target, preview: { owner, effects } }) => [verb, target, owner, effects[0]]),
    [
      ['manual.task', key, ada, 'task it'],
      ['manual.task', role, ada, 'remove it'],
    ],
  )
  assert.deepEqual([exposure.credentials, exposure.descendants.map(({ entity }) => entity)], [[], [role]])
  assert.deepEqual(
    plan.survivorsForeseen.map(({ credential }) => credential),
    [role],
  )
})

test('break-glass behind a weak key is planned and never allowed', async () => {
  const { plan } = await planFor(
    [thing(key, 'revoke')],
    [{ entity: ada, observedAtMs: 0, attributes: { breakGlass: true } }],
  )
  assert.deepEqual(
    plan.steps.map(({ verb, level, decidedBy }) => [verb, level, decidedBy]),
    [['vault.key.disable', null, ['code.break-glass']]],
  )
})

test('a pause takes what can be put back, a deny of the thing itself too; what is final only where it is for good', async () => {
  const things = [thing(key, 'disable'), thing(link, 'disable')]
  const forNow = await planFor(things, [], pauseOf(things, false))
  assert.deepEqual(forNow.steps.toSorted(), [
    `manual.task ${link}`,
    `vault.key.deny ${key}`,
    `vault.key.disable ${key}`,
  ])
  assert.ok(forNow.plan.steps.every(({ preview }) => preview.reversible))
  assert.deepEqual(
    forNow.plan.survivorsForeseen.map(({ credential }) => credential),
    [link],
  )
  const forGood = await planFor(things, [], pauseOf(things, true))
  assert.deepEqual(
    forGood.steps.filter((step) => step.endsWith(link)),
    [`vault.link.remove ${link}`],
  )
  assert.deepEqual(
    forGood.steps.filter((step) => step.startsWith('vault.key.delete')),
    [],
    'what can be put back goes first',
  )
})
