import { createHash, createHmac } from 'node:crypto'

import { ask, type Answer } from './http.ts'

/** AWS's Signature Version 4, written from its public page "Create a signed AWS API request". */
export type Held = { id: string; secret: string; token?: string }
export type Call = {
  method: 'GET' | 'POST' | 'PUT'
  url: string
  service: string
  body?: string
  type?: string
  target?: string
}

const region = 'us-east-1'
const sha = (text: string): string => createHash('sha256').update(text).digest('hex')
const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const escape = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)

export function signedAsk({ id, secret, token }: Held, call: Call, nowMs: number): Promise<Answer> {
  const { method, service, body = '', type, target } = call
  const url = new URL(call.url)
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const day = time.slice(0, 8)
  const headers: Record<string, string> = {
    host: url.host,
    'x-amz-date': time,
    'x-amz-content-sha256': sha(body),
    ...(token === undefined ? {} : { 'x-amz-security-token': token }),
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(target === undefined ? {} : { 'x-amz-target': target }),
  }
  const names = Object.keys(headers).sort()
  const query = [...url.searchParams]
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .sort()
    .join('&')
  const canonical = [
    method,
    url.pathname,
    query,
    ...names.map((name) => `${name}:${headers[name] ?? ''}`),
    '',
    names.join(';'),
    sha(body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha(canonical)].join('\n')
  const key = [region, service, 'aws4_request'].reduce<Buffer>((key, part) => mac(key, part), mac(`AWS4${secret}`, day))
  const signature = createHmac('sha256', key).update(toSign).digest('hex')
  const { host: _, ...sent } = headers
  return ask(url.href, {
    method,
    headers: {
      ...sent,
      authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
    },
    ...(body === '' ? {} : { body }),
  })
}
