import { formatTime, toHex, sha256, utf8, type JsonObject } from 'cordon/kit'

import { absent, done, gone, ok, paged, refusal } from './answers.ts'
import { withPolicyLink } from './policies.ts'
import { idOf, statusOf, textOf, valueOf, type Row, type State } from './state.ts'
import type { By, Target } from './system-log.ts'
import { objectOf, type Handler, type Handlers, type Org } from './users.ts'

/** Okta's own bound. */
const secretsMax = 2

export const appTarget = (app: Row): Target => ({ id: app.id, type: 'AppInstance', displayName: textOf(app, 'label') })
export const oauthOf = (app: Row | undefined): JsonObject => objectOf(objectOf(app?.['credentials'])['oauthClient'])
export const clientOf = (app: Row | undefined): string => textOf(oauthOf(app), 'client_id')
export const appByClient = (state: State, client: string): Row | undefined =>
  [...state.apps.values()].find((app) => client !== '' && clientOf(app) === client)

const withApp =
  (
    handle: (org: Org, app: Row, params: Record<string, string>, by: By, body: JsonObject) => ReturnType<Handler>,
  ): Handler =>
  (org, call, { by }) => {
    const app = org.state.apps.get(call.params['appId'] ?? '')
    return app === undefined ? absent() : handle(org, app, call.params, by, objectOf(call.body))
  }
/** Switches a row on or off, unless it is the last that an app has. */
const withHeld = (held: 'secrets' | 'keys', param: string, status: 'ACTIVE' | 'INACTIVE'): Handler =>
  withApp((org, app, params, by) => {
    const rows = org.state[held].get(app.id) ?? []
    const row = rows.find(({ id }) => id === params[param])
    if (row === undefined) return absent()
    const others = rows.filter((one) => one !== row && statusOf(one) === 'ACTIVE')
    if (status === 'INACTIVE' && others.length === 0) {
      return refusal(400, 'E0000001', ['the last active one of a client cannot be deactivated'])
    }
    row['status'] = status
    const act = status === 'ACTIVE' ? 'activate' : 'deactivate'
    org.log.record({ eventType: `app.oauth2.credentials.lifecycle.${act}`, by, targets: [appTarget(app)] })
    return ok(row)
  })
const heldAt = (held: 'secrets' | 'keys', param: string): Handler =>
  withApp(({ state }, app, params) => {
    const row = state[held].get(app.id)?.find(({ id }) => id === params[param])
    return row === undefined ? absent() : ok(row)
  })
const appStatus = (status: 'ACTIVE' | 'INACTIVE'): Handler =>
  withApp((org, app, _, by) => {
    app['status'] = status
    const act = status === 'ACTIVE' ? 'activate' : 'deactivate'
    org.log.record({ eventType: `application.lifecycle.${act}`, by, targets: [appTarget(app)] })
    return done()
  })

export const appHandlers: Handlers = {
  listApplications: ({ state }, call) =>
    paged(
      call,
      [...state.apps.values()].map((app) => withPolicyLink(state, app, call.url.origin)),
    ),
  getApplication: ({ state }, { params, url }) => {
    const app = state.apps.get(params['appId'] ?? '')
    return app === undefined ? absent() : ok(withPolicyLink(state, app, url.origin))
  },
  createApplication(org, call, { by }) {
    const app = makeApp(org, objectOf(call.body))
    org.log.record({ eventType: 'application.lifecycle.create', by, targets: [appTarget(app)] })
    return ok(app)
  },
  activateApplication: appStatus('ACTIVE'),
  deactivateApplication: appStatus('INACTIVE'),
  listApplicationUsers: ({ state }, call) =>
    paged(call, [...(state.appUsers.get(call.params['appId'] ?? '')?.values() ?? [])]),
  listApplicationGroupAssignments: ({ state }, call) =>
    paged(call, [...(state.appGroups.get(call.params['appId'] ?? '')?.values() ?? [])]),
  listOAuth2ClientSecrets: withApp(({ state }, app) => ok(state.secrets.get(app.id) ?? [])),
  getOAuth2ClientSecret: heldAt('secrets', 'secretId'),
  createOAuth2ClientSecret: withApp((org, app, _, by) => {
    const held = org.state.secrets.get(app.id) ?? []
    if (held.length >= secretsMax) return refusal(400, 'E0000001', ['a client has two secrets at most'])
    const row = makeSecret(org, app.id)
    org.log.record({ eventType: 'app.oauth2.credentials.lifecycle.create', by, targets: [appTarget(app)] })
    return { status: 201, body: row }
  }),
  activateOAuth2ClientSecret: withHeld('secrets', 'secretId', 'ACTIVE'),
  deactivateOAuth2ClientSecret: withHeld('secrets', 'secretId', 'INACTIVE'),
  listJwk: withApp(({ state }, app) => ok(state.keys.get(app.id) ?? [])),
  getJwk: heldAt('keys', 'keyId'),
  addJwk: withApp((org, app, _, by, body) => {
    const row = makeKey(org, app.id, body)
    org.log.record({ eventType: 'app.oauth2.credentials.lifecycle.create', by, targets: [appTarget(app)] })
    return { status: 201, body: row }
  }),
  activateOAuth2ClientJsonWebKey: withHeld('keys', 'keyId', 'ACTIVE'),
  deactivateOAuth2ClientJsonWebKey: withHeld('keys', 'keyId', 'INACTIVE'),
  listScopeConsentGrants: withApp(({ state }, app) =>
    ok([...state.grants.values()].filter((grant) => grant['clientId'] === clientOf(app))),
  ),
  getScopeConsentGrant: withApp(({ state }, app, params) => {
    const grant = state.grants.get(params['grantId'] ?? '')
    return grant === undefined || grant['clientId'] !== clientOf(app) ? absent() : ok(grant)
  }),
  grantConsentToScope: withApp((org, app, _, by, body) => {
    const scopeId = textOf(body, 'scopeId')
    const grant = makeGrant(org, app, { scopeId, issuer: textOf(body, 'issuer'), user: null, by: by.actor.id })
    org.log.record({
      eventType: 'app.oauth2.consent.grant',
      by,
      targets: [appTarget(app)],
      debug: { scopes: scopeId },
    })
    return { status: 201, body: grant }
  }),
  revokeScopeConsentGrant: withApp((org, app, params, by) => {
    const grant = org.state.grants.get(params['grantId'] ?? '')
    if (grant === undefined || grant['clientId'] !== clientOf(app)) return absent()
    org.state.grants.delete(grant.id)
    org.log.record({ eventType: 'app.oauth2.consent.revoke', by, targets: [appTarget(app)] })
    return gone()
  }),
  listOAuth2TokensForApplication: withApp(({ state }, app) =>
    ok([...state.refreshTokens.values()].flatMap(({ row }) => (row['clientId'] === clientOf(app) ? [row] : []))),
  ),
}

export function makeApp({ state, nowMs }: Org, asked: JsonObject): Row {
  const id = idOf(state, '0oa')
  const now = formatTime(nowMs())
  const oauth = objectOf(objectOf(asked['credentials'])['oauthClient'])
  const isOauth = textOf(asked, 'signOnMode') === 'OPENID_CONNECT'
  const credentials = isOauth ? { credentials: { oauthClient: { ...oauth, client_id: id } } } : {}
  const app: Row = { ...asked, ...credentials, id, status: 'ACTIVE', created: now, lastUpdated: now }
  state.apps.set(id, app)
  return app
}

export function makeSecret({ state, nowMs }: Org, app: string): Row {
  const value = valueOf(state, 'secret')
  const now = formatTime(nowMs())
  const row: Row = {
    id: idOf(state, 'ocs'),
    status: 'ACTIVE',
    created: now,
    lastUpdated: now,
    client_secret: value,
    secret_hash: toHex(sha256(utf8(value))).slice(0, 22),
  }
  state.secrets.set(app, [...(state.secrets.get(app) ?? []), row])
  return row
}

/** Public half of a key a client signs with. */
export function makeKey({ state, nowMs }: Org, app: string, jwk: JsonObject): Row {
  const now = formatTime(nowMs())
  const row: Row = { ...jwk, id: idOf(state, 'pks'), status: 'ACTIVE', created: now, lastUpdated: now }
  state.keys.set(app, [...(state.keys.get(app) ?? []), row])
  return row
}

type Consent = { scopeId: string; issuer: string; user: string | null; by: string }

export function makeGrant({ state, nowMs }: Org, app: Row, { scopeId, issuer, user, by }: Consent): Row {
  const now = formatTime(nowMs())
  const grant: Row = {
    id: idOf(state, 'oag'),
    status: 'ACTIVE',
    created: now,
    lastUpdated: now,
    createdBy: { id: by, type: 'User' },
    issuer,
    clientId: clientOf(app),
    scopeId,
    source: user === null ? 'ADMIN' : 'END_USER',
    ...(user === null ? {} : { userId: user }),
  }
  state.grants.set(grant.id, grant)
  return grant
}
