import { isJsonObject, parseXml, textAt } from '#kit'

import { codeOf, getRaw, isRefused, jsonRaw, objectOf, refuse, wordAt, type Access } from './client.ts'
import { globalRegion, regionOfArn } from './config.ts'
import { policyOf, readPolicy, type Policy } from './rights/policy.ts'
import type { Bucket, Queue } from './resources.ts'
import type { Thing } from './rights/things.ts'

/** A policy may deny being read, even to who may read all others: then nothing is known of it. */
const unread = (arn: string): Thing => ({ arn, isUnread: true })

export async function bucketThing(access: Access, { arn, name, region = globalRegion }: Bucket): Promise<Thing> {
  // No other region may be called: the source names those it looks into.
  if (![globalRegion, ...access.config.regions].includes(region)) return unread(arn)
  const answer = await getRaw(access, 's3', region, `/${name}?policy`)
  if (codeOf(answer) === 'NoSuchBucketPolicy') return { arn }
  if (isRefused(answer)) return unread(arn)
  refuse(answer, 's3:GetBucketPolicy')
  const policy = readPolicy(answer.text)
  return policy === undefined ? unread(arn) : { arn, policy, isClosed: await isClosed(access, region, name) }
}

/** With `RestrictPublicBuckets` a policy that lets everybody in lets in this account alone. */
async function isClosed(access: Access, region: string, name: string): Promise<boolean> {
  const answer = await getRaw(access, 's3', region, `/${name}?publicAccessBlock`)
  if (codeOf(answer) === 'NoSuchPublicAccessBlockConfiguration' || isRefused(answer)) return false
  refuse(answer, 's3:GetBucketPublicAccessBlock')
  return textAt(parseXml(answer.text), 'RestrictPublicBuckets') === 'true'
}

/** Its policy, where it has one: `''` is none. */
const withPolicy = (arn: string, text: string): Thing => {
  if (text === '') return { arn }
  const policy = readPolicy(text)
  return policy === undefined ? unread(arn) : { arn, policy }
}

export async function secretThing(access: Access, arn: string): Promise<Thing> {
  const answer = await jsonRaw(access, 'secretsmanager', 'GetResourcePolicy', { SecretId: arn }, regionOfArn(arn))
  if (codeOf(answer) === 'ResourceNotFoundException') return { arn }
  if (isRefused(answer)) return unread(arn)
  refuse(answer, 'secretsmanager:GetResourcePolicy')
  return withPolicy(arn, wordAt(objectOf(answer.json(), 'secretsmanager:GetResourcePolicy'), 'ResourcePolicy'))
}

export async function functionThing(access: Access, arn: string): Promise<Thing> {
  const path = `/2015-03-31/functions/${encodeURIComponent(arn)}/policy`
  const answer = await getRaw(access, 'lambda', regionOfArn(arn), path)
  if (answer.status === 404) return { arn }
  if (isRefused(answer)) return unread(arn)
  refuse(answer, 'lambda:GetPolicy')
  return withPolicy(arn, wordAt(objectOf(answer.json(), 'lambda:GetPolicy'), 'Policy'))
}

export async function queueThing(access: Access, { arn, url }: Queue): Promise<Thing> {
  const body = { QueueUrl: url, AttributeNames: ['Policy'] }
  const answer = await jsonRaw(access, 'sqs', 'GetQueueAttributes', body, regionOfArn(arn))
  if (gone.has(codeOf(answer))) return { arn }
  if (isRefused(answer)) return unread(arn)
  refuse(answer, 'sqs:GetQueueAttributes')
  const { Attributes } = objectOf(answer.json(), 'sqs:GetQueueAttributes')
  return withPolicy(arn, isJsonObject(Attributes) ? wordAt(Attributes, 'Policy') : '')
}
/** Deleted since it was listed. */
const gone = new Set(['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'])

/** What KMS gives a key that is made without a policy: the account's own policies decide. */
const leftTo = (account: string): Policy =>
  policyOf({ Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' } }) ?? []

export async function keyThing(access: Access, arn: string): Promise<Thing> {
  const body = { KeyId: arn, PolicyName: 'default' }
  const answer = await jsonRaw(access, 'kms', 'GetKeyPolicy', body, regionOfArn(arn))
  if (!isRefused(answer)) {
    refuse(answer, 'kms:GetKeyPolicy')
    const policy = readPolicy(wordAt(objectOf(answer.json(), 'kms:GetKeyPolicy'), 'Policy'))
    if (policy !== undefined) return { arn, policy }
  }
  return { arn, isUnread: true, policy: leftTo(access.config.account) }
}
