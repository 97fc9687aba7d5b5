import { createPublicKey, verify, type JsonWebKey } from 'node:crypto'

import { isObject, parseJson, type JsonObject } from 'cordon/kit'

export type Caller = { subject: string; jti: string | null; expiresAtMs: number | null }

/** Asks the issuer for every call and keeps no answer: a revoked token is refused on the next request. */
export async function callerByIntrospection(
  issuer: string,
  client: { id: string; secret: string },
  audience: string,
  token: string,
): Promise<Caller | undefined> {
  const response = await fetch(new URL('/token/introspection', issuer), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
    body: new URLSearchParams({ token }),
  })
  const body = parseJson(await response.text())
  if (!isObject(body) || body['active'] !== true || body['aud'] !== audience) return undefined
  return { subject: textOf(body['sub']), jti: null, expiresAtMs: Number(body['exp']) * 1000 }
}

export type KeySet = () => Promise<JsonWebKey[]>

/** Fetched once: a resource server that checks locally does not talk to the issuer again. */
export function issuerKeys(issuer: string): KeySet {
  let keys: Promise<JsonWebKey[]> | undefined
  const load = async (): Promise<JsonWebKey[]> => {
    const body = parseJson(await (await fetch(new URL('/jwks', issuer))).text())
    return isObject(body) && Array.isArray(body['keys'])
      ? body['keys'].filter((key): key is JsonObject => isObject(key))
      : []
  }
  return () => (keys ??= load())
}

/** Signature (ES256), audience and time, nothing else: what most services do with a JWT. */
export async function callerBySignature(
  keys: KeySet,
  audience: string,
  token: string,
  nowMs: number,
): Promise<Caller | undefined> {
  const [head = '', payload = '', signature = ''] = token.split('.')
  if (signature === '') return undefined
  const signed = Buffer.from(`${head}.${payload}`)
  const isSigned = (await keys()).some((jwk) =>
    verify(
      'sha256',
      signed,
      { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    ),
  )
  if (!isSigned) return undefined
  const claims = parseJson(Buffer.from(payload, 'base64url').toString('utf8'))
  if (!isObject(claims) || claims['aud'] !== audience) return undefined
  const expiresAtMs = Number(claims['exp']) * 1000
  if (!(expiresAtMs > nowMs)) return undefined
  return {
    subject: textOf(claims['sub']),
    jti: typeof claims['jti'] === 'string' ? claims['jti'] : null,
    expiresAtMs,
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
