import assert from 'node:assert/strict'
import { test } from 'node:test'

import { signV4, type Json } from '#kit'
import { entityId, type EntityId } from '#model'

import { putObject } from '../../../lab/twins/aws/s3.ts'
import { account, foundCompany, heldOf, openCordon, type Company, type Held } from './company.ts'

const partner = '444455556666'
const bucket = 'arn:aws:s3:::people'
const statement = (
  Effect: 'Allow' | 'Deny',
  Principal: Json,
  Action: string,
  Resource: string,
  more: object = {},
): Json => JSON.parse(JSON.stringify({ Effect, Principal, Action, Resource, ...more }))
const policy = (...statements: Json[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements })

/** People who may, and a bucket and a secret that say otherwise; one is let in by them alone. */
async function foundShared() {
  const company = await foundCompany()
  const { state, clock } = company
  const now = clock.nowMs()
  const reads: Json = { Statement: [{ Effect: 'Allow', Action: ['s3:*', 'secretsmanager:*', 'kms:*'], Resource: '*' }] }
  const [ada, grace] = [state.addUser('ada', now, { reads }), state.addUser('grace', now, { reads })]
  const bob = state.addUser('bob', now)
  const stranger = state.addRole('stranger', now, {}, { reads }, partner)
  const secret = state.secrets.get('prod/db')?.arn ?? ''
  const key = state.addEncryptionKey('1234')
  const queue = state.addQueue('jobs')
  putObject(state.buckets, 'people', 'a', { bytes: Buffer.from('EXAMPLE'), changedMs: now })
  const notGrace = { Condition: { ArnNotEquals: { 'aws:PrincipalArn': grace.arn } } }
  state.resourcePolicies.set(
    bucket,
    policy(
      statement('Deny', { AWS: ada.arn }, 's3:GetObject', `${bucket}/*`),
      statement('Allow', { AWS: [bob.arn, `arn:aws:iam::${partner}:root`] }, 's3:GetObject', `${bucket}/*`),
    ),
  )
  state.resourcePolicies.set(secret, policy(statement('Deny', '*', 'secretsmanager:GetSecretValue', '*', notGrace)))
  state.resourcePolicies.set(key, policy(statement('Allow', { AWS: ada.arn }, 'kms:Decrypt', '*')))
  state.resourcePolicies.set(queue, policy(statement('Allow', '*', 'sqs:SendMessage', queue)))
  const keys = new Map([ada, bob, grace].map((user) => [user, heldOf(state.addKey(user, now))]))
  const {
    id: accessKeyId,
    secret: secretAccessKey,
    token: sessionToken,
  } = state.addSession(stranger, 'x', now, 900, undefined)
  return { ...company, keys, stranger: { accessKeyId, secretAccessKey, sessionToken }, secret, key, queue }
}

/** As the attacker: 200 or not. */
async function opens(
  { twin, clock }: Company,
  held: Held,
  service: string,
  ask: { path?: string; target?: string; body?: string },
) {
  const url = new URL(ask.path ?? '/', twin.url)
  const method = ask.body === undefined ? 'GET' : 'POST'
  const headers: Record<string, string> =
    ask.target === undefined ? {} : { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': ask.target }
  const { body } = ask
  const signed = signV4(
    { url, method, headers, body: body ?? '' },
    held,
    { service, region: 'us-east-1' },
    clock.nowMs(),
  )
  return (await fetch(url, { method, headers: { ...headers, ...signed }, ...(body === undefined ? {} : { body }) })).ok
}

test('who Cordon says can read a bucket or a secret with a policy of its own is who can', async (t) => {
  const shared = await foundShared()
  t.after(shared.close)
  const edges = (await openCordon(shared).pull('inventory')).flatMap((item) => item.edges)
  const said = (who: string, arn: string): boolean =>
    edges.some(
      ({ src, type, dst, conditional }) =>
        src === entityId('identity', account, who) &&
        type === 'CAN_READ' &&
        dst === entityId('resource', account, arn) &&
        conditional !== true,
    )
  const readSecret = { target: 'secretsmanager.GetSecretValue', body: JSON.stringify({ SecretId: shared.secret }) }
  const truth: string[] = []
  for (const [{ id, name }, held] of shared.keys) {
    const [readsBucket, readsSecret] = [
      await opens(shared, held, 's3', { path: '/people/a' }),
      await opens(shared, held, 'secretsmanager', readSecret),
    ]
    assert.equal(said(id, bucket), readsBucket, `${name} and the bucket`)
    assert.equal(said(id, shared.secret), readsSecret, `${name} and the secret`)
    truth.push(`${name} ${readsBucket ? 'bucket' : '-'} ${readsSecret ? 'secret' : '-'}`)
  }
  assert.deepEqual(truth, ['ada - -', 'bob bucket -', 'grace bucket secret'])
  assert.ok(await opens(shared, shared.stranger, 's3', { path: '/people/a' }), 'the partner comes in')
  assert.ok(said(`service/trusted/arn:aws:iam::${partner}:root`, bucket), 'and Cordon says so')
})

test('what lets outsiders in is marked, and what everybody may use is public', async (t) => {
  const shared = await foundShared()
  t.after(shared.close)
  const items = await openCordon(shared).pull('inventory')
  const of = (arn: string): Record<string, unknown> => {
    const entity: EntityId = entityId('resource', account, arn)
    return Object.assign(
      {},
      ...items
        .flatMap(({ facts }) => facts)
        .filter((one) => one.entity === entity)
        .map((one) => one.attributes),
    )
  }
  assert.equal(of(bucket)['sharedOutside'], true)
  assert.equal(of(bucket)['public'], undefined)
  assert.equal(of(shared.queue)['public'], true)
  assert.equal(of(shared.key)['sharedOutside'], undefined)
  const edges = items.flatMap((item) => item.edges)
  const decrypts = edges.filter(
    ({ type, dst }) => type === 'CAN_READ' && dst === entityId('resource', account, shared.key),
  )
  const named = [...shared.keys.keys()].find(({ name }) => name === 'ada')?.id ?? ''
  assert.deepEqual(
    decrypts.map(({ src }) => src),
    [entityId('identity', account, named)],
    'a key that names one spares the account',
  )
})

test('a policy that Cordon may not read leaves what hangs on it undecided, and is named', async (t) => {
  const shared = await foundShared()
  t.after(shared.close)
  shared.state.resourcePolicies.set(
    bucket,
    policy(statement('Deny', { AWS: shared.see.arn }, 's3:GetBucketPolicy', bucket)),
  )
  const items = await openCordon(shared).pull('inventory')
  const dst = entityId('resource', account, bucket)
  const reads = items.flatMap(({ edges }) => edges).filter((edge) => edge.type === 'CAN_READ' && edge.dst === dst)
  assert.ok(reads.length > 0 && reads.every(({ conditional }) => conditional === true))
  assert.ok(
    items
      .flatMap(({ facts }) => facts)
      .some(({ entity, attributes }) => entity === dst && attributes['policyUnread'] === true),
  )
})
