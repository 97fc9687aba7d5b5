import type { Json } from '#kit'

import type { RawRecords } from '../ocsf-records.ts'

const atMs = Date.UTC(2026, 2, 24, 12)
const entry = (type: string, detail: Record<string, Json> = {}, actor: Json = user): Json => ({
  id: 'activity_01a',
  created_at: new Date(atMs).toISOString(),
  organization_uuid: null,
  type,
  actor,
  ...detail,
})
const user: Json = {
  type: 'user_actor',
  user_id: 'user_01ada',
  email_address: 'ada@acme.example',
  ip_address: '192.0.2.7',
  user_agent: 'Mozilla/5.0',
}
const key: Json = { type: 'admin_api_key_actor', admin_api_key_id: 'admin_api_key_01a', ip_address: 'nowhere' }
const feed: Json[] = [
  entry('sso_login_succeeded'),
  entry('sso_login_failed', {}, { type: 'unauthenticated_user_actor', unauthenticated_email_address: 'x' }),
  entry('platform_api_key_created', { api_key_id: 'apikey_01a' }),
  entry('admin_api_key_created', { admin_api_key_id: 'admin_api_key_01b', scopes: [] }),
  entry('org_user_invite_sent', { invited_email: 'm@acme.example', invited_role: 'user' }, key),
  entry('org_user_deleted', { deleted_user_id: 'user_01m' }, key),
  entry('platform_workspace_created', { workspace_id: 'wrkspc_01a' }, key),
  entry('platform_workspace_member_added', { workspace_id: 'wrkspc_01a', user_id: 'user_01m' }),
  entry('platform_service_account_created', { service_account_id: 'svac_01a' }),
  entry('group_created', { group_id: 'g1', group_name: 'Ops' }),
  entry('platform_file_content_downloaded', { file_id: 'file_01a' }),
  entry('mcp_server_created', { mcp_server_id: 'mcpsrv_01a', mcp_server_name: 'sync' }),
  entry('moon_landed', {}, null),
]
const usage: Json = {
  starting_at: new Date(atMs).toISOString(),
  ending_at: new Date(atMs + 60_000).toISOString(),
  api_key_id: 'apikey_01a',
  workspace_id: null,
  output_tokens: 3,
}
const rows: Json[] = [
  { of: 'users', id: 'user_01ada', name: 'Ada', role: 'admin', added_at: new Date(atMs).toISOString() },
  { of: 'keys', id: 'apikey_01a', status: 'active', scope: { type: 'workspace', workspace_id: 'wrkspc_01a' } },
  { of: 'moons', id: 'x' },
]

/** One raw record of each kind the connector understands, and one it does not. */
export const anthropicRecords: RawRecords = [
  { stream: 'activity', raws: feed },
  { stream: 'usage', raws: [usage, { ...usage, api_key_id: null }] },
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
