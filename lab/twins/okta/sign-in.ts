import { createLocalJWKSet, jwtVerify } from 'jose'
import { formatTime, parseJson, type Json } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import { ok, refusal } from './answers.ts'
import { appByClient, appTarget, clientOf } from './apps.ts'
import { actorOf } from './caller.ts'
import { isActive } from './directory.ts'
import { audienceOf, isAllowed } from './authorization.ts'
import {
  idOf,
  loginOf,
  statusOf,
  textOf,
  valueOf,
  type AccessToken,
  type AuthorizationServer,
  type Row,
} from './state.ts'
import type { By } from './system-log.ts'
import { factorsOf, objectOf, userTarget, type Org } from './users.ts'

/** Of Okta's own access tokens. */
export const accessTokenLifeMs = 3_600_000
/** An authorization server of the org's own. */
export const customServer = 'aus1twin00000000own1'

const fromOf = ({ headers }: TwinCall) => ({
  ip: String(headers['x-forwarded-for'] ?? '192.0.2.1'),
  agent: headers['user-agent'] ?? 'unknown',
})
const denied = (error: string, status = 401): TwinReply => ({ status, body: { error, error_description: error } })

/** What stands beside the management API: sign-in of users, and tokens. */
export function signInRoutes(org: Org): Record<string, (call: TwinCall) => TwinReply | Promise<TwinReply>> {
  return {
    'POST /api/v1/sessions': (call) => signIn(org, call),
    'DELETE /api/v1/sessions/me': (call) => signOut(org, call),
    'POST /oauth2/v1/token': (call) => token(org, call, null),
    'POST /oauth2/*/v1/token': (call) => token(org, call, org.state.servers.get(call.url.pathname.split('/')[2] ?? '')),
    'GET /oauth2/v1/authorize': (call) => authorize(org, call),
    'GET /app/*/sso': (call) => openApp(org, call),
    'GET /oauth2/*/.well-known/oauth-authorization-server': (call) => metadata(org, call),
    'GET /orders': (call) => resource(org, call, 'orders', 'read'),
    'GET /resource/*': (call) => resource(org, call, call.url.pathname.split('/')[2] ?? '', 'read'),
    'POST /resource/*': (call) => resource(org, call, call.url.pathname.split('/')[2] ?? '', 'write'),
    'GET /app/*/data': ({ url, headers }) => {
      const session = org.state.appSessions.get(String(headers.authorization).replace('Session ', ''))
      return session?.app === url.pathname.split('/')[2] ? ok({ says: 'data' }) : denied('no_session')
    },
  }
}

/** What a server says of itself to anybody. */
function metadata({ state }: Org, { url }: TwinCall): TwinReply {
  const server = state.servers.get(url.pathname.split('/')[2] ?? '')
  if (server === undefined || !isActive(server.row)) return denied('not_found', 404)
  const issuer = textOf(server.row, 'issuer')
  return ok({
    issuer,
    token_endpoint: `${issuer}/v1/token`,
    scopes_supported: server.scopes.map((scope) => textOf(scope, 'name')),
  })
}

/** A resource server that checks tokens of the org's own servers by signature, audience and scope, and asks nobody. */
function resource(org: Org, { headers }: TwinCall, name: string, right: 'read' | 'write'): TwinReply {
  const held = org.state.accessTokens.get(String(headers.authorization).replace('Bearer ', ''))
  if (held === undefined || held.server === null || held.expiresAtMs <= org.nowMs()) return denied('invalid_token')
  const audiences = org.state.servers.get(held.server)?.row['audiences']
  if (!Array.isArray(audiences) || !audiences.includes(audienceOf(name))) return denied('invalid_token')
  return held.scopes.includes(`${name}:${right}`) ? ok({ [name]: [] }) : denied('insufficient_scope', 403)
}

/** In one step what a browser does in several: name, password, and a factor where one is enrolled. */
function signIn(org: Org, call: TwinCall): TwinReply {
  const { state, log, nowMs } = org
  const { password, passCode, idp, ...rest } = objectOf(call.body)
  const username = textOf(rest, 'username')
  const user = [...state.users.values()].find((one) => loginOf(one) === username)
  const external = idOf(state, 'idx')
  const by: By = {
    ...fromOf(call),
    actor:
      user === undefined
        ? { id: 'unknown', type: 'User', alternateId: username, displayName: 'unknown' }
        : actorOf(state, user.id),
    external,
    client: null,
    apiToken: null,
  }
  const why = user === undefined ? 'INVALID_CREDENTIALS' : refusedFor(org, user, { password, passCode, idp })
  if (user === undefined || why !== undefined) {
    log.record({ eventType: 'user.session.start', by, targets: [], result: 'FAILURE', reason: why ?? 'unknown' })
    return refusal(401, 'E0000011')
  }
  const sid = valueOf(state, 'sid')
  state.sessions.set(sid, { sid, external, user: user.id, ip: by.ip, agent: by.agent })
  user['lastLogin'] = formatTime(nowMs())
  log.record({ eventType: 'user.session.start', by, targets: [] })
  return ok({ id: sid })
}

function refusedFor(
  { state }: Org,
  user: Row,
  { password, passCode, idp }: Record<string, Json | undefined>,
): string | undefined {
  if (statusOf(user) !== 'ACTIVE') return 'USER_NOT_ACTIVE'
  // Another identity provider vouches for the user: password and factors are its own affair.
  if (typeof idp === 'string') return isActive(state.idps.get(idp)) ? undefined : 'IDP_NOT_ACTIVE'
  if (state.passwords.get(user.id) !== password) return 'INVALID_CREDENTIALS'
  const factors = factorsOf(state, user.id)
  return factors.length === 0 || factors.some((factor) => factor.passCode === passCode) ? undefined : 'MFA_REQUIRED'
}

function signOut({ state, log }: Org, call: TwinCall): TwinReply {
  const session = sessionOf(call, state.sessions)
  if (session === undefined) return refusal(401, 'E0000011')
  state.sessions.delete(session.sid)
  const by = {
    ...fromOf(call),
    actor: actorOf(state, session.user),
    external: session.external,
    client: null,
    apiToken: null,
  }
  log.record({ eventType: 'user.session.end', by, targets: [] })
  return { status: 204 }
}

const sessionOf = <T>(call: TwinCall, sessions: ReadonlyMap<string, T>): T | undefined =>
  sessions.get(/(?:^|;\s*)sid=([^;]+)/.exec(call.headers.cookie ?? '')?.[1] ?? '')

/** Single sign-on: the app opens a session of its own, which Okta does not hold. */
function openApp({ state, log }: Org, call: TwinCall): TwinReply {
  const session = sessionOf(call, state.sessions)
  const app = state.apps.get(call.url.pathname.split('/')[2] ?? '')
  if (session === undefined || app === undefined || !isActive(app)) return denied('access_denied', 403)
  if (!isActive(state.users.get(session.user))) return denied('access_denied', 403)
  const by = {
    ...fromOf(call),
    actor: actorOf(state, session.user),
    external: session.external,
    client: null,
    apiToken: null,
  }
  const targets = [appTarget(app)]
  const groups = [...(state.appGroups.get(app.id)?.keys() ?? [])]
  const isAssigned =
    state.appUsers.get(app.id)?.has(session.user) === true ||
    groups.some((group) => state.members.get(group)?.has(session.user) === true)
  if (!isAssigned) {
    log.record({ eventType: 'app.generic.unauth_app_access_attempt', by, targets, result: 'FAILURE' })
    return denied('access_denied', 403)
  }
  const id = valueOf(state, 'app')
  state.appSessions.set(id, { id, app: app.id, user: session.user })
  log.record({ eventType: 'user.authentication.sso', by, targets })
  return ok({ id })
}

/** `server`: one of the org's own; null: Okta's for its own API. */
async function token(org: Org, call: TwinCall, server: AuthorizationServer | null | undefined): Promise<TwinReply> {
  if (server === undefined) return denied('invalid_client', 404)
  const form = new URLSearchParams(call.text)
  if (form.get('grant_type') === 'refresh_token') return refresh(org, call, form, server)
  const app = await clientIn(org, call, form, server === null)
  if (app === undefined) return denied('invalid_client')
  const scopes = (form.get('scope') ?? '').split(' ').filter(Boolean)
  if (scopes.length === 0) return denied('invalid_scope', 400)
  if (server !== null) {
    if (!grantTypesOf(app).includes('client_credentials')) return denied('unauthorized_client', 400)
    const asked = { client: app.id, grantType: 'client_credentials', scopes, user: null }
    if (!isAllowed(org, server, asked)) return denied('access_denied', 400)
    return given(org, call, { client: app.id, user: null, scopes, refreshId: null, server: server.row.id })
  }
  const granted = new Set(
    [...org.state.grants.values()].flatMap((one) =>
      one['clientId'] === clientOf(app) ? [textOf(one, 'scopeId')] : [],
    ),
  )
  if (!scopes.every((scope) => granted.has(scope))) return denied('invalid_scope', 400)
  return given(org, call, { client: app.id, user: null, scopes, refreshId: null, server: null })
}

const grantTypesOf = (app: Row): string[] => {
  const { grant_types: types } = objectOf(objectOf(app['settings'])['oauthClient'])
  return Array.isArray(types) ? types.map(String) : []
}

/** `prompt=none`: a token at once for what the user agreed to before; the browser's hops in between are left out. */
function authorize(org: Org, call: TwinCall): TwinReply {
  const { state } = org
  const session = sessionOf(call, state.sessions)
  const app = appByClient(state, call.query.get('client_id') ?? '')
  if (session === undefined || app === undefined || !isActive(app)) return denied('login_required')
  const scopes = (call.query.get('scope') ?? '').split(' ').filter(Boolean)
  const agreed = [...state.grants.values()].flatMap((one) =>
    one['userId'] === session.user && one['clientId'] === clientOf(app) ? [textOf(one, 'scopeId')] : [],
  )
  if (!scopes.every((scope) => agreed.includes(scope))) return denied('consent_required', 400)
  return given(org, call, { client: app.id, user: session.user, scopes, refreshId: null, server: null })
}

/** A client proves itself with a key Okta knows; elsewhere than at the org's own server a secret will do. */
async function clientIn(
  { state, nowMs }: Org,
  call: TwinCall,
  form: URLSearchParams,
  isOfOrg: boolean,
): Promise<Row | undefined> {
  const assertion = form.get('client_assertion')
  if (assertion !== null) {
    const claims = objectOf(parseJson(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString() || '{}'))
    const app = appByClient(state, textOf(claims, 'sub'))
    if (!isActive(app) || app === undefined) return undefined
    const keys = (state.keys.get(app.id) ?? []).filter(isActive)
    const options = {
      audience: `${call.url.origin}${call.url.pathname}`,
      issuer: clientOf(app),
      currentDate: new Date(nowMs()),
    }
    for (const key of keys) {
      const jwk = { kty: textOf(key, 'kty'), n: textOf(key, 'n'), e: textOf(key, 'e'), kid: textOf(key, 'kid') }
      const isGood = await jwtVerify(assertion, createLocalJWKSet({ keys: [jwk] }), options).then(
        () => true,
        () => false,
      )
      if (isGood) return app
    }
    return undefined
  }
  if (isOfOrg) return undefined
  const [id = '', secret = ''] = Buffer.from((call.headers.authorization ?? '').replace(/^Basic /, ''), 'base64')
    .toString()
    .split(':')
  const app = appByClient(state, id)
  const held = app === undefined ? [] : (state.secrets.get(app.id) ?? [])
  const isGood = isActive(app) && held.some((one) => isActive(one) && one['client_secret'] === secret)
  return isGood ? app : undefined
}

/** A token is taken by the server that gave it alone; one of the org's own asks its policies again. */
function refresh(org: Org, call: TwinCall, form: URLSearchParams, server: AuthorizationServer | null): TwinReply {
  const { state } = org
  const found = [...state.refreshTokens.values()].find(({ value }) => value === form.get('refresh_token'))
  const app = appByClient(state, textOf(found?.row, 'clientId'))
  if (found === undefined || !isActive(app) || app === undefined) return denied('invalid_grant', 400)
  const issuer = textOf(found.row, 'issuer')
  const isItsOwn = server === null ? !issuer.includes('/oauth2/') : issuer.endsWith(`/oauth2/${server.row.id}`)
  if (!isItsOwn) return denied('invalid_grant', 400)
  const scopes = Array.isArray(found.row['scopes']) ? found.row['scopes'].map(String) : []
  const user = textOf(found.row, 'userId')
  const asked = { client: app.id, grantType: 'authorization_code', scopes, user }
  if (server !== null && (!isActive(state.users.get(user)) || !isAllowed(org, server, asked)))
    return denied('invalid_grant', 400)
  return given(org, call, {
    client: app.id,
    user,
    scopes,
    refreshId: found.row.id,
    server: server?.row.id ?? null,
  })
}

function given(org: Org, call: TwinCall, told: Omit<AccessToken, 'id' | 'expiresAtMs'>): TwinReply {
  const { state, log, nowMs } = org
  const { client, user, scopes, server } = told
  const value = valueOf(state, 'at')
  const expiresAtMs = nowMs() + accessTokenLifeMs
  const id = idOf(state, 'AT.')
  state.accessTokens.set(value, { ...told, id, expiresAtMs })
  const by = { ...fromOf(call), actor: actorOf(state, client), external: null, client, apiToken: null }
  const target = { id, type: 'access_token', detailEntry: { expires: formatTime(expiresAtMs) } }
  const eventType = `app.oauth2.${server === null ? '' : 'as.'}token.grant.access_token`
  log.record({ eventType, by, targets: user === null ? [target] : [userTarget(state, user), target] })
  return ok({
    token_type: 'Bearer',
    expires_in: accessTokenLifeMs / 1000,
    access_token: value,
    scope: scopes.join(' '),
  })
}

/** What a user agrees to in a browser: a consent for each scope, and a refresh token for the app. */
export function consent(org: Org, sid: string, app: Row, scopes: readonly string[], issuer: string) {
  const { state, nowMs, log } = org
  const session = state.sessions.get(sid)
  if (session === undefined) return undefined
  const now = formatTime(nowMs())
  const row: Row = {
    id: idOf(state, 'oar'),
    status: 'ACTIVE',
    created: now,
    lastUpdated: now,
    expiresAt: formatTime(nowMs() + 90 * 86_400_000),
    issuer,
    clientId: clientOf(app),
    userId: session.user,
    scopes: [...scopes, 'offline_access'],
  }
  const value = valueOf(state, 'rt')
  state.refreshTokens.set(row.id, { row, value })
  const by = {
    ip: session.ip,
    agent: session.agent,
    actor: actorOf(state, session.user),
    external: session.external,
    client: clientOf(app),
    apiToken: null,
  }
  log.record({
    eventType: 'app.oauth2.consent.grant',
    by,
    targets: [userTarget(state, session.user), appTarget(app)],
    debug: { scopes: scopes.join(',') },
  })
  return { value, id: row.id, by, user: session.user }
}
