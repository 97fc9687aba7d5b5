import type { JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import { absent, deleted, ok, paged, refusal } from './answers.ts'
import type { AuditLog, By } from './audit-log.ts'
import { idOf, objectOf, textOf, type Row, type State } from './state.ts'

export type Org = { state: State; log: AuditLog; nowMs(): number }
export type Handler = (org: Org, call: TwinCall, by: By) => TwinReply
export type Handlers = Record<string, Handler>

export const secondsOf = ({ nowMs }: Org): number => Math.floor(nowMs() / 1000)

export const ownerRole = (state: State): Row =>
  role(`role-api-organization-owner__api-organization__${state.organization}`, 'owner', 'api.organization')

const role = (id: string, name: string, resource: string): Row => ({
  object: 'role',
  id,
  name,
  description: null,
  permissions: ['api.management.write'],
  resource_type: resource,
  predefined_role: true,
})

const assignedRow = ({ id, name, permissions, resource_type, predefined_role, description }: Row): JsonObject => ({
  id,
  name: name ?? '',
  permissions: permissions ?? [],
  resource_type: resource_type ?? '',
  predefined_role: predefined_role ?? true,
  description: description ?? null,
  created_at: null,
  updated_at: null,
  created_by: null,
  created_by_user_obj: null,
  metadata: null,
  assignment_sources: null,
})

export function makeUser(org: Org, name: string, email: string, role: 'owner' | 'reader'): Row {
  const row: Row = {
    object: 'organization.user',
    id: idOf(org.state, 'user-'),
    name,
    email,
    role,
    added_at: secondsOf(org),
  }
  org.state.users.set(row.id, row)
  return row
}

const withUser =
  (handle: (org: Org, user: Row, call: TwinCall, by: By) => TwinReply): Handler =>
  (org, call, by) => {
    const user = org.state.users.get(call.params['user_id'] ?? '')
    return user === undefined ? absent() : handle(org, user, call, by)
  }
const withInvite =
  (handle: (org: Org, invite: Row, call: TwinCall, by: By) => TwinReply): Handler =>
  (org, call, by) => {
    const invite = org.state.invites.get(call.params['invite_id'] ?? '')
    return invite === undefined ? absent() : handle(org, invite, call, by)
  }

/** Roles by id, in the organisation or in a project: what the log tells is where, to whom and which. */
function assignment(
  scopeOf: (org: Org, call: TwinCall) => string,
  resource: string,
): Record<'list' | 'assign' | 'unassign', Handler> {
  const held = (org: Org, call: TwinCall) =>
    org.state.assigned.filter((one) => one.scope === scopeOf(org, call) && one.principal === call.params['user_id'])
  const detail = (org: Org, call: TwinCall, roleId: string): JsonObject => ({
    id: `role_assignment_${roleId}_${call.params['user_id'] ?? ''}`,
    principal_id: call.params['user_id'] ?? '',
    principal_type: 'user',
    resource_id: scopeOf(org, call),
    resource_type: resource,
  })
  return {
    list: (org, call) =>
      paged(
        call,
        held(org, call).map((one) => assignedRow(one.role)),
        'next',
      ),
    assign: withUser((org, user, call, by) => {
      const id = textOf(objectOf(call.body), 'role_id')
      const given = role(id, /owner/.test(id) ? 'owner' : 'custom', resource)
      org.state.assigned.push({ scope: scopeOf(org, call), principal: user.id, role: given })
      org.log.record('role.assignment.created', by, detail(org, call, id))
      return ok({ object: 'user.role', user, role: given })
    }),
    unassign(org, call, by) {
      const id = call.params['role_id'] ?? ''
      const one = held(org, call).find((assigned) => assigned.role.id === id)
      if (one === undefined) return absent()
      org.state.assigned.splice(org.state.assigned.indexOf(one), 1)
      org.log.record('role.assignment.deleted', by, detail(org, call, id))
      return deleted('user.role')
    },
  }
}
const inOrganization = assignment(({ state }) => state.organization, 'api.organization')
const inProject = assignment((_, call) => call.params['project_id'] ?? '', 'api.project')

export const organizationHandlers: Handlers = {
  'list-users': ({ state }, call) => paged(call, [...state.users.values()]),
  'retrieve-user': withUser((_, user) => ok(user)),
  'modify-user': withUser((org, user, call, by) => {
    const role = textOf(objectOf(call.body), 'role')
    if (role !== 'reader' && role !== 'owner') return refusal(400, null, 'role')
    user['role'] = role
    org.log.record('user.updated', { ...by, project: null }, { id: user.id, changes_requested: { role } })
    return ok(user)
  }),
  'delete-user': withUser((org, user, _, by) => {
    const owners = [...org.state.users.values()].filter((one) => one['role'] === 'owner')
    if (owners.length === 1 && owners[0] === user) return refusal(400, null, 'the last owner stays')
    org.state.users.delete(user.id)
    for (const members of org.state.members.values()) members.delete(user.id)
    org.log.record('user.deleted', by, { id: user.id })
    return deleted('organization.user', user.id)
  }),
  'list-user-role-assignments': inOrganization.list,
  'assign-user-role': inOrganization.assign,
  'unassign-user-role': inOrganization.unassign,
  'list-project-user-role-assignments': inProject.list,
  'assign-project-user-role': inProject.assign,
  'unassign-project-user-role': inProject.unassign,
  'list-invites': ({ state }, call) => paged(call, [...state.invites.values()]),
  'retrieve-invite': withInvite((_, invite) => ok(invite)),
  inviteUser(org, call, by) {
    const { email = '', role = 'reader', projects = [] } = objectOf(call.body)
    const now = secondsOf(org)
    const row: Row = {
      object: 'organization.invite',
      id: idOf(org.state, 'invite-'),
      email,
      role,
      status: 'pending',
      created_at: now,
      expires_at: now + 7 * 86_400,
      projects,
    }
    org.state.invites.set(row.id, row)
    org.log.record('invite.sent', by, { id: row.id, data: { email, role } })
    return ok(row)
  },
  'delete-invite': withInvite((org, invite, _, by) => {
    if (invite['status'] === 'accepted') return refusal(400, null, 'accepted invites cannot be deleted')
    org.state.invites.delete(invite.id)
    org.log.record('invite.deleted', by, { id: invite.id })
    return deleted('organization.invite', invite.id)
  }),
  'list-groups': ({ state }, call) =>
    paged(
      call,
      [...state.groups.values()].map(({ row }) => row),
      'next',
    ),
  'list-group-users'({ state }, call) {
    const group = state.groups.get(call.params['group_id'] ?? '')
    if (group === undefined) return absent()
    const users = [...group.users].flatMap((id) => {
      const user = state.users.get(id)
      return user === undefined ? [] : [{ id, name: textOf(user, 'name'), email: textOf(user, 'email') }]
    })
    return paged(call, users, 'next')
  },
  'list-group-role-assignments': ({ state }, call) =>
    paged(
      call,
      state.assigned.flatMap((one) => (one.principal === call.params['group_id'] ? [assignedRow(one.role)] : [])),
      'next',
    ),
  listOrganizationCertificates: ({ state }, call) => paged(call, [...state.certificates.values()]),
}
