import { formatTime, isObject, type Json, type JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import { absent, done, gone, ok, paged, refusal } from './answers.ts'
import type { Caller } from './caller.ts'
import { idOf, loginOf, statusOf, textOf, valueOf, type Row, type State } from './state.ts'
import type { SystemLog, Target } from './system-log.ts'

export type Org = { state: State; log: SystemLog; nowMs(): number }
export type Handler = (org: Org, call: TwinCall, caller: Caller) => TwinReply
export type Handlers = Record<string, Handler>

export const objectOf = (body: Json | undefined): JsonObject => (isObject(body) ? body : {})
export const userTarget = (state: State, id: string): Target => {
  const login = loginOf(state.users.get(id))
  return { id, type: 'User', alternateId: login, displayName: login }
}
const idIn = ({ params }: TwinCall): string => params['id'] ?? params['userId'] ?? ''

/** Wraps what is done to one user, who must be there. */
const withUser =
  (handle: (org: Org, user: Row, call: TwinCall, caller: Caller) => TwinReply): Handler =>
  (org, call, caller) => {
    const user = org.state.users.get(idIn(call))
    return user === undefined ? absent() : handle(org, user, call, caller)
  }

export const userHandlers: Handlers = {
  listUsers: ({ state }, call) =>
    paged(
      call,
      [...state.users.values()].filter((user) => statusOf(user) !== 'DEPROVISIONED'),
    ),
  getUser: withUser((_, user) => ok(user)),
  createUser(org, call, { by }) {
    const { profile, credentials } = objectOf(call.body)
    const user = makeUser(org, objectOf(profile), textOf(objectOf(objectOf(credentials)['password']), 'value'))
    org.log.record({ eventType: 'user.lifecycle.create', by, targets: [userTarget(org.state, user.id)] })
    return ok(user)
  },
  suspendUser: withUser((org, user, _, { by }) => {
    if (statusOf(user) !== 'ACTIVE') return refusal(400, 'E0000001', ['Cannot suspend a user that is not active'])
    user['status'] = 'SUSPENDED'
    org.log.record({ eventType: 'user.lifecycle.suspend', by, targets: [userTarget(org.state, user.id)] })
    return done()
  }),
  unsuspendUser: withUser((org, user, _, { by }) => {
    if (statusOf(user) !== 'SUSPENDED')
      return refusal(400, 'E0000001', ['Cannot unsuspend a user that is not suspended'])
    user['status'] = 'ACTIVE'
    org.log.record({ eventType: 'user.lifecycle.unsuspend', by, targets: [userTarget(org.state, user.id)] })
    return done()
  }),
  expirePassword: withUser((org, user, _, { by }) => {
    if (statusOf(user) !== 'ACTIVE') return refusal(403, 'E0000006')
    user['status'] = 'PASSWORD_EXPIRED'
    org.log.record({ eventType: 'user.account.expire_password', by, targets: [userTarget(org.state, user.id)] })
    return ok(user)
  }),
  revokeUserSessions: withUser((org, user, { query }, { by }) => {
    const { state } = org
    for (const [sid, session] of state.sessions) if (session.user === user.id) state.sessions.delete(sid)
    if (query.get('oauthTokens') === 'true') {
      for (const [id, { row }] of state.refreshTokens) if (row['userId'] === user.id) state.refreshTokens.delete(id)
      // Tokens of an authorization server of the org's own carry their proof: who checks them asks nobody.
      for (const [value, token] of state.accessTokens) {
        if (token.user === user.id && token.server === null) state.accessTokens.delete(value)
      }
    }
    org.log.record({ eventType: 'user.session.clear', by, targets: [userTarget(state, user.id)] })
    return gone()
  }),
  listUserGroups: withUser(({ state }, user) =>
    ok([...state.groups.values()].filter(({ id }) => state.members.get(id)?.has(user.id) === true)),
  ),
  getUserRisk: withUser(({ state }, user) => ok({ riskLevel: state.risks.get(user.id) ?? 'NONE' })),
  upsertUserRisk: withUser((org, user, call, { by }) => {
    const level = textOf(objectOf(call.body), 'riskLevel')
    if (level !== 'HIGH' && level !== 'MEDIUM' && level !== 'LOW') return refusal(400, 'E0000001')
    const isNew = !org.state.risks.has(user.id)
    org.state.risks.set(user.id, level)
    org.log.record({ eventType: 'user.risk.change', by, targets: [userTarget(org.state, user.id)] })
    if (level === 'HIGH' && org.state.hasRiskPolicy) signOutOfApps(org, user.id)
    return { status: isNew ? 201 : 200, body: { riskLevel: level } }
  }),
  listFactors: withUser(({ state }, user) => ok(factorsOf(state, user.id).map(({ row }) => row))),
  enrollFactor: withUser((org, user, call, { by }) => {
    const asked = objectOf(call.body)
    const row = makeFactor(org, user.id, textOf(asked, 'factorType'), textOf(asked, 'provider'))
    const debug = { factor: textOf(asked, 'factorType') }
    org.log.record({ eventType: 'user.mfa.factor.activate', by, targets: [userTarget(org.state, user.id)], debug })
    return ok(row)
  }),
  unenrollFactor: withUser((org, user, { params }, { by }) => {
    const factor = org.state.factors.get(params['factorId'] ?? '')
    if (factor === undefined || factor.user !== user.id) return absent()
    org.state.factors.delete(factor.row.id)
    org.state.factorsOf.get(user.id)?.delete(factor.row.id)
    org.log.record({ eventType: 'user.mfa.factor.deactivate', by, targets: [userTarget(org.state, user.id)] })
    return gone()
  }),
  getUserGrant: withUser(({ state }, user, { params }) => {
    const grant = state.grants.get(params['grantId'] ?? '')
    return grant === undefined || grant['userId'] !== user.id ? absent() : ok(grant)
  }),
  revokeUserGrant: withUser((org, user, { params }, { by }) => {
    const grant = org.state.grants.get(params['grantId'] ?? '')
    if (grant === undefined || grant['userId'] !== user.id) return absent()
    org.state.grants.delete(grant.id)
    org.log.record({ eventType: 'app.oauth2.consent.revoke', by, targets: [userTarget(org.state, user.id)] })
    return gone()
  }),
  getRefreshTokenForUserAndClient: withUser(({ state }, user, { params }) => {
    const token = refreshTokenAt(state, user.id, params)
    return token === undefined ? absent() : ok(token.row)
  }),
  revokeTokenForUserAndClient: withUser((org, user, { params }, { by }) => {
    const { state } = org
    const token = refreshTokenAt(state, user.id, params)
    if (token === undefined) return absent()
    state.refreshTokens.delete(token.row.id)
    for (const [value, one] of state.accessTokens) {
      if (one.refreshId === token.row.id && one.server === null) state.accessTokens.delete(value)
    }
    org.log.record({ eventType: 'app.oauth2.token.revoke', by, targets: [userTarget(state, user.id)] })
    return gone()
  }),
}

function refreshTokenAt(state: State, user: string, params: Record<string, string>) {
  const token = state.refreshTokens.get(params['tokenId'] ?? '')
  return token?.row['userId'] === user && token.row['clientId'] === params['clientId'] ? token : undefined
}

export const factorsOf = ({ factors, factorsOf: ids }: State, user: string) =>
  [...(ids.get(user) ?? [])].flatMap((id) => factors.get(id) ?? [])

export function makeUser({ state, nowMs }: Org, profile: JsonObject, password: string): Row {
  const now = formatTime(nowMs())
  const user: Row = {
    id: idOf(state, '00u'),
    status: 'ACTIVE',
    created: now,
    activated: now,
    statusChanged: now,
    lastLogin: null,
    lastUpdated: now,
    passwordChanged: now,
    profile,
    credentials: { password: {}, provider: { type: 'OKTA', name: 'OKTA' } },
  }
  state.users.set(user.id, user)
  state.passwords.set(user.id, password)
  return user
}

export function makeFactor({ state, nowMs }: Org, user: string, factorType: string, provider: string): Row {
  const now = formatTime(nowMs())
  const row: Row = {
    id: idOf(state, 'ost'),
    factorType,
    provider,
    vendorName: provider,
    status: 'ACTIVE',
    created: now,
    lastUpdated: now,
  }
  state.factors.set(row.id, { row, user, passCode: valueOf(state, 'code') })
  const held = state.factorsOf.get(user) ?? new Set<string>()
  state.factorsOf.set(user, held.add(row.id))
  return row
}

/** Universal Logout: apps that support it drop the user's sessions; others are not told. */
function signOutOfApps({ state }: Org, user: string): void {
  for (const [id, session] of state.appSessions) {
    const support = objectOf(state.apps.get(session.app)?.['universalLogout'])
    if (session.user === user && statusOf(support) === 'ENABLED') state.appSessions.delete(id)
  }
}
