import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

import { isObject, parseJson } from 'cordon/kit'

import type { AwsState, Role, Session, User } from './state.ts'

export type Caller = { keyId: string; of: User | Role; session: Session | undefined; service: string }
export type Refusal = { status: number; code: string }
export type Signed = { method: string; url: URL; headers: IncomingHttpHeaders; text: string }

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
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
  for (const part of [day, region, service, 'aws4_request']) key = createHmac('sha256', key).update(part).digest()
  if (createHmac('sha256', key).update(toSign).digest('hex') !== signature)
    return { status: 403, code: 'SignatureDoesNotMatch' }
  const of = session?.of ?? owned?.user
  return of === undefined ? { status: 403, code: 'InvalidClientTokenId' } : { keyId, of, session, service }
}

/**
 * Deny anywhere, then allow in every layer: service control policies, the principal's own, the session's.
 * `resource`: ARN of what it is asked for; `*`: of nothing by name.
 */
export function isAllowed(
  state: AwsState,
  { of, session }: Caller,
  action: string,
  nowMs: number,
  resource = '*',
): boolean {
  const scps = [...state.scps.values()]
    .filter(
      ({ targets }) => targets.obeyed(nowMs, state.lagMs).has(state.account) && of.arn.includes(`::${state.account}:`),
    )
    .map(({ content }) => content.obeyed(nowMs, state.lagMs))
  const own = [...of.inline.obeyed(nowMs, state.lagMs).values()]
  const layers = [
    own,
    ...(scps.length === 0 ? [] : [scps]),
    ...(session?.policy === undefined ? [] : [[session.policy]]),
  ]
  const hits = (document: string, effect: string): boolean => {
    const policy = parseJson(document)
    const list = isObject(policy) && Array.isArray(policy['Statement']) ? policy['Statement'] : []
    return list.some(
      (one) =>
        isObject(one) &&
        one['Effect'] === effect &&
        isFor(one['Action'], action) &&
        isFor(one['Resource'] ?? '*', resource) &&
        holds(one['Condition'], of.arn, session),
    )
  }
  if (layers.flat().some((document) => hits(document, 'Deny'))) return false
  return layers.every((layer) => layer.some((document) => hits(document, 'Allow')))
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [String(value)])
const isFor = (actions: unknown, action: string): boolean =>
  listOf(actions).some(
    (one) => one === '*' || one === action || (one.endsWith('*') && action.startsWith(one.slice(0, -1))),
  )

function holds(condition: unknown, arn: string, session: Session | undefined): boolean {
  if (!isObject(condition)) return true
  const { ArnEquals: arns, DateLessThan: dates, ...others } = condition
  if (Object.keys(others).length > 0) throw new Error('a condition that this twin does not know')
  if (isObject(arns) && !listOf(arns['aws:PrincipalArn']).includes(arn)) return false
  // A long-term key has no time of issue, and a condition on what is absent does not hold.
  if (isObject(dates))
    return session !== undefined && session.issuedMs < Date.parse(String(dates['aws:TokenIssueTime']))
  return true
}
