import type { Json } from '#kit'

import type { RawRecords } from '../ocsf-records.ts'

const atMs = Date.UTC(2026, 2, 24, 12)
const entry = (type: string, detail: Json, actor: Json = session): Json => ({
  id: 'audit_log-1',
  type,
  effective_at: atMs / 1000,
  project: { id: 'proj_acme', name: 'Acme' },
  actor,
  [type]: detail,
})
const session: Json = {
  type: 'session',
  session: { user: { id: 'user-ada', email: 'ada@acme.example' }, ip_address: '192.0.2.7', user_agent: 'Mozilla/5.0' },
}
const key: Json = { type: 'api_key', api_key: { id: 'key_a', type: 'user', user: { id: 'user-ada' } } }
const audit: Json[] = [
  entry('login.succeeded', {}),
  entry('login.failed', { error_code: 'invalid_credentials' }, { type: 'session', session: { ip_address: 'nowhere' } }),
  entry('api_key.created', { id: 'key_b', data: { scopes: ['api.all'] } }),
  entry('api_key.deleted', { id: 'key_b' }, key),
  entry('service_account.created', { id: 'svc_acct_a', data: { role: 'member' } }, key),
  entry('user.added', { id: 'user-grace', data: { role: 'owner' } }),
  entry('user.updated', { id: 'user-grace', changes_requested: { role: 'owner' } }),
  entry('role.assignment.created', {
    id: 'role_assignment_r_user-grace',
    principal_id: 'user-grace',
    resource_id: 'org-acme',
  }),
  entry('group.created', { id: 'group_a', data: { group_name: 'Ops' } }),
  entry('invite.sent', { id: 'invite-a', data: { email: 'm@acme.example', role: 'reader' } }),
  entry('tenant.user.looked_up', { id: 'user-grace' }),
  entry('moon.landed', { id: 'x' }, null),
]
const usage: Json = {
  kind: 'completions',
  start_time: atMs / 1000,
  end_time: atMs / 1000 + 60,
  num_model_requests: 3,
  project_id: 'proj_acme',
  user_id: 'user-ada',
  api_key_id: 'key_a',
}
const rows: Json[] = [
  { of: 'users', id: 'user-ada', name: 'Ada', role: 'owner', added_at: 1 },
  { of: 'keys', project: 'proj_acme', id: 'key_a', owner: { type: 'user', user: { id: 'user-ada', role: 'member' } } },
  { of: 'moons', id: 'x' },
]

/** One raw record of each kind the connector understands, and one it does not. */
export const openaiRecords: RawRecords = [
  { stream: 'audit', raws: audit },
  { stream: 'usage', raws: [usage, { ...usage, api_key_id: null, user_id: null, project_id: null }] },
  {
    stream: 'directory',
    raws: [
      {
        snapshot: { id: 's-1', part: 0, complete: true, takenAtMs: atMs },
        rows: { kind: 'users', rows },
      },
    ],
  },
]
