import { gzipSync } from 'node:zlib'

import { encodeRfc3986, sha256, signV4, type AwsKeys, type HttpResponse } from '#kit'
import {
  bucketBase,
  refuseUnlessOk,
  VendorError,
  type OutputBatch,
  type PullContext,
  type Secrets,
} from '#sources/contract'

import type { S3Config } from './config.ts'

export const secretNames = { id: 'keyId', secret: 'keySecret' } as const
const placeDigits = 12
/** A large batch on a slow line. */
const putTimeoutMs = 60_000

/**
 * Made of the batch alone, so that the same records are the same object: sent again after a death they write what is
 * there. Keys of a feed sort by place within a day.
 */
export function keyOf(prefix: string, { feed, records }: OutputBatch): string {
  const [first] = records
  const last = records.at(-1) ?? first
  const day = new Date(first.atMs).toISOString().slice(0, 10).replaceAll('-', '/')
  const [from, to] = [first, last].map(({ place }) => String(place).padStart(placeDigits, '0'))
  return `${prefix}${feed}/${day}/${from}-${to}.ndjson.gz`
}

/** One record a line, in order; gzip without a time, so that the bytes are the same again. */
export const bodyOf = ({ records }: OutputBatch): Uint8Array =>
  gzipSync(records.map(({ ocsf }) => `${JSON.stringify(ocsf)}\n`).join(''))

/** PutObject (Amazon S3 API Reference). The checksum is what buckets with object lock ask for. */
export async function put(context: PullContext<S3Config>, key: string, body: Uint8Array): Promise<HttpResponse> {
  const { config, http, clock, signal, see } = context
  const url = new URL(`${bucketBase(config)}/${key.split('/').map(encodeRfc3986).join('/')}`)
  const checksum = Buffer.from(sha256(body)).toString('base64')
  const headers = { 'content-type': 'application/gzip', 'x-amz-checksum-sha256': checksum }
  const scope = { service: 's3', region: config.region }
  const signed = signV4({ url, method: 'PUT', headers, body }, keysOf(see), scope, clock.nowMs())
  const response = await http.request(url, {
    method: 'PUT',
    headers: { ...headers, ...signed },
    body,
    timeoutMs: putTimeoutMs,
    signal,
    // The same object again.
    isRead: true,
  })
  refuseUnlessOk(response, `objects below \`${config.prefix}\` of the bucket \`${config.bucket}\``)
  return response
}

function keysOf(see: Secrets): AwsKeys {
  const [accessKeyId = '', secretAccessKey = ''] = [see[secretNames.id], see[secretNames.secret]]
  if (accessKeyId !== '' && secretAccessKey !== '') return { accessKeyId, secretAccessKey }
  throw new VendorError('ERR_VENDOR_AUTH', 'there is no key to write to the bucket with', {
    hint: `give one: --see ${secretNames.id}=file:PATH --see ${secretNames.secret}=file:PATH`,
    place: 'see',
  })
}
