import type { JsonObject } from 'cordon/kit'

import { absent, badRequest, denied, done, listed, made, noPremium, shown } from './answers.ts'
import type { Change, Target } from './audit-log.ts'
import type { Caller } from './caller.ts'
import { newGuid, newValue, objectOf, textOf, timeAt, type Row, type State } from './state.ts'
import type { Handler, Handlers, Tenant } from './tenant.ts'

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
}

const withPrincipals = (state: State, rows: Iterable<Row>): Row[] =>
  [...rows].map((row) => ({ ...row, principal: directoryObject(state, textOf(row, 'principalId')) ?? null }))

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
