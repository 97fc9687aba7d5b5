import { hmacSha256, sha256, toHex } from './bytes.ts'

export type AwsKeys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
type Signable = {
  url: URL
  method: string
  headers: Readonly<Record<string, string>>
  body: string | Uint8Array
}
/** `service` as AWS names it in signatures: `iam`, `s3`. */
export type SigningScope = { service: string; region: string }

const algorithm = 'AWS4-HMAC-SHA256'

/**
 * AWS Signature Version 4 (AWS General Reference, "Signing AWS API requests"): every header given is signed, and `host`.
 * Headers to send come back, the given ones not among them.
 */
export function signV4(request: Signable, keys: AwsKeys, scope: SigningScope, nowMs: number): Record<string, string> {
  const amzDate = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const added = {
    'x-amz-date': amzDate,
    ...(keys.sessionToken === undefined ? {} : { 'x-amz-security-token': keys.sessionToken }),
    // S3 alone asks for it; the vectors of the others do not have it.
    ...(scope.service === 's3' ? { 'x-amz-content-sha256': toHex(sha256(request.body)) } : {}),
  }
  const { canonical, signedHeaders } = canonicalRequest(request, { ...request.headers, ...added }, scope.service)
  const signature = signatureOf(canonical, amzDate, scope, keys.secretAccessKey)
  const credential = `${keys.accessKeyId}/${scopeText(amzDate, scope)}`
  return {
    ...added,
    authorization: `${algorithm} Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  }
}

const scopeText = (amzDate: string, { region, service }: SigningScope): string =>
  `${amzDate.slice(0, 8)}/${region}/${service}/aws4_request`

function signatureOf(canonical: string, amzDate: string, scope: SigningScope, secretAccessKey: string): string {
  const toSign = [algorithm, amzDate, scopeText(amzDate, scope), toHex(sha256(canonical))].join('\n')
  const { region, service } = scope
  const key = [amzDate.slice(0, 8), region, service, 'aws4_request'].reduce<string | Uint8Array>(
    hmacSha256,
    `AWS4${secretAccessKey}`,
  )
  return toHex(hmacSha256(key, toSign))
}

function canonicalRequest(
  { url, method, body }: Pick<Signable, 'url' | 'method' | 'body'>,
  headers: Readonly<Record<string, string>>,
  service: string,
): { canonical: string; signedHeaders: string } {
  const signed = new Map<string, string>([['host', url.host]])
  for (const [name, value] of Object.entries(headers)) {
    signed.set(name.toLowerCase(), value.trim().replace(/\s+/g, ' '))
  }
  const names = [...signed.keys()].sort()
  const signedHeaders = names.join(';')
  const lines = [
    method,
    canonicalPath(url, service),
    canonicalQuery(url),
    ...names.map((name) => `${name}:${signed.get(name) ?? ''}`),
    '',
    signedHeaders,
    toHex(sha256(body)),
  ]
  return { canonical: lines.join('\n'), signedHeaders }
}

/** S3 takes the path as it is sent; everyone else has it encoded once more. */
const canonicalPath = ({ pathname }: URL, service: string): string =>
  service === 's3' ? pathname : pathname.split('/').map(encodeRfc3986).join('/')

const canonicalQuery = ({ searchParams }: URL): string =>
  [...searchParams]
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')

export const encodeRfc3986 = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
