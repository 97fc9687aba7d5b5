import type { Json, JsonObject } from '#kit'

/** Records of logs of services, one of each kind that their formats understand. */
const atMs = Date.UTC(2026, 2, 24, 12)

const m365 = (Workload: string, Operation: string, more: JsonObject = {}): JsonObject => ({
  Id: `${Workload}/${Operation}`,
  CreationTime: '2026-03-24T12:00:00',
  Workload,
  Operation,
  UserId: 'ada@example.com',
  ClientIP: '[2001:db8::7]:50000',
  ResultStatus: 'Succeeded',
  ObjectId: 'https://example.sharepoint.com/sites/hr/people.xlsx',
  ...more,
})
const changed = (Name: string, NewValue: string): JsonObject => ({
  ModifiedProperties: [{ Name, NewValue, OldValue: '[]' }],
  Target: [
    { ID: 'User', Type: 2 },
    { ID: 'bo@example.com', Type: 5 },
  ],
})
export const m365Records: Json[] = [
  m365('AzureActiveDirectory', 'UserLoggedIn', { ExtendedProperties: [{ Name: 'UserAgent', Value: 'curl/8' }] }),
  m365('AzureActiveDirectory', 'UserLoginFailed', { LogonError: 'InvalidUserNameOrPassword' }),
  ...[
    'Add user.',
    'Disable account.',
    'Reset user password.',
    'Delete group.',
    'Add member to group.',
    'Update user.',
  ].map((name) => m365('AzureActiveDirectory', name, changed('DisplayName', '["Bo"]'))),
  m365('AzureActiveDirectory', 'Update user.', changed('StrongAuthenticationMethod', '[]')),
  m365('AzureActiveDirectory', 'Update user.', changed('StrongAuthenticationMethod', '[{"MethodType":7}]')),
  m365('AzureActiveDirectory', 'Consent to application.', changed('ConsentAction.Permissions', '[Scope: Mail.Read]')),
  m365('AzureActiveDirectory', 'Remove member from role.', changed('Role.DisplayName', '"Global Administrator"')),
  m365('AzureActiveDirectory', 'Update application – Certificates and secrets management '),
  m365('Exchange', 'New-InboxRule', {
    Parameters: [
      { Name: 'Name', Value: '.' },
      { Name: 'DeleteMessage', Value: 'True' },
    ],
  }),
  m365('Exchange', 'Add-MailboxPermission', { Parameters: [{ Name: 'AccessRights', Value: 'FullAccess' }] }),
  m365('Exchange', 'Remove-MailboxPermission'),
  m365('Exchange', 'UpdateInboxRules'),
  m365('Exchange', 'MailItemsAccessed', {
    ClientInfoString: 'Client=REST;',
    MailboxOwnerUPN: 'bo@example.com',
    SessionId: 's',
  }),
  m365('Exchange', 'SendAs', {
    SendAsUserSmtp: 'bo@example.com',
    Item: { InternetMessageId: '<1@x>', Subject: 'EXAMPLE' },
  }),
  m365('Exchange', 'HardDelete', { AffectedItems: [{ Subject: 'EXAMPLE' }] }),
  m365('Exchange', 'MailboxLogin'),
  ...[
    'FileDownloaded',
    'FileUploaded',
    'FileAccessed',
    'FileDeleted',
    'FileMoved',
    'SharingSet',
    'AnonymousLinkUsed',
  ].map((name) =>
    m365('SharePoint', name, { SourceFileName: 'people.xlsx', ItemType: 'File', UserAgent: 'OneDriveMpc/1' }),
  ),
  m365('OneDrive', 'AnonymousLinkCreated', { ItemType: 'Folder' }),
  m365('SharePoint', 'SiteCollectionAdminAdded', { TargetUserOrGroupName: 'bo@example.com' }),
  m365('SharePoint', 'SearchQueryPerformed', { SearchQueryText: 'EXAMPLE' }),
  m365('MicrosoftTeams', 'MemberAdded', { TeamName: 'hr', Members: [{ UPN: 'bo@example.com' }] }),
  m365('MicrosoftTeams', 'TeamSettingChanged', { TeamName: 'hr' }),
  m365('MicrosoftTeams', 'ChannelAdded', { ChannelName: 'x' }),
  m365('MicrosoftTeams', 'MessageSent', { ChatThreadId: '19:7' }),
  m365('SecurityComplianceCenter', 'AlertTriggered', { AlertId: '7', Name: 'Many downloads' }),
  m365('SecurityComplianceCenter', 'SearchExportDownloaded', { ClientIP: '' }),
  m365('PowerBI', 'DreamReport'),
  { AuditData: '{' },
]

const databricks = (serviceName: string, actionName: string, more: JsonObject = {}): JsonObject => ({
  timestamp: atMs,
  serviceName,
  actionName,
  userIdentity: { email: 'ada@example.com' },
  sourceIPAddress: '192.0.2.7',
  userAgent: 'databricks-cli/0.2',
  requestId: 'r7',
  sessionId: 's7',
  response: { statusCode: 200 },
  ...more,
})
export const databricksRecords: Json[] = [
  databricks('accounts', 'login'),
  databricks('accounts', 'IpAccessDenied', { response: { statusCode: 403, errorMessage: "no 'EXAMPLE'" } }),
  ...[
    'add',
    'delete',
    'changePassword',
    'mfaDeleteKey',
    'setAdmin',
    'removeAdmin',
    'createGroup',
    'generateDbToken',
  ].map((name) =>
    databricks('accounts', name, {
      requestParams: { targetUserName: 'bo@example.com', targetGroupName: 'x', tokenId: 't7' },
    }),
  ),
  databricks('accounts', 'addPrincipalToGroup', {
    requestParams: { targetUserName: 'bo@example.com', targetGroupId: '7' },
  }),
  databricks('accounts', 'acceptTos'),
  databricks('accounts', 'deleteIpAccessList', { requestParams: { listId: 'l7' } }),
  databricks('accounts', 'createSecretForServicePrincipal'),
  databricks('workspace', 'workspaceConfEdit', { requestParams: { workspaceConfKeys: 'enableVerboseAuditLogs' } }),
  databricks('workspace', 'changeWorkspaceAcl', { requestParams: { path: '/x' } }),
  databricks('secrets', 'getSecret', { requestParams: { scope: 'prod', key: 'db' } }),
  databricks('unityCatalog', 'generateTemporaryTableCredential', {
    requestParams: { table_full_name: 'crm.public.people', table_id: '7', operation: 'READ_WRITE' },
  }),
  databricks('unityCatalog', 'generateTemporaryVolumeCredential', {
    requestParams: { volume_full_name: 'crm.public.files' },
  }),
  databricks('databrickssql', 'commandSubmit', {
    requestParams: { commandText: "SELECT * FROM people WHERE name = 'EXAMPLE'" },
  }),
  databricks('notebook', 'downloadLargeResults', { requestParams: { notebookId: 'n7' } }),
  databricks('dbfs', 'read', { requestParams: { path: '/x/people.csv' } }),
  databricks('dbfs', 'mount', { requestParams: { mountPoint: '/mnt/x' } }),
  databricks('clusters', 'delete', { requestParams: { cluster_id: 'c7' } }),
  databricks('clusters', 'dream'),
  { CREDITS_USED: 7 },
]
