import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Principal } from '../principals.ts'
import { kindOfThing, onlyPolicy, policiesAbout, policyText } from './only-policy.ts'
import { policyOf, type Policy } from './policy.ts'

const account = '111122223333'
const bucket = 'arn:aws:s3:::people'
const secret = `arn:aws:secretsmanager:us-east-1:${account}:secret:prod/db-AbCdEf`
const doc = (...statements: unknown[]): Policy => policyOf({ Statement: statements }) ?? assert.fail('no policy')
const allow = (Action: string | string[], Resource: string | string[], more = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})
const reads = doc(allow(['s3:GetObject', 's3:ListBucket'], [bucket, `${bucket}/*`]))
const arnOf = (name: string): string => `arn:aws:iam::${account}:policy/${name}`

type Parts = {
  inline?: Record<string, Policy>
  attached?: Record<string, Policy>
  group?: Policy
  boundary?: Policy
  own?: Policy
  scps?: Policy[][]
}
const principal = (noun: 'user' | 'group', name: string, more: Partial<Principal>): Principal => ({
  noun,
  id: noun === 'user' ? 'AIDAEXAMPLE' : 'AGPAEXAMPLE',
  name,
  arn: `arn:aws:iam::${account}:${noun}/${name}`,
  createdAt: undefined,
  groups: [],
  inline: [],
  attached: [],
  boundary: undefined,
  trust: undefined,
  lastUsedAt: undefined,
  instanceProfiles: [],
  ...more,
})

function asked({ inline = {}, attached = {}, group, boundary, own, scps = [] }: Parts, arn = bucket) {
  const user = principal('user', 'clerk', {
    groups: ['staff'],
    inline: Object.entries(inline).map(([name, policy]) => ({ name, policy })),
    attached: Object.keys(attached).map(arnOf),
    boundary: boundary === undefined ? undefined : arnOf('boundary'),
  })
  const staff = principal('group', 'staff', { inline: group === undefined ? [] : [{ name: 'staff', policy: group }] })
  const managed = new Map(
    Object.entries({ ...attached, boundary: boundary ?? [] }).map(([name, one]) => [arnOf(name), one]),
  )
  const held = { principals: [user, staff], managed, next: null, unreadable: 0 }
  const thing = { arn, ...(own === undefined ? {} : { policy: own }) }
  const kind = kindOfThing(arn) ?? assert.fail(arn)
  const rcps: Policy[][] = []
  return [user, { account, held, organization: { scps, rcps }, kind, thing }] as const
}
const sourceOf = (parts: Parts, arn?: string): string => {
  const found = onlyPolicy(...asked(parts, arn))
  return 'policy' in found ? policyText(found.policy) : found.why
}

test('the one policy that gives a right, and gives no more, is told, attached or in the user', () => {
  assert.equal(sourceOf({ attached: { reads } }), `managed:${arnOf('reads')}`)
  assert.equal(sourceOf({ inline: { reads }, attached: { other: doc(allow('sqs:*', '*')) } }), 'inline:reads')
  assert.equal(sourceOf({ inline: { one: doc(allow('secretsmanager:GetSecretValue', secret)) } }, secret), 'inline:one')
  const byName = doc(allow('secretsmanager:GetSecretValue', secret.replace(/.{6}$/, '??????')))
  assert.equal(sourceOf({ inline: { byName } }, secret), 'inline:byName', 'the random end of its name')
})

test('a right that comes another way, by several, or with more than this thing is not one policy to take', () => {
  const more = /gives it, and more than that/
  assert.match(sourceOf({ attached: { reads: doc(allow('s3:GetObject', '*')) } }), more)
  assert.match(
    sourceOf({ attached: { reads: doc(allow('s3:GetObject', [`${bucket}/*`, 'arn:aws:s3:::other/*'])) } }),
    more,
  )
  assert.match(sourceOf({ inline: { reads: doc(allow('s3:GetObject', `${bucket}*`)) } }), more, 'people-2 as well')
  const denies = doc(allow('s3:GetObject', `${bucket}/*`), { Effect: 'Deny', Action: 'sqs:*', Resource: '*' })
  assert.match(sourceOf({ inline: { denies } }), more, 'without it, something would be let')
  assert.match(sourceOf({ inline: { reads }, attached: { reads } }), /several policies/)
  assert.match(sourceOf({ inline: { reads, writes: doc(allow('s3:PutObject', `${bucket}/*`)) } }), /several policies/)
  assert.match(sourceOf({ inline: { reads }, group: reads }), /by a group/)
  const named = doc({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:user/clerk` },
    Action: 's3:GetObject',
    Resource: `${bucket}/*`,
  })
  assert.match(sourceOf({ inline: { reads }, own: named }), /thing's own policy/)
  assert.match(
    sourceOf({
      inline: { reads },
      group: doc(
        allow('s3:GetObject', `${bucket}/*`, { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
      ),
    }),
    /by a group/,
    'what may be left over counts',
  )
})

test('what is given and not let gives nothing; what would give it is known all the same', () => {
  const parts: Parts = { attached: { reads }, inline: { out: doc({ Effect: 'Deny', Action: '*', Resource: '*' }) } }
  assert.equal(sourceOf(parts), 'no policy gives the user anything there')
  assert.deepEqual(policiesAbout(...asked(parts)).map(policyText), [`managed:${arnOf('reads')}`])
  assert.equal(
    sourceOf({ attached: { reads }, boundary: doc(allow('sqs:*', '*')) }),
    'no policy gives the user anything there',
  )
  assert.equal(
    sourceOf({ attached: { reads }, scps: [[doc(allow('sqs:*', '*'))]] }),
    'no policy gives the user anything there',
  )
  assert.deepEqual(policiesAbout(...asked({ attached: { other: doc(allow('s3:GetObject', '*')) } })), [])
})
