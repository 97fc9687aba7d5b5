import { formatTime, type JsonObject } from 'cordon/kit'

import type { TwinReply } from '../kit/server.ts'
import { absent, badRequest, denied, done, listed, made, shown } from './answers.ts'
import type { Change, Target } from './audit-log.ts'
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

export const directoryHandlers: Handlers = {
  listOrganization({ state }, call) {
    const plans = state.hasPremium
      ? [
          {
            service: 'AADPremiumService',
            capabilityStatus: 'Enabled',
            servicePlanId: '41781fb2-bc02-4b7c-bd55-b576c07bb09d',
          },
        ]
      : []
    return listed(call, [{ id: state.tenant, displayName: 'Brightwater', assignedPlans: plans }])
  },
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
    // With the narrowest permission this one field is all.
    const isWide = caller.permissions.some(
      (one) => one !== 'User.EnableDisableAccount.All' && /ReadWrite|AccessAsUser/.test(one),
    )
    if (!isWide && Object.keys(body).some((name) => name !== 'accountEnabled')) return denied()
    const before = user['accountEnabled'] === true
    const { passwordProfile, ...rest } = body
    Object.assign(user, rest)
    if (passwordProfile !== undefined) {
      tenant.state.passwords.set(user.id, textOf(passwordProfile, 'password'))
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
  listGroups: ({ state }, call) => listed(call, [...state.groups.values()]),
  getGroup: ({ state }, call) => shown(call, state.groups.get(call.params['id'] ?? '')),
  listMembers({ state }, call) {
    const members = state.members.get(call.params['id'] ?? '')
    if (members === undefined) return absent(call.params['id'])
    return listed(
      call,
      [...members].flatMap((id) => directoryObject(state, id) ?? []),
    )
  },
  addMember: membership(true),
  removeMember: membership(false),
  listRoleDefinitions: ({ state }, call) => listed(call, [...state.roleDefinitions.values()]),
  listRoleAssignments: ({ state }, call) => listed(call, withPrincipals(state, state.roleAssignments.values())),
  createRoleAssignment(tenant, call, { by }) {
    const row = makeRoleAssignment(tenant, objectOf(call.body))
    auditRole(tenant, 'Add member to role', 'Assign', by, row)
    return made(row)
  },
  deleteRoleAssignment(tenant, { params }, { by }) {
    const row = tenant.state.roleAssignments.get(params['id'] ?? '')
    if (row === undefined) return absent(params['id'])
    tenant.state.roleAssignments.delete(row.id)
    auditRole(tenant, 'Remove member from role', 'Unassign', by, row)
    return done()
  },
  listEligible: ({ state }, call) =>
    state.hasPremium ? listed(call, withPrincipals(state, state.eligible.values())) : noPremium(),
  listDevices: ({ state }, call) => listed(call, [...state.devices.values()]),
  getDevice: ({ state }, call) => shown(call, state.devices.get(call.params['id'] ?? '')),
  updateDevice(tenant, call, { by }) {
    const device = tenant.state.devices.get(call.params['id'] ?? '')
    if (device === undefined) return absent(call.params['id'])
    Object.assign(device, objectOf(call.body))
    tenant.log.audit('Update device', 'Device', 'Update', by, [
      { id: device.id, type: 'Device', displayName: textOf(device, 'displayName') },
    ])
    return done()
  },
  listPolicies: ({ state }, call) => listed(call, [...state.policies.values()]),
  listLocations: ({ state }, call) => listed(call, [...state.locations.values()]),
  listRegistrations({ state }, call) {
    if (!state.hasPremium) return noPremium()
    return listed(
      call,
      [...state.users.values()].map((user) => registrationOf(state, user)),
    )
  },
}

const withPrincipals = (state: State, rows: Iterable<Row>): Row[] =>
  [...rows].map((row) => ({ ...row, principal: directoryObject(state, textOf(row, 'principalId')) ?? null }))

export const noPremium = (): TwinReply => ({
  ...denied(),
  body: {
    error: {
      code: 'Authentication_RequestFromNonPremiumTenantOrB2CTenant',
      message: "Neither tenant is B2C or tenant doesn't have premium license",
      innerError: { date: '2026-03-24T12:00:00', 'request-id': '', 'client-request-id': '' },
    },
  },
})

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

const kindOf = (state: State, id: string): string =>
  state.users.has(id) ? 'user' : state.groups.has(id) ? 'group' : 'servicePrincipal'
export function directoryObject(state: State, id: string): Row | undefined {
  const row = state.users.get(id) ?? state.groups.get(id) ?? state.servicePrincipals.get(id)
  return row === undefined ? undefined : { '@odata.type': `#microsoft.graph.${kindOf(state, id)}`, id }
}
export const referenceIn = (body: Parameters<Handler>[1]['body']): string =>
  textOf(body, '@odata.id').split('/').at(-1) ?? ''
const types = { user: 'User', group: 'Group', servicePrincipal: 'ServicePrincipal' } as const
export function targetOf(state: State, id: string): Target {
  const row = state.users.get(id) ?? state.groups.get(id) ?? state.servicePrincipals.get(id)
  const kind = kindOf(state, id)
  const type = kind === 'user' ? types.user : kind === 'group' ? types.group : types.servicePrincipal
  return { id, type, displayName: textOf(row, 'displayName') }
}

function membership(isMember: boolean): Handler {
  return (tenant, call, { by, permissions, user }) => {
    const { state } = tenant
    const group = state.groups.get(call.params['id'] ?? '')
    const member = isMember ? referenceIn(call.body) : (call.params['member'] ?? '')
    const members = state.members.get(group?.id ?? '')
    if (group === undefined || members === undefined || directoryObject(state, member) === undefined)
      return absent(member)
    // Who is in a group that holds roles, only who manages roles changes.
    if (
      group['isAssignableToRole'] === true &&
      user === null &&
      !permissions.includes('RoleManagement.ReadWrite.Directory')
    )
      return denied()
    if (isMember === members.has(member))
      return isMember ? badRequest('One or more added object references already exist') : absent(member)
    if (isMember) members.add(member)
    else members.delete(member)
    const facts: [string, string][] = [
      ['Group.ObjectID', group.id],
      ['Group.DisplayName', textOf(group, 'displayName')],
    ]
    const changes = facts.map(([name, value]): Change => (isMember ? [name, null, value] : [name, value, null]))
    const activity = isMember ? 'Add member to group' : 'Remove member from group'
    tenant.log.audit(activity, 'GroupManagement', isMember ? 'Assign' : 'Unassign', by, [
      { ...targetOf(state, member), changes },
      { id: group.id, type: 'Group' },
    ])
    state.changes.push({ list: 'groups', id: group.id, members: [{ id: member, isGone: !isMember }] })
    return done()
  }
}

function auditRole(tenant: Tenant, activity: string, type: string, by: Caller['by'], row: Row): void {
  const { state, log } = tenant
  const template = textOf(row, 'roleDefinitionId')
  const name = textOf(state.roleDefinitions.get(template), 'displayName')
  const isOn = type === 'Assign'
  const change = (key: string, value: string): [string, string | null, string | null] =>
    isOn ? [key, null, value] : [key, value, null]
  const changes = [
    change('Role.ObjectID', `directory-role ${template}`),
    change('Role.DisplayName', name),
    change('Role.TemplateId', template),
  ]
  log.audit(activity, 'RoleManagement', type, by, [
    { ...targetOf(state, textOf(row, 'principalId')), changes },
    { id: `directory-role ${template}`, type: 'Role', displayName: name },
  ])
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

export function makeGroup({ state, nowMs }: Tenant, displayName: string, fields: JsonObject = {}): Row {
  const group: Row = {
    id: newGuid(state),
    displayName,
    createdDateTime: timeAt(nowMs()),
    securityEnabled: true,
    mailEnabled: false,
    groupTypes: [],
    isAssignableToRole: null,
    onPremisesSyncEnabled: null,
    visibility: null,
    ...fields,
  }
  state.groups.set(group.id, group)
  state.members.set(group.id, new Set())
  state.changes.push({ list: 'groups', id: group.id })
  return group
}

export function makeRoleAssignment({ state }: Tenant, fields: JsonObject): Row {
  const row: Row = { id: newValue(state, 'ra').slice(0, 30), directoryScopeId: '/', ...fields }
  state.roleAssignments.set(row.id, row)
  return row
}

export function makeDevice({ state, nowMs }: Tenant, displayName: string): Row {
  const device: Row = {
    id: newGuid(state),
    deviceId: newGuid(state),
    displayName,
    accountEnabled: true,
    operatingSystem: 'Windows',
    trustType: 'AzureAd',
    isCompliant: false,
    isManaged: false,
    registrationDateTime: timeAt(nowMs()),
    approximateLastSignInDateTime: timeAt(nowMs()),
  }
  state.devices.set(device.id, device)
  return device
}
