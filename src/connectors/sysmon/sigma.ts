import type { SigmaSort } from '#sources/contract'

/** Sigma's names of Sysmon's events (its rules' "Sysmon log source"), by event id; some go by two names. */
const categories: Readonly<Record<string, readonly number[]>> = {
  process_creation: [1],
  file_change: [2],
  network_connection: [3],
  sysmon_status: [4, 16],
  process_termination: [5],
  driver_load: [6],
  image_load: [7],
  create_remote_thread: [8],
  raw_access_thread: [9],
  process_access: [10],
  file_event: [11],
  registry_event: [12, 13, 14],
  registry_set: [13],
  registry_rename: [14],
  create_stream_hash: [15],
  pipe_created: [17, 18],
  wmi_event: [19, 20, 21],
  dns_query: [22],
  file_delete: [23, 26],
  clipboard_capture: [24],
  process_tampering: [25],
  file_block_executable: [27],
  file_block_shredding: [28],
  file_executable_detected: [29],
  sysmon_error: [255],
}

const common = [
  'EventID',
  'Channel',
  'Computer',
  'EventRecordID',
  'Provider_Name',
  'RuleName',
  'UtcTime',
  'Event.*',
  '@timestamp',
]
/** Names of `EventData` over all events (Sysmon's manifest, schema 4.90). */
const data =
  `ProcessGuid ProcessId Image FileVersion Description Product Company OriginalFileName CommandLine CurrentDirectory User
  LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid ParentProcessId ParentImage
  ParentCommandLine ParentUser TargetFilename CreationUtcTime PreviousCreationUtcTime Protocol Initiated SourceIsIpv6
  SourceIp SourceHostname SourcePort SourcePortName DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort
  DestinationPortName State Version SchemaVersion Configuration ConfigurationFileHash ImageLoaded Signed Signature
  SignatureStatus SourceProcessGuid SourceProcessGUID SourceProcessId SourceImage TargetProcessGuid TargetProcessGUID
  TargetProcessId TargetImage NewThreadId StartAddress StartModule StartFunction Device SourceThreadId GrantedAccess
  CallTrace SourceUser TargetUser EventType TargetObject Details NewName Hash Contents PipeName Operation EventNamespace
  Name Query Type Destination Consumer Filter QueryName QueryStatus QueryResults Session ClientInfo Archived
  IsExecutable ID Provider_Guid TimeCreated_SystemTime Security_UserID winlog.*`.split(/\s+/)
const fields = [...common, ...data]

const windows = { product: 'windows', service: 'sysmon', fields }
const isDelete = ({ EventType: type }: Readonly<Record<string, unknown>>): boolean =>
  typeof type === 'string' && type.startsWith('Delete')

export const sorts: readonly SigmaSort[] = [
  ...Object.entries(categories).map(([category, ids]) => ({
    ...windows,
    category,
    holds: (record: Readonly<Record<string, unknown>>) => ids.includes(Number(record['EventID'])),
  })),
  {
    ...windows,
    category: 'registry_delete',
    holds: (record) => Number(record['EventID']) === 12 && isDelete(record),
  },
  {
    ...windows,
    category: 'registry_add',
    holds: (record) => Number(record['EventID']) === 12 && !isDelete(record),
  },
]
