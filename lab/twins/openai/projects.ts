import type { JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import { absent, deleted, ok, paged, refusal } from './answers.ts'
import type { By } from './audit-log.ts'
import { secondsOf, type Handler, type Handlers, type Org } from './organization.ts'
import {
  idOf,
  objectOf,
  redacted,
  textOf,
  valueOf,
  type AdminKey,
  type Permissions,
  type ProjectKey,
  type Row,
  type State,
} from './state.ts'

export function makeProject(org: Org, name: string): Row {
  const row: Row = {
    object: 'organization.project',
    id: idOf(org.state, 'proj_'),
    name,
    created_at: secondsOf(org),
    archived_at: null,
    status: 'active',
  }
  org.state.projects.set(row.id, row)
  org.state.members.set(row.id, new Map())
  return row
}

export function makeMember(org: Org, project: string, user: Row, role: string): Row {
  const row: Row = {
    object: 'organization.project.user',
    id: user.id,
    name: textOf(user, 'name'),
    email: textOf(user, 'email'),
    role,
    added_at: secondsOf(org),
  }
  org.state.members.get(project)?.set(user.id, row)
  return row
}

export function makeAccount(org: Org, project: string, name: string): Row {
  const row: Row = {
    object: 'organization.project.service_account',
    id: idOf(org.state, 'svc_acct_'),
    name,
    role: 'member',
    created_at: secondsOf(org),
  }
  org.state.accounts.set(row.id, { row, project })
  return row
}

export function makeKey(
  org: Org,
  project: string,
  owner: { user?: string; account?: string },
  name: string,
  scopes: string[] | null = null,
): ProjectKey {
  const value = valueOf(org.state, owner.account === undefined ? 'sk-proj-' : 'sk-svcacct-')
  const row: Row = {
    object: 'organization.project.api_key',
    id: idOf(org.state, 'key_'),
    name,
    redacted_value: redacted(value),
    created_at: secondsOf(org),
    last_used_at: null,
  }
  const key = { row, value, project, user: owner.user ?? null, account: owner.account ?? null, scopes }
  org.state.keys.set(row.id, key)
  return key
}

export function makeAdminKey(org: Org, owner: string, name: string, permissions: Permissions = 'all'): AdminKey {
  const value = valueOf(org.state, 'sk-admin-')
  const row: Row = {
    object: 'organization.admin_api_key',
    id: idOf(org.state, 'key_'),
    name,
    redacted_value: redacted(value),
    created_at: secondsOf(org),
    expires_at: null,
    last_used_at: null,
    owner: {
      type: 'user',
      object: 'organization.user',
      id: owner,
      name: textOf(org.state.users.get(owner), 'name'),
      created_at: 1,
      role: 'owner',
    },
  }
  const key = { row, value, owner, permissions }
  org.state.adminKeys.set(row.id, key)
  return key
}

/** The owner's access is shown; that a key without it is refused OpenAI does not promise. */
function keyRow(state: State, { row, project, user, account }: ProjectKey): JsonObject {
  const member = user === null ? undefined : state.members.get(project)?.get(user)
  const held = account === null ? undefined : state.accounts.get(account)?.row
  const owner: JsonObject =
    account === null
      ? {
          type: 'user',
          user: {
            id: user ?? '',
            email: textOf(state.users.get(user ?? ''), 'email'),
            name: textOf(state.users.get(user ?? ''), 'name'),
            created_at: 1,
            role: textOf(member, 'role') || 'member',
          },
        }
      : {
          type: 'service_account',
          service_account: { id: account, name: textOf(held, 'name'), created_at: 1, role: 'member' },
        }
  const hasAccess = account === null ? member !== undefined : held !== undefined
  return { ...row, owner_project_access: hasAccess ? 'active' : 'inactive', owner }
}

const withProject =
  (handle: (org: Org, project: Row, call: TwinCall, by: By) => TwinReply, isOpenNeeded = true): Handler =>
  (org, call, by) => {
    const project = org.state.projects.get(call.params['project_id'] ?? '')
    if (project === undefined) return absent()
    if (isOpenNeeded && project['status'] === 'archived') return refusal(400, 'project_archived', 'archived')
    return handle(org, project, call, by)
  }
const withKey = (handle: (org: Org, key: ProjectKey, by: By) => TwinReply): Handler =>
  withProject((org, project, call, by) => {
    const key = org.state.keys.get(call.params['api_key_id'] ?? '')
    return key === undefined || key.project !== project.id ? absent() : handle(org, key, by)
  })
const withAccount = (handle: (org: Org, account: Row, call: TwinCall, by: By) => TwinReply): Handler =>
  withProject((org, project, call, by) => {
    const account = org.state.accounts.get(call.params['service_account_id'] ?? '')
    return account === undefined || account.project !== project.id ? absent() : handle(org, account.row, call, by)
  })
const withMember = (handle: (org: Org, member: Row, project: Row, by: By) => TwinReply): Handler =>
  withProject((org, project, call, by) => {
    const member = org.state.members.get(project.id)?.get(call.params['user_id'] ?? '')
    return member === undefined ? absent() : handle(org, member, project, by)
  })
const withAdminKey =
  (handle: (org: Org, key: AdminKey, by: By) => TwinReply): Handler =>
  (org, call, by) => {
    const key = org.state.adminKeys.get(call.params['key_id'] ?? '')
    return key === undefined ? absent() : handle(org, key, by)
  }

const valueRow = ({ row, value }: ProjectKey): JsonObject => ({
  object: 'organization.project.service_account.api_key',
  id: row.id,
  name: textOf(row, 'name'),
  created_at: row['created_at'] ?? 0,
  value,
})

export const projectHandlers: Handlers = {
  'list-projects': ({ state }, call) =>
    paged(
      call,
      [...state.projects.values()].filter(
        (row) => call.query.get('include_archived') === 'true' || row['status'] !== 'archived',
      ),
    ),
  'create-project'(org, call, by) {
    const name = textOf(objectOf(call.body), 'name')
    const row = makeProject(org, name)
    org.log.record('project.created', by, { id: row.id, data: { name, title: name } })
    return ok(row)
  },
  'retrieve-project': withProject((_, project) => ok(project), false),
  'archive-project': withProject((org, project, _, by) => {
    if (project.id === org.state.defaultProject) return refusal(400, null, 'the default project stays')
    project['status'] = 'archived'
    project['archived_at'] = secondsOf(org)
    org.log.record('project.archived', by, { id: project.id })
    return ok(project)
  }),
  'list-project-users': withProject(({ state }, project, call) =>
    paged(call, [...(state.members.get(project.id)?.values() ?? [])]),
  ),
  'retrieve-project-user': withMember((_, member) => ok(member)),
  'create-project-user': withProject((org, project, call, by) => {
    const role = textOf(objectOf(call.body), 'role')
    const user = org.state.users.get(textOf(objectOf(call.body), 'user_id'))
    if (user === undefined) return refusal(400, null, 'no member of the organisation')
    const row = makeMember(org, project.id, user, role)
    org.log.record('user.added', by, { id: user.id, data: { role } })
    return ok(row)
  }),
  'delete-project-user': withMember((org, member, project, by) => {
    org.state.members.get(project.id)?.delete(member.id)
    org.log.record('user.deleted', { ...by, project: project.id }, { id: member.id })
    return deleted('organization.project.user', member.id)
  }),
  'list-project-groups': withProject(({ state }, project, call) =>
    paged(call, state.projectGroups.get(project.id) ?? [], 'next', (row) => textOf(row, 'group_id')),
  ),
  'list-project-service-accounts': withProject(({ state }, project, call) =>
    paged(
      call,
      [...state.accounts.values()].flatMap((one) => (one.project === project.id ? [one.row] : [])),
    ),
  ),
  'retrieve-project-service-account': withAccount((_, account) => ok(account)),
  'create-project-service-account': withProject((org, project, call, by) => {
    const account = makeAccount(org, project.id, textOf(objectOf(call.body), 'name'))
    const key = makeKey(org, project.id, { account: account.id }, 'Secret Key')
    org.log.record('service_account.created', by, { id: account.id, data: { role: 'member' } })
    org.log.record('api_key.created', by, { id: key.row.id, data: { scopes: [] } })
    return ok({ ...account, api_key: valueRow(key) })
  }),
  'delete-project-service-account': withAccount((org, account, _, by) => {
    org.state.accounts.delete(account.id)
    for (const [id, key] of org.state.keys) if (key.account === account.id) org.state.keys.delete(id)
    org.log.record('service_account.deleted', by, { id: account.id })
    return deleted('organization.project.service_account', account.id)
  }),
  CreateanAPIkeyforaserviceaccount: withAccount((org, account, call, by) => {
    const project = org.state.accounts.get(account.id)?.project ?? ''
    const key = makeKey(org, project, { account: account.id }, textOf(objectOf(call.body), 'name'))
    org.log.record('api_key.created', by, { id: key.row.id, data: { scopes: [] } })
    return ok(valueRow(key))
  }),
  'list-project-api-keys': withProject(({ state }, project, call) =>
    paged(
      call,
      [...state.keys.values()].flatMap((key) => (key.project === project.id ? [keyRow(state, key)] : [])),
    ),
  ),
  'retrieve-project-api-key': withKey(({ state }, key) => ok(keyRow(state, key))),
  'delete-project-api-key': withKey((org, key, by) => {
    if (key.account !== null) return refusal(400, null, 'keys of service accounts go with the account')
    org.state.keys.delete(key.row.id)
    org.log.record('api_key.deleted', by, { id: key.row.id })
    return deleted('organization.project.api_key', key.row.id)
  }),
  'retrieve-project-model-permissions': withProject(({ state }, project) => {
    const held = state.permissions.get(project.id)
    return held === undefined ? absent() : ok({ object: 'project.model_permissions', ...held })
  }),
  'update-project-model-permissions': withProject((org, project, call, by) => {
    const { model_ids: ids = [] } = objectOf(call.body)
    const mode = textOf(objectOf(call.body), 'mode')
    const models = Array.isArray(ids) ? ids.map((one) => (typeof one === 'string' ? one : '')) : []
    org.state.permissions.set(project.id, { mode, model_ids: models })
    org.log.record('project.updated', by, { id: project.id, changes_requested: {} })
    return ok({ object: 'project.model_permissions', mode, model_ids: models })
  }),
  'delete-project-model-permissions': withProject((org, project) => {
    org.state.permissions.delete(project.id)
    return ok({ object: 'project.model_permissions.deleted', deleted: true })
  }),
  'admin-api-keys-list': ({ state }, call) =>
    paged(
      call,
      [...state.adminKeys.values()].map(({ row }) => row),
    ),
  'admin-api-keys-get': withAdminKey((_, { row }) => ok(row)),
  'admin-api-keys-create'(org, call, by) {
    const owner = textOf(objectOf(objectOf(objectOf(by.actor)['api_key'])['user']), 'id')
    const key = makeAdminKey(org, owner, textOf(objectOf(call.body), 'name'))
    org.log.record('api_key.created', by, { id: key.row.id, data: { scopes: ['api.all'] } })
    return ok({ ...key.row, value: key.value })
  },
  'admin-api-keys-delete': withAdminKey((org, { row }, by) => {
    org.state.adminKeys.delete(row.id)
    org.log.record('api_key.deleted', by, { id: row.id })
    return ok({ id: row.id, object: 'organization.admin_api_key.deleted', deleted: true })
  }),
}
