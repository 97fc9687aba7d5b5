import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { entityId } from '#model'

import {
  apiActions,
  builtInPolicies,
  capTargetsMax,
  createPolicy,
  cutsOffMax,
  roles,
  type PolicyText,
  type Principal,
  type StepRequest,
} from './index.ts'

const policy = createPolicy()
const target = entityId('credential', 'vault', 'key/1')
const step = (fields: Partial<StepRequest> = {}): StepRequest => ({
  connector: 'vault',
  verb: 'vault.key.disable',
  phase: 'revoke',
  target,
  targetAttributes: { owner: 'payments', createdAtMs: 5, quiet: null },
  reversible: true,
  cutsOff: 0,
  recentOfVerb: 1,
  severity: 'critical',
  trust: { origin: 'vendor', sources: ['vault-1'], confinedTo: null },
  insideConfinement: true,
  ladder: 'auto',
  ...fields,
})
const level = (fields: Partial<StepRequest>, of = policy) => of.decideStep(step(fields)).level
const with1 = (text: string) => createPolicy({ policies: [builtInPolicies, { place: 'mine.cedar', text }] })
const confined = { origin: 'host', sources: ['host-1'], confinedTo: [entityId('host', 'host', 'runner-7')] } as const

test('what can be put back runs by itself, what cannot needs approval', () => {
  assert.deepEqual(policy.decideStep(step()), { level: 0, decidedBy: ['step.reversible'], errors: [] })
  assert.equal(level({ reversible: false }), 1)
  assert.equal(level({ reversible: false, cutsOff: cutsOffMax + 1 }), 2)
  assert.equal(level({ cutsOff: cutsOffMax + 1 }), 1)
  assert.equal(level({ severity: 'low' }), 1)
})

test('below auto nothing runs by itself, and the ladder says so', () => {
  for (const ladder of ['observe', 'recommend', 'ask'] as const) {
    const decision = policy.decideStep(step({ ladder }))
    assert.equal(decision.level, 1)
    assert.ok(decision.decidedBy.includes('code.ladder'))
  }
})

test('what rests on sources that the exposed scope can write runs by itself inside that scope alone', () => {
  const trust = { ...confined, sources: [...confined.sources], confinedTo: [...confined.confinedTo] }
  assert.equal(level({ trust, insideConfinement: true }), 0)
  assert.deepEqual(policy.decideStep(step({ trust, insideConfinement: false })), {
    level: 1,
    decidedBy: ['code.confinement', 'step.reversible'],
    errors: [],
  })
})

const permitAll: PolicyText = { place: 'loose.cedar', text: '@id("all") permit (principal, action, resource);' }

test('break-glass, own credential and cap stand before policy and no policy lifts them', () => {
  const loose = createPolicy({ policies: [permitAll] })
  assert.equal(level({ reversible: false, cutsOff: 1000 }, loose), 0)
  for (const value of [true, 'true', 1, 'yes']) {
    assert.equal(level({ targetAttributes: { breakGlass: value } }, loose), null)
    assert.equal(level({ targetAttributes: { own: value } }, loose), null)
  }
  assert.equal(level({ targetAttributes: { breakGlass: false, own: null } }, loose), 0)
  assert.deepEqual(loose.decideStep(step({ targetAttributes: { breakGlass: true } })).decidedBy, ['code.break-glass'])
  assert.equal(level({ recentOfVerb: capTargetsMax }, loose), 0)
  assert.equal(level({ recentOfVerb: capTargetsMax + 1 }, loose), 2)
})

test('a forbid that errors holds the step', () => {
  const overflowing = with1(`@id("mine.broken")
forbid (principal is Automation, action == Action::"step.run", resource)
when { context.cutsOff * 9223372036854775807 > 0 };`)
  const decision = overflowing.decideStep(step({ cutsOff: 3 }))
  assert.equal(decision.level, null)
  assert.match(decision.errors.join('\n'), /mine\.broken.*overflow/)
  assert.equal(level({ cutsOff: 0 }, overflowing), 0)
})

test('a request that does not fit the schema holds', () => {
  const decision = policy.decideStep(step({ cutsOff: 1.5 }))
  assert.equal(decision.level, null)
  assert.notEqual(decision.errors.length, 0)
})

test('a forbid of the user overrules every permit, and its id is given', () => {
  const mine = with1(`@id("mine.payments-by-hand") @says("payments are cut by people")
forbid (principal is Automation, action == Action::"step.run", resource)
when { resource.hasTag("owner") && resource.getTag("owner") == "payments" };`)
  assert.deepEqual(mine.decideStep(step()), { level: null, decidedBy: ['mine.payments-by-hand'], errors: [] })
  assert.equal(level({ targetAttributes: {} }, mine), 0)
  assert.deepEqual(mine.explain({ step: step() }), [
    `vault.key.disable on ${target} is never run by Cordon`,
    'mine.payments-by-hand: payments are cut by people',
  ])
})

test('the level is the least number of approvals that the policies permit', () => {
  fc.assert(
    fc.property(
      fc.record({
        reversible: fc.boolean(),
        cutsOff: fc.nat({ max: 60 }),
        recentOfVerb: fc.integer({ min: 1, max: 60 }),
        severity: fc.constantFrom('low', 'high', 'critical' as const),
        ladder: fc.constantFrom('ask', 'auto' as const),
        insideConfinement: fc.boolean(),
      }),
      (fields) => {
        const decision = level({ ...fields, trust: { origin: 'host', sources: [], confinedTo: [] } })
        const wide = fields.cutsOff > cutsOffMax
        const byPolicy = Math.max(fields.reversible ? 0 : wide ? 2 : 1, wide || fields.severity === 'low' ? 1 : 0)
        const byCode = Math.max(
          fields.recentOfVerb > capTargetsMax ? 2 : 0,
          fields.ladder === 'ask' || !fields.insideConfinement ? 1 : 0,
        )
        assert.equal(decision, Math.max(byPolicy, byCode))
      },
    ),
    { numRuns: 100 },
  )
})

const faults: [string, string, RegExp, RegExp][] = [
  ['permit (principal, action', 'ERR_POLICY_SYNTAX', /end of input/, /^mine\.cedar, line 1/],
  ['permit (principal, action, resource);', 'ERR_POLICY_ID', /no id/, /mine\.cedar/],
  ['@id("code.x") permit (principal, action, resource);', 'ERR_POLICY_ID', /reserved/, /mine\.cedar/],
  [
    '@id("step.reversible") permit (principal, action, resource);',
    'ERR_POLICY_ID',
    /two policies/,
    /built-in and mine/,
  ],
  ['@id("t") permit (principal == ?principal, action, resource);', 'ERR_POLICY_TEMPLATE', /slots/, /mine\.cedar/],
  [
    '@id("typo") permit (principal, action == Action::"step.run", resource) when { context.sevirity == "low" };',
    'ERR_POLICY_INVALID',
    /sevirity/,
    /mine\.cedar: typo, line 1/,
  ],
]
for (const [text, code, message, place] of faults) {
  test(`a policy text is refused whole: ${message.source}`, () => {
    assert.throws(
      () => with1(text),
      (error: Error & { code: string; place: string; hint: string }) => {
        assert.equal(error.code, code)
        assert.match(error.message, message)
        assert.match(error.place, place)
        return true
      },
    )
  })
}

test('a broken schema is refused', () => {
  assert.throws(() => createPolicy({ schema: 'entity A in' }), { code: 'ERR_POLICY_SCHEMA' })
})

test('the version follows every change of policies and schema, and nothing else', () => {
  assert.equal(createPolicy().version, policy.version)
  assert.notEqual(createPolicy({ policies: [permitAll] }).version, policy.version)
})

const anyone = (kind: Principal['kind'], ...held: string[]): Principal => ({ id: 'p1', kind, roles: held })
const may = (principal: Principal, action: string) =>
  policy.authorize({ principal, action, resource: { type: 'incident', id: 'inc_1' } }).allowed

test('each role may do its own actions and those of the roles it includes, and nothing else', () => {
  for (const role of roles) {
    for (const [action, allowed] of Object.entries(apiActions)) {
      const given: readonly string[] = allowed
      const expected =
        given.includes(role) ||
        (!['ingest', 'provisioner', 'receiver', 'bootstrap'].includes(role) && given.includes('viewer'))
      assert.equal(may(anyone('user', role), action), expected, `${role} ${action}`)
    }
  }
})

test('without a role, with an unknown role, or for an unknown action the answer is no', () => {
  assert.equal(may(anyone('user'), 'incident.read'), false)
  assert.equal(may(anyone('user', 'owner', 'Admin'), 'incident.read'), false)
  const decision = policy.authorize({
    principal: anyone('user', 'admin'),
    action: 'incident.delete-all',
    resource: { type: 'incident', id: 'inc_1' },
  })
  assert.deepEqual([decision.allowed, decision.decidedBy], [false, ['code.unknown-action']])
})

test('an ingest token does nothing but ingest, whatever roles it was given', () => {
  const token = anyone('ingest', 'ingest', 'admin', 'approver')
  assert.equal(may(token, 'event.write'), true)
  assert.equal(may(token, 'incident.approve'), false)
  assert.equal(may(token, 'setting.write'), false)
})

test('automation is not reachable through the API', () => {
  assert.equal(may(anyone('user', ...roles), 'step.run'), false)
})

test('access policies may speak of the resource', () => {
  const mine = with1(`@id("mine.wall")
forbid (principal, action == Action::"incident.read", resource is Resource)
when { resource.hasTag("customer") && resource.getTag("customer") == "lab-aster" };`)
  const ask = (attributes: Record<string, string>) =>
    mine.authorize({
      principal: anyone('user', 'viewer'),
      action: 'incident.read',
      resource: { type: 'incident', id: 'inc_1', attributes },
    })
  assert.equal(ask({ customer: 'lab-birch' }).allowed, true)
  assert.deepEqual(ask({ customer: 'lab-aster' }), { allowed: false, decidedBy: ['mine.wall'], errors: [] })
})
