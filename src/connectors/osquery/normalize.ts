import { isObject, type Json, type JsonObject } from '#kit'
import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject, type Stated } from '#model'
import {
  objectAt,
  objectsIn,
  ocsfDevice,
  ocsfFile,
  ocsfProcess,
  portOf,
  saidAt,
  secondsMs,
  timeMs as timeIn,
  type FormatAt,
  type HostSystem,
} from '#sources/contract'

export const product = { name: 'osquery', vendor_name: 'osquery' }
const rowsMax = 10_000

/** One row each: of a batch (`diffResults`) and of a `snapshot` every row becomes a differential result. */
export function recordsIn(record: JsonObject): JsonObject[] {
  const { diffResults, snapshot, ...rest } = record
  const rows = (list: Json | undefined, action: string): JsonObject[] =>
    objectsIn(list)
      .slice(0, rowsMax)
      .map((columns) => ({ ...rest, action, columns }))
  if (isObject(diffResults)) {
    return [...rows(diffResults['added'], 'added'), ...rows(diffResults['removed'], 'removed')]
  }
  return Array.isArray(snapshot) ? rows(snapshot, 'snapshot') : [record]
}

/** `calendarTime` is C's asctime in UTC, or what a log router made of it. */
export function timeMs(record: JsonObject): number | undefined {
  const unix = secondsMs(Number(saidAt(record, 'unixTime') ?? NaN))
  if (unix !== undefined) return unix
  const text = saidAt(record, 'calendarTime')
  const [, month, day, clock, year] = /^\w{3} (\w{3}) +(\d+) ([\d:]{8}) (\d{4}) UTC$/.exec(text ?? '') ?? []
  if (clock === undefined) return timeIn(text)
  const ms = Date.parse(`${day} ${month} ${year} ${clock} GMT`)
  return Number.isNaN(ms) ? undefined : ms
}

type Row = {
  name: string
  action: string
  of: (...names: string[]) => string | undefined
  atMs: number
  common: { device: OcsfObject<'device'>; message: string }
}
type Reader = (row: Row) => OcsfEvent

const systems: Readonly<Record<string, HostSystem>> = {
  darwin: 'macOS',
  macos: 'macOS',
  linux: 'Linux',
  ubuntu: 'Linux',
  windows: 'Windows',
}

export function read(record: JsonObject, { atMs }: FormatAt): Stated | string {
  const columns = objectAt(record, 'columns')
  const name = saidAt(record, 'name')
  if (columns === undefined || name === undefined) return 'no result of a query'
  const system = saidAt(objectAt(record, 'decorations'), 'platform') ?? saidAt(columns, 'build_platform')
  const of: Row['of'] = (...names) => saidAt(columns, ...names)
  const host = saidAt(record, 'hostIdentifier') ?? saidAt(objectAt(record, 'decorations'), 'hostname', 'host_uuid')
  const row: Row = {
    name,
    action: saidAt(record, 'action') ?? 'added',
    of,
    atMs,
    common: { device: ocsfDevice(host, systems[system ?? '']), message: name },
  }
  const reader = readers.find(
    ({ is, has }) => (is === undefined || is.test(name)) && has.every((key) => key in columns),
  )
  return { ocsf: [(reader?.read ?? state)(row)] }
}

/**
 * By the query's name, which packs keep alike ("pack_incident-response_crontab"), and by columns of the table it reads
 * (https://osquery.io/schema): the first that fits.
 */
const readers: readonly { is?: RegExp; has: readonly string[]; read: Reader }[] = [
  { is: /crontab/, has: ['command'], read: job },
  { is: /startup_items|launchd|systemd_units|autoexec/, has: ['name'], read: startupItem },
  { is: /shell_history/, has: ['command'], read: process },
  { is: /process_events|bpf_process|es_process/, has: ['path'], read: process },
  { is: /file_events|yara_events|ntfs_journal/, has: ['target_path'], read: fileEvent },
  { is: /process_file_events/, has: ['path'], read: fileEvent },
  { is: /socket_events|process_open_sockets|listening_ports/, has: ['pid'], read: socket },
  { is: /user_events/, has: ['uid'], read: login },
  { is: /(?:^|[_/-])last$/, has: ['username'], read: login },
  { is: /logged_in_users/, has: ['user'], read: login },
  { is: /packages|programs|apps|python|npm|extensions|homebrew/, has: ['name', 'version'], read: software },
  { is: /(?:^|[_/-])users$/, has: ['uid'], read: account },
  { is: /kernel_modules|kernel_extensions/, has: ['name'], read: module },
  { is: /attacks|malware/, has: ['path'], read: finding },
  { has: ['pid', 'path'], read: process },
]

/** A table's rows that came, went or stood: what of the device is so. */
function state({ name, action, atMs, common }: Row): OcsfEvent {
  return ocsfEvent('device_config_state_change', action === 'snapshot' ? 'collect' : 'log', atMs, product, {
    ...common,
    message: `${name} ${action}`,
  })
}

function job({ of, action, atMs, common }: Row): OcsfEvent {
  const line = of('command') ?? 'unknown'
  const path = of('path')
  return ocsfEvent('scheduled_job_activity', action === 'removed' ? 'delete' : 'create', atMs, product, {
    ...common,
    job: { name: line.slice(0, 200), cmd_line: line, ...(path === undefined ? {} : { file: ocsfFile(path) }) },
  })
}

/** What starts by itself with the host or a session: a job, too. */
function startupItem({ of, action, atMs, common }: Row): OcsfEvent {
  const path = of('path', 'program', 'fragment_path', 'key_file')
  const line = of('args', 'program_arguments')
  return ocsfEvent('scheduled_job_activity', action === 'removed' ? 'delete' : 'create', atMs, product, {
    ...common,
    job: {
      name: of('name', 'label', 'id') ?? 'unknown',
      ...(line === undefined ? {} : { cmd_line: line }),
      ...(path === undefined ? {} : { file: ocsfFile(path) }),
    },
  })
}

function userOf(of: Row['of']): OcsfObject<'user'> | undefined {
  const [uid, name] = [of('uid', 'auid'), of('username', 'user')]
  if (uid === undefined && name === undefined) return undefined
  return { ...(uid === undefined ? {} : { uid }), ...(name === undefined ? {} : { name }) }
}

function process({ of, action, atMs, common }: Row): OcsfEvent {
  const user = userOf(of)
  const commandLine = of('cmdline', 'command')
  const told = ocsfProcess({ path: of('path'), name: of('name'), pid: of('pid'), commandLine, user })
  return ocsfEvent('process_activity', action === 'removed' ? 'terminate' : 'launch', atMs, product, {
    ...common,
    actor: { process: ocsfProcess({ pid: of('parent') }), ...(user === undefined ? {} : { user }) },
    process: told,
  })
}

const fileActs: Readonly<Record<string, 'create' | 'update' | 'delete' | 'rename' | 'open' | 'set_attributes'>> = {
  CREATED: 'create',
  UPDATED: 'update',
  DELETED: 'delete',
  MOVED_FROM: 'rename',
  MOVED_TO: 'rename',
  OPENED: 'open',
  ACCESSED: 'open',
  ATTRIBUTES_MODIFIED: 'set_attributes',
}

function fileEvent({ of, atMs, common }: Row): OcsfEvent {
  const act = fileActs[(of('action', 'operation') ?? '').toUpperCase()] ?? 'unknown'
  return ocsfEvent('file_activity', act, atMs, product, {
    ...common,
    actor: { process: ocsfProcess({ path: of('executable'), pid: of('pid') }) },
    file: ocsfFile(of('target_path', 'path') ?? 'unknown'),
  })
}

function socket({ of, action, atMs, common: { message, device } }: Row): OcsfEvent {
  const isListening = of('remote_address') === undefined
  const local = { ...ocsfEndpoint(of('local_address', 'address')), ...portOf(of('local_port', 'port')) }
  return ocsfEvent(
    'network_activity',
    isListening ? 'listen' : action === 'removed' ? 'close' : 'open',
    atMs,
    product,
    {
      message,
      device,
      profiles: ['host'],
      actor: { process: ocsfProcess({ path: of('path'), name: of('name'), pid: of('pid') }) },
      src_endpoint: isListening ? ocsfEndpoint(undefined) : local,
      dst_endpoint: isListening ? local : { ...ocsfEndpoint(of('remote_address')), ...portOf(of('remote_port')) },
    },
  )
}

function login({ of, action, atMs, common }: Row): OcsfEvent {
  // utmp(5): 7 is a sign-in, 8 its end.
  const isEnd = action === 'removed' || of('type') === '8'
  return ocsfEvent('authentication', isEnd ? 'logoff' : 'logon', atMs, product, {
    ...common,
    profiles: ['host'],
    user: userOf(of) ?? { name: 'unknown' },
    src_endpoint: ocsfEndpoint(of('host', 'address')),
    service: { name: of('tty', 'terminal') ?? 'host' },
  })
}

function software({ of, action, atMs, common }: Row): OcsfEvent {
  const [name, version] = [of('name') ?? 'unknown', of('version') ?? 'unknown']
  return ocsfEvent('software_info', action === 'snapshot' ? 'collect' : 'log', atMs, product, {
    ...common,
    product: { name, version },
  })
}

function account({ of, action, atMs, common }: Row): OcsfEvent {
  return ocsfEvent('account_change', action === 'removed' ? 'delete' : 'create', atMs, product, {
    ...common,
    profiles: ['host'],
    user: userOf(of) ?? { name: 'unknown' },
  })
}

function module({ of, action, atMs, common }: Row): OcsfEvent {
  return ocsfEvent('kernel_extension_activity', action === 'removed' ? 'unload' : 'load', atMs, product, {
    ...common,
    actor: { process: ocsfProcess({}) },
    driver: { file: ocsfFile(of('path', 'name') ?? 'unknown') },
  })
}

function finding({ of, name, atMs, common: { message, device } }: Row): OcsfEvent {
  return ocsfEvent('detection_finding', 'create', atMs, product, {
    message,
    device,
    profiles: ['host'],
    severity_id: 3,
    finding_info: { uid: `${name}/${of('path') ?? ''}`, title: name },
    evidences: [{ process: ocsfProcess({ path: of('path'), name: of('name'), pid: of('pid') }) }],
  })
}
