import type { Json } from '#kit'

import type { RawRecords } from '../ocsf-records.ts'

const atMs = Date.UTC(2026, 2, 24, 12)
const at = '2026-03-24T12:00:00Z'
const hash = 'a'.repeat(64)
const rows: Json[] = [
  { of: 'self', version: '1.82.8', hosts: ['gateway-1'], ownUsers: ['cordon-see'], hasDatabase: true },
  {
    of: 'keys',
    hash,
    sha256: `fp:k1.${'A'.repeat(43)}`,
    user_id: 'u1',
    models: ['gpt-4o'],
    created_at: at,
    isOwn: false,
  },
  { of: 'users', user_id: 'u1', user_email: 'no address', user_role: 'proxy_admin', teams: ['t1'], isOwn: false },
  { of: 'teams', team_id: 't1', team_alias: 'crew', members_with_roles: [{ user_id: 'u1', role: 'admin' }] },
  { of: 'organizations', organization_id: 'o1', members: [{ user_id: 'u1' }] },
  { of: 'deployments', id: 'd1', model_name: 'gpt-4o', provider: 'openai', isStored: true, created_by: 'u1' },
  { of: 'credentials', name: 'openai-prod', provider: 'openai', fields: ['api_key'] },
  { of: 'mcp', server_id: 'm1', auth_type: 'bearer_token', fields: [] },
  { of: 'guardrails', id: 'g1', name: 'presidio', mode: 'pre_call' },
  { of: 'dreams' },
]

const call: Record<string, Json> = {
  id: 'r1',
  startedAt: at,
  call_type: 'acompletion',
  status: 'success',
  hash,
  user: 'u1',
  end_user: 'somebody',
  model: 'gpt-4o-mini',
  model_group: 'gpt-4o',
  model_id: 'd1',
  provider: 'openai',
  host: 'api.openai.com',
  prompt_tokens: 7,
  completion_tokens: 9,
  total_tokens: 16,
  spend: 0.01,
  ip: '203.0.113.66',
  agent: 'curl/8.5',
  session_id: 's1',
}
const requestRecords: Json[] = [
  call,
  { ...call, id: 'r2', status: 'failure', error: 'RateLimitError', error_code: '429', ip: 'not an address' },
  { ...call, id: 'r3', hash: 'litellm_proxy_master_key', user: null, ip: null, prompt_tokens: -1, total_tokens: 1.5 },
  { ...call, id: 'r4', call_type: 'call_mcp_tool', tool: 'github/search', model: null, model_group: null },
  { ...call, id: 'r5', hash: '', user: null, team_id: 't1', model: '', model_group: '' },
]

const change = (action: string, table_name: string, object_id: string, more: Record<string, Json> = {}): Json => ({
  id: `${action} ${table_name}`,
  updated_at: at,
  changed_by: 'u1',
  byHash: hash,
  action,
  table_name,
  object_id,
  ...more,
})
const auditRecords: Json[] = [
  change('created', 'LiteLLM_VerificationToken', 'b'.repeat(64), { updated_values: { user_id: 'u1', key_alias: 'x' } }),
  change('blocked', 'LiteLLM_VerificationToken', hash, { before_value: { team_id: 't1' } }),
  change('unblocked', 'LiteLLM_VerificationToken', hash),
  change('deleted', 'LiteLLM_VerificationToken', hash),
  change('rotated', 'LiteLLM_VerificationToken', hash),
  change('created', 'LiteLLM_UserTable', 'u2', { updated_values: { user_role: 'internal_user' } }),
  change('updated', 'LiteLLM_UserTable', 'u2', {
    before_value: { user_role: 'internal_user' },
    updated_values: { user_role: 'proxy_admin' },
  }),
  change('deleted', 'LiteLLM_UserTable', 'u2', { before_value: { user_role: 'proxy_admin' } }),
  change('created', 'LiteLLM_TeamTable', 't2', { changed_by: null, byHash: 'litellm_proxy_master_key' }),
  change('created', 'LiteLLM_ProxyModelTable', 'd2', { updated_values: { model_name: 'gpt-4o' } }),
  change('updated', 'LiteLLM_Config', 'general_settings'),
  change('dreamt', 'LiteLLM_TeamTable', 't2'),
  change('created', 'LiteLLM_VerificationToken', ''),
]

export const litellmRecords: RawRecords = [
  {
    stream: 'inventory',
    raws: [{ snapshot: { id: 's-1', part: 0, complete: true, takenAtMs: atMs }, rows: { kind: 'keys', rows } }],
  },
  { stream: 'requests', raws: requestRecords },
  { stream: 'callback', raws: requestRecords.slice(0, 1) },
  { stream: 'audit', raws: auditRecords },
]
