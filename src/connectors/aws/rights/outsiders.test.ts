import assert from 'node:assert/strict'
import { test } from 'node:test'

import { sharesOf, trustsOf } from './outsiders.ts'
import { policyOf, type Policy } from './policy.ts'
import type { Principal } from '../principals.ts'
import type { Things } from './things.ts'

const account = '111122223333'
const partner = '444455556666'
const bucket = 'arn:aws:s3:::people'
const policy = (...statements: object[]): Policy => policyOf({ Statement: statements }) ?? assert.fail('a policy')
const read = (principal: object | string, more: object = {}): object => ({
  Effect: 'Allow',
  Principal: principal,
  Action: 's3:GetObject',
  Resource: `${bucket}/*`,
  ...more,
})
const none: Things = { buckets: [], secrets: [], functions: [], keys: [], queues: [] }
const ofBucket = (given: Policy, isClosed = false, rcps: Policy[][] = []): string[] =>
  sharesOf(account, { rcps }, { ...none, buckets: [{ arn: bucket, policy: given, isClosed }] }).map(
    ({ principal, type, conditional }) => `${principal} ${type}${conditional ? ' perhaps' : ''}`,
  )

test('a bucket lets another account in, and its own account is no outsider', () => {
  const theirs = { AWS: `arn:aws:iam::${partner}:root` }
  assert.deepEqual(ofBucket(policy(read(theirs))), [`arn:aws:iam::${partner}:root CAN_READ`])
  assert.deepEqual(ofBucket(policy(read({ AWS: [account, `arn:aws:iam::${account}:user/ci`] }))), [])
  const some = read(theirs, { Resource: `${bucket}/shared/*` })
  assert.deepEqual(ofBucket(policy(some)), [`arn:aws:iam::${partner}:root CAN_READ perhaps`], 'one prefix of it')
})

test('what is denied to an outsider is not let in', () => {
  const open = read('*')
  const onlyPartner = {
    ...read('*', { Condition: { StringNotEquals: { 'aws:PrincipalAccount': partner } } }),
    Effect: 'Deny',
  }
  assert.deepEqual(ofBucket(policy(open)), ['* CAN_READ'])
  assert.deepEqual(ofBucket(policy(open, { ...read('*'), Effect: 'Deny' })), [])
  assert.deepEqual(ofBucket(policy(open, onlyPartner)), ['* CAN_READ perhaps'])
  assert.deepEqual(ofBucket(policy(open), true), [], 'public access is blocked')
  assert.deepEqual(ofBucket(policy(open), false, [[policy({ ...read('*'), Effect: 'Deny', Resource: '*' })]]), [])
})

test('everybody, narrowed by a condition to somebody, is that somebody', () => {
  const when = (condition: object): string[] => ofBucket(policy(read('*', { Condition: condition })))
  assert.deepEqual(when({ StringEquals: { 'aws:PrincipalAccount': partner } }), [`${partner} CAN_READ`])
  assert.deepEqual(when({ StringEquals: { 'aws:PrincipalAccount': account } }), [])
  const roles = `arn:aws:iam::${partner}:role/export-*`
  assert.deepEqual(when({ ArnLike: { 'aws:PrincipalArn': roles } }), [`${roles} CAN_READ`])
  assert.deepEqual(when({ StringEquals: { 'aws:PrincipalOrgID': 'o-example' } }), ['* CAN_READ perhaps'])
})

test('a key, a queue, a secret and a function tell whom they let in, by what may be done', () => {
  const to = { Principal: { AWS: partner }, Resource: '*', Effect: 'Allow' }
  const things: Things = {
    buckets: [],
    keys: [{ arn: 'key', policy: policy({ ...to, Action: 'kms:Decrypt' }) }],
    queues: [{ arn: 'queue', policy: policy({ ...to, Action: 'sqs:SendMessage' }) }],
    secrets: [{ arn: 'secret', policy: policy({ ...to, Action: 'secretsmanager:*' }) }],
    functions: [{ arn: 'function', policy: policy({ ...to, Action: 'lambda:InvokeFunction' }) }],
  }
  assert.deepEqual(
    sharesOf(account, { rcps: [] }, things).map(({ to: arn, type }) => `${arn} ${type}`),
    ['secret CAN_READ', 'secret CAN_WRITE', 'secret CAN_ADMIN', 'function CAN_READ', 'key CAN_READ', 'queue CAN_WRITE'],
  )
})

const trusting = (...statements: object[]): Principal => ({
  noun: 'role',
  id: 'AROAEXAMPLE',
  name: 'deploy',
  arn: `arn:aws:iam::${account}:role/deploy`,
  createdAt: undefined,
  groups: [],
  inline: [],
  attached: [],
  boundary: undefined,
  trust: policy(...statements),
  lastUsedAt: undefined,
  instanceProfiles: [],
})
test('a role tells who may become it from outside: accounts, federations, services, and on what it depends', () => {
  const assume = { Effect: 'Allow', Action: 'sts:AssumeRole' }
  const host = `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`
  const role = trusting(
    { ...assume, Principal: { AWS: partner }, Condition: { StringEquals: { 'sts:ExternalId': 'x' } } },
    { ...assume, Principal: { Service: 'lambda.amazonaws.com' } },
    { Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity', Principal: { Federated: host } },
    { Effect: 'Deny', Action: 'sts:*', Principal: { AWS: '777788889999' } },
    { ...assume, Principal: { AWS: ['777788889999', `arn:aws:iam::${account}:user/ci`] } },
  )
  assert.deepEqual(
    trustsOf(account, role).map(({ principal, conditional, note }) => [principal, conditional, note]),
    [
      [partner, true, 'if sts:externalid'],
      ['service:lambda.amazonaws.com', false, 'always'],
      [`federated:${host}`, false, 'always'],
    ],
  )
})

test('a role that jobs of GitHub take says whose; asked for no subject, or in words not known, it takes anybody', () => {
  const host = 'token.actions.githubusercontent.com'
  const jobs = (...conditions: object[]) =>
    trustsOf(
      account,
      trusting(
        ...conditions.map((condition) => ({
          Effect: 'Allow',
          Action: 'sts:AssumeRoleWithWebIdentity',
          Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${host}` },
          Condition: condition,
        })),
      ),
    ).map((trust) => trust.jobs)
  const ours = { StringLike: { [`${host}:sub`]: 'repo:brightwater/api:*' } }
  assert.deepEqual(jobs(ours), ['repo:brightwater/api:*'])
  assert.deepEqual(jobs({ StringEquals: { [`${host}:aud`]: 'sts.amazonaws.com' } }), ['*'])
  assert.deepEqual(jobs(ours, { StringNotLike: { [`${host}:sub`]: 'repo:a-stranger/*' } }), [
    'repo:brightwater/api:* *',
  ])
})
