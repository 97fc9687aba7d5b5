import { formatTime, type JsonObject } from 'cordon/kit'

import type { TwinReply } from '../kit/server.ts'
import { absent, gone, ok, paged, refusal } from './answers.ts'
import { idOf, statusOf, textOf, valueOf, type Row } from './state.ts'
import type { By, Target } from './system-log.ts'
import { objectOf, userTarget, type Handler, type Handlers, type Org } from './users.ts'

const labels: Record<string, string> = {
  SUPER_ADMIN: 'Super Administrator',
  ORG_ADMIN: 'Organization Administrator',
  APP_ADMIN: 'Application Administrator',
  USER_ADMIN: 'Group Administrator',
  HELP_DESK_ADMIN: 'Help Desk Administrator',
  GROUP_MEMBERSHIP_ADMIN: 'Group Membership Administrator',
  READ_ONLY_ADMIN: 'Read-Only Administrator',
}
const groupTarget = (group: Row | undefined): Target => ({
  id: group?.id ?? '',
  type: 'UserGroup',
  displayName: textOf(objectOf(group?.['profile']), 'name'),
})

/** Groups, administrators, API tokens, identity providers, zones. */
export const directoryHandlers: Handlers = {
  getWellknownOrgMetadata: ({ state }) => ok({ id: state.org, pipeline: 'idx' }),
  listGroups: ({ state }, call) => paged(call, [...state.groups.values()]),
  getGroup({ state }, { params }) {
    const group = state.groups.get(params['groupId'] ?? '')
    return group === undefined ? absent() : ok(group)
  },
  listGroupUsers: ({ state }, call) =>
    paged(
      call,
      [...(state.members.get(call.params['groupId'] ?? '') ?? [])].flatMap((id) => state.users.get(id) ?? []),
    ),
  assignUserToGroup: membership(true),
  unassignUserFromGroup: membership(false),
  listUsersWithRoleAssignments({ state }) {
    const ids = [...state.assignments.values()].flatMap(({ assignee }) => (state.users.has(assignee) ? [assignee] : []))
    return ok({ value: [...new Set(ids)].map((id) => ({ id })) })
  },
  ...rolesOf('users', 'userId', {
    list: 'listAssignedRolesForUser',
    assign: 'assignRoleToUser',
    take: 'unassignRoleFromUser',
  }),
  ...rolesOf('groups', 'groupId', {
    list: 'listGroupAssignedRoles',
    assign: 'assignRoleToGroup',
    take: 'unassignRoleFromGroup',
  }),
  ...rolesOf('apps', 'clientId', {
    list: 'listRolesForClient',
    assign: 'assignRoleToClient',
    take: 'deleteRoleFromClient',
  }),
  listRolePermissions: () => absent(),
  listApiTokens: ({ state }) => ok([...state.apiTokens.values()].map(({ row }) => row)),
  getApiToken({ state }, { params }) {
    const token = state.apiTokens.get(params['apiTokenId'] ?? '')
    return token === undefined ? absent() : ok(token.row)
  },
  revokeApiToken(org, { params }, { by }) {
    const token = org.state.apiTokens.get(params['apiTokenId'] ?? '')
    if (token === undefined) return absent()
    org.state.apiTokens.delete(token.row.id)
    const target = { id: token.row.id, type: 'Token', displayName: textOf(token.row, 'name') }
    org.log.record({ eventType: 'system.api_token.revoke', by, targets: [target] })
    return gone()
  },
  listIdentityProviders: ({ state }, call) => paged(call, [...state.idps.values()]),
  getIdentityProvider({ state }, { params }) {
    const idp = state.idps.get(params['idpId'] ?? '')
    return idp === undefined ? absent() : ok(idp)
  },
  createIdentityProvider(org, call, { by }) {
    const { type, name, protocol, policy } = objectOf(call.body)
    const now = formatTime(org.nowMs())
    const idp: Row = { id: idOf(org.state, '0oa'), status: 'ACTIVE', created: now, lastUpdated: now }
    Object.assign(idp, {
      type,
      name,
      ...(protocol === undefined ? {} : { protocol }),
      ...(policy === undefined ? {} : { policy }),
    })
    org.state.idps.set(idp.id, idp)
    org.log.record({ eventType: 'system.idp.lifecycle.create', by, targets: [idpTarget(idp)] })
    return ok(idp)
  },
  activateIdentityProvider: idpStatus('ACTIVE'),
  deactivateIdentityProvider: idpStatus('INACTIVE'),
  listNetworkZones: ({ state }, call) => paged(call, [...state.zones.values()]),
}

const idpTarget = (idp: Row): Target => ({ id: idp.id, type: 'IdentityProvider', displayName: textOf(idp, 'name') })

function idpStatus(status: 'ACTIVE' | 'INACTIVE'): Handler {
  return (org, { params }, { by }) => {
    const idp = org.state.idps.get(params['idpId'] ?? '')
    if (idp === undefined) return absent()
    idp['status'] = status
    const act = status === 'ACTIVE' ? 'activate' : 'deactivate'
    org.log.record({ eventType: `system.idp.lifecycle.${act}`, by, targets: [idpTarget(idp)] })
    return ok(idp)
  }
}

function membership(isMember: boolean): Handler {
  return (org, { params }, { by }) => {
    const { state } = org
    const { groupId = '', userId = '' } = params
    const group = state.groups.get(groupId)
    if (group === undefined || !state.users.has(userId)) return absent()
    if (textOf(group, 'type') !== 'OKTA_GROUP') return refusal(403, 'E0000006')
    const users = state.members.get(groupId) ?? new Set<string>()
    state.members.set(groupId, users)
    if (isMember) users.add(userId)
    else users.delete(userId)
    const eventType = `group.user_membership.${isMember ? 'add' : 'remove'}`
    org.log.record({ eventType, by, targets: [userTarget(state, userId), groupTarget(group)] })
    return gone()
  }
}

/** The same three calls for users, groups and service apps. */
function rolesOf(
  holders: 'users' | 'groups' | 'apps',
  param: string,
  names: { list: string; assign: string; take: string },
): Handlers {
  const noun = holders === 'users' ? 'user.account' : holders === 'groups' ? 'group' : 'app.oauth2.client'
  const record = (org: Org, act: 'grant' | 'revoke', id: string, row: Row, by: By): void => {
    const held = org.state[holders].get(id)
    const target =
      holders === 'users'
        ? userTarget(org.state, id)
        : holders === 'groups'
          ? groupTarget(held)
          : { id, type: 'PublicClientApp' }
    const debug: JsonObject = { [act === 'grant' ? 'privilegeGranted' : 'privilegeRevoked']: textOf(row, 'label') }
    org.log.record({ eventType: `${noun}.privilege.${act}`, by, targets: [target], debug })
  }
  const list: Handler = ({ state }, { params }) => {
    const id = params[param] ?? ''
    if (!state[holders].has(id)) return absent()
    return ok([...state.assignments.values()].flatMap(({ row, assignee }) => (assignee === id ? [row] : [])))
  }
  const assign: Handler = (org, call, { by }): TwinReply => {
    const id = call.params[param] ?? ''
    if (!org.state[holders].has(id)) return absent()
    const row = makeAssignment(org, id, textOf(objectOf(call.body), 'type'))
    record(org, 'grant', id, row, by)
    return { status: holders === 'apps' ? 200 : 201, body: row }
  }
  const take: Handler = (org, { params }, { by }) => {
    const id = params[param] ?? ''
    const found = org.state.assignments.get(params['roleAssignmentId'] ?? '')
    if (found === undefined || found.assignee !== id) return absent()
    const supers = [...org.state.assignments.values()].filter(({ row }) => row['type'] === 'SUPER_ADMIN')
    if (found.row['type'] === 'SUPER_ADMIN' && supers.length === 1) return refusal(403, 'E0000006')
    org.state.assignments.delete(found.row.id)
    record(org, 'revoke', id, found.row, by)
    return gone()
  }
  return { [names.list]: list, [names.assign]: assign, [names.take]: take }
}

export function makeAssignment({ state, nowMs }: Org, assignee: string, type: string): Row {
  const now = formatTime(nowMs())
  const assignmentType = state.users.has(assignee) ? 'USER' : state.groups.has(assignee) ? 'GROUP' : 'CLIENT'
  const row: Row = {
    id: idOf(state, 'ra1'),
    label: labels[type] ?? type,
    type,
    status: 'ACTIVE',
    created: now,
    lastUpdated: now,
    assignmentType,
  }
  state.assignments.set(row.id, { row, assignee })
  return row
}

export function makeGroup({ state, nowMs }: Org, name: string, type = 'OKTA_GROUP'): Row {
  const now = formatTime(nowMs())
  const group: Row = { id: idOf(state, '00g'), type, created: now, lastUpdated: now, profile: { name } }
  state.groups.set(group.id, group)
  return group
}

/** Made in the Admin Console alone: Okta has no call for it. */
export function makeApiToken({ state, nowMs }: Org, user: string, name: string): { row: Row; value: string } {
  const now = formatTime(nowMs())
  const row: Row = {
    id: idOf(state, '00T'),
    name,
    userId: user,
    clientName: 'Okta API',
    created: now,
    lastUpdated: now,
    expiresAt: formatTime(nowMs() + 30 * 86_400_000),
    network: { connection: 'ANYWHERE' },
  }
  const token = { row, value: valueOf(state, '00') }
  state.apiTokens.set(row.id, token)
  return token
}

/** `given`: what the zone is made of. Without anything it holds no address. */
export function makeZone({ state, nowMs }: Org, name: string, given: JsonObject = {}): Row {
  const now = formatTime(nowMs())
  const zone: Row = {
    id: idOf(state, 'nzo'),
    name,
    type: 'IP',
    status: 'ACTIVE',
    usage: 'POLICY',
    created: now,
    lastUpdated: now,
    system: false,
    ...given,
  }
  state.zones.set(zone.id, zone)
  return zone
}

export const isActive = (row: Row | undefined): boolean => statusOf(row) === 'ACTIVE'
