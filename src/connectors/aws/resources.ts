import { membersAt, parseXml, textAt, type JsonObject } from '#kit'

import { getJson, getRaw, json, refuse, rowsAt, wordAt, wordsAt, type Access } from './client.ts'
import { globalRegion } from './config.ts'

/** One page of a list of AWS's: so many rows behind a token; `next` is empty at the end. */
export type Asked = { region: string; token: string; limit: number }
type ListOf<T> = (access: Access, asked: Asked) => Promise<{ found: T[]; next: string }>

export type Bucket = { arn: string; name: string; region: string | undefined; createdAt: string | undefined }
export type Queue = { arn: string; url: string; name: string }
export type Key = { arn: string }
export type Secret = {
  arn: string
  name: string
  createdAt: string | undefined
  lastUsedAt: string | undefined
  rotates: boolean
}
export type Lambda = { arn: string; name: string; role: string; changedAt: string }

/** Of all regions. */
export const listBuckets: ListOf<Bucket> = async (access, { token, limit }) => {
  const after = token === '' ? '' : `&continuation-token=${encodeURIComponent(token)}`
  const response = await getRaw(access, 's3', globalRegion, `/?max-buckets=${limit}${after}`)
  refuse(response, 's3:ListAllMyBuckets')
  const list = parseXml(response.text)
  const found = membersAt(list, 'Buckets').map((one) => {
    const name = textAt(one, 'Name') ?? ''
    const createdAt = textAt(one, 'CreationDate')
    return { arn: `arn:aws:s3:::${name}`, name, region: textAt(one, 'BucketRegion'), createdAt }
  })
  return { found, next: textAt(list, 'ContinuationToken') ?? '' }
}

/** The keys of KMS, AWS's own among them. */
export const listKeys: ListOf<Key> = async (access, { region, token, limit }) => {
  const body = { Limit: limit, ...(token === '' ? {} : { Marker: token }) }
  const answer = await json(access, 'kms', 'ListKeys', body, { region })
  const found = rowsAt(answer, 'Keys').map((row) => ({ arn: wordAt(row, 'KeyArn') }))
  return { found, next: answer?.['Truncated'] === true ? wordAt(answer, 'NextMarker') : '' }
}

export const listSecrets: ListOf<Secret> = async (access, { region, token, limit }) => {
  const body = { MaxResults: Math.min(limit, 100), ...(token === '' ? {} : { NextToken: token }) }
  const answer = await json(access, 'secretsmanager', 'ListSecrets', body, { region })
  const found = rowsAt(answer, 'SecretList').map((row) => ({
    arn: wordAt(row, 'ARN'),
    name: wordAt(row, 'Name'),
    createdAt: timeAt(row, 'CreatedDate'),
    lastUsedAt: timeAt(row, 'LastAccessedDate'),
    rotates: row['RotationEnabled'] === true,
  }))
  return { found, next: wordAt(answer, 'NextToken') }
}

const timeAt = (row: JsonObject, name: string): string | undefined => {
  const seconds = row[name]
  return typeof seconds === 'number' ? new Date(seconds * 1000).toISOString() : undefined
}

/** Fifty at most, whatever is asked for. */
export const listFunctions: ListOf<Lambda> = async (access, { region, token }) => {
  const after = token === '' ? '' : `?Marker=${encodeURIComponent(token)}`
  const answer = await getJson(access, 'lambda', region, `/2015-03-31/functions${after}`, 'ListFunctions')
  const found = rowsAt(answer, 'Functions').map((row) => ({
    arn: wordAt(row, 'FunctionArn'),
    name: wordAt(row, 'FunctionName'),
    role: wordAt(row, 'Role'),
    changedAt: wordAt(row, 'LastModified'),
  }))
  return { found, next: wordAt(answer, 'NextMarker') }
}

/** `https://sqs.eu-west-1.amazonaws.com/111122223333/jobs`: account and name stand in the address. */
export const listQueues: ListOf<Queue> = async (access, { region, token, limit }) => {
  const body = { MaxResults: limit, ...(token === '' ? {} : { NextToken: token }) }
  const answer = await json(access, 'sqs', 'ListQueues', body, { region })
  const found = wordsAt(answer, 'QueueUrls').map((url) => {
    const [account = '', name = ''] = new URL(url).pathname.split('/').slice(-2)
    return { arn: `arn:aws:sqs:${region}:${account}:${name}`, url, name }
  })
  return { found, next: wordAt(answer, 'NextToken') }
}
