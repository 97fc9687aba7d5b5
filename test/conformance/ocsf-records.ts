import type { Json } from '#kit'
import { entityId } from '#model'
import { auditActions } from '#connectors/github'

import { crowdstrikeRecords } from './crowdstrike/ocsf-records.ts'
import { formatRecords } from './formats/records.ts'
import { fleetRecords } from './fleet/ocsf-records.ts'
import { entraRecords } from './entra/ocsf-records.ts'
import { anthropicRecords } from './anthropic/ocsf-records.ts'
import { auditRecords, inventoryRecords } from './github/records.ts'
import { googleRecords } from './google/ocsf-records.ts'
import { huggingfaceRecords } from './huggingface/ocsf-records.ts'
import { kubernetesRecords } from './kubernetes/ocsf-records.ts'
import { litellmRecords } from './litellm/ocsf-records.ts'
import { provisioned } from './scim/records.ts'
import { signalRecords } from './ssf/records.ts'
import { openaiRecords } from './openai/ocsf-records.ts'

/** One raw record of each kind a connector understands, and some it does not: what `ocsf.test.ts` normalises. */
export type RawRecords = { stream: string; raws: Json[] }[]

const atMs = Date.UTC(2026, 2, 24, 12)
const fingerprint = `fp:k1.${'A'.repeat(43)}`
const snapshot = (rows: Json): Json => ({ snapshot: { id: 's-1', part: 0, complete: true, takenAtMs: atMs }, rows })

const owner = entityId('identity', 'cordon', 'annotator')
const keys: Json[] = [
  {
    type: 'key.issued',
    key: 'k1',
    by: entityId('identity', 'cordon', 'admin'),
    scopes: ['gateway'],
    sha256: fingerprint,
  },
  { type: 'key.issued', key: 'k2', by: null, scopes: [], sha256: fingerprint },
  { type: 'key.issued', key: 'k3', by: null, scopes: [], sha256: fingerprint, succeeds: 'k1' },
  { type: 'key.placed', key: 'k1', place: entityId('resource', 'vault.example', 'kv/secret/annotator') },
  { type: 'key.placed', key: 'k1', place: null },
  { type: 'key.killed', key: 'k1' },
  { type: 'key.revived', key: 'k1' },
  { type: 'key.used', key: 'k1', scopes: ['gateway'], origin: '192.0.2.7' },
  { type: 'key.used', key: 'k1', scopes: [], origin: '2001:db8::7' },
  { type: 'key.used', key: 'k1', scopes: [], origin: null },
  { type: 'epoch.raised', epochMs: atMs, keys: [{ key: 'k1', owner }] },
  { type: 'key.dreamt', key: 'k1' },
].map((record) => ({ atMs, owner, ...record }))

const token: Json = {
  ref: 't1',
  sha256: fingerprint,
  jti: null,
  kind: 'access',
  format: 'jwt',
  client: 'deploy-cli',
  subject: 'u-ada',
  grant: 'g1',
  session: 's1',
  audience: 'https://api.example/people',
  scope: 'people:read',
  issuedAtMs: atMs,
  expiresAtMs: atMs + 600_000,
  parent: null,
  revokedAtMs: null,
}
const feed: Json[] = [
  { type: 'session.created', subject: 'u-ada', session: 's1', ip: '192.0.2.7' },
  { type: 'session.ended', subject: 'u-ada', session: 's1' },
  { type: 'grant.created', subject: 'u-ada', grant: 'g1', resources: { 'https://api.example': 'people:read openid' } },
  { type: 'grant.revoked', grant: 'g1' },
  { type: 'token.issued', token },
  { type: 'token.used', token, ip: 'gateway.example' },
  { type: 'token.revoked', token, subject: 'u-ada' },
  { type: 'client.disabled' },
  { type: 'client.enabled' },
  { type: 'key.rotated' },
].map((event, at) => ({ id: `e${at}`, atMs, client: 'deploy-cli', ...event }))
const clients: Json = [{ id: 'deploy-cli', secretSha256: fingerprint, isEnabled: true }]

const role = (name: string, oid: number | null): Json => ({ name, oid, canLogin: true, memberOf: [] })
const nothing = { touches: [], unknownRead: null, created: [], altered: [], dropped: [], granted: [], revoked: [] }
const line = (kind: string, resolved: Record<string, Json> = {}, more: Record<string, Json> = {}): Json => ({
  kind,
  timestamp: '2026-03-24 12:00:00.000 UTC',
  user: 'app',
  dbname: 'people',
  pid: 11_076,
  remote_host: '192.0.2.7',
  remote_port: 37_592,
  session_id: '6b008be6.2b44',
  line_num: 7,
  ps: 'SELECT',
  error_severity: 'LOG',
  state_code: null,
  message: '',
  statement: null,
  application_name: 'psql',
  audit: null,
  resolved: { startMs: atMs, roleOid: 20_001, databaseOid: 5, setsPassword: false, ...nothing, ...resolved },
  ...more,
})
const audit = (group: string, command: string, object = ''): Record<string, Json> => ({
  audit: { type: 'SESSION', id: '4,1', class: group, command, objectType: '', object, rows: 0 },
  statement: `${command} …`,
})
const touch = (verb: string): Record<string, Json> => ({ touches: [{ name: 'i', oid: 9, verb, rows: 1 }] })
const grant = [{ role: role('readers', 7), member: role('app', 20_001) }]
const log: Json[] = [
  line('connected'),
  line('connected', { roleOid: null, databaseOid: null }, { remote_host: '[local]', remote_port: null }),
  line('disconnected'),
  line('refused', { roleOid: null }, { state_code: '28P01', user: null, dbname: null }),
  line('fault', {}, { state_code: '42P01' }),
  line('forged', {}, { message: 'AUDIT: …' }),
  line('setting', {}, { message: 'parameter changed' }),
  line('statement', {}, { application_name: '', dbname: null, remote_host: null }),
  line('audit', touch('read'), audit('READ', 'SELECT', 'public.i')),
  line('audit', touch('write'), audit('WRITE', 'UPDATE')),
  line('audit', touch('write'), audit('WRITE', 'INSERT')),
  line('audit', touch('delete'), audit('WRITE', 'DELETE')),
  line('audit', {}, audit('DDL', 'CREATE TABLE')),
  line('audit', {}, audit('DDL', 'DROP TABLE')),
  line('audit', { created: [role('backup', null)] }, audit('ROLE', 'CREATE ROLE')),
  line('audit', { altered: [role('app', 20_001)], setsPassword: true }, audit('ROLE', 'ALTER ROLE')),
  line('audit', { altered: [role('app', 20_001)] }, audit('ROLE', 'ALTER ROLE')),
  line('audit', { dropped: [role('app', 20_001)] }, audit('ROLE', 'DROP ROLE')),
  line('audit', { granted: grant }, audit('ROLE', 'GRANT')),
  line('audit', { revoked: grant }, audit('ROLE', 'REVOKE')),
  line('audit', {}, audit('ROLE', 'GRANT')),
]

const report: Json = {
  version: 1,
  host: { id: 'lab-1' },
  takenAtMs: atMs,
  complete: true,
  packages: [{ ecosystem: 'pypi', name: 'litellm', version: '1.82.8', state: 'installed' }, { name: 'no package' }],
  credentials: [{ kind: 'npm', path: '/root/.npmrc', sha256: fingerprint }],
}
const listing: Json = { host: 'lab-1', format: 'pip-freeze', document: 'litellm==1.82.8\n' }

const table = 'resource:people.example:table/contractors'
const touches: Json[] = [
  {
    identity: 'identity:id.example:ci',
    credential: fingerprint,
    resource: table,
    verb: 'read',
    atMs,
    origin: '192.0.2.7',
  },
  ...['write', 'delete', 'share', 'admin', 'login'].map((verb) => ({ resource: table, verb, atMs })),
]

const oktaEvent = (eventType: string, more: Record<string, Json> = {}): Json => ({
  uuid: `u-${eventType}`,
  eventType,
  published: '2026-03-24T12:00:00.000Z',
  severity: 'INFO',
  actor: { id: '00uada00000000000001', type: 'User', alternateId: 'ada@people.example', displayName: 'Ada' },
  client: { ipAddress: '192.0.2.7', userAgent: { rawUserAgent: 'curl/8.5' } },
  authenticationContext: { externalSessionId: 'idxAbc' },
  outcome: { result: 'SUCCESS' },
  target: [{ id: '00ugrace000000000001', type: 'User' }],
  ...more,
})
const oktaLog: Json[] = [
  oktaEvent('user.session.start'),
  oktaEvent('user.session.start', { outcome: { result: 'FAILURE', reason: 'INVALID_CREDENTIALS' } }),
  oktaEvent('user.session.end', { actor: { id: 'unknown', type: 'SystemPrincipal' }, client: null, outcome: null }),
  oktaEvent('user.account.privilege.grant', {
    debugContext: { debugData: { privilegeGranted: 'Super administrator' } },
  }),
  oktaEvent('group.user_membership.add', { target: [{ id: '00ggroup000000000001', type: 'UserGroup' }] }),
  oktaEvent('user.mfa.factor.activate'),
  oktaEvent('application.lifecycle.create', { target: [{ id: '0oaapp00000000000001', type: 'AppInstance' }] }),
  oktaEvent('app.oauth2.as.token.grant.access_token', { target: [{ id: 'AT.x', type: 'access_token' }] }),
  oktaEvent('security.threat.detected', { severity: 'WARN' }),
  oktaEvent('system.org.rate_limit.warning', { outcome: { result: 'ALMOST' } }),
  oktaEvent('core.something.new'),
]
const oktaDirectory: Json[] = [
  { of: 'org', id: '00otwin0000000000001', pipeline: 'idx' },
  { of: 'users', id: '00uada00000000000001', status: 'ACTIVE', profile: { login: 'ada@people.example' } },
]

const slackEntry = (action: string, more: Record<string, Json> = {}): Json => ({
  id: '9d9b76ce-47bb-4838-a96a-1b5fd4d1b564',
  date_create: Math.floor(atMs / 1000),
  action,
  actor: { type: 'user', user: { id: 'W012ADA', name: 'ada', email: 'ada@brightwater.example', team: 'T01' } },
  context: {
    session_id: 847288190092,
    ip_address: '192.0.2.7',
    ua: 'Slack/4.40',
    location: { type: 'workspace', id: 'T01', name: 'work', domain: 'work' },
  },
  ...more,
})
const slackUser: Json = { type: 'user', user: { id: 'W012EVE', name: 'eve', email: 'no address', team: 'T01' } }
const slackApp: Json = { type: 'app', app: { id: 'A012SYNC', name: 'Sync', scopes: ['files:read'], scopes_bot: null } }
const slackFile: Json = { type: 'file', file: { id: 'F012', name: 'people.csv', title: 'People' } }
const slackChannel: Json = { type: 'channel', channel: { id: 'C012', name: 'deals', privacy: 'private' } }
const slackAudit: Json[] = [
  slackEntry('user_login'),
  slackEntry('user_login_failed', { context: { ip_address: 'not an address', session_id: 0 } }),
  slackEntry('user_logout', { context: null, actor: { type: 'user', user: { id: 'USLACKUSER' } } }),
  slackEntry('guest_created', { entity: slackUser }),
  slackEntry('role_change_to_admin', { entity: slackUser }),
  slackEntry('user_channel_join', { entity: slackChannel }),
  slackEntry('external_shared_channel_invite_sent', { entity: slackChannel }),
  slackEntry('file_downloaded', { entity: slackFile }),
  slackEntry('file_public_link_created', { entity: slackFile }),
  slackEntry('app_installed', { entity: slackApp, details: { is_internal_integration: false } }),
  slackEntry('app_token_preserved', { entity: slackApp }),
  slackEntry('anomaly', { details: { reason: ['asn', 'ip_address'] } }),
  slackEntry('manual_export_started'),
  slackEntry('pref.two_factor_auth_changed', { entity: null }),
  slackEntry('something_new'),
  { action: 'user_login' },
]
const slackLines: Json[] = ['added', 'removed', 'enabled', 'moved'].map((change_type) => ({
  app_id: 'A012SYNC',
  app_type: 'Sync',
  user_id: 'U012ADA',
  user_name: 'ada',
  date: String(atMs / 1000),
  change_type,
  scope: 'chat:write,channels:history',
}))
const slackRows: Json[] = [
  { of: 'self', user_id: 'W012BOSS', team: 'Brightwater', enterprise_id: 'E01', apps: ['A0SEE'] },
  { of: 'users', id: 'W012ADA', is_active: true, is_admin: true, workspaces: ['T01'] },
  { of: 'sessions', user_id: 'W012ADA', team_id: 'T01', session_id: 7 },
]

const trail = (service: string, eventName: string, more: Record<string, Json> = {}): Json => ({
  eventVersion: '1.08',
  eventID: `e-${eventName}`,
  eventName,
  eventSource: `${service}.amazonaws.com`,
  eventTime: '2026-03-24T12:00:00Z',
  awsRegion: 'us-east-1',
  sourceIPAddress: '192.0.2.7',
  userAgent: 'aws-cli/2.15.0',
  recipientAccountId: '111122223333',
  userIdentity: {
    type: 'IAMUser',
    principalId: 'AIDAEXAMPLECI',
    arn: 'arn:aws:iam::111122223333:user/ci',
    accountId: '111122223333',
    accessKeyId: 'AKIAEXAMPLECI0000001',
    userName: 'ci',
  },
  requestParameters: null,
  responseElements: null,
  ...more,
})
const aws: Json[] = [
  trail('iam', 'CreateUser', {
    requestParameters: { userName: 'backup' },
    responseElements: {
      user: { userId: 'AIDAEXAMPLEBACKUP', userName: 'backup', arn: 'arn:aws:iam::111122223333:user/backup' },
    },
  }),
  trail('iam', 'CreateAccessKey', {
    requestParameters: { userName: 'backup' },
    responseElements: { accessKey: { accessKeyId: 'AKIAEXAMPLEBACKUP001', userName: 'backup', status: 'Active' } },
  }),
  trail('iam', 'UpdateAccessKey', { requestParameters: { accessKeyId: 'AKIAEXAMPLECI0000001', status: 'Inactive' } }),
  trail('iam', 'CreateLoginProfile', { requestParameters: { userName: 'backup' } }),
  trail('iam', 'AddUserToGroup', { requestParameters: { userName: 'backup', groupName: 'admins' } }),
  trail('iam', 'UpdateAssumeRolePolicy', { requestParameters: { roleName: 'deploy' } }),
  trail('iam', 'DeleteUser', { errorCode: 'AccessDenied', errorMessage: 'not authorized' }),
  trail('sts', 'AssumeRole', {
    requestParameters: { roleArn: 'arn:aws:iam::111122223333:role/deploy', roleSessionName: 'x' },
    responseElements: {
      credentials: { accessKeyId: 'ASIAEXAMPLEDEPLOY001', expiration: 'Mar 24, 2026, 1:00:00 PM' },
      assumedRoleUser: { assumedRoleId: 'AROAEXAMPLEDEPLOY:x' },
    },
  }),
  trail('signin', 'ConsoleLogin', { responseElements: { ConsoleLogin: 'Failure' }, userIdentity: { type: 'Root' } }),
  trail('secretsmanager', 'GetSecretValue', { requestParameters: { secretId: 'prod/db' } }),
  trail('s3', 'GetObject', { requestParameters: { bucketName: 'people' }, sourceIPAddress: 's3.amazonaws.com' }),
  trail('ec2', 'RunInstances'),
  trail('ec2', 'DescribeInstances', { userIdentity: { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' } }),
  trail('example', 'Juggle'),
]

const nothingOf = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, []]))

/** By connector. A new one has its records here, or the test says so. */
export const recordsByConnector: Record<string, RawRecords> = {
  anthropic: anthropicRecords,
  github: [
    { stream: 'audit', raws: auditRecords(Object.keys(auditActions)) },
    { stream: 'organisation', raws: inventoryRecords },
  ],
  aws: [
    { stream: 'lookup', raws: aws },
    { stream: 'inventory', raws: [snapshot({ kind: 'users', rows: [] })] },
  ],
  keys: [{ stream: 'log', raws: keys }],
  oidc: [
    { stream: 'log', raws: feed },
    { stream: 'inventory', raws: [snapshot({ kind: 'clients', rows: clients })] },
  ],
  entra: entraRecords(snapshot),
  okta: [
    { stream: 'log', raws: oktaLog },
    { stream: 'directory', raws: [snapshot({ kind: 'users', rows: oktaDirectory })] },
  ],
  crowdstrike: crowdstrikeRecords,
  fleet: fleetRecords,
  // Written to, never read.
  ...nothingOf('github-issues', 'jira', 'linear', 's3', 'servicenow', 'slack-questions', 'splunk', 'syslog'),
  huggingface: huggingfaceRecords,
  google: googleRecords,
  kubernetes: kubernetesRecords,
  postgres: [{ stream: 'log', raws: log }],
  openai: openaiRecords,
  slack: [
    { stream: 'audit', raws: slackAudit },
    { stream: 'integrations', raws: slackLines },
    { stream: 'directory', raws: [snapshot({ kind: 'users', rows: slackRows })] },
  ],
  litellm: litellmRecords,
  host: [{ stream: 'report', raws: [report, snapshot(report), listing] }],
  ocsf: [
    {
      stream: 'log',
      raws: [
        {
          class_uid: 6005,
          category_uid: 6,
          activity_id: 4,
          type_uid: 600504,
          time: atMs,
          severity_id: 1,
          metadata: { version: '1.8.0', uid: 'q-1', product: { name: 'warehouse' } },
          actor: { user: { uid: 'u-ada' } },
          src_endpoint: { ip: '192.0.2.7' },
          database: { name: 'crm', type_id: 1 },
          table: { name: 'people' },
        },
        { class_uid: 6005 },
        { syslog: { facility: 4, severity: 0, host: 'h1', app: null, message: 'on fire' } },
        { message: 'a line of a file' },
      ],
    },
  ],
  osv: [
    {
      stream: 'records',
      raws: [
        {
          id: 'MAL-2026-1',
          modified: '2026-03-24T11:00:00Z',
          affected: [{ package: { ecosystem: 'PyPI', name: 'litellm' }, versions: ['1.82.7'] }],
        },
        {
          id: 'GHSA-aaaa-bbbb-cccc',
          modified: '2026-03-24T11:00:00Z',
          affected: [{ package: { ecosystem: 'npm', name: 'left-pad' } }],
        },
        { id: 7 },
      ],
    },
  ],
  people: [
    {
      stream: 'people',
      raws: [
        snapshot({
          kind: 'people',
          persons: [
            {
              key: 'BW-1',
              worker: 'contractor',
              mail: 'ada@example.com',
              customers: ['Lab Aster'],
              endAtMs: null,
              status: 'here',
              accounts: { github: 'ada' },
            },
          ],
        }),
        snapshot({ kind: 'dreamt' }),
      ],
    },
  ],
  ...formatRecords,
  scim: [{ stream: 'provisioning', raws: provisioned }],
  vault: [
    {
      stream: 'places',
      raws: [
        snapshot({
          kind: 'places',
          rows: [
            {
              of: 'place',
              mount: 'secret',
              path: 'prod/shop',
              current_version: 2,
              updated_time: '2026-03-24T12:00:00Z',
            },
          ],
        }),
      ],
    },
  ],
  ssf: [{ stream: 'signals', raws: [...signalRecords] }],
  declared: [{ stream: 'log', raws: [{ touches }, { facts: [{ entity: table, attributes: { name: 'x' } }] }] }],
}
