import { formatTime } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import type { ActivityFeed, By } from './activity-feed.ts'
import { absent, ok, paged, refusal } from './answers.ts'
import {
  hintOf,
  idOf,
  objectOf,
  textOf,
  valueOf,
  type AdminKey,
  type Invite,
  type Key,
  type Member,
  type State,
  type StoredFile,
  type User,
  type Workspace,
} from './state.ts'

export type Org = { state: State; feed: ActivityFeed; nowMs(): number }
export type Handler = (org: Org, call: TwinCall, by: By) => TwinReply
export type Handlers = Record<string, Handler>

export function makeUser({ state, nowMs }: Org, name: string, email: string, role: User['role']): User {
  const row: User = { type: 'user', id: idOf(state, 'user_'), name, email, role, added_at: formatTime(nowMs()) }
  state.users.set(row.id, row)
  return row
}

export function makeWorkspace({ state, nowMs }: Org, name: string): Workspace {
  const row: Workspace = {
    type: 'workspace',
    id: idOf(state, 'wrkspc_'),
    name,
    created_at: formatTime(nowMs()),
    archived_at: null,
    compartment_id: 'twin',
    data_residency: { allowed_inference_geos: 'unrestricted', default_inference_geo: 'global', workspace_geo: 'us' },
    display_color: '#6C5BB9',
    external_key_id: null,
    tags: {},
    user_profile_id: null,
  }
  state.workspaces.set(row.id, row)
  state.members.set(row.id, new Map())
  return row
}

export function makeMember({ state }: Org, workspace: string, user: string, role: Member['workspace_role']): Member {
  const row: Member = { type: 'workspace_member', user_id: user, workspace_id: workspace, workspace_role: role }
  state.members.get(workspace)?.set(user, row)
  return row
}

type Making = { workspace?: string; principal?: string; by: string; canListModels?: boolean }

export function makeKey(
  { state, nowMs }: Org,
  name: string,
  { workspace, principal, by, canListModels = true }: Making,
): Key {
  const value = valueOf(state, 'sk-ant-api03-')
  const row: Key['row'] = {
    type: 'api_key',
    id: idOf(state, 'apikey_'),
    name,
    created_at: formatTime(nowMs()),
    created_by: { id: by, type: 'user' },
    expires_at: null,
    partial_key_hint: hintOf(value),
    principal: principal === undefined ? null : { type: 'user_actor', user_id: principal },
    scope: workspace === undefined ? { type: 'organization' } : { type: 'workspace', workspace_id: workspace },
    status: 'active',
  }
  const key = { row, value, canListModels }
  state.keys.set(row.id, key)
  return key
}

export function makeAdminKey({ state }: Org, name: string, hasFeed = true): AdminKey {
  const key = { id: idOf(state, 'admin_api_key_'), name, value: valueOf(state, 'sk-ant-admin01-'), hasFeed }
  state.adminKeys.set(key.id, key)
  return key
}

export function makeFile({ state, nowMs }: Org, workspace: string, filename: string): StoredFile {
  const row: StoredFile['row'] = {
    type: 'file',
    id: idOf(state, 'file_'),
    filename,
    mime_type: 'text/csv',
    size_bytes: 1_000,
    created_at: formatTime(nowMs()),
    downloadable: true,
  }
  const file = { row, workspace }
  state.files.set(row.id, file)
  return file
}

const withUser =
  (handle: (org: Org, user: User, call: TwinCall, by: By) => TwinReply): Handler =>
  (org, call, by) => {
    const user = org.state.users.get(call.params['user_id'] ?? '')
    return user === undefined ? absent() : handle(org, user, call, by)
  }
const withKey =
  (handle: (org: Org, key: Key, call: TwinCall, by: By) => TwinReply): Handler =>
  (org, call, by) => {
    const key = org.state.keys.get(call.params['api_key_id'] ?? '')
    return key === undefined ? absent() : handle(org, key, call, by)
  }
const withWorkspace =
  (handle: (org: Org, workspace: Workspace, call: TwinCall, by: By) => TwinReply): Handler =>
  (org, call, by) => {
    const workspace = org.state.workspaces.get(call.params['workspace_id'] ?? '')
    return workspace === undefined ? absent() : handle(org, workspace, call, by)
  }
const withMember = (handle: (org: Org, member: Member, by: By) => TwinReply): Handler =>
  withWorkspace((org, workspace, call, by) => {
    const member = org.state.members.get(workspace.id)?.get(call.params['user_id'] ?? '')
    return member === undefined ? absent() : handle(org, member, by)
  })

export const handlers: Handlers = {
  me: ({ state }) => ok({ type: 'organization', id: state.organization, name: 'Brightwater' }),
  'users.list': ({ state }, call) => paged(call, [...state.users.values()], ({ id }) => id),
  'users.retrieve': withUser((_, user) => ok(user)),
  'users.remove': withUser(({ state, feed }, user, _, by) => {
    if (user.role === 'admin') return refusal(403, 'permission_error', 'administrators are removed in the console')
    state.users.delete(user.id)
    for (const members of state.members.values()) members.delete(user.id)
    feed.record('org_user_deleted', by, { deleted_user_id: user.id, deleted_user_email: user.email })
    return ok({ id: user.id, type: 'user_deleted' })
  }),
  'invites.list': ({ state }, call) => paged(call, [...state.invites.values()], ({ id }) => id),
  'invites.create'({ state, feed, nowMs }, call, by) {
    const email = textOf(objectOf(call.body), 'email')
    const role = textOf(objectOf(call.body), 'role') === 'developer' ? 'developer' : 'user'
    const row: Invite = {
      type: 'invite',
      id: idOf(state, 'invite_'),
      email,
      role,
      status: 'pending',
      invited_at: formatTime(nowMs()),
      expires_at: formatTime(nowMs() + 21 * 86_400_000),
      accepted_at: null,
      rbac_group_ids: [],
    }
    state.invites.set(row.id, row)
    feed.record('org_user_invite_sent', by, { invited_email: email, invited_role: role })
    return ok(row)
  },
  'invites.retrieve'({ state }, call) {
    const invite = state.invites.get(call.params['invite_id'] ?? '')
    return invite === undefined ? absent() : ok(invite)
  },
  'invites.delete'({ state, feed }, call, by) {
    const invite = state.invites.get(call.params['invite_id'] ?? '')
    if (invite === undefined) return absent()
    if (invite.status !== 'pending') return refusal(400, 'invalid_request_error', 'the invite is not pending')
    invite.status = 'deleted'
    feed.record('org_user_invite_deleted', by, { invite_id: invite.id })
    return ok({ id: invite.id, type: 'invite_deleted' })
  },
  'keys.list': ({ state }, call) =>
    paged(
      call,
      [...state.keys.values()].map(({ row }) => row),
      ({ id }) => id,
    ),
  'keys.retrieve': withKey((_, { row }) => ok(row)),
  'keys.update': withKey(({ feed }, { row }, call, by) => {
    const status = textOf(objectOf(call.body), 'status')
    if (row.status === 'archived') return refusal(400, 'invalid_request_error', 'archived for ever')
    const previous = row.status
    if (status === 'active' || status === 'inactive' || status === 'archived') row.status = status
    const updates = [{ type: 'status', current_value: row.status, previous_value: previous }]
    feed.record('platform_api_key_updated', by, { api_key_id: row.id, updates })
    return ok(row)
  }),
  'workspaces.list': ({ state }, call) =>
    paged(
      call,
      [...state.workspaces.values()].filter(
        (row) => call.query.get('include_archived') === 'true' || row.archived_at === null,
      ),
      ({ id }) => id,
    ),
  'workspaces.create'(org, call, by) {
    const workspace = makeWorkspace(org, textOf(objectOf(call.body), 'name'))
    org.feed.record('platform_workspace_created', by, { workspace_id: workspace.id })
    return ok(workspace)
  },
  'workspaces.retrieve': withWorkspace((_, workspace) => ok(workspace)),
  'workspaces.archive': withWorkspace(({ state, feed, nowMs }, workspace, _, by) => {
    workspace.archived_at = formatTime(nowMs())
    for (const { row } of state.keys.values()) {
      if (row.scope.type === 'workspace' && row.scope.workspace_id === workspace.id) row.status = 'archived'
    }
    feed.record('platform_workspace_archived', by, { workspace_id: workspace.id })
    return ok(workspace)
  }),
  'members.list': withWorkspace(({ state }, workspace, call) =>
    paged(call, [...(state.members.get(workspace.id)?.values() ?? [])], (row) => row.user_id),
  ),
  'members.add': withWorkspace((org, workspace, call, by) => {
    const user = textOf(objectOf(call.body), 'user_id')
    if (!org.state.users.has(user)) return refusal(400, 'invalid_request_error', 'no member of the organisation')
    const role =
      textOf(objectOf(call.body), 'workspace_role') === 'workspace_admin' ? 'workspace_admin' : 'workspace_developer'
    const member = makeMember(org, workspace.id, user, role)
    org.feed.record('platform_workspace_member_added', by, { user_id: user, workspace_id: workspace.id })
    return ok(member)
  }),
  'members.retrieve': withMember((_, member) => ok(member)),
  'members.remove': withMember(({ state, feed }, { user_id, workspace_id }, by) => {
    state.members.get(workspace_id)?.delete(user_id)
    feed.record('platform_workspace_member_removed', by, { user_id, workspace_id })
    return ok({ type: 'workspace_member_deleted', user_id, workspace_id })
  }),
}
