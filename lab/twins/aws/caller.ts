import { createHmac, createSecretKey, hash as digest } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

import type { AwsState, Role, Session, User } from './state.ts'

export type Caller = { keyId: string; of: User | Role; session: Session | undefined; service: string }
export type Refusal = { status: number; code: string }
export type Signed = { method: string; url: URL; headers: IncomingHttpHeaders; text: string }

const hash = (text: string): string => digest('sha256', text)
const mac = (key: Uint8Array | string, text: string): Buffer =>
  createHmac('sha256', typeof key === 'string' ? key : createSecretKey(key))
    .update(text)
    .digest()
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** Who signed, as AWS finds out: the signature is made again, from the headers the caller names. */
export function identify(state: AwsState, { method, url, headers, text }: Signed, nowMs: number): Caller | Refusal {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/
  const [, keyId = '', day = '', region = '', service = '', names = '', signature = ''] =
    pattern.exec(headers.authorization ?? '') ?? []
  if (keyId === '') return { status: 403, code: 'MissingAuthenticationToken' }
  const session = state.sessions.get(keyId)
  const owned = state.ownerOf(keyId)
  const secret = session?.secret ?? owned?.key.secret
  if (secret === undefined) return { status: 403, code: 'InvalidClientTokenId' }
  if (owned?.key.status.obeyed(nowMs, state.lagMs) === 'Inactive') return { status: 403, code: 'InvalidClientTokenId' }
  if (session !== undefined && headers['x-amz-security-token'] !== session.token)
    return { status: 403, code: 'InvalidClientTokenId' }
  if (session !== undefined && session.endsMs <= nowMs) return { status: 403, code: 'ExpiredToken' }
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  const path = service === 's3' ? url.pathname : url.pathname.split('/').map(encode).join('/')
  const lines = names.split(';').map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replace(/\s+/g, ' ')}`,
  )
  const canonical = [method, path, query, ...lines, '', names, hash(text)].join('\n')
  const date = String(headers['x-amz-date'])
  const toSign = ['AWS4-HMAC-SHA256', date, `${day}/${region}/${service}/aws4_request`, hash(canonical)].join('\n')
  let key: Uint8Array | string = `AWS4${secret}`
  for (const part of [day, region, service, 'aws4_request']) key = mac(key, part)
  if (mac(key, toSign).toString('hex') !== signature) return { status: 403, code: 'SignatureDoesNotMatch' }
  const of = session?.of ?? owned?.user
  return of === undefined ? { status: 403, code: 'InvalidClientTokenId' } : { keyId, of, session, service }
}
