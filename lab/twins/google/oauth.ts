import { createPublicKey, verify } from 'node:crypto'

import { isObject, parseJson } from 'cordon/kit'

import type { Answer } from './answer.ts'
import type { World } from './world.ts'

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const refused = (status: number, error: string): Answer => ({ status, body: { error, error_description: error } })

/** Google's token endpoint: refresh tokens of apps, and service accounts in the name of a user (RFC 7523, 2.1). */
export function tokenEndpoint(world: World, form: URLSearchParams, audience: string): Answer {
  const type = form.get('grant_type')
  if (type === 'refresh_token') return byRefreshToken(world, form)
  return type === jwtBearer
    ? byAssertion(world, form.get('assertion') ?? '', audience)
    : refused(400, 'unsupported_grant_type')
}

function byRefreshToken(world: World, form: URLSearchParams): Answer {
  const client = form.get('client_id') ?? ''
  const value = form.get('refresh_token') ?? ''
  if (world.apps.get(client)?.secret !== form.get('client_secret')) return refused(401, 'invalid_client')
  const held = [...world.grants].find(([key, grant]) => key.endsWith(` ${client}`) && grant.refresh.has(value))
  const user = held === undefined ? undefined : world.users.get(held[0].split(' ')[0] ?? '')
  if (held === undefined || user === undefined || user.suspended || world.apps.get(client)?.isBlocked === true) {
    return refused(400, 'invalid_grant')
  }
  return given(world.mint({ client, user: user.id, scopes: held[1].scopes, isDelegated: false }), held[1].scopes)
}

function byAssertion(world: World, assertion: string, audience: string): Answer {
  const [header = '', payload = '', signature = ''] = assertion.split('.')
  const claims = payload === '' ? null : parseJson(Buffer.from(payload, 'base64url').toString('utf8'))
  if (!isObject(claims)) return refused(400, 'invalid_grant')
  const account = [...world.delegations].find(([, { serviceAccount }]) => serviceAccount === claims['iss'])
  if (account === undefined) return refused(401, 'unauthorized_client')
  const [client, { publicKey, scopes: delegated }] = account
  const isSigned = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${payload}`),
    createPublicKey(publicKey),
    Buffer.from(signature, 'base64url'),
  )
  const nowS = world.clock.nowMs() / 1000
  const [issued, ends] = [Number(claims['iat']), Number(claims['exp'])]
  if (!isSigned || claims['aud'] !== audience || !(issued <= nowS + 300 && ends > nowS && ends - issued <= 3_660)) {
    return refused(400, 'invalid_grant')
  }
  const user = typeof claims['sub'] === 'string' ? world.userByKey(claims['sub']) : undefined
  if (user === undefined || user.suspended) return refused(400, 'invalid_grant')
  const scopes = typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : []
  // All of them, or none.
  if (scopes.length === 0 || scopes.some((scope) => !delegated.has(scope))) return refused(401, 'unauthorized_client')
  return given(world.mint({ client, user: user.id, scopes, isDelegated: true }), scopes)
}

const given = (access_token: string, scopes: readonly string[]): Answer => ({
  status: 200,
  body: { access_token, expires_in: 3_599, token_type: 'Bearer', scope: scopes.join(' ') },
})
