import {
  encodeRfc3986,
  parseXml,
  signV4,
  textAt,
  type AwsKeys,
  type HttpRequest,
  type HttpResponse,
  type Xml,
} from '#kit'
import { bucketBase, VendorError, type PullContext, type Secrets } from '#sources/contract'

import type { Configured } from '../way.ts'
import type { Bucket, Listing, Read, Stored } from './object.ts'
import { codeOf, faultOf, refuse } from './refusal.ts'

export const bucketSecretNames = { id: 'bucketKeyId', secret: 'bucketKeySecret' } as const
export const bucketBudget = { name: 'bucket', perMinute: 3_000, burst: 100, sharedBy: 'source' } as const
const listMax = 1_000
/** A large object on a slow line. */
const readTimeoutMs = 60_000

export type Store = {
  list(prefix: string, after: string, max?: number): Promise<Listing>
  /** `bytes`: only so many of them. `isAsListed`: refused as changed when it was written anew meanwhile. */
  read(object: Stored, options?: { bytes?: number; isAsListed?: boolean }): Promise<Read>
  /** What it is one version of; undefined where the bucket keeps none, or it may not be read. */
  versionOf(object: Stored): Promise<string | undefined>
}

/** ListObjectsV2 and GetObject of one bucket (Amazon S3 API Reference), by keys alone: a look can go on after any death. */
export function openStore(bucket: Bucket, { http, clock, signal, see }: PullContext<Configured>): Store {
  const base = bucketBase(bucket)
  const keys = keysOf(see)
  const send = (path: string, request: HttpRequest = {}): Promise<HttpResponse> => {
    const url = new URL(`${base}${path}`)
    const { headers = {} } = request
    const scope = { service: 's3', region: bucket.region }
    const signed = signV4({ url, method: 'GET', headers, body: '' }, keys, scope, clock.nowMs())
    return http.request(url, { ...request, headers: { ...headers, ...signed }, budget: bucketBudget.name, signal })
  }
  return {
    async list(prefix, after, max = listMax) {
      const query = { 'list-type': '2', 'max-keys': String(max), prefix, 'start-after': after }
      const pairs = Object.entries(query).filter(([, value]) => value !== '')
      const text = pairs.map(([name, value]) => `${name}=${encodeRfc3986(value)}`).join('&')
      const response = await send(`/?${text}`)
      if (response.status !== 200) throw refuse(response, bucket, `list keys below \`${prefix}\``)
      const dateMs = Date.parse(response.header('date') ?? '')
      return { ...readListing(response.text), nowMs: Number.isNaN(dateMs) ? undefined : dateMs }
    },
    async read(object, { bytes, isAsListed = false } = {}) {
      const path = pathOf(object.key)
      if (new URL(`${base}${path}`).pathname !== new URL(base).pathname.replace(/\/$/, '') + path) {
        return { lost: 'a key with `.` or `..` for a folder cannot be asked for' }
      }
      const headers = {
        ...(bytes === undefined ? {} : { range: `bytes=0-${bytes - 1}` }),
        ...(isAsListed ? { 'if-match': object.etag } : {}),
      }
      const query = object.version === undefined ? '' : `?versionId=${encodeRfc3986(object.version)}`
      const response = await send(`${path}${query}`, { headers, isFile: true, timeoutMs: readTimeoutMs })
      if (response.status === 200 || response.status === 206) return response.bytes
      if (response.status === 412) return 'changed'
      const fault = faultOf(response.status, codeOf(response.text))
      if (fault === undefined) throw refuse(response, bucket, 'read an object')
      return fault
    },
    async versionOf({ key }) {
      const response = await send(pathOf(key), { headers: { range: 'bytes=0-0' }, isFile: true })
      const version = response.status < 300 ? response.header('x-amz-version-id') : undefined
      return version === 'null' ? undefined : version
    },
  }
}

export function keysOf(see: Secrets): AwsKeys {
  const [accessKeyId = '', secretAccessKey = ''] = [see[bucketSecretNames.id], see[bucketSecretNames.secret]]
  if (accessKeyId !== '' && secretAccessKey !== '') return { accessKeyId, secretAccessKey }
  throw new VendorError('ERR_VENDOR_AUTH', 'there is no key to read the bucket with', {
    hint: `give one: --see ${bucketSecretNames.id}=file:PATH --see ${bucketSecretNames.secret}=file:PATH`,
    place: 'see',
  })
}

const pathOf = (key: string): string => `/${key.split('/').map(encodeRfc3986).join('/')}`

function readListing(text: string): Omit<Listing, 'nowMs'> {
  const root = parseXml(text)
  if (root.name !== 'ListBucketResult') {
    throw new VendorError('ERR_VENDOR_SHAPE', 'the store answers something else than a list of keys')
  }
  const objects = root.children.filter(({ name }) => name === 'Contents').map(readStored)
  return { objects, isMore: textAt(root, 'IsTruncated') === 'true' }
}

function readStored(row: Xml): Stored {
  const [key, etag = '', size, changed] = ['Key', 'ETag', 'Size', 'LastModified'].map((name) => textAt(row, name))
  const changedMs = Date.parse(changed ?? '')
  if (key === undefined || Number.isNaN(changedMs) || !/^\d{1,15}$/.test(size ?? '')) {
    throw new VendorError('ERR_VENDOR_SHAPE', 'a row of the list of keys has no key, size or time')
  }
  return { key, etag, size: Number(size), changedMs }
}
