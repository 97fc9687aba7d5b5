import type { SigmaSort } from '#sources/contract'

// Fields: https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema

const common = `AppAccessContext.* AppId AppPoolName ApplicationId ApplicationDisplayName AssertingApplicationId AuthenticationType
  ClientAppId ClientIP ClientIPAddress ClientRequestId CorrelationId CreationTime DeviceProperties[*].* ExtendedProperties[*].* Id
  ModifiedProperties[*].* ObjectId Operation OrganizationId RecordType ResultStatus Scope UserAgent UserId UserKey UserType
  Version Workload`
const more: Readonly<Record<string, string>> = {
  exchange: `ActorInfoString AffectedItems[*].* AppAccessContext.* ClientInfoString ClientProcessName ClientVersion CrossMailboxOperation
    DestFolder.* DestMailboxOwnerUPN ExternalAccess Folder.* Folders[*].* InternalLogonType Item.* LogonType LogonUserSid
    MailboxGuid MailboxOwnerSid MailboxOwnerUPN ModifiedObjectResolvedName ModifiedProperties OperationCount
    OperationProperties[*].* OrganizationName OriginatingServer Parameters[*].* SendAsUserSmtp SendOnBehalfOfUserSmtp SessionId`,
  sharepoint: `BrowserName CustomEvent DestinationFileName DestinationRelativeUrl DeviceDisplayName EventData EventSource FileSizeBytes
    FileSyncBytesCommitted GeoLocation HighPriorityMediaProcessing IsManagedDevice ItemType ListId ListItemUniqueId MachineId
    Platform SharingLinkScope SharingType Site SiteUrl SourceFileExtension SourceFileName SourceRelativeUrl
    TargetUserOrGroupName TargetUserOrGroupType UniqueSharingId UserSharedWith WebId`,
  azureactivedirectory: `Actor[*].* ActorContextId ActorIpAddress AzureActiveDirectoryEventType ErrorNumber InterSystemsId
    IntraSystemId LogonError SupportTicketId Target[*].* TargetContextId`,
  microsoftteams: `AADGroupId AddOnGuid AddOnName AddOnType ChannelGuid ChannelName ChannelType ChatName ChatThreadId
    CommunicationType ExtraProperties[*].* HostedContents[*].* InviteeId ItemName Members[*].* MessageId MessageURLs MessageVersion
    Name NewValue OldValue ParentMessageId ParticipantInfo.* TabType TeamGuid TeamName`,
  securitycompliancecenter: `AlertEntityId AlertId AlertLinks[*].* AlertType Category Comments Data EntityType ExchangeLocations Name
    NonPIIParameters Parameters Query Severity SharepointLocations Source Status UserServicePlan`,
  other: '*',
}
const services: Readonly<Record<string, string>> = {
  Exchange: 'exchange',
  SharePoint: 'sharepoint',
  OneDrive: 'sharepoint',
  AzureActiveDirectory: 'azureactivedirectory',
  MicrosoftTeams: 'microsoftteams',
  SecurityComplianceCenter: 'securitycompliancecenter',
}

/** By the service that wrote a record. */
const serviceOf = ({ Workload: workload }: Readonly<Record<string, unknown>>): string =>
  (typeof workload === 'string' ? services[workload] : undefined) ?? 'other'

/** Fields of the elements of a list are named by the list. */
const fieldsOf = (text: string): string[] => [
  ...new Set(
    `${common} ${text}`
      .trim()
      .split(/\s+/)
      .map((field) => field.replace('[*]', '')),
  ),
]

const sortOf = (service: string, fields: readonly string[], isOf: (service: string) => boolean): SigmaSort => ({
  product: 'm365',
  category: 'cloud',
  service,
  fields,
  holds: (record) => 'Operation' in record && isOf(serviceOf(record)),
})

/** Each record is of its service's log, and all are of the one that SigmaHQ's rules call `audit`. */
export const sorts: readonly SigmaSort[] = [
  ...Object.entries(more).map(([service, fields]) => sortOf(service, fieldsOf(fields), (one) => one === service)),
  sortOf('audit', ['*'], () => true),
]
