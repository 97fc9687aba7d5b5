import { isObject, parseJson, type Json } from '#kit'

import { azureCliAppId } from '../../../lab/twins/entra/tokens.ts'
import { signAssertion, signingKey } from '../../../src/sources/http/assertion.ts'
import type { Company } from './company.ts'

/** Somebody with a stolen credential, who speaks plain HTTP and knows nothing of Cordon. */
const from = { 'user-agent': 'curl/8.5', 'x-forwarded-for': '203.0.113.66' }
export type Answer = { status: number; body: Record<string, unknown> }

export async function ask(
  url: string,
  token: string | undefined,
  method = 'GET',
  body?: Json | URLSearchParams,
): Promise<Answer> {
  const isForm = body instanceof URLSearchParams
  const response = await fetch(url, {
    method,
    headers: {
      ...from,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const parsed = text === '' ? {} : parseJson(text)
  return { status: response.status, body: isObject(parsed) ? parsed : {} }
}
export const textIn = (body: Record<string, unknown>, key: string): string => {
  const value = body[key]
  return typeof value === 'string' ? value : ''
}

type Token = { status: number; token: string; refreshToken: string; code: number }
/** What the token endpoint says; `code`: Microsoft's number of the refusal. */
async function tokenBy({ twin }: Company, form: Record<string, string>): Promise<Token> {
  const url = `${twin.url}/${twin.state.tenant}/oauth2/v2.0/token`
  const { status, body } = await ask(url, undefined, 'POST', new URLSearchParams(form))
  const [code] = Array.isArray(body['error_codes']) ? body['error_codes'] : []
  return {
    status,
    token: textIn(body, 'access_token'),
    refreshToken: textIn(body, 'refresh_token'),
    code: Number(code ?? 0),
  }
}

const graphScope = 'https://graph.microsoft.com/.default'
export const everyScope = 'Directory.AccessAsUser.All User.Read offline_access'

export const asApp = (company: Company, clientId: string, secret: string, scope = graphScope): Promise<Token> =>
  tokenBy(company, { grant_type: 'client_credentials', client_id: clientId, client_secret: secret, scope })

export async function asAppByCertificate(company: Company, clientId: string, pem: string): Promise<Token> {
  const aud = `${company.twin.url}/${company.twin.state.tenant}/oauth2/v2.0/token`
  const claims = { iss: clientId, sub: clientId, aud }
  const nowMs = company.clock.nowMs()
  const client_assertion = await signAssertion(signingKey(pem), claims, { algorithm: 'PS256' }, nowMs, 300)
  return tokenBy(company, {
    grant_type: 'client_credentials',
    client_id: clientId,
    scope: graphScope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
  })
}

export const byPassword = (company: Company, username: string, password: string): Promise<Token> =>
  tokenBy(company, { grant_type: 'password', client_id: azureCliAppId, username, password, scope: everyScope })

export const byRefresh = (company: Company, refresh_token: string): Promise<Token> =>
  tokenBy(company, { grant_type: 'refresh_token', refresh_token })
