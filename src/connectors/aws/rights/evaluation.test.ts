import assert from 'node:assert/strict'
import { test } from 'node:test'

import { policyOf, type Policy } from './policy.ts'
import { evaluate, type Policies, type Request, type Verdict } from './evaluate.ts'

// Cases of "Policy evaluation logic" and of the pages on boundaries, principals, `NotPrincipal`, service and resource control
// policies in the IAM and Organizations user guides: what each sentence there says, as a row.
const account = '111122223333'
const other = '444455556666'
const user = `arn:aws:iam::${account}:user/carlos`
const role = `arn:aws:iam::${account}:role/app`
const root = `arn:aws:iam::${account}:root`
const session = `arn:aws:sts::${account}:assumed-role/app/now`

const policy = (...statements: object[]): Policy => policyOf({ Statement: statements }) ?? assert.fail('a policy')
const allow = (more: object = {}): object => ({ Effect: 'Allow', Action: 's3:*', Resource: '*', ...more })
const deny = (more: object = {}): object => ({ Effect: 'Deny', Action: 's3:*', Resource: '*', ...more })
const to = (name: string, more: object = {}): object => ({ Principal: { AWS: name }, ...more })
const [may, mayNot] = [policy(allow()), policy(deny())]
const elsewhere = policy(allow({ Action: 'ec2:*' }))
const everything = policy(allow({ Action: '*' }))
const rcpFull = policy(allow({ Action: '*', Principal: '*' }))
const unknown = { Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }
const spare = (...names: string[]): object => deny({ NotPrincipal: { AWS: names } })

type Case = [says: string, expected: Verdict, policies: Partial<Policies>, more?: Partial<Request> & { isTrust?: true }]
const cases: Case[] = [
  // Within one account.
  ['nothing allows: the implicit deny', 'deny', {}],
  ['the identity alone allows', 'allow', { identity: [may] }],
  ['the resource alone allows, to the user by name', 'allow', { resource: policy(allow(to(user))) }],
  ['the resource alone allows, to everybody', 'allow', { resource: policy(allow({ Principal: '*' })) }],
  ['the resource allows somebody else', 'deny', { resource: policy(allow(to(`${user}-too`))) }],
  ['the resource allows the account, the identity nothing', 'deny', { resource: policy(allow(to(root))) }],
  ['the resource allows the account by number', 'deny', { resource: policy(allow(to(account))) }],
  [
    'the resource allows the account, and so does the identity',
    'allow',
    { identity: [may], resource: policy(allow(to(root))) },
  ],
  ['an explicit deny of the identity', 'deny', { identity: [may, mayNot], resource: policy(allow(to(user))) }],
  ['an explicit deny of the resource', 'deny', { identity: [may], resource: policy(deny({ Principal: '*' })) }],
  ['a deny of the resource about another', 'allow', { identity: [may], resource: policy(deny(to(`${user}-too`))) }],
  ['a deny of the resource about the account', 'deny', { identity: [may], resource: policy(deny(to(root))) }],
  // Boundaries: an implicit deny in one limits the identity's policies and a role's grants, not a user's by name.
  ['a boundary that leaves it out', 'deny', { identity: [may], boundary: elsewhere }],
  [
    'a boundary, and the resource allows the user by ARN',
    'allow',
    { boundary: elsewhere, resource: policy(allow(to(user))) },
  ],
  [
    'a boundary, and the resource allows the role by ARN',
    'deny',
    { boundary: elsewhere, resource: policy(allow(to(role))) },
    { principal: role },
  ],
  [
    'a boundary that denies, and the resource allows the user by ARN',
    'deny',
    { boundary: mayNot, resource: policy(allow(to(user))) },
  ],
  // Session policies: the same for the role, and which session is named cannot be told.
  ['a session policy that leaves it out', 'deny', { identity: [may], session: [elsewhere] }, { principal: role }],
  [
    'a session policy, and the resource allows the role by ARN',
    'deny',
    { session: [elsewhere], resource: policy(allow(to(role))) },
    { principal: role },
  ],
  [
    'a session policy, and the resource allows the user by ARN',
    'deny',
    { session: [elsewhere], resource: policy(allow(to(user))) },
  ],
  [
    'the resource allows one session of the role',
    'maybe',
    { resource: policy(allow(to(session))) },
    { principal: role },
  ],
  [
    'the resource denies one session of the role',
    'maybe',
    { identity: [may], resource: policy(deny(to(session))) },
    { principal: role },
  ],
  // Service control policies: they grant nothing, and every level has to allow.
  ['a level of the organisation leaves it out', 'deny', { identity: [may], scps: [[everything], [elsewhere]] }],
  [
    'a level of the organisation, against the resource',
    'deny',
    { resource: policy(allow(to(user))), scps: [[elsewhere]] },
  ],
  ['a level allows, nothing else does', 'deny', { scps: [[everything]] }],
  ['a deny on one level', 'deny', { identity: [may], scps: [[everything], [everything, mayNot]] }],
  // Resource control policies: over the resource, whoever asks.
  [
    'resource control leaves it out',
    'deny',
    { identity: [may], rcps: [[policy(allow({ Action: 'sqs:*', Principal: '*' }))]] },
  ],
  ['resource control allows all and grants nothing', 'deny', { rcps: [[rcpFull]] }],
  ['resource control denies', 'deny', { identity: [may], rcps: [[rcpFull, policy(deny({ Principal: '*' }))]] }],
  [
    'resource control denies whom it cannot tell',
    'maybe',
    { identity: [may], rcps: [[rcpFull, policy(deny({ Principal: '*', ...unknown }))]] },
  ],
  [
    'resource control denies a stranger',
    'deny',
    {
      identity: [may],
      resource: policy(allow({ Principal: '*' })),
      resourceAccount: other,
      rcps: [
        [rcpFull, policy(deny({ Principal: '*', Condition: { StringNotEquals: { 'aws:PrincipalAccount': other } } }))],
      ],
    },
  ],
  // Across accounts: both sides have to allow.
  ['across: the identity alone', 'deny', { identity: [may], resourceAccount: other }],
  ['across: the resource alone', 'deny', { resource: policy(allow(to(user))), resourceAccount: other }],
  ['across: both, by ARN', 'allow', { identity: [may], resource: policy(allow(to(user))), resourceAccount: other }],
  ['across: both, by account', 'allow', { identity: [may], resource: policy(allow(to(root))), resourceAccount: other }],
  [
    'across: a boundary counts, though the user is named',
    'deny',
    { identity: [may], boundary: elsewhere, resource: policy(allow(to(user))), resourceAccount: other },
  ],
  // Trust policies and policies of encryption keys: without them nobody comes.
  ['a role that trusts nobody', 'deny', { identity: [everything], resource: [] }, { isTrust: true }],
  [
    'a key that leaves it to the account',
    'allow',
    { identity: [may], resource: policy(allow(to(root))) },
    { isTrust: true },
  ],
  [
    'a key that leaves it to the account, which says nothing',
    'deny',
    { resource: policy(allow(to(root))) },
    { isTrust: true },
  ],
  ['a key that names the user', 'allow', { resource: policy(allow(to(user))) }, { isTrust: true }],
  // NotPrincipal.
  ['a deny for all but the user', 'allow', { identity: [may], resource: policy(spare(user, root)) }],
  ['a deny for all but the account: its users are denied', 'deny', { identity: [may], resource: policy(spare(root)) }],
  [
    'a deny for all but a user who has a boundary: denied all the same',
    'deny',
    { identity: [may], boundary: everything, resource: policy(spare(user, root)) },
  ],
  [
    'a deny for all but the role: its session must be named too',
    'maybe',
    { identity: [may], resource: policy(spare(role, session, root)) },
    { principal: role },
  ],
  ['an allow for all but another', 'allow', { resource: policy(allow({ NotPrincipal: { AWS: `${user}-too` } })) }],
  ['an allow for all but the user', 'deny', { resource: policy(allow({ NotPrincipal: { AWS: user } })) }],
  // Conditions.
  [
    'an allow of the resource that cannot be decided',
    'maybe',
    { resource: policy(allow({ ...to(user), ...unknown })) },
  ],
  [
    'a deny of the resource that cannot be decided',
    'maybe',
    { identity: [may], resource: policy(deny({ Principal: '*', ...unknown })) },
  ],
  [
    'a deny of whoever comes unencrypted',
    'allow',
    {
      identity: [may],
      resource: policy(deny({ Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })),
    },
  ],
  [
    'a deny of all but one by condition',
    'deny',
    {
      identity: [may],
      resource: policy(deny({ Principal: '*', Condition: { ArnNotEquals: { 'aws:PrincipalArn': role } } })),
    },
  ],
  [
    'a deny of all but one by condition, who asks',
    'allow',
    {
      identity: [may],
      resource: policy(deny({ Principal: '*', Condition: { ArnNotEquals: { 'aws:PrincipalArn': user } } })),
    },
  ],
  [
    'what is undecided twice stays undecided',
    'maybe',
    { identity: [policy(allow(unknown))], resource: policy(deny({ Principal: '*', ...unknown })) },
  ],
  [
    'an undecided allow against a sure deny',
    'deny',
    { identity: [policy(allow(unknown))], resource: policy(deny({ Principal: '*' })) },
  ],
  [
    'an undecided allow beside a sure one',
    'allow',
    { identity: [policy(allow(unknown))], resource: policy(allow(to(user))) },
  ],
]

for (const [says, expected, policies, { isTrust, ...more } = {}] of cases)
  test(`AWS decides: ${says}`, () => {
    const principal = more.principal ?? user
    const context = { 'aws:securetransport': 'true', 'aws:principalarn': principal, 'aws:principalaccount': account }
    const request: Request = { principal, account, action: 's3:GetObject', resource: 'arn:aws:s3:::people/a', context }
    assert.equal(evaluate({ identity: [], ...policies }, request, { isTrust: isTrust === true }), expected)
  })
