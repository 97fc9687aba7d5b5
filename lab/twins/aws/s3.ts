import { createHash } from 'node:crypto'

import type { Signed } from './caller.ts'
import type { AwsState, StoredObject } from './state.ts'

export type Reply = { status: number; type: string; body: string | Uint8Array; headers?: Record<string, string> }
type Buckets = AwsState['buckets']

const escape = (text: string): string => text.replace(/[&<>"\r]/g, (c) => `&#x${c.charCodeAt(0).toString(16)};`)
const xml = (status: number, body: string): Reply => ({
  status,
  type: 'application/xml',
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
})

export const refuseS3 = (status: number, code: string): Reply =>
  xml(status, `<Error><Code>${code}</Code><Message>refused</Message></Error>`)

/** `/BUCKET/KEY`, the bucket in the path. */
function placeOf({ url }: Signed): { bucket: string; key: string } {
  const [, bucket = '', key = ''] = /^\/([^/]+)\/?(.*)$/s.exec(url.pathname) ?? []
  return { bucket, key: decodeURIComponent(key) }
}
/** What is asked of a bucket beside its objects, by the name in the query. */
const aspects: Readonly<Record<string, string>> = {
  policy: 'GetBucketPolicy',
  publicAccessBlock: 'GetBucketPublicAccessBlock',
}
const aspectOf = ({ url }: Signed): string | undefined =>
  Object.keys(aspects).find((name) => url.searchParams.has(name))
export const s3Action = (signed: Signed): string =>
  aspects[aspectOf(signed) ?? ''] ??
  (placeOf(signed).key === ''
    ? 'ListBucket'
    : signed.url.searchParams.has('versionId')
      ? 'GetObjectVersion'
      : 'GetObject')
/** What a policy calls it: of a list the bucket, of an object bucket and key. */
export function s3Arn(signed: Signed): string {
  const { bucket, key } = placeOf(signed)
  return `arn:aws:s3:::${bucket}${key === '' ? '' : `/${key}`}`
}

const ancientMs = Date.UTC(2026, 0, 1)
export function listBuckets({ buckets, bucketsMade }: AwsState): Reply {
  const rows = [...buckets.keys()].map((name) => {
    const made = new Date(bucketsMade.get(name) ?? ancientMs).toISOString()
    return `<Bucket><Name>${escape(name)}</Name><CreationDate>${made}</CreationDate><BucketRegion>us-east-1</BucketRegion></Bucket>`
  })
  return xml(200, `<ListAllMyBucketsResult><Buckets>${rows.join('')}</Buckets></ListAllMyBucketsResult>`)
}

export function putObject(
  buckets: Buckets,
  bucket: string,
  key: string,
  object: Omit<StoredObject, 'etag'>,
): StoredObject {
  const etag = `"${createHash('md5').update(object.bytes).digest('hex')}"`
  const stored = { ...object, etag }
  const held = buckets.get(bucket) ?? new Map<string, StoredObject>()
  held.set(key, stored)
  buckets.set(bucket, held)
  return stored
}

/** ListObjectsV2 and GetObject, as far as a reader asks. */
export function askS3(state: AwsState, signed: Signed, mayUnseal: boolean): Reply {
  const { buckets, listMax } = state
  const { bucket, key } = placeOf(signed)
  const held = buckets.get(bucket)
  if (held === undefined) return refuseS3(404, 'NoSuchBucket')
  const aspect = aspectOf(signed)
  if (aspect !== undefined) return askAspect(state, aspect, `arn:aws:s3:::${bucket}`)
  if (key === '') return list(held, signed.url.searchParams, listMax)
  const version = signed.url.searchParams.get('versionId')
  const object = version === null ? held.get(key) : state.versions.get(`${bucket}/${key}?${version}`)
  if (object === undefined) return refuseS3(404, 'NoSuchKey')
  if (object.isArchived === true) return refuseS3(403, 'InvalidObjectState')
  if (object.isSealed === true && !mayUnseal) return refuseS3(403, 'AccessDenied')
  const match = signed.headers['if-match']
  if (match !== undefined && match !== object.etag) return refuseS3(412, 'PreconditionFailed')
  const [, to] = /^bytes=0-(\d+)$/.exec(signed.headers.range ?? '') ?? []
  return {
    status: to === undefined ? 200 : 206,
    type: 'binary/octet-stream',
    body: to === undefined ? object.bytes : object.bytes.subarray(0, Number(to) + 1),
    headers: {
      etag: object.etag,
      ...(object.encoding === undefined ? {} : { 'content-encoding': object.encoding }),
      ...(object.version === undefined ? {} : { 'x-amz-version-id': object.version }),
    },
  }
}

function askAspect({ resourcePolicies, closedBuckets }: AwsState, aspect: string, arn: string): Reply {
  if (aspect === 'policy') {
    const body = resourcePolicies.get(arn)
    return body === undefined ? refuseS3(404, 'NoSuchBucketPolicy') : { status: 200, type: 'application/json', body }
  }
  if (!closedBuckets.has(arn)) return refuseS3(404, 'NoSuchPublicAccessBlockConfiguration')
  const names = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets']
  const all = names.map((name) => `<${name}>true</${name}>`).join('')
  return xml(200, `<PublicAccessBlockConfiguration>${all}</PublicAccessBlockConfiguration>`)
}

/** In the order of the keys' UTF-8 bytes; times are whole seconds. */
function list(held: ReadonlyMap<string, StoredObject>, asked: URLSearchParams, listMax: number): Reply {
  const [prefix, after] = [asked.get('prefix') ?? '', asked.get('start-after') ?? '']
  const max = Math.min(listMax, Number(asked.get('max-keys') ?? listMax))
  const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
  const found = [...held]
    .filter(([key]) => key.startsWith(prefix) && order(key, after) > 0)
    .toSorted(([a], [b]) => order(a, b))
  const rows = found.slice(0, max).map(([key, { bytes, etag, changedMs }]) => {
    const changed = new Date(Math.floor(changedMs / 1000) * 1000).toISOString()
    return `<Contents><Key>${escape(key)}</Key><LastModified>${changed}</LastModified><ETag>${escape(etag)}</ETag><Size>${bytes.length}</Size></Contents>`
  })
  return xml(
    200,
    `<ListBucketResult><IsTruncated>${found.length > max}</IsTruncated>${rows.join('')}</ListBucketResult>`,
  )
}
