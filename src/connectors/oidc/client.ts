import { z } from 'zod'

import { isObject, parseJson, toBase64, utf8, type Http, type HttpResponse, type Json } from '#kit'

import { OidcError, type OidcConfig } from './config.ts'
import { tokenRef } from './names.ts'

export type Access = {
  config: OidcConfig
  secrets: Readonly<Record<string, string>>
  http: Http
  signal: AbortSignal
}

const discovery = z.object({
  issuer: z.string(),
  jwks_uri: z.url(),
  introspection_endpoint: z.url().optional(),
  revocation_endpoint: z.url().optional(),
})
export type Discovery = z.infer<typeof discovery>
const introspection = z.object({ active: z.boolean(), exp: z.number().optional() })
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) })

/** OpenID Connect Discovery 1.0. An answer for another issuer is refused: its endpoints would get our client secret. */
export async function discover({ config, http, signal }: Access): Promise<Discovery> {
  const url = `${config.issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`
  const answer = parse(discovery, await http.request(url, { signal }), 'the discovery document')
  if (answer.issuer.replace(/\/+$/, '') !== config.issuer.replace(/\/+$/, '')) {
    throw new OidcError('ERR_OIDC_ISSUER', `\`${config.issuer}\` calls itself \`${answer.issuer}\``, {
      hint: 'set `issuer` to exactly what the discovery document says',
    })
  }
  return answer
}

/** RFC 7662. `unsupported`: the issuer keeps no state of this kind of token (oidc-provider for JWTs: 400 unsupported_token_type). */
export async function introspect(
  access: Access,
  value: string,
): Promise<{ active: boolean; expiresAtMs: number | null } | 'unsupported'> {
  const { introspection_endpoint: endpoint } = await discover(access)
  if (endpoint === undefined) return 'unsupported'
  const response = await postToken(access, endpoint, value)
  if (isUnsupported(response)) return 'unsupported'
  const { active, exp } = parse(introspection, response, 'the introspection answer')
  return { active, expiresAtMs: exp === undefined ? null : exp * 1000 }
}

/** RFC 7009. `accepted` says nothing about death: the endpoint answers 200 for tokens it never saw, too. */
export async function revoke(access: Access, value: string): Promise<'accepted' | 'unsupported'> {
  const { revocation_endpoint: endpoint } = await discover(access)
  if (endpoint === undefined) return 'unsupported'
  const response = await postToken(access, endpoint, value)
  if (isUnsupported(response)) return 'unsupported'
  refuseUnless(response, 'the revocation')
  return 'accepted'
}

export type SelfContained = { jti: string | null; expiresAtMs: number | null; audience: string | null }

/** Claims of a JWT that this issuer signed (RFC 9068 or older); undefined for anything else. Signature yes, expiry no: that is the question. */
export async function recognise(access: Access, value: string): Promise<SelfContained | undefined> {
  if (value.split('.').length !== 3) return undefined
  // Only hands gets here: core loads the connector for what it says, not to check signatures.
  const { compactVerify, createLocalJWKSet, decodeProtectedHeader } = await import('jose')
  try {
    decodeProtectedHeader(value)
  } catch {
    return undefined
  }
  const { jwks_uri: url } = await discover(access)
  const keys = parse(keySet, await access.http.request(url, { signal: access.signal }), 'the key set')
  try {
    const { payload } = await compactVerify(value, createLocalJWKSet(keys))
    const claims = parseJson(new TextDecoder().decode(payload))
    if (!isObject(claims)) return undefined
    const { jti, exp, aud } = claims
    return {
      jti: typeof jti === 'string' ? jti : null,
      expiresAtMs: typeof exp === 'number' ? exp * 1000 : null,
      audience: typeof aud === 'string' ? aud : null,
    }
  } catch {
    return undefined
  }
}

/** A lent value may only ever be used on the token it is: another one would be killed, and its death reported as this one's. */
export async function assertIsToken(access: Access, value: string, ref: string): Promise<SelfContained | undefined> {
  const claims = await recognise(access, value)
  if (tokenRef(claims?.jti ?? value) !== ref) {
    throw new OidcError('ERR_OIDC_TARGET', `the lent value is not token \`${ref}\``, {
      hint: 'lend the value of this very token, or none',
    })
  }
  return claims
}

function postToken({ config, secrets, http, signal }: Access, endpoint: string, value: string): Promise<HttpResponse> {
  const secret = secrets['clientSecret']
  if (secret === undefined) {
    throw new OidcError('ERR_OIDC_NEEDS', 'this source has no `clientSecret`', {
      hint: 'give the source the secret of its client at the issuer',
    })
  }
  // RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
  const basic = toBase64(utf8(`${encodeURIComponent(config.clientId)}:${encodeURIComponent(secret)}`))
  return http.request(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: value }).toString(),
    signal,
  })
}

function isUnsupported(response: HttpResponse): boolean {
  return response.status === 400 && errorOf(response) === 'unsupported_token_type'
}

function errorOf(response: HttpResponse): string {
  try {
    const body: Json = response.json()
    return isObject(body) && typeof body['error'] === 'string' ? body['error'] : ''
  } catch {
    return ''
  }
}

/** Throws unless the answer is 2xx; 5xx and 429 may be tried again. */
export function refuseUnless(response: HttpResponse, what: string): void {
  const { status } = response
  if (status >= 200 && status < 300) return
  if (status === 401 || status === 403) {
    throw new OidcError('ERR_OIDC_AUTH', `${what} was refused with ${status}`, {
      hint: "check this source's secrets and what the issuer lets them do",
    })
  }
  throw new OidcError('ERR_OIDC_REFUSED', `${what} was refused with ${status} ${errorOf(response)}`.trimEnd(), {
    retryable: status >= 500 || status === 429,
  })
}

export function parse<Schema extends z.ZodType>(schema: Schema, response: HttpResponse, what: string): z.infer<Schema> {
  refuseUnless(response, what)
  const result = schema.safeParse(response.json())
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new OidcError('ERR_OIDC_SHAPE', `${what} is not as expected: ${issue?.message ?? 'unknown'}`, {
    place: issue?.path.join('.') ?? '',
  })
}
