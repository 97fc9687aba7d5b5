import { isObject, toBase64, utf8, type Http, type HttpResponse, type Json } from '#kit'
import { VendorError, type Auth, type Secrets } from '#sources/contract'

import { signAssertion, signingKey } from './assertion.ts'
import { secretOf } from './secret.ts'

export type Minted = { token: string; livesMs: number }
export type Mintable = Exclude<Auth, { kind: 'static' | 'basic' | 'signed' }>
type As<Kind extends Mintable['kind']> = Extract<Mintable, { kind: Kind }>
type Asking = { secrets: Secrets; http: Http; nowMs: number }

/** GitHub refuses app tokens of more than ten minutes. */
const appTokenS = 9 * 60
const assertionS = 5 * 60
/** A token endpoint that names no life: used this long (RFC 6749 only recommends `expires_in`). */
const unnamedLifeMs = 5 * 60_000

export function mintToken(auth: Mintable, asking: Asking): Promise<Minted> {
  switch (auth.kind) {
    case 'client-credentials':
      return byClientSecret(auth, asking)
    case 'private-key-jwt':
      return byClientAssertion(auth, asking)
    case 'jwt-bearer':
      return byGrantAssertion(auth, asking)
    case 'github-app':
      return byGithubApp(auth, asking)
    case 'app-role':
      return byAppRole(auth, asking)
  }
}

function byClientSecret(auth: As<'client-credentials'>, asking: Asking): Promise<Minted> {
  const { clientId, parameters, scopes } = auth
  const secret = secretOf(asking.secrets, auth.secret)
  const form = { grant_type: 'client_credentials', ...parameters, ...scopeOf(scopes) }
  if (auth.sendAs === 'body') return ask(asking, auth.tokenUrl, { ...form, client_id: clientId, client_secret: secret })
  // RFC 6749, 2.3.1: both are form-encoded before they are joined.
  const basic = toBase64(utf8(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`))
  return ask(asking, auth.tokenUrl, form, { authorization: `Basic ${basic}` })
}

async function byClientAssertion(auth: As<'private-key-jwt'>, asking: Asking): Promise<Minted> {
  const key = signingKey(secretOf(asking.secrets, auth.secret))
  const claims = { iss: auth.clientId, sub: auth.clientId, aud: auth.audience ?? auth.tokenUrl }
  return ask(asking, auth.tokenUrl, {
    grant_type: 'client_credentials',
    client_id: auth.clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(key, claims, auth, asking.nowMs, assertionS),
    ...scopeOf(auth.scopes),
  })
}

async function byGrantAssertion(auth: As<'jwt-bearer'>, asking: Asking): Promise<Minted> {
  const key = signingKey(secretOf(asking.secrets, auth.secret))
  const claims = {
    iss: auth.issuer,
    aud: auth.audience ?? auth.tokenUrl,
    ...(auth.subject === undefined ? {} : { sub: auth.subject }),
    ...scopeOf(auth.scopes),
  }
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: await signAssertion(key, claims, auth, asking.nowMs, assertionS),
  }
  const ungranted = auth.subject === undefined ? [] : ungrantedInAName
  return ask(asking, auth.tokenUrl, form, {}, ungranted)
}

/**
 * To a client that asks in somebody's name for what nobody let it ask for, Google gives one of these: "Client is unauthorized
 * to retrieve access tokens using this method, or client not authorized for any of the scopes requested."
 * https://developers.google.com/identity/protocols/oauth2/service-account#error-codes
 */
const ungrantedInAName = ['unauthorized_client', 'access_denied']

async function byGithubApp(auth: As<'github-app'>, asking: Asking): Promise<Minted> {
  const key = signingKey(secretOf(asking.secrets, auth.secret))
  const token = await signAssertion(key, { iss: auth.appId }, {}, asking.nowMs, appTokenS)
  if (auth.installation === undefined) return { token, livesMs: appTokenS * 1000 }
  const base = auth.apiUrl.replace(/\/+$/, '')
  const response = await asking.http.request(
    `${base}/app/installations/${encodeURIComponent(auth.installation)}/access_tokens`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
      isRead: true,
      as: 'none',
    },
  )
  return readToken(response, asking.nowMs)
}

/** https://developer.hashicorp.com/vault/docs/auth/approle: the token stands in `auth`, with its life in seconds; 0 is for ever. */
async function byAppRole(auth: As<'app-role'>, { http, secrets }: Asking): Promise<Minted> {
  const response = await http.request(auth.loginUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...auth.headers },
    body: JSON.stringify({ role_id: auth.roleId, secret_id: secretOf(secrets, auth.secret) }),
    // A token made twice does no harm, where the secret id has no number of uses.
    isRead: true,
    as: 'none',
  })
  const answer = bodyOf(response)
  const given = isObject(answer) ? answer['auth'] : undefined
  const token = isObject(given) ? given['client_token'] : undefined
  if (response.status >= 300 || !isObject(given) || typeof token !== 'string' || token === '')
    return refuse(response.status)
  const lives = Number(given['lease_duration'])
  return { token, livesMs: lives > 0 ? lives * 1000 : unnamedLifeMs }
}

const scopeOf = (scopes: readonly string[] | undefined): Record<string, string> =>
  scopes === undefined || scopes.length === 0 ? {} : { scope: scopes.join(' ') }

async function ask(
  { http, nowMs }: Asking,
  url: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
  /** Words by which this vendor says that the client is known, and the scope not granted. */
  ungranted: readonly string[] = [],
): Promise<Minted> {
  const response = await http.request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...headers },
    body: new URLSearchParams(form).toString(),
    // A token made twice does no harm: the first is never used.
    isRead: true,
    as: 'none',
  })
  return readToken(response, nowMs, ungranted)
}

function readToken(response: HttpResponse, nowMs: number, ungranted: readonly string[] = []): Minted {
  const answer = bodyOf(response)
  if (!isObject(answer)) return refuse(response.status)
  const token = answer['access_token'] ?? answer['token']
  if (response.status >= 300 || typeof token !== 'string' || token === '')
    return refuse(response.status, answer['error'], ungranted)
  const lives = Number(answer['expires_in'])
  if (lives > 0) return { token, livesMs: lives * 1000 }
  const until = answer['expires_at']
  const atMs = typeof until === 'string' ? Date.parse(until) : Number.NaN
  return { token, livesMs: Number.isNaN(atMs) ? unnamedLifeMs : Math.max(0, atMs - nowMs) }
}

function bodyOf(response: HttpResponse): Json {
  try {
    return response.json()
  } catch {
    return null
  }
}

/** Of a refusal only RFC 6749's `error` is told, a word of a closed list; its free text may hold what we sent. */
function refuse(status: number, error?: unknown, ungranted: readonly string[] = []): never {
  const word = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : undefined
  // RFC 6749, 5.2: the client is known, and a scope was not granted to it.
  if (word !== undefined && (word === 'invalid_scope' || ungranted.includes(word))) {
    throw new VendorError('ERR_VENDOR_SCOPE', `the vendor gives no token: a scope is not granted (${word})`, {
      hint: '`cordon source check NAME` says which permission is missing',
    })
  }
  const says = word === undefined ? '' : ` (${word})`
  throw new VendorError('ERR_VENDOR_AUTH', `the vendor gives no token: it answered ${status}${says}`, {
    hint: 'see that the client, its key and its permissions are still there; `cordon source rotate NAME` replaces the key',
    retryable: status >= 500 || status === 429,
  })
}
