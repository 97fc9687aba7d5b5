import type { Json } from '#kit'

const atMs = Date.UTC(2026, 2, 24, 12)
const snapshot = (kind: string, rows: Json[]): Json => ({
  snapshot: { id: 's-1', part: 0, complete: true, takenAtMs: atMs },
  rows: { kind, rows },
})
const row = (action: string, more: Record<string, Json> = {}): Json => ({
  '@timestamp': atMs,
  _document_id: `doc-${action}`,
  action,
  actor: 'ada',
  actor_id: 1002,
  actor_ip: '203.0.113.66',
  org: 'brightwater',
  org_id: 77,
  ...more,
})
const inRepo = { repo: 'brightwater/payroll', repo_id: 1006 }
const byToken = {
  token_id: 7,
  hashed_token: `fp:k1.${'A'.repeat(43)}`,
  programmatic_access_type: 'Personal access token (classic)',
}
const about = { user: 'mallory', user_id: 1004 }

/** Rows of the audit log as `reduceAuditRow` leaves them; all that have an effect of their own among them. */
export const auditRecords = (actions: readonly string[]): Json[] => [
  ...actions.map((action) => row(action, { ...inRepo, ...byToken, ...about })),
  row('public_key.create', { ...inRepo, ...byToken, fingerprint: 'SHA256:abc', read_only: 'false', title: 'build' }),
  row('hook.create', { ...inRepo, ...byToken, hook_id: 5, config: { url: 'https://evil.example' } }),
  row('team.add_member', { ...about, team: 'brightwater/engineers', team_id: 1005 }),
  row('org.create_actions_secret', { key: 'NPM_TOKEN' }),
  row('org.register_self_hosted_runner', { runner_id: 8, runner_name: 'box' }),
  row('workflows.created_workflow_run', {
    ...inRepo,
    workflow_id: 3,
    workflow_run_id: 9,
    run_number: 1,
    event: 'push',
  }),
  row('workflows.prepared_workflow_job', { ...inRepo, secrets_passed: ['DEPLOY_KEY'], workflow_run_id: 9 }),
  row('something.new', { operation_type: 'create' }),
  { action: 'git.clone', '@timestamp': atMs },
]

export const inventoryRecords: Json[] = [
  snapshot('organisation', [{ id: 77, login: 'brightwater', default_repository_permission: 'read' }]),
  snapshot('owners', [{ id: 1001, login: 'root' }]),
  snapshot('outside', [{ id: 1004, login: 'mallory' }]),
]
