import type { JsonObject } from 'cordon/kit'

import { absent, done, listed, made } from './answers.ts'
import type { By, Change } from './audit-log.ts'
import { targetOf } from './directory.ts'
import { graphOf, listOf, newValue, objectOf, textOf, timeAt, type Row, type State } from './state.ts'
import type { Handler, Handlers, Tenant } from './tenant.ts'
import { roleNames } from './tokens.ts'

/** What apps were given: roles of an API in their own name, and scopes in the name of users. */
export const permissionHandlers: Handlers = {
  listAppRoleAssignments: assignments('principalId'),
  listAppRoleAssignedTo: assignments('resourceId'),
  createAppRoleAssignedTo(tenant, call, { by }) {
    const { state } = tenant
    const [principalId, resourceId, appRoleId] = ['principalId', 'resourceId', 'appRoleId'].map((key) =>
      textOf(call.body, key),
    )
    const resource = state.servicePrincipals.get(call.params['id'] ?? '')
    if (resource === undefined || resource.id !== resourceId) return absent(resourceId)
    const row = makeAppRoleAssignment(tenant, principalId ?? '', resource, appRoleId ?? '')
    tenant.log.audit('Add app role assignment to service principal', 'ApplicationManagement', 'Assign', by, [
      { ...targetOf(state, resource.id), changes: assignmentChanges(state, row, true) },
    ])
    return made(row)
  },
  deleteAppRoleAssignedTo(tenant, call, { by }) {
    const { state } = tenant
    const row = state.appRoleAssignments.get(call.params['assignment'] ?? '')
    if (row === undefined || row['resourceId'] !== call.params['id']) return absent(call.params['assignment'])
    state.appRoleAssignments.delete(row.id)
    tenant.log.audit('Remove app role assignment from service principal', 'ApplicationManagement', 'Unassign', by, [
      { ...targetOf(state, textOf(row, 'resourceId')), changes: assignmentChanges(state, row, false) },
    ])
    return done()
  },
  listGrants: ({ state }, call) => listed(call, [...state.grants.values()]),
  createGrant(tenant, call, { by }) {
    const grant = makeGrant(tenant, objectOf(call.body))
    auditGrant(tenant, 'Add delegated permission grant', 'Assign', by, grant)
    return made(grant)
  },
  deleteGrant(tenant, { params }, { by }) {
    const grant = tenant.state.grants.get(params['id'] ?? '')
    if (grant === undefined) return absent(params['id'])
    tenant.state.grants.delete(grant.id)
    auditGrant(tenant, 'Remove delegated permission grant', 'Unassign', by, grant)
    return done()
  },
}

function assignments(side: 'principalId' | 'resourceId'): Handler {
  return ({ state }, call) =>
    listed(
      call,
      [...state.appRoleAssignments.values()].filter((row) => row[side] === call.params['id']),
    )
}

function assignmentChanges(state: State, row: Row, isGiven: boolean): Change[] {
  const [value = ''] = roleNames(
    state.servicePrincipals.get(textOf(row, 'resourceId')) ?? row,
    textOf(row, 'appRoleId'),
  )
  const facts: [string, string][] = [
    ['AppRole.Id', textOf(row, 'appRoleId')],
    ['AppRole.Value', value],
    ['ServicePrincipal.ObjectID', textOf(row, 'principalId')],
    ['ServicePrincipal.AppId', textOf(state.servicePrincipals.get(textOf(row, 'principalId')), 'appId')],
  ]
  return facts.map(([name, value]): Change => (isGiven ? [name, null, value] : [name, value, null]))
}

function auditGrant(tenant: Tenant, activity: string, type: string, by: By, grant: Row): void {
  const { state, log } = tenant
  const client = state.servicePrincipals.get(textOf(grant, 'clientId'))
  const facts: [string, string][] = [
    ['DelegatedPermissionGrant.Scope', ` ${textOf(grant, 'scope')}`],
    ['DelegatedPermissionGrant.ConsentType', textOf(grant, 'consentType')],
    ['ServicePrincipal.ObjectID', textOf(grant, 'clientId')],
    ['ServicePrincipal.AppId', textOf(client, 'appId')],
    ...(typeof grant['principalId'] === 'string' ? [['User.ObjectID', grant['principalId']] as [string, string]] : []),
  ]
  const changes = facts.map(([name, value]): Change => (type === 'Assign' ? [name, null, value] : [name, value, null]))
  log.audit(activity, 'ApplicationManagement', type, by, [{ ...targetOf(state, textOf(grant, 'resourceId')), changes }])
}

export function makeAppRoleAssignment(
  { state, nowMs }: Tenant,
  principalId: string,
  resource: Row,
  appRoleId: string,
): Row {
  const row: Row = {
    id: newValue(state, 'ara').slice(0, 43),
    appRoleId,
    createdDateTime: timeAt(nowMs()),
    principalId,
    principalType: state.users.has(principalId) ? 'User' : state.groups.has(principalId) ? 'Group' : 'ServicePrincipal',
    principalDisplayName: textOf(state.servicePrincipals.get(principalId), 'displayName'),
    resourceId: resource.id,
    resourceDisplayName: textOf(resource, 'displayName'),
  }
  state.appRoleAssignments.set(row.id, row)
  return row
}

export function makeGrant({ state }: Tenant, fields: JsonObject): Row {
  const grant: Row = { id: newValue(state, 'g').slice(0, 43), principalId: null, ...fields }
  state.grants.set(grant.id, grant)
  return grant
}

/** Graph's own permissions by name. */
export function appRoleIdOf(state: State, value: string): string {
  return textOf(
    listOf(graphOf(state)['appRoles']).find((role) => role['value'] === value),
    'id',
  )
}
