import type { Json, JsonObject } from '#kit'

import { databricksRecords, m365Records } from './records-cloud.ts'

/** One record of each kind that formats understand; what `test/conformance/ocsf.test.ts` validates. */
const atMs = Date.UTC(2026, 2, 24, 12)

const windows = (EventID: number, data: JsonObject): JsonObject => ({
  Event: {
    System: {
      Provider: { '#attributes': { Name: 'Microsoft-Windows-Sysmon' } },
      EventID,
      TimeCreated: { '#attributes': { SystemTime: '2026-03-24T12:00:00.123Z' } },
      EventRecordID: 700 + EventID,
      Channel: 'Microsoft-Windows-Sysmon/Operational',
      Computer: 'ws-7.corp.example',
      Security: { '#attributes': { UserID: 'S-1-5-18' } },
    },
    EventData: { UtcTime: '2026-03-24 12:00:00.123', ...data },
  },
})
const process: JsonObject = {
  ProcessGuid: '0197231E-4A83-694D-9E0E-000000000800',
  ProcessId: 4242,
  Image: 'C:\\Python312\\python.exe',
  User: 'CORP\\ada',
}
const target: JsonObject = {
  SourceProcessGUID: '0197231E-4A83-694D-9E0E-000000000801',
  SourceProcessId: 4242,
  SourceImage: 'C:\\Python312\\python.exe',
  SourceUser: 'CORP\\ada',
  TargetProcessGUID: '0197231E-4A83-694D-9E0E-000000000802',
  TargetProcessId: 612,
  TargetImage: 'C:\\Windows\\System32\\lsass.exe',
  TargetUser: 'NT AUTHORITY\\SYSTEM',
}
const hashes = `SHA256=${'A'.repeat(64)},IMPHASH=${'B'.repeat(32)}`
const file = { ...process, TargetFilename: 'C:\\Users\\ada\\.aws\\credentials', Hashes: hashes }
const value = { ...process, EventType: 'SetValue', TargetObject: 'HKU\\S-1\\Software\\Run\\x', Details: 'x.exe' }

const sysmonRecords: Json[] = [
  windows(1, {
    ...process,
    CommandLine: 'python -c 1',
    Hashes: hashes,
    ParentProcessGuid: '0197231E-4A83-694D-9E0E-000000000800',
    ParentProcessId: 99,
    ParentImage: 'C:\\Windows\\explorer.exe',
    ParentCommandLine: 'explorer',
    ParentUser: 'CORP\\ada',
  }),
  windows(2, file),
  windows(3, {
    ...process,
    Protocol: 'tcp',
    Initiated: 'true',
    SourceIp: '192.0.2.7',
    SourcePort: 50_000,
    DestinationIp: '203.0.113.9',
    DestinationHostname: 'sink.example',
    DestinationPort: 443,
  }),
  windows(4, { State: 'Stopped', Version: '15', SchemaVersion: '4.90' }),
  windows(4, { State: 'Started', Version: '15', SchemaVersion: '4.90' }),
  windows(5, process),
  windows(6, { ImageLoaded: 'C:\\x.sys', Hashes: hashes, Signed: 'true' }),
  windows(7, { ...process, ImageLoaded: 'C:\\x.dll', Hashes: hashes }),
  windows(8, { ...target, NewThreadId: '7' }),
  windows(9, { ...process, Device: '\\Device\\HarddiskVolume2' }),
  windows(10, { ...target, GrantedAccess: '0x1010' }),
  windows(11, file),
  windows(12, { ...process, EventType: 'CreateKey', TargetObject: 'HKLM\\Software\\x' }),
  windows(12, { ...process, EventType: 'DeleteValue', TargetObject: 'HKLM\\Software\\x' }),
  windows(13, value),
  windows(14, { ...value, EventType: 'RenameKey', NewName: 'y' }),
  windows(15, { ...file, Hash: hashes, Contents: '-' }),
  windows(16, { Configuration: 'c.xml', ConfigurationFileHash: hashes }),
  windows(17, { ...process, PipeName: '\\x' }),
  windows(18, { ...process, PipeName: '\\x' }),
  windows(19, { EventType: 'WmiFilterEvent', Operation: 'Created', User: 'CORP\\ada', Name: 'f', Query: 'SELECT' }),
  windows(20, { Operation: 'Deleted', User: 'CORP\\ada', Name: 'c', Type: 'Command Line', Destination: 'x.exe' }),
  windows(21, { Operation: 'Created', User: 'CORP\\ada', Consumer: 'c', Filter: 'f' }),
  windows(22, { ...process, QueryName: 'sink.example', QueryStatus: '0', QueryResults: '203.0.113.9;' }),
  ...[23, 26, 27, 28, 29].map((id) => windows(id, file)),
  windows(24, { ...process, ClientInfo: 'user', Hashes: hashes }),
  windows(25, { ...process, Type: 'Image is replaced' }),
  windows(99, {}),
  {
    '@timestamp': '2026-03-24T12:00:00.123Z',
    winlog: {
      event_id: '11',
      record_id: 9,
      channel: 'Microsoft-Windows-Sysmon/Operational',
      computer_name: 'ws-7.corp.example',
      provider_name: 'Microsoft-Windows-Sysmon',
      event_data: file,
    },
  },
  { EventID: 11, Computer: 'ws-7', UtcTime: '2026-03-24 12:00:00.123', ...file },
]

const line = (type: string, rest: string): JsonObject => ({
  message: `node=ci-3 type=${type} msg=audit(1774353600.123:24287): ${rest}`,
})
const call = (syscall: number, arch = 'c000003e'): JsonObject =>
  line(
    'SYSCALL',
    `arch=${arch} syscall=${syscall} success=yes exit=0 a0=7f a1=0 ppid=1 pid=4242 auid=1000 uid=0 comm="python3" exe="/usr/bin/python3.12" key="creds"`,
  )
const byProgram = (type: string, rest: string): JsonObject =>
  line(
    type,
    `pid=7 uid=0 auid=1000 ses=1 msg='op=x ${rest} exe="/usr/sbin/sshd" hostname=? addr=192.0.2.7 terminal=ssh res=failed'`,
  )

const auditdRecords: Json[] = [
  ...[59, 62, 101, 105, 257, 87, 82, 76, 90, 165, 42, 49, 313, 176, 9].map((number) => call(number)),
  call(221, 'c00000b7'),
  call(5, '40000003'),
  line('EXECVE', 'argc=3 a0="tar" a1="czf" a2=2F746D702F6120622E747A'),
  line('PATH', 'item=0 name="/root/.aws/credentials" inode=7 nametype=NORMAL'),
  line('PATH', 'item=1 name=(null) nametype=DELETE'),
  line('CWD', 'cwd="/root"'),
  line('PROCTITLE', 'proctitle=707974686F6E33002D63'),
  line('SOCKADDR', 'saddr=020001BBCB007109000000000000000000'.slice(0, 38)),
  line('SOCKADDR', 'saddr=0A0001BB0000000020010DB800000000000000000000000700000000'),
  line('SOCKADDR', 'saddr=01002F72756E2F78'),
  ...['USER_LOGIN', 'USER_AUTH', 'USER_END', 'CRED_ACQ', 'ADD_USER', 'DEL_USER', 'USER_CHAUTHTOK', 'USER_MGMT'].map(
    (type) => byProgram(type, 'acct="ada"'),
  ),
  byProgram('ADD_GROUP', 'grp="wheel"'),
  byProgram('ROLE_ASSIGN', 'new-role=sysadm_r acct="ada"'),
  byProgram('SERVICE_STOP', 'unit=auditd comm="systemd"'),
  byProgram('USER_CMD', 'cwd="/" cmd=6361742078'),
  line('CONFIG_CHANGE', 'op=remove_rule key="creds" list=4 res=1'),
  line('DAEMON_END', 'op=terminate res=success'),
  line('ANOM_PROMISCUOUS', 'dev=eth0 prom=256'),
  line('NETFILTER_CFG', 'table=filter family=2 entries=4'),
  line('KERN_MODULE', 'name="x"'),
  line('DREAMT', 'x=1'),
  { syslog: { host: 'ci-4', message: 'audispd: type=CWD msg=audit(1774353600.123:1): cwd="/"' } },
  {
    ID: '1774353600.123:15558',
    NODE: 'ci-3',
    SYSCALL: {
      arch: '0xc000003e',
      syscall: 59,
      SYSCALL: 'execve',
      success: 'yes',
      pid: 7,
      ppid: 1,
      exe: '/usr/bin/curl',
    },
    EXECVE: { argc: 2, ARGV: ['curl', 'https://sink.example'] },
    PATH: [{ item: 0, name: '/usr/bin/curl', nametype: 'NORMAL' }],
  },
]

const falcoRecords: Json[] = [
  {
    uuid: 'f1a8c3b2-0000-4000-8000-000000000001',
    hostname: 'node-3',
    priority: 'Warning',
    rule: 'Read sensitive file untrusted',
    source: 'syscall',
    tags: ['filesystem'],
    time: '2026-03-24T12:00:00.123456789Z',
    output: 'Sensitive file opened for reading',
    output_fields: {
      'container.id': 'a1b2c3',
      'k8s.pod.name': 'gateway-0',
      'proc.name': 'python3',
      'proc.exepath': '/usr/bin/python3.12',
      'proc.cmdline': 'python3 -c 1',
      'proc.pname': 'sh',
      'user.uid': 1000,
      'user.name': 'ada',
      'fd.name': '/root/.aws/credentials',
    },
  },
  {
    priority: 'Dreamt',
    rule: 'Contact K8s API Server From Container',
    time: '2026-03-24T12:00:00Z',
    output: 'x',
    output_fields: {
      'container.id': 'host',
      'fd.sip': '203.0.113.9',
      'fd.sport': 443,
      'user.name': '<NA>',
      'fd.cip': '192.0.2.7',
    },
  },
  { output: 'Falco internal: syscall event drop' },
]

const result = (name: string, columns: JsonObject, action = 'added'): JsonObject => ({
  name,
  action,
  columns,
  hostIdentifier: 'ws-7',
  unixTime: 1_774_353_600,
  decorations: { platform: 'darwin' },
})
const osqueryRecords: Json[] = [
  result('pack_ir_crontab', { command: 'curl sink.example', path: '/etc/crontab' }),
  result('pack_ir_crontab', { command: 'x', path: '/etc/crontab' }, 'removed'),
  result('pack_ir_startup_items', { name: 'x', path: '/x', args: '-d' }),
  result('pack_ir_shell_history', { command: 'aws s3 ls', uid: '501', username: 'ada' }),
  result('process_events', { path: '/usr/bin/tar', pid: '7', parent: '1', cmdline: 'tar czf x', uid: '501' }),
  result('file_events', { target_path: '/root/.aws/credentials', action: 'OPENED' }),
  result('process_open_sockets', { pid: '7', remote_address: '203.0.113.9', remote_port: '443', local_address: '::1' }),
  result('listening_ports', { pid: '7', address: '0.0.0.0', port: '22' }),
  result('pack-ir-last', { host: '192.0.2.7', type: '7', username: 'ada', tty: 'ttys0' }),
  result('pack-logged_in_users', { host: '192.0.2.7', user: 'ada' }),
  result('python_packages', { name: 'litellm', version: '1.82.7' }),
  result('pack_ir_users', { uid: '501', username: 'ada' }),
  result('kernel_modules', { name: 'x', path: '/x.ko' }, 'removed'),
  result('pack_osx-attacks_x', { path: '/x', name: 'x', pid: 7 }),
  result('pack_cis_alf', { global_state: '1' }),
  {
    name: 'users',
    calendarTime: 'Tue Mar 24 12:00:00 2026 UTC',
    snapshot: [{ uid: '1' }, { uid: '2' }],
    action: 'snapshot',
  },
  { name: 'x', unixTime: 1_774_353_600, diffResults: { added: [{ a: '1' }], removed: [{ a: '2' }] } },
  { name: 'status' },
]

const change = (action: string, target: JsonObject, more: JsonObject = {}): JsonObject => ({
  eventTime: '2026-03-24T12:00:00.123Z',
  type: 'CONFIG',
  eventGroupID: 'g1',
  origin: 'ADMIN_CONSOLE',
  actor: { id: 'u1', type: 'USER', loginName: 'ada@example.com', displayName: 'Ada' },
  target: { id: 't1', name: 'x', ...target },
  action,
  ...more,
})
const flow = (src: string, dst: string): JsonObject => ({
  proto: 6,
  src,
  dst,
  txPkts: 1,
  txBytes: 2,
  rxPkts: 3,
  rxBytes: 4,
})
const tailscaleRecords: Json[] = [
  ...['CREATE', 'UPDATE', 'DELETE', 'ENABLE', 'DISABLE', 'INVITE', 'APPROVE', 'DREAM'].map((action) =>
    change(action, { type: 'API_KEY' }),
  ),
  ...['LOGIN', 'LOGOUT', 'CREATE', 'SUSPEND'].map((action) => change(action, { type: 'USER', name: 'bo@example.com' })),
  change('UPDATE', { type: 'USER', property: 'USER_ROLE' }, { old: 'MEMBER', new: 'OWNER' }),
  change('JOIN', { type: 'NODE' }, { error: 'no' }),
  { time: '2026-03-24 12:00:00.123000000', event: change('DISABLE', { type: 'TAILNET' }), fields: { recorded: 'x' } },
  {
    nodeId: 'n1',
    start: '2026-03-24T12:00:00Z',
    end: '2026-03-24T12:00:05Z',
    logged: '2026-03-24T12:00:06Z',
    virtualTraffic: [flow('100.64.0.1:50000', '100.64.0.2:22')],
    physicalTraffic: [flow('100.64.0.1:0', '[2001:db8::7]:41641')],
  },
]

const snowflakeRecords: Json[] = [
  {
    EVENT_ID: '7',
    EVENT_TIMESTAMP: '2026-03-24 12:00:00.123000000',
    EVENT_TYPE: 'LOGIN',
    USER_NAME: 'ada@example.com',
    CLIENT_IP: '192.0.2.7',
    IS_SUCCESS: 'YES',
    REPORTED_CLIENT_TYPE: 'PYTHON_DRIVER',
    REPORTED_CLIENT_VERSION: '3.1',
    FIRST_AUTHENTICATION_FACTOR: 'PASSWORD',
  },
  { EVENT_ID: '8', USER_NAME: 'BO', CLIENT_IP: '0.0.0.0', IS_SUCCESS: 'NO', ERROR_MESSAGE: 'INCORRECT_PASSWORD' },
  ...[
    ['SELECT', "SELECT * FROM people WHERE name = 'Ann Other'"],
    ['UNLOAD', "COPY INTO 's3://elsewhere/x' FROM people"],
    ['CREATE_USER', "CREATE USER bo PASSWORD = 'x'"],
    ['ALTER_USER', 'ALTER USER bo SET DISABLED = FALSE'],
    ['GRANT', 'GRANT ROLE accountadmin TO USER bo'],
    ['REVOKE', 'REVOKE SELECT ON TABLE people FROM ROLE readers'],
    ['SHOW', 'SHOW TABLES'],
    ['DREAM', 'DREAM'],
  ].map(([QUERY_TYPE = '', QUERY_TEXT = ''], at) => ({
    QUERY_ID: `q${at}`,
    QUERY_TEXT,
    QUERY_TYPE,
    USER_NAME: 'ADA',
    SESSION_ID: 7,
    DATABASE_NAME: 'CRM',
    EXECUTION_STATUS: 'SUCCESS',
    START_TIME: '2026-03-24 12:00:00.123 -0700',
  })),
  {
    QUERY_ID: 'q1',
    QUERY_START_TIME: '2026-03-24 12:00:00.123 +0000',
    USER_NAME: 'ADA',
    DIRECT_OBJECTS_ACCESSED: '[{"objectName":"CRM.PUBLIC.VIEW","objectDomain":"View"}]',
    BASE_OBJECTS_ACCESSED: [{ objectName: 'CRM.PUBLIC.PEOPLE', objectDomain: 'Table', objectId: 7 }],
    OBJECTS_MODIFIED: [{ objectName: 'CRM.PUBLIC.COPY', objectDomain: 'Table' }],
  },
  { QUERY_ID: 'q2', USER_NAME: 'ADA', BASE_OBJECTS_ACCESSED: 'no JSON' },
  {
    CREATED_ON: '2026-03-24 12:00:00.123 -0700',
    PRIVILEGE: 'SELECT',
    GRANTED_ON: 'TABLE',
    NAME: 'PEOPLE',
    TABLE_CATALOG: 'CRM',
    GRANTEE_NAME: 'READERS',
    GRANTED_BY: 'ACCOUNTADMIN',
    DELETED_ON: '',
  },
  {
    BYTES_TRANSFERRED: 7,
    SOURCE_CLOUD: 'AWS',
    SOURCE_REGION: 'US-EAST-2',
    TARGET_CLOUD: 'AWS',
    TRANSFER_TYPE: 'COPY',
    START_TIME: atMs,
  },
  {
    SESSION_ID: 7,
    CREATED_ON: atMs,
    USER_NAME: 'ADA',
    LOGIN_EVENT_ID: '7',
    CLIENT_APPLICATION_ID: 'PythonConnector 3.1',
  },
  { CREDITS_USED: 7 },
]

const log = (raws: Json[]) => [{ stream: 'log', raws }]
export const formatRecords = {
  auditd: log(auditdRecords),
  databricks: log(databricksRecords),
  falco: log(falcoRecords),
  m365: log(m365Records),
  osquery: log(osqueryRecords),
  snowflake: log(snowflakeRecords),
  sysmon: log(sysmonRecords),
  tailscale: log(tailscaleRecords),
}
