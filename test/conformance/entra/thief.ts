import { generateKeyPairSync } from 'node:crypto'

import type { Json } from '#kit'

import { azureCliAppId } from '../../../lab/twins/entra/tokens.ts'
import { signAssertion, signingKey } from '../../../src/sources/http/assertion.ts'
import { ask as askAnybody, textIn } from '../ask.ts'
import type { Company } from './company.ts'

export { textIn } from '../ask.ts'

/** Somebody with a stolen credential, who speaks plain HTTP and knows nothing of Cordon. */
const from = { 'user-agent': 'curl/8.5', 'x-forwarded-for': '203.0.113.66' }
export const ask = (url: string, token: string | undefined, method = 'GET', body?: Json | URLSearchParams) =>
  askAnybody(url, { ...from, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }, method, body)

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

/** A pipeline elsewhere, with the tokens its own provider signs: whoever controls it holds no secret of the app's. */
export function pipelineOf({ twin, clock }: Company) {
  const issuer = 'https://token.actions.githubusercontent.com'
  const subject = 'repo:brightwater/shop:ref:refs/heads/main'
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  twin.state.issuers.set(issuer, publicKey)
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const claims = { iss: issuer, sub: subject, aud: 'api://AzureADTokenExchange' }
  return {
    issuer,
    subject,
    assertion: (over: { sub?: string } = {}) =>
      signAssertion(signingKey(pem), { ...claims, ...over }, { algorithm: 'RS256' }, clock.nowMs(), 300),
  }
}

export const asOutsider = (company: Company, clientId: string, client_assertion: string): Promise<Token> =>
  tokenBy(company, {
    grant_type: 'client_credentials',
    client_id: clientId,
    scope: graphScope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
  })

export const byPassword = (company: Company, username: string, password: string): Promise<Token> =>
  tokenBy(company, { grant_type: 'password', client_id: azureCliAppId, username, password, scope: everyScope })

export const byRefresh = (company: Company, refresh_token: string): Promise<Token> =>
  tokenBy(company, { grant_type: 'refresh_token', refresh_token })
