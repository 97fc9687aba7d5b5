import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { policyOf, readPolicy, type Policy, type Statement } from './policy.ts'
import { like } from './conditions.ts'
import { evaluate, type Policies, type Request } from './evaluate.ts'

const account = '111122223333'
const principal = `arn:aws:iam::${account}:user/ci`
const ask = (action: string, resource: string, context: Request['context'] = {}): Request => ({
  principal,
  account,
  action,
  resource,
  context,
})
const policy = (...statements: unknown[]): Policy => policyOf({ Statement: statements }) ?? assert.fail('a policy')
const allowAll = policy({ Effect: 'Allow', Action: '*', Resource: '*' })

test('an explicit deny, a boundary, a service control policy and a session policy each have the last word', () => {
  const request = ask('s3:GetObject', 'arn:aws:s3:::people/a')
  const readOnly = policy({ Effect: 'Allow', Action: 's3:Get*', Resource: '*' })
  const denied = policy({ Effect: 'Deny', NotAction: 'iam:*', Resource: '*' })
  assert.equal(evaluate({ identity: [allowAll] }, request), 'allow')
  assert.equal(evaluate({ identity: [] }, request), 'deny')
  assert.equal(evaluate({ identity: [allowAll, denied] }, request), 'deny')
  assert.equal(evaluate({ identity: [allowAll], boundary: readOnly }, ask('s3:PutObject', '*')), 'deny')
  assert.equal(evaluate({ identity: [allowAll], boundary: readOnly }, request), 'allow')
  assert.equal(evaluate({ identity: [allowAll], scps: [[allowAll], [denied, allowAll]] }, request), 'deny')
  assert.equal(evaluate({ identity: [allowAll], scps: [[allowAll], []] }, request), 'deny')
  assert.equal(evaluate({ identity: [allowAll], session: [readOnly] }, ask('iam:CreateUser', '*')), 'deny')
})

test('a condition that is not known makes maybe, and a known one decides', () => {
  const office = policy({
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
    Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  })
  const key = 'aws:multifactorauthpresent'
  assert.equal(evaluate({ identity: [office] }, ask('s3:GetObject', 'x')), 'maybe')
  assert.equal(evaluate({ identity: [office] }, ask('s3:GetObject', 'x', { [key]: 'true' })), 'allow')
  assert.equal(evaluate({ identity: [office] }, ask('s3:GetObject', 'x', { [key]: 'false' })), 'deny')
  const unless = policy({
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
  })
  assert.equal(evaluate({ identity: [allowAll, unless] }, ask('s3:GetObject', 'x')), 'maybe')
  const own = policy({ Effect: 'Allow', Action: 'iam:*', Resource: `arn:aws:iam::${account}:user/\${aws:username}` })
  assert.equal(evaluate({ identity: [own] }, ask('iam:CreateAccessKey', principal)), 'maybe')
  assert.equal(evaluate({ identity: [own] }, ask('iam:CreateAccessKey', principal, { 'aws:username': 'ci' })), 'allow')
  assert.equal(evaluate({ identity: [own] }, ask('iam:CreateAccessKey', 'arn:aws:s3:::people')), 'deny')
})

test('a trust policy decides alone for whom it names, and leaves an account to its own policies', () => {
  const role = `arn:aws:iam::${account}:role/deploy`
  const named = policy({ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole' })
  const root = policy({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' })
  const other = policy({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:user/ada` }, Action: 'sts:*' })
  const request = ask('sts:AssumeRole', role)
  const decide = (resource: Policy, identity: Policy[]) => evaluate({ identity, resource }, request, { isTrust: true })
  assert.equal(decide(named, []), 'allow')
  assert.equal(decide(root, []), 'deny')
  assert.equal(decide(root, [allowAll]), 'allow')
  assert.equal(decide(other, [allowAll]), 'deny')
})

test('documents come URL-encoded or plain, and what is no policy is refused', () => {
  const text = JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } })
  assert.deepEqual(readPolicy(encodeURIComponent(text)), readPolicy(text))
  assert.equal(readPolicy('{"Statement":[{"Effect":"allow"}]}'), undefined)
  assert.equal(readPolicy('%7Bbroken'), undefined)
})

const word = fc.array(fc.constantFrom('a', 'b', '*', '?', '.'), { maxLength: 8 }).map((parts) => parts.join(''))
test('a wildcard pattern matches what the plain definition of wildcards says', () => {
  const plainly = (pattern: string, text: string): boolean => {
    if (pattern === '') return text === ''
    if (pattern[0] === '*') return plainly(pattern.slice(1), text) || (text !== '' && plainly(pattern, text.slice(1)))
    return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && plainly(pattern.slice(1), text.slice(1))
  }
  fc.assert(
    fc.property(word, word, (pattern, text) => {
      assert.equal(
        like(pattern, text.replaceAll('*', 'a').replaceAll('?', 'b')),
        plainly(pattern, text.replaceAll('*', 'a').replaceAll('?', 'b')),
      )
    }),
    { numRuns: 2_000 },
  )
})

/** Conditions are free variables here (`Bool: {fN: true}`): a verdict is sure when it holds for every way they may turn out. */
const flags = ['f1', 'f2', 'f3']
const actions = ['s3:GetObject', 's3:PutObject', 'iam:CreateUser']
const resources = ['arn:aws:s3:::people/a', 'arn:aws:s3:::other/b']
const anyStatement: fc.Arbitrary<Statement> = fc
  .record({
    effect: fc.constantFrom('Allow' as const, 'Allow' as const, 'Allow' as const, 'Deny' as const),
    actions: fc.subarray(['*', 's3:*', 's3:Get*', 'iam:CreateUser', 'S3:putobject'], { minLength: 1 }),
    isNotAction: fc.boolean(),
    resources: fc.subarray(['*', 'arn:aws:s3:::people/*', 'arn:aws:s3:::?ther/b'], { minLength: 1 }),
    isNotResource: fc.boolean(),
    flags: fc.subarray(flags, { maxLength: 1 }),
    wanted: fc.constantFrom('true', 'false'),
  })
  .map(({ effect, actions: acts, isNotAction, resources: where, isNotResource, flags: on, wanted }) => ({
    effect,
    ...(isNotAction ? { notActions: acts } : { actions: acts }),
    ...(isNotResource ? { notResources: where } : { resources: where }),
    conditions: on.length === 0 ? {} : { Bool: Object.fromEntries(on.map((flag) => [flag, [wanted]])) },
  }))
const anything: Statement = { effect: 'Allow', actions: ['*'], resources: ['*'], conditions: {} }
const anyPolicy = fc.oneof(
  { weight: 2, arbitrary: fc.array(anyStatement, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(anyStatement, { maxLength: 1 }).map((some) => [anything, ...some]) },
)
/** Whom a statement of a resource's policy is about. */
const whom = fc.subarray(['*', principal, account, `arn:aws:iam::${account}:user/ada`], { minLength: 1 })
const anyAddressed = fc.array(
  fc.tuple(anyStatement, whom).map(([statement, principals]): Statement => ({ ...statement, principals })),
  { maxLength: 3 },
)
const everybody: Statement = { ...anything, principals: ['*'] }
const anyPolicies: fc.Arbitrary<Policies> = fc.record(
  {
    identity: fc.array(anyPolicy, { minLength: 1, maxLength: 2 }),
    boundary: anyPolicy,
    scps: fc.array(fc.array(anyPolicy, { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
    session: fc.array(anyPolicy, { minLength: 1, maxLength: 2 }),
    resource: anyAddressed,
    rcps: fc.constant([[[everybody]]]),
  },
  { requiredKeys: ['identity'] },
)

/** Two-valued, written from the definition: gather, look for a deny, then ask each layer. */
function naive(
  { identity, boundary, scps, session, resource, rcps }: Policies,
  { action, resource: asked }: Request,
  on: Record<string, boolean>,
): boolean {
  const glob = (pattern: string, text: string): boolean =>
    new RegExp(`^${pattern.replace(/[.]/g, '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(text)
  const hits = (one: Statement): boolean =>
    (one.actions?.some((pattern) => glob(pattern, action)) ??
      !one.notActions?.some((pattern) => glob(pattern, action))) &&
    (one.resources?.some((pattern) => glob(pattern, asked)) ??
      !one.notResources?.some((pattern) => glob(pattern, asked))) &&
    Object.entries(one.conditions['Bool'] ?? {}).every(([flag, [wanted]]) => String(on[flag]) === wanted)
  const own = [identity, ...(boundary === undefined ? [] : [[boundary]]), ...(scps ?? []), session ?? []].flat(2)
  const about = (names: string[]) => (one: Statement) => one.principals?.some((name) => names.includes(name)) === true
  const theirs = [...(rcps ?? []).flat(2), ...(resource ?? [])].filter(about(['*', principal, account]))
  if ([...own, ...theirs].some((one) => one.effect === 'Deny' && hits(one))) return false
  const allows = (list: readonly Statement[]): boolean => list.some((one) => one.effect === 'Allow' && hits(one))
  const levels = [...(scps ?? []), ...(rcps ?? [])].map((level) => level.flat())
  if (!levels.every(allows)) return false
  if (session !== undefined && !allows(session.flat())) return false
  // A user that is named is let in whatever the boundary leaves out.
  if (allows((resource ?? []).filter(about([principal])))) return true
  const isBounded = boundary === undefined || allows(boundary)
  return isBounded && (allows(identity.flat()) || allows((resource ?? []).filter(about(['*']))))
}

test('verdicts agree with a plain evaluator over every outcome of the conditions', () => {
  const seen = { allow: 0, maybe: 0, deny: 0 }
  let precise = 0
  fc.assert(
    fc.property(
      anyPolicies,
      fc.constantFrom(...actions),
      fc.constantFrom(...resources),
      (policies, action, resource) => {
        const outcomes = new Set(
          Array.from({ length: 2 ** flags.length }, (_, bits) =>
            naive(
              policies,
              ask(action, resource),
              Object.fromEntries(flags.map((flag, at) => [flag, ((bits >> at) & 1) === 1])),
            ),
          ),
        )
        const verdict = evaluate(policies, ask(action, resource))
        seen[verdict]++
        // A sure verdict is never wrong. One flag asked for both ways may make a maybe of what is sure: an upper bound.
        if (verdict !== 'maybe') assert.deepEqual([...outcomes], [verdict === 'allow'])
        if (verdict !== 'maybe' || outcomes.size === 2) precise++
        const known = Object.fromEntries(flags.map((flag) => [flag, 'true']))
        const sure = evaluate(policies, ask(action, resource, known))
        assert.equal(sure === 'allow', naive(policies, ask(action, resource), { f1: true, f2: true, f3: true }))
        assert.notEqual(sure, 'maybe')
      },
    ),
    { numRuns: 3_000 },
  )
  assert.ok(seen.allow > 50 && seen.maybe > 50 && seen.deny > 50, JSON.stringify(seen))
  assert.ok(precise > 2_900, `${precise} of 3000 are exact`)
})
