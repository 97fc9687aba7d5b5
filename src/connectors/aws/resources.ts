import { membersAt, parseXml, textAt, type JsonObject } from '#kit'
import { freshParts, readOrBlind, VendorError, type PartsSeen, type PullContext } from '#sources/contract'

import { lookAs } from './auth.ts'
import { getJson, getRaw, json, refuse, rowsAt, wordAt, wordsAt, type Access } from './client.ts'
import { globalRegion, type AwsConfig } from './config.ts'

const pagesMax = 200
const bucketsPerPage = 1_000

/** What lies in the account, by name; kinds that may not be listed are named in `seen`. */
export async function readResources(context: PullContext<AwsConfig>): Promise<Resources> {
  const seen = freshParts()
  const listed = <T>(kind: string, thing: string, list: () => Promise<T[]>): Promise<T[]> =>
    readOrBlind(seen, { of: `resources/${kind}`, what: `${kind} are`, thing, untold: [] }, [], list)
  const access = await lookAs(context)
  const buckets = await listed('buckets', globalRegion, () => listBuckets(access))
  const found: Resources = { seen, buckets, secrets: [], functions: [], keys: [], queues: [] }
  for (const region of context.config.regions) {
    const here = await lookAs(context)
    found.keys.push(...(await listed('encryption keys', region, () => listKeys(here, region))))
    found.secrets.push(...(await listed('secrets', region, () => listSecrets(here, region))))
    found.functions.push(...(await listed('functions', region, () => listFunctions(here, region))))
    found.queues.push(...(await listed('queues', region, () => listQueues(here, region))))
  }
  return found
}

export type Resources = {
  seen: PartsSeen
  buckets: Bucket[]
  secrets: Awaited<ReturnType<typeof listSecrets>>
  functions: Awaited<ReturnType<typeof listFunctions>>
  keys: { arn: string }[]
  queues: { arn: string; url: string; name: string }[]
}
export type Bucket = { arn: string; name: string; region: string | undefined; createdAt: string | undefined }

/** Every page of a list; a list without an end is refused, not cut short. */
async function pagesOf<T>(what: string, ask: (token: string) => Promise<{ found: T[]; next: string }>): Promise<T[]> {
  const all: T[] = []
  let token = ''
  for (let page = 0; page < pagesMax; page++) {
    const { found, next } = await ask(token)
    all.push(...found)
    token = next
    if (token === '') return all
  }
  throw new VendorError('ERR_VENDOR_SHAPE', `the list of ${what} has no end`)
}

const listBuckets = (access: Access): Promise<Bucket[]> =>
  pagesOf('buckets', async (token) => {
    const after = token === '' ? '' : `&continuation-token=${encodeURIComponent(token)}`
    const response = await getRaw(access, 's3', globalRegion, `/?max-buckets=${bucketsPerPage}${after}`)
    refuse(response, 's3:ListAllMyBuckets')
    const list = parseXml(response.text)
    const found = membersAt(list, 'Buckets').map((one) => {
      const name = textAt(one, 'Name') ?? ''
      const createdAt = textAt(one, 'CreationDate')
      return { arn: `arn:aws:s3:::${name}`, name, region: textAt(one, 'BucketRegion'), createdAt }
    })
    return { found, next: textAt(list, 'ContinuationToken') ?? '' }
  })

/** The keys of KMS, AWS's own among them. */
const listKeys = (access: Access, region: string): Promise<{ arn: string }[]> =>
  pagesOf('keys', async (token) => {
    const body = { Limit: 1_000, ...(token === '' ? {} : { Marker: token }) }
    const answer = await json(access, 'kms', 'ListKeys', body, { region })
    const found = rowsAt(answer, 'Keys').map((row) => ({ arn: wordAt(row, 'KeyArn') }))
    return { found, next: answer?.['Truncated'] === true ? wordAt(answer, 'NextMarker') : '' }
  })

const listSecrets = (access: Access, region: string) =>
  pagesOf('secrets', async (token) => {
    const body = { MaxResults: 100, ...(token === '' ? {} : { NextToken: token }) }
    const answer = await json(access, 'secretsmanager', 'ListSecrets', body, { region })
    const found = rowsAt(answer, 'SecretList').map((row) => ({
      arn: wordAt(row, 'ARN'),
      name: wordAt(row, 'Name'),
      createdAt: timeAt(row, 'CreatedDate'),
      lastUsedAt: timeAt(row, 'LastAccessedDate'),
      rotates: row['RotationEnabled'] === true,
    }))
    return { found, next: wordAt(answer, 'NextToken') }
  })

const timeAt = (row: JsonObject, name: string): string | undefined => {
  const seconds = row[name]
  return typeof seconds === 'number' ? new Date(seconds * 1000).toISOString() : undefined
}

const listFunctions = (access: Access, region: string) =>
  pagesOf('functions', async (token) => {
    const after = token === '' ? '' : `?Marker=${encodeURIComponent(token)}`
    const answer = await getJson(access, 'lambda', region, `/2015-03-31/functions${after}`, 'ListFunctions')
    const found = rowsAt(answer, 'Functions').map((row) => ({
      arn: wordAt(row, 'FunctionArn'),
      name: wordAt(row, 'FunctionName'),
      role: wordAt(row, 'Role'),
      changedAt: wordAt(row, 'LastModified'),
    }))
    return { found, next: wordAt(answer, 'NextMarker') }
  })

/** `https://sqs.eu-west-1.amazonaws.com/111122223333/jobs`: account and name stand in the address. */
const listQueues = (access: Access, region: string) =>
  pagesOf('queues', async (token) => {
    const body = { MaxResults: 1_000, ...(token === '' ? {} : { NextToken: token }) }
    const answer = await json(access, 'sqs', 'ListQueues', body, { region })
    const found = wordsAt(answer, 'QueueUrls').map((url) => {
      const [account = '', name = ''] = new URL(url).pathname.split('/').slice(-2)
      return { arn: `arn:aws:sqs:${region}:${account}:${name}`, url, name }
    })
    return { found, next: wordAt(answer, 'NextToken') }
  })
