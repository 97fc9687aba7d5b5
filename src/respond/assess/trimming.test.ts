import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityFact, type EntityId, type Trigger } from '#model'
import { createMemoryEstate } from '#estate'
import { createPolicy } from '#policy'

import { makeStatements } from '../../../test/simulation/statements.ts'
import { expose } from './exposure.ts'
import { makePlan } from './plan.ts'
import type { PlanAction } from './plan-source.ts'
import { trimmedNamesMax } from './trimming.ts'

const nowMs = 9_000_000
const realm = 'idp'
const at = (kind: 'identity' | 'resource' | 'credential', name: string): EntityId => entityId(kind, realm, name)
const [ada, staff, finance, payroll] = ['ada', 'staff', 'finance', 'payroll'].map((name) => at('identity', name))
assert.ok(ada && staff && finance && payroll)
const [ledger, year, other] = [at('resource', 'ledger'), at('resource', 'ledger/2026'), at('resource', 'other')]

const { edge } = makeStatements(0)
const edges = [
  edge(ada, 'MEMBER_OF', staff),
  edge(at('credential', 'password/ada'), 'AUTHENTICATES_AS', ada),
  edge(staff, 'MEMBER_OF', finance),
  edge(finance, 'MEMBER_OF', payroll),
  edge(payroll, 'CAN_READ', ledger),
  edge(ledger, 'CONTAINS', year),
  edge(staff, 'CAN_READ', other),
]
const takes = at('resource', 'membership/finance/staff')
const trigger: Trigger = {
  kind: 'trim',
  memberships: [{ right: 'trm_aaaaaaaa', member: staff, group: finance, takes }],
  stage: { number: 1, waitMs: 0, most: 0 },
}
const window = { fromMs: nowMs, toMs: null }
const isolating = (verb: string, more: Partial<PlanAction>): PlanAction => ({
  verb,
  phase: 'remove-descendants',
  title: verb,
  scopes: [],
  proofs: ['read-back'],
  targetFor: ({ entity }) => entity,
  preview: () => ({
    effects: [],
    reversible: true,
    undoWithinMs: null,
    residualMs: 0,
    scopes: [],
    proofs: ['read-back'],
  }),
  ...more,
})
const remove = isolating('idp.membership.remove', { takesRight: () => takes })

async function planned(actions: readonly PlanAction[], facts: EntityFact[] = [], of: Trigger = trigger) {
  const view = createMemoryEstate({ edges, facts })
  const exposure = await expose(view, of, window, nowMs)
  const plan = await makePlan({
    tenant: 't_default',
    incident: null,
    severity: 'low',
    trust: { origin: 'person', sources: [], confinedTo: null },
    exposure,
    view,
    sources: [{ source: 'idp', connector: 'idp', connectorVersion: 1, authority: realm, actions, ladder: 'auto' }],
    policy: createPolicy(),
    nowMs,
  })
  return { exposure, plan }
}

test('what a membership opened, and to whom, is kept; no credential is exposed by it', async () => {
  const { exposure } = await planned([remove])
  assert.deepEqual(exposure.trimmed?.[0]?.holders, [ada, staff])
  assert.deepEqual(exposure.trimmed?.[0]?.opens, [ledger, year], 'and not what the member has besides')
  assert.deepEqual([exposure.credentials, exposure.hosts, exposure.descendants], [[], [], []])
})

test('more than can be listed is told as such', async () => {
  const many = Array.from({ length: trimmedNamesMax + 1 }, (_, n) => edge(at('identity', `u${n}`), 'MEMBER_OF', staff))
  const { trimmed } = await expose(createMemoryEstate({ edges: [...edges, ...many] }), trigger, window, nowMs)
  assert.equal(trimmed?.[0]?.holders, null)
  assert.deepEqual(trimmed[0].opens, [ledger, year])
})

test('only what takes that very membership, and gives it back, is planned; it waits for an approval', async () => {
  const { plan } = await planned([
    remove,
    // Each of these would act on it after a theft.
    isolating('idp.user.suspend', {}),
    isolating('idp.membership.other', { takesRight: () => at('resource', 'membership/other/staff') }),
    isolating('idp.membership.erase', {
      takesRight: () => takes,
      preview: () => ({ ...remove.preview(takes, {}), reversible: false }),
    }),
  ])
  assert.deepEqual(
    plan.steps.map(({ verb, target, level, cutsOff }) => [verb, target, level, cutsOff]),
    [['idp.membership.remove', takes, 1, [ada, staff]]],
  )
  const none = await planned([isolating('idp.user.suspend', {})])
  assert.deepEqual(
    [none.plan.steps, none.plan.survivorsForeseen.map(({ credential }) => credential)],
    [[], [takes]],
    'what nothing takes is named',
  )
})

test('what is kept for emergencies stays in its groups', async () => {
  const { plan } = await planned([remove], [{ entity: staff, observedAtMs: 0, attributes: { breakGlass: true } }])
  assert.deepEqual(
    plan.steps.map(({ level }) => level),
    [null],
  )
})

test('a grant that somebody wants ended for good is ended by what ends it and nothing beside, and no refusal is watched for', async () => {
  const [grant, app] = [at('credential', 'grant/ada'), entityId('app', realm, 'wiki')]
  const of: Trigger = {
    ...trigger,
    memberships: [{ right: 'trm_aaaaaaaa', member: ada, group: app, takes: grant, forGood: true }],
  }
  const final = { ...remove.preview(takes, {}), reversible: false }
  const onGrant = (verb: string, phase: PlanAction['phase']): PlanAction =>
    isolating(verb, { phase, targetFor: ({ entity }) => (entity === grant ? grant : undefined), preview: () => final })
  const actions = [
    onGrant('idp.grant.revoke', 'revoke'),
    onGrant('idp.grant.deny', 'deny'),
    isolating('idp.user.suspend', { phase: 'revoke', targetFor: ({ identity }) => identity ?? undefined }),
    { ...remove, targetFor: () => undefined },
  ]
  const { exposure, plan } = await planned(actions, [], of)
  assert.deepEqual(
    plan.steps.map(({ verb, target, level, preview }) => [verb, target, level, preview.reversible]),
    [['idp.grant.revoke', grant, 1, false]],
  )
  assert.deepEqual(exposure.trimmed?.[0]?.holders, [])
  const spared = await planned(actions, [{ entity: ada, observedAtMs: 0, attributes: { breakGlass: true } }], of)
  assert.deepEqual(
    spared.plan.steps.map(({ level }) => level),
    [null],
    'of who is kept for emergencies nothing is ended',
  )
})
