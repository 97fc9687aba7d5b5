import { formatTime, type JsonObject } from 'cordon/kit'

import type { TwinReply } from '../kit/server.ts'
import { absent, badRequest, denied, done, listed, made, noPremium, shown } from './answers.ts'
import type { Target } from './audit-log.ts'
import { roleNamesOf, rolesOverAdmins, type Caller } from './caller.ts'
import { newGuid, newValue, objectOf, textOf, timeAt, type Row, type State } from './state.ts'
import type { Handler, Handlers, Tenant } from './tenant.ts'

/** Given on `$select` alone. */
const userOnly = ['accountEnabled', 'createdDateTime', 'userType', 'signInActivity', 'onPremisesSyncEnabled']

const userTarget = (row: Row): Target => ({
  id: row.id,
  type: 'User',
  displayName: textOf(row, 'displayName'),
  userPrincipalName: textOf(row, 'userPrincipalName'),
})
const withUser =
  (handle: (tenant: Tenant, user: Row, call: Parameters<Handler>[1], caller: Caller) => TwinReply): Handler =>
  (tenant, call, caller) => {
    const user = tenant.state.users.get(call.params['id'] ?? '')
    return user === undefined ? absent(call.params['id']) : handle(tenant, user, call, caller)
  }

/** An app does nothing to an administrator unless it is one itself. */
const isAbove = ({ state }: Tenant, caller: Caller, user: Row): boolean =>
  roleNamesOf(state, user.id).length === 0 ||
  roleNamesOf(state, caller.user ?? caller.sp ?? '').some((name) => rolesOverAdmins.includes(name))

/** Permissions for one field of a user; a password takes its own, and of an app a role as well. */
const narrow: Record<string, string> = {
  accountEnabled: 'User.EnableDisableAccount.All',
  passwordProfile: 'User-PasswordProfile.ReadWrite.All',
}
function mayChange(state: State, { user, sp, permissions }: Caller, field: string): boolean {
  const held = narrow[field] !== undefined && permissions.includes(narrow[field])
  if (user !== null) return held || permissions.some((one) => /^(User|Directory)\.(ReadWrite|AccessAsUser)/.test(one))
  if (field === 'passwordProfile') return held && roleNamesOf(state, sp ?? '').some((name) => rolesOverUsers.has(name))
  return held || permissions.some((one) => /^(User|Directory)\.ReadWrite\.All$/.test(one))
}
const rolesOverUsers = new Set([...rolesOverAdmins, 'User Administrator'])

export const userHandlers: Handlers = {
  getMe: ({ state }, call, { user }) =>
    user === null
      ? badRequest('/me request is only valid with delegated authentication flow.')
      : shown(call, state.users.get(user)),
  listUsers({ state }, call) {
    if (call.query.get('$select')?.includes('signInActivity') === true && !state.hasPremium) return noPremium()
    return listed(call, [...state.users.values()], userOnly)
  },
  getUser: withUser((_, user, call) => shown(call, user, userOnly)),
  createUser(tenant, call, { by }) {
    const { passwordProfile, ...rest } = objectOf(call.body)
    const user = makeUser(tenant, rest, textOf(passwordProfile, 'password'))
    tenant.log.audit('Add user', 'UserManagement', 'Add', by, [userTarget(user)])
    return made(user)
  },
  updateUser: withUser((tenant, user, call, caller) => {
    const body = objectOf(call.body)
    if (!isAbove(tenant, caller, user)) return denied()
    if (!Object.keys(body).every((field) => mayChange(tenant.state, caller, field))) return denied()
    const before = user['accountEnabled'] === true
    const { passwordProfile, ...rest } = body
    Object.assign(user, rest)
    if (passwordProfile !== undefined) {
      tenant.state.passwords.set(user.id, textOf(passwordProfile, 'password'))
      user['lastPasswordChangeDateTime'] = timeAt(tenant.nowMs())
      tenant.log.audit('Reset user password', 'UserManagement', 'Update', caller.by, [userTarget(user)])
    }
    const after = user['accountEnabled'] === true
    if (before !== after) {
      tenant.log.audit(after ? 'Enable account' : 'Disable account', 'UserManagement', 'Update', caller.by, [
        { ...userTarget(user), changes: [['AccountEnabled', [before], [after]]] },
      ])
    }
    tenant.state.changes.push({ list: 'users', id: user.id })
    return done()
  }),
  revokeSignInSessions: withUser((tenant, user, call, { by }) => {
    // Guests have their sessions at home.
    if (textOf(user, 'userType') !== 'Guest') tenant.state.validFromMs.set(user.id, tenant.nowMs())
    user['signInSessionsValidFromDateTime'] = formatTime(tenant.nowMs())
    tenant.log.audit('Update StsRefreshTokenValidFrom Timestamp', 'UserManagement', 'Update', by, [userTarget(user)])
    return { status: 200, body: { '@odata.context': `${call.url.origin}/v1.0/$metadata#Edm.Boolean`, value: true } }
  }),
  listMethods: withUser(({ state }, user, call) => {
    const rows = [...state.methods.values()].flatMap((one) => (one.user === user.id ? [one.row] : []))
    return listed(call, [passwordMethod, ...rows])
  }),
  createPhoneMethod: methodMade('phone'),
  createPass: methodMade('temporaryAccessPass'),
  ...Object.fromEntries(
    [
      'phone',
      'fido2',
      'microsoftAuthenticator',
      'softwareOath',
      'temporaryAccessPass',
      'email',
      'windowsHelloForBusiness',
    ].map((kind) => [`delete ${kind}`, methodGone(kind)]),
  ),
  listRegistrations({ state }, call) {
    if (!state.hasPremium) return noPremium()
    return listed(
      call,
      [...state.users.values()].map((user) => registrationOf(state, user)),
    )
  },
}

/** Everybody has one; its id is the same everywhere. */
const passwordMethod: Row = {
  '@odata.type': '#microsoft.graph.passwordAuthenticationMethod',
  id: '28c10230-6103-485e-b985-444c60001490',
  createdDateTime: null,
  password: null,
}

function registrationOf(state: State, user: Row): Row {
  const kinds = [...state.methods.values()].flatMap((one) => (one.user === user.id ? [one.kind] : []))
  return {
    id: user.id,
    userPrincipalName: textOf(user, 'userPrincipalName'),
    userDisplayName: textOf(user, 'displayName'),
    userType: textOf(user, 'userType') === 'Guest' ? 'guest' : 'member',
    isAdmin: roleNamesOf(state, user.id).length > 0,
    isMfaCapable: kinds.length > 0,
    isMfaRegistered: kinds.length > 0,
    methodsRegistered: kinds.map((kind) => (kind === 'phone' ? 'mobilePhone' : kind)),
  }
}

function methodMade(kind: string): Handler {
  return withUser((tenant, user, call, caller) => {
    if (caller.user !== user.id && !isAbove(tenant, caller, user)) return denied()
    const { row, code } = makeMethod(tenant, user.id, kind, objectOf(call.body))
    const by = caller.by
    tenant.log.audit(
      caller.user === user.id ? 'User registered security info' : 'Admin registered security info',
      'UserManagement',
      caller.user === user.id ? 'Update' : 'Add',
      by,
      [userTarget(user)],
    )
    // The one answer that holds the pass itself.
    return made(kind === 'temporaryAccessPass' ? { ...row, temporaryAccessPass: code } : row)
  })
}

function methodGone(kind: string): Handler {
  return withUser((tenant, user, { params }, caller) => {
    const method = tenant.state.methods.get(params['method'] ?? '')
    if (method === undefined || method.user !== user.id || method.kind !== kind) return absent(params['method'])
    if (caller.user !== user.id && !isAbove(tenant, caller, user)) return denied()
    tenant.state.methods.delete(method.row.id)
    tenant.log.audit('Admin deleted security info', 'UserManagement', 'Delete', caller.by, [userTarget(user)])
    return done()
  })
}

export function makeUser({ state, nowMs }: Tenant, fields: JsonObject, password: string): Row {
  const user: Row = {
    id: newGuid(state),
    displayName: null,
    userPrincipalName: null,
    mail: null,
    accountEnabled: true,
    userType: 'Member',
    createdDateTime: timeAt(nowMs()),
    lastPasswordChangeDateTime: timeAt(nowMs()),
    onPremisesSyncEnabled: null,
    externalUserState: null,
    signInSessionsValidFromDateTime: timeAt(nowMs()),
    ...fields,
  }
  state.users.set(user.id, user)
  state.passwords.set(user.id, password)
  state.changes.push({ list: 'users', id: user.id })
  return user
}

export function makeMethod({ state, nowMs }: Tenant, user: string, kind: string, fields: JsonObject = {}) {
  const type = { '@odata.type': `#microsoft.graph.${kind}AuthenticationMethod` }
  const more: JsonObject =
    kind === 'temporaryAccessPass'
      ? { createdDateTime: timeAt(nowMs()), isUsable: true, lifetimeInMinutes: 60, isUsableOnce: false }
      : kind === 'phone'
        ? { phoneType: 'mobile', phoneNumber: '+1 5555550100' }
        : { createdDateTime: timeAt(nowMs()), displayName: 'phone' }
  const method = { row: { ...type, id: newGuid(state), ...more, ...fields }, user, kind, code: newValue(state, 'code') }
  state.methods.set(method.row.id, method)
  return method
}
