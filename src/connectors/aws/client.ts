import {
  encodeRfc3986,
  isJsonObject,
  isObject,
  parseJson,
  parseXml,
  signV4,
  textAt,
  type AwsKeys,
  type Clock,
  type Http,
  type HttpResponse,
  type Json,
  type JsonObject,
  type Xml,
} from '#kit'
import { VendorError, type Limits, type Secrets } from '#sources/contract'

import { globalRegion, originOf, type AwsConfig, type Service } from './config.ts'

/**
 * What pulls and actions have in common. `keys`: of a role that was assumed; absent: the source's own, by `auth`.
 * `forget`: AWS takes them no more, before their time.
 */
export type Access = {
  config: AwsConfig
  http: Http
  clock: Clock
  signal: AbortSignal
  keys?: AwsKeys
  forget?: () => void
}

const limited = new Set([
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown',
  // Organizations changes one thing at a time, and did not do this one.
  'ConcurrentModificationException',
])

/**
 * AWS names few of its allowances; these stay below what other tools of the account need. LookupEvents' is 2 a second. One
 * deny of a principal is a dozen calls to Organizations, which must not wait for each other.
 */
export const limits: Limits = {
  budgets: [
    { name: 'management', perMinute: 600, burst: 20, sharedBy: 'authority' },
    { name: 'lookup', perMinute: 90, burst: 2, sharedBy: 'authority' },
    { name: 'organizations', perMinute: 60, burst: 20, sharedBy: 'authority' },
  ],
  atOnceMax: 4,
  isLimit: (response) => response.status >= 400 && limited.has(codeOf(response)),
}

export const keysOf = (secrets: Secrets): AwsKeys => ({
  accessKeyId: secrets['accessKeyId'] ?? '',
  secretAccessKey: secrets['secretAccessKey'] ?? '',
})

type Sent = { service: Service; region: string; method?: 'GET' | 'POST'; path?: string; body?: string; isRead: boolean }

async function send(access: Access, headers: Record<string, string>, sent: Sent): Promise<HttpResponse> {
  const { config, http, clock, signal, keys, forget } = access
  const { service, region, method = 'POST', path = '/', body = '', isRead } = sent
  const url = new URL(path, originOf(config, service, region))
  const signed =
    keys === undefined ? {} : signV4({ url, method, headers, body }, keys, { service, region }, clock.nowMs())
  const response = await http.request(url, {
    method,
    headers: { ...headers, ...signed },
    ...(keys === undefined ? { as: `${service}/${region}` } : {}),
    ...(method === 'GET' ? {} : { body }),
    budget: service === 'cloudtrail' ? 'lookup' : service === 'organizations' ? 'organizations' : 'management',
    isRead,
    signal,
  })
  if (forget !== undefined && isOfKey(response)) forget()
  return response
}

/** The key is refused, or the refusal cannot be read: another session costs one call. */
function isOfKey(response: HttpResponse): boolean {
  if (response.status < 400 || response.status >= 500) return false
  const code = readCode(response)
  return code === undefined || isUnknownKey(code)
}

/** To assume a role twice is to have a session more, which nobody uses. */
const isRead = /^(Get|List|AssumeRole$)/
const versions = { iam: '2010-05-08', sts: '2011-06-15' } as const
export type Params = Readonly<Record<string, string | number | undefined>>

/** One call of the query protocol; the answer stands, whatever it says. */
export function queryRaw(
  access: Access,
  service: keyof typeof versions,
  action: string,
  params: Params = {},
): Promise<HttpResponse> {
  const pairs = Object.entries<string | number | undefined>({ Action: action, Version: versions[service], ...params })
  const body = pairs
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeRfc3986(String(value))}`]))
    .join('&')
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  return send(access, headers, { service, region: globalRegion, body, isRead: isRead.test(action) })
}

/** The `…Result` element; undefined when AWS knows no such entity. */
export async function find(
  access: Access,
  service: keyof typeof versions,
  action: string,
  params: Params = {},
): Promise<Xml | undefined> {
  const response = await queryRaw(access, service, action, params)
  if (response.status === 404 && codeOf(response) === 'NoSuchEntity') return undefined
  refuse(response, `${service}:${action}`)
  const root = parseXml(response.text)
  return root.children.find(({ name }) => name === `${action}Result`) ?? root
}

export async function query(
  access: Access,
  service: keyof typeof versions,
  action: string,
  params: Params = {},
): Promise<Xml> {
  const result = await find(access, service, action, params)
  if (result === undefined) throw new VendorError('ERR_VENDOR_ABSENT', `AWS has nothing for \`${service}:${action}\``)
  return result
}

const targets = {
  organizations: 'AWSOrganizationsV20161128',
  cloudtrail: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101',
  secretsmanager: 'secretsmanager',
  kms: 'TrentService',
  sqs: 'AmazonSQS',
  sso: 'SWBExternalService',
  identitystore: 'AWSIdentityStore',
} as const

/** One call of the JSON protocol; the answer stands, whatever it says. */
export function jsonRaw(
  access: Access,
  service: keyof typeof targets,
  operation: string,
  body: JsonObject,
  region: string = globalRegion,
): Promise<HttpResponse> {
  const headers = {
    'content-type': `application/x-amz-json-${service === 'sqs' ? '1.0' : '1.1'}`,
    'x-amz-target': `${targets[service]}.${operation}`,
  }
  const isRead = /^(Get|List|Describe|Lookup)/.test(operation)
  return send(access, headers, { service, region, body: JSON.stringify(body), isRead })
}

/** One call of the JSON protocol. `absent`: error codes that mean there is no such thing. */
export async function json(
  access: Access,
  service: keyof typeof targets,
  operation: string,
  body: JsonObject,
  { region = globalRegion, absent = [] }: { region?: string; absent?: readonly string[] } = {},
): Promise<JsonObject | undefined> {
  const response = await jsonRaw(access, service, operation, body, region)
  if (response.status >= 400 && absent.includes(codeOf(response))) return undefined
  refuse(response, `${service}:${operation}`)
  return response.text === '' ? {} : objectOf(response.json(), `${service}:${operation}`)
}

/** One GET; the answer stands, whatever it says. */
export const getRaw = (access: Access, service: 's3' | 'lambda', region: string, path: string): Promise<HttpResponse> =>
  send(access, {}, { service, region, method: 'GET', path, isRead: true })

export async function getJson(
  access: Access,
  service: 'lambda',
  region: string,
  path: string,
  operation: string,
): Promise<JsonObject> {
  const response = await getRaw(access, service, region, path)
  refuse(response, `${service}:${operation}`)
  return objectOf(response.json(), service)
}

export function objectOf(value: Json | undefined, what: string): JsonObject {
  if (isJsonObject(value)) return value
  throw new VendorError('ERR_VENDOR_SHAPE', `\`${what}\` answers something that is no object`)
}
export const rowsAt = (value: JsonObject | undefined, name: string): JsonObject[] => {
  const list = value?.[name]
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}
export const wordsAt = (value: JsonObject | undefined, name: string): string[] => {
  const list = value?.[name]
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : []
}
export const wordAt = (value: JsonObject | undefined, name: string): string => {
  const word = value?.[name]
  return typeof word === 'string' ? word : ''
}

/** `NoSuchEntity`, `AccessDeniedException`; empty when the answer names none. Messages are never kept: they quote. */
export const codeOf = (response: Pick<HttpResponse, 'text'>): string => readCode(response) ?? ''

/** Undefined where the answer cannot be read: it was cut off, or somebody else gave it. */
function readCode({ text }: Pick<HttpResponse, 'text'>): string | undefined {
  if (text === '') return undefined
  try {
    if (text.trimStart().startsWith('<')) {
      const root = parseXml(text)
      return textAt(root, 'Error', 'Code') ?? textAt(root, 'Code') ?? ''
    }
    const body = parseJson(text)
    const type = isObject(body) ? (body['__type'] ?? body['code']) : ''
    return typeof type === 'string' ? (type.split('#').at(-1) ?? '') : ''
  } catch {
    return undefined
  }
}

const notKnown = new Set([
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'IncompleteSignature',
  'ExpiredToken',
  'ExpiredTokenException',
])
const denied = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation'])
/** The key is not, or no longer, known to AWS. */
export const isUnknownKey = (code: string): boolean => notKnown.has(code)
const isDenied = (code: string): boolean => denied.has(code)

/** AWS lets this credential not call it. Lambda names no code in the body; an answer that was cut off says nothing of rights. */
export function isRefused(response: HttpResponse): boolean {
  const code = readCode(response)
  return code !== undefined && (isDenied(code) || (response.status === 403 && code === ''))
}

/** Throws unless the answer is 2xx. AWS tells by its code, not by the status, what is the matter. */
export function refuse(response: HttpResponse, what: string): void {
  const { status } = response
  if (status >= 200 && status < 300) return
  const code = codeOf(response)
  if (isUnknownKey(code)) {
    throw new VendorError('ERR_VENDOR_AUTH', `AWS does not accept the credential for \`${what}\` (${code})`, {
      hint: 'give the source a new key: `cordon source rotate NAME`; a clock that is minutes off does the same',
    })
  }
  if (isRefused(response)) {
    throw new VendorError('ERR_VENDOR_SCOPE', `the credential may not call \`${what}\``, {
      hint: '`cordon source check NAME` says which permission is missing',
    })
  }
  if (status === 404) throw new VendorError('ERR_VENDOR_ABSENT', `AWS has nothing for \`${what}\``)
  throw new VendorError('ERR_VENDOR_REFUSED', `AWS answers ${status} ${code} to \`${what}\``.trimEnd(), {
    retryable: status >= 500 || readCode(response) === undefined,
  })
}
