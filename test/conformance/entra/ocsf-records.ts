import type { Json, JsonObject } from '#kit'

import type { RawRecords } from '../ocsf-records.ts'

const audit = (activityDisplayName: string, more: JsonObject = {}): Json => ({
  id: `Directory_${activityDisplayName}`,
  activityDateTime: '2026-03-24T12:00:00Z',
  activityDisplayName,
  category: 'ApplicationManagement',
  result: 'success',
  operationType: 'Assign',
  initiatedBy: {
    user: { id: 'u1', userPrincipalName: 'ada@brightwater.example', ipAddress: '192.0.2.7', displayName: null },
    app: null,
  },
  targetResources: [{ id: 'u2', type: 'User', displayName: 'Grace', userPrincipalName: 'grace@brightwater.example' }],
  additionalDetails: [{ key: 'AppId', value: 'client-1' }],
  ...more,
})
const changed = (...pairs: [string, string][]): JsonObject[] =>
  pairs.map(([displayName, value]) => ({ displayName, oldValue: null, newValue: JSON.stringify(value) }))
const sp = (...pairs: [string, string][]): JsonObject => ({
  targetResources: [
    { id: 'sp1', type: 'ServicePrincipal', displayName: 'Graph', modifiedProperties: changed(...pairs) },
  ],
})
const byApp = { user: null, app: { appId: null, displayName: 'Sync', servicePrincipalId: 'sp2' } }
const key = '[KeyIdentifier=22222222-2222-4222-8222-222222222222,KeyType=Password,KeyUsage=Verify,DisplayName=x]'

const audits: Json[] = [
  audit('Add user'),
  audit('Disable account', { initiatedBy: byApp }),
  audit('Reset user password'),
  audit('User registered security info', { resultReason: 'User registered Authenticator App' }),
  audit('Add member to group', {
    targetResources: [
      { id: 'u2', type: 'User', modifiedProperties: changed(['Group.ObjectID', 'g1'], ['Group.DisplayName', 'Staff']) },
      { id: 'g1', type: 'Group' },
    ],
  }),
  audit('Add member to role', {
    targetResources: [
      { id: 'u2', type: 'User', modifiedProperties: changed(['Role.TemplateId', 't1'], ['Role.DisplayName', 'Admin']) },
    ],
  }),
  audit('Add application', { targetResources: [{ id: 'o1', type: 'Application', displayName: 'Sync' }] }),
  audit('Add service principal', sp()),
  audit('Add service principal credentials', sp(['KeyDescription', key])),
  audit('Add owner to application', { initiatedBy: null }),
  audit('Add app role assignment to service principal', sp(['AppRole.Id', 'r1'], ['ServicePrincipal.ObjectID', 'sp3'])),
  audit(
    'Add delegated permission grant',
    sp(['DelegatedPermissionGrant.Scope', ' Mail.Read'], ['ServicePrincipal.ObjectID', 'sp3']),
  ),
  audit('Register device', { targetResources: [{ id: 'd1', type: 'Device', displayName: 'PC' }] }),
  audit('Update conditional access policy', { targetResources: [{ id: 'p1', type: 'Policy', displayName: 'MFA' }] }),
  audit('Set domain authentication', { targetResources: [{ id: null, type: 'Other', displayName: 'a.example' }] }),
  audit('Delete user', { result: 'failure', resultReason: 'no' }),
  audit('Something new', { result: 'timeout', targetResources: null }),
]

const signIn = (kind: string, more: JsonObject = {}): Json => ({
  id: `s-${kind}`,
  createdDateTime: '2026-03-24T12:00:00Z',
  appId: 'client-1',
  resourceId: '00000003-0000-0000-c000-000000000000',
  resourceDisplayName: 'Microsoft Graph',
  ipAddress: '192.0.2.7',
  userAgent: 'curl/8.5',
  signInEventTypes: [kind],
  status: { errorCode: 0 },
  ...more,
})
const user = { userId: 'u1', userPrincipalName: 'ada@brightwater.example', sessionId: 'sid1', isInteractive: true }
const signIns: Json[] = [
  signIn('interactiveUser', { ...user, riskLevelDuringSignIn: 'high' }),
  signIn('nonInteractiveUser', { ...user, isInteractive: false, ipAddress: null }),
  signIn('interactiveUser', { ...user, status: { errorCode: 50126, failureReason: 'Invalid username or password' } }),
  signIn('servicePrincipal', { servicePrincipalId: 'sp1', servicePrincipalName: 'Robot', isInteractive: false }),
  signIn('managedIdentity', { servicePrincipalId: 'sp2', servicePrincipalCredentialKeyId: 'k1', userAgent: '' }),
]

const rows: Json[] = [
  { of: 'org', id: 't', displayName: 'Brightwater', plan: 'p2' },
  { of: 'users', id: 'u1', displayName: 'Ada', userPrincipalName: 'ada@brightwater.example', accountEnabled: true },
  {
    of: 'app-roles',
    id: 'x',
    appRoleId: 'r1',
    principalId: 'sp1',
    principalType: 'ServicePrincipal',
    resourceId: 'sp2',
  },
]

export const entraRecords = (snapshot: (rows: Json) => Json): RawRecords => [
  { stream: 'audit', raws: audits },
  { stream: 'sign-ins', raws: signIns },
  {
    stream: 'changes-users',
    raws: [
      { id: 'u1', accountEnabled: false },
      { id: 'u2', '@removed': { reason: 'deleted' } },
    ],
  },
  { stream: 'changes-serviceprincipals', raws: [{ id: 'sp1', appId: 'client-1', accountEnabled: true }] },
  { stream: 'directory', raws: [snapshot({ kind: 'users', rows })] },
]
