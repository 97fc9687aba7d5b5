import { activityOfVerb, typesBy, type TypeOf } from '#sources/contract'

// Operations: https://learn.microsoft.com/purview/audit-log-activities

export type Operation = TypeOf<
  | 'authentication'
  | 'account_change'
  | 'user_access'
  | 'group_management'
  | 'entity_management'
  | 'file_hosting'
  | 'web_resources_activity'
  | 'email_activity'
  | 'detection_finding'
>

/** As SharePoint, OneDrive, Exchange's mailboxes, Teams and the compliance centre name them. */
const named: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ...typesBy('authentication', {
    logon: 'UserLoggedIn UserLoginFailed MailboxLogin TeamsSessionStarted SignInEvent',
    logoff: 'UserLoggedOff SignOutEvent',
  }),
  ...typesBy('file_hosting', {
    upload: 'FileUploaded FileSyncUploadedFull FileSyncUploadedPartial FolderCreated FileCreated',
    download:
      'FileDownloaded FileSyncDownloadedFull FileSyncDownloadedPartial FileAccessedExtended FileTranscriptRequest',
    preview: 'FilePreviewed',
    open: 'FileAccessed PageViewed PageViewedExtended ClientViewSignaled PagePrefetched ListViewed ListItemViewed FolderOpened',
    update:
      'FileModified FileModifiedExtended FolderModified FileCheckedIn FileCheckOutDiscarded FileSensitivityLabelChanged FileSensitivityLabelApplied FileSensitivityLabelRemoved ListItemUpdated',
    delete: `FileDeleted FileDeletedFirstStageRecycleBin FileDeletedSecondStageRecycleBin FileRecycled FolderDeleted FolderRecycled
      FolderDeletedFirstStageRecycleBin FolderDeletedSecondStageRecycleBin FileVersionsAllDeleted ListItemDeleted ListItemRecycled`,
    rename: 'FileRenamed FolderRenamed',
    move: 'FileMoved FolderMoved',
    copy: 'FileCopied FolderCopied',
    restore: 'FileRestored FolderRestored ListItemRestored',
    lock: 'FileCheckedOut LockRecord',
    unlock: 'UnlockRecord',
    share: `SharingSet SharingInvitationCreated AnonymousLinkCreated AnonymousLinkUpdated CompanyLinkCreated SecureLinkCreated
      SecureLinkUpdated AddedToSecureLink AddedToSharingLink SharingLinkCreated SharingLinkUpdated SharingInheritanceBroken
      AccessRequestCreated AccessRequestApproved PermissionLevelAdded`,
    unshare: `SharingRevoked AnonymousLinkRemoved CompanyLinkRemoved SecureLinkDeleted RemovedFromSecureLink
      RemovedFromSharingLink SharingLinkDeleted SharingInvitationRevoked SharingInvitationBlocked AccessRequestDenied
      SharingInheritanceReset`,
    other: `AnonymousLinkUsed CompanyLinkUsed SecureLinkUsed SharingLinkUsed SharingInvitationAccepted SharingInvitationUpdated
      FileMalwareDetected`,
  }),
  ...typesBy('web_resources_activity', {
    read: `MailItemsAccessed MessageBind FolderBind MessageRead MessagesListed ChatRetrieved MessageHostedContentRead
      MessageHostedContentsListed RecordingExported TranscriptsExported`,
    search:
      'SearchQueryPerformed SearchQueryInitiatedSharePoint SearchQueryInitiatedExchange SearchStarted SearchReport',
    export: `SearchExported SearchExportDownloaded SearchResultExported CaseExported ExportRun ChatExported MessagesExported
      SearchResultsPurged ViewedSearchExported ReviewSetExported`,
    create:
      'Create Copy MessageSent ChatCreated MessageCreatedHasLink MessageCreatedNotification MeetingParticipantDetail MeetingDetail',
    update: 'Update Move MessageUpdated MessageEditedHasLink ApplyRecordLabel RecordDelete',
    delete: 'HardDelete SoftDelete MoveToDeletedItems MessageDeleted MessageDeletedNotification',
  }),
  ...typesBy('email_activity', { send: 'Send SendAs SendOnBehalf' }),
  ...typesBy('group_management', {
    create: 'TeamCreated GroupAdded',
    delete: 'TeamDeleted GroupRemoved',
    add_user: 'MemberAdded AddedToGroup SharedChannelInvite',
    remove_user: 'MemberRemoved RemovedFromGroup',
    other: 'TeamSettingChanged GroupUpdated',
  }),
  ...typesBy('user_access', {
    assign_privileges: `MemberRoleChanged SiteCollectionAdminAdded AddFolderPermissions ModifyFolderPermissions UpdateFolderPermissions
      UpdateCalendarDelegation SitePermissionsModified PermissionGrantAdded SharePointAppPermissionOperation`,
    revoke_privileges: 'SiteCollectionAdminRemoved RemoveFolderPermissions',
  }),
  ...typesBy('entity_management', {
    create: `ChannelAdded TabAdded BotAddedToTeam ConnectorAdded AppInstalled AppPublishedToCatalog SiteCollectionCreated SearchCreated
      CaseAdded HoldCreated AppCatalogCreated WebhookAdded`,
    update: `ChannelSettingChanged TabUpdated ConnectorUpdated AppUpdatedInCatalog UpdateInboxRules SearchUpdated CaseUpdated HoldUpdated
      SharingPolicyChanged DeviceAccessPolicyChanged NetworkAccessPolicyChanged WebMembersCanShareModified
      SiteCollectionQuotaModified LegacyWorkflowEnabledSet AppUpgraded`,
    delete:
      'ChannelDeleted TabRemoved BotRemovedFromTeam ConnectorRemoved AppUninstalled AppDeletedFromCatalog SiteDeleted SearchRemoved CaseRemoved HoldRemoved',
  }),
  ...typesBy('detection_finding', {
    create:
      'AlertTriggered AlertEntityGenerated TIMailData TIUrlClickData AirInvestigationData MalwareDetected DlpRuleMatch',
    update: 'AlertUpdated DlpRuleUndo',
  }),
])

/** Entra's name for an activity has a full stop behind it, and sometimes a dash and what it was of. */
const directory: ReadonlyMap<string, Operation> = new Map<string, Operation>(
  [
    ...lines('account_change', 'create', 'add user|invite external user|create user'),
    ...lines('account_change', 'enable', 'enable account|restore user'),
    ...lines('account_change', 'disable', 'disable account'),
    ...lines('account_change', 'delete', 'delete user|hard delete user'),
    ...lines('account_change', 'password_change', 'change user password|change password (self-service)'),
    ...lines(
      'account_change',
      'password_reset',
      'reset user password|set force change user password|reset password (self-service)',
    ),
    ...lines(
      'account_change',
      'mfa_factor_enable',
      'enable strong authentication|user registered security info|admin registered security info',
    ),
    ...lines(
      'account_change',
      'mfa_factor_disable',
      'disable strong authentication|user deleted security info|admin deleted security info',
    ),
    ...lines(
      'account_change',
      'other',
      'update user|change user license|set license properties|update stsrefreshtokenvalidfrom timestamp|set user manager',
    ),
    ...lines('group_management', 'create', 'add group'),
    ...lines('group_management', 'delete', 'delete group|hard delete group'),
    ...lines('group_management', 'add_user', 'add member to group'),
    ...lines('group_management', 'remove_user', 'remove member from group'),
    ...lines('group_management', 'other', 'update group|restore group'),
    ...lines(
      'user_access',
      'assign_privileges',
      `consent to application|add delegated permission grant|add oauth2permissiongrant|add app role assignment grant to user|add app
       role assignment to service principal|add app role assignment to group|add member to role|add eligible member to role|add scoped
       member to role|add owner to application|add owner to service principal|add owner to group|add delegation entry`,
    ),
    ...lines(
      'user_access',
      'revoke_privileges',
      `remove delegated permission grant|remove oauth2permissiongrant|revoke consent|remove app role assignment from service
       principal|remove app role assignment from user|remove app role assignment from group|remove member from role|remove eligible
       member from role|remove scoped member from role|remove owner from application|remove owner from service principal|remove
       owner from group|remove delegation entry`,
    ),
  ].map(([name, type]) => [name.replaceAll(/\s+/g, ' ').trim(), type]),
)

function lines<Class extends Operation['of']>(
  of: Class,
  activity: Extract<Operation, { of: Class }>['activity'],
  text: string,
): [string, Operation][] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parameter's type is of the class's activities
  return text.split('|').map((name): [string, Operation] => [name, { of, activity } as Operation])
}

/** What changes of an object of the directory, of Exchange or of compliance is worded as an act and a noun. */
const wordy =
  /^(?:add|added|create|register|update|set|change|verify|restore|delete|remove|hard|unregister|enable|disable|new|test|start|stop|install|uninstall)[ -]/i

/** Undefined: an operation that is not known here. */
export function operationOf(workload: string, operation: string): Operation | undefined {
  const known = named.get(operation)
  if (known !== undefined) return known
  const plain = operation
    .replace(/\s*[–-]\s+.*$/, '')
    .replace(/\.$/, '')
    .trim()
    .toLowerCase()
  const listed = directory.get(plain)
  if (listed !== undefined) return listed
  // Cmdlets: `Add-MailboxPermission`, `Set-Mailbox`, `New-InboxRule`.
  if (
    /^(?:Add|Remove)-\w*(?:Permission|RoleGroupMember|ManagementRoleAssignment)$/.test(operation) ||
    /^New-ManagementRoleAssignment$/.test(operation)
  ) {
    const activity = operation.startsWith('Remove') ? 'revoke_privileges' : 'assign_privileges'
    return { of: 'user_access', activity }
  }
  const isCmdlet = /^[A-Z][a-z]+-[A-Z]\w+$/.test(operation)
  if (!isCmdlet && !(workload === 'AzureActiveDirectory' && wordy.test(operation))) return undefined
  return {
    of: 'entity_management',
    activity: acts.find(([of]) => of.test(operation))?.[1] ?? activityOfVerb(operation) ?? 'update',
  }
}

const acts = [
  [/^enable/i, 'enable'],
  [/^disable/i, 'disable'],
  [/^(?:get|test|search|export)/i, 'read'],
] as const
