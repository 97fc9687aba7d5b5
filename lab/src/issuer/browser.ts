import { createHash, randomBytes } from 'node:crypto'

import { isObject, parseJson } from 'cordon/kit'

import type { IssuerClient } from './issuer.ts'

export type Tokens = { accessToken: string; refreshToken: string | null; expiresInS: number }

export const redirectsMax = 10

/** A person's browser and the client behind it, in one: the authorization code flow with PKCE, over real HTTP. */
export async function signInWithCode(
  issuer: string,
  client: IssuerClient,
  subject: string,
  audience: string,
  scope: string,
): Promise<Tokens> {
  const verifier = randomBytes(32).toString('base64url')
  const redirectUri = client.redirectUri ?? ''
  const start = new URL('/auth', issuer)
  start.search = new URLSearchParams({
    client_id: client.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope,
    resource: audience,
    login_hint: subject,
    state: randomBytes(8).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()

  const cookies = new Map<string, string>()
  let at = start
  for (let hop = 0; hop < redirectsMax && !at.href.startsWith(redirectUri); hop++) {
    const response = await fetch(at, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s)
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`sign-in of ${subject} stopped: ${response.status} ${await response.text()}`)
    await response.body?.cancel()
    at = new URL(location, at)
  }
  const code = at.searchParams.get('code')
  if (code === null) throw new Error(`sign-in of ${subject} gave no code: ${at.searchParams.get('error') ?? at.href}`)
  return tokenRequest(issuer, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    resource: audience,
  })
}

export const refresh = (issuer: string, client: IssuerClient, refreshToken: string): Promise<Tokens> =>
  tokenRequest(issuer, client, { grant_type: 'refresh_token', refresh_token: refreshToken })

export class TokenRefused extends Error {}

async function tokenRequest(issuer: string, client: IssuerClient, form: Record<string, string>): Promise<Tokens> {
  const response = await fetch(new URL('/token', issuer), {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`).toString('base64')}`,
    },
    body: new URLSearchParams(form),
  })
  const body = parseJson(await response.text())
  if (!isObject(body) || typeof body['access_token'] !== 'string') {
    throw new TokenRefused(isObject(body) && typeof body['error'] === 'string' ? body['error'] : `${response.status}`)
  }
  return {
    accessToken: body['access_token'],
    refreshToken: typeof body['refresh_token'] === 'string' ? body['refresh_token'] : null,
    expiresInS: Number(body['expires_in']),
  }
}
