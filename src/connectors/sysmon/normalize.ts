import type { JsonObject } from '#kit'
import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject, type Stated } from '#model'
import { ocsfDevice, ocsfFile, ocsfProcess, portOf, saidAt, timeMs as timeIn, type FormatAt } from '#sources/contract'

const channel = 'Microsoft-Windows-Sysmon/Operational'
const product = { name: 'Sysmon', vendor_name: 'Microsoft' }

/** Sysmon writes UTC without saying so. */
export const timeMs = (record: JsonObject): number | undefined =>
  timeIn(saidAt(record, 'UtcTime')) ?? timeIn(saidAt(record, 'TimeCreated_SystemTime'))

/** Record ids count up in the log of one computer. */
export function nativeOf(record: JsonObject): string | undefined {
  const [computer, id] = [saidAt(record, 'Computer'), saidAt(record, 'EventRecordID')]
  return computer === undefined || id === undefined ? undefined : `${computer}/${id}/${saidAt(record, 'EventID') ?? ''}`
}

type Told = {
  of: (...names: string[]) => string | undefined
  atMs: number
  common: { uid: string | undefined; device: OcsfObject<'device'>; message: string; actor: OcsfObject<'actor'> }
}
type Maker = (told: Told) => OcsfEvent

export function read(record: JsonObject, { atMs }: FormatAt): Stated | string {
  const id = saidAt(record, 'EventID') ?? ''
  const told = saidAt(record, 'Channel') ?? channel
  if (told !== channel) return `${told} ${id}`
  const make = makers[id]
  if (make === undefined) return `event ${id}`
  const of = (...names: string[]): string | undefined => saidAt(record, ...names)
  const common = {
    uid: nativeOf(record),
    device: ocsfDevice(of('Computer'), 'Windows'),
    message: names[id] ?? `event ${id}`,
    actor: actorOf(of),
  }
  return { ocsf: [make({ of, atMs, common })] }
}

/** What Sysmon calls its events. */
const names: Readonly<Record<string, string>> = {
  1: 'Process Create',
  2: 'File creation time changed',
  3: 'Network connection detected',
  4: 'Sysmon service state changed',
  5: 'Process terminated',
  6: 'Driver loaded',
  7: 'Image loaded',
  8: 'CreateRemoteThread',
  9: 'RawAccessRead',
  10: 'Process accessed',
  11: 'File created',
  12: 'Registry object added or deleted',
  13: 'Registry value set',
  14: 'Registry object renamed',
  15: 'File stream created',
  16: 'Sysmon config state changed',
  17: 'Pipe created',
  18: 'Pipe connected',
  19: 'WmiEventFilter activity',
  20: 'WmiEventConsumer activity',
  21: 'WmiEventConsumerToFilter activity',
  22: 'Dns query',
  23: 'File Delete archived',
  24: 'Clipboard changed',
  25: 'Process Tampering',
  26: 'File Delete logged',
  27: 'File Block Executable',
  28: 'File Block Shredding',
  29: 'File Executable Detected',
}

const userOf = (name: string | undefined): OcsfObject<'user'> | undefined => {
  if (name === undefined) return undefined
  const [domain, ...rest] = name.split('\\')
  return rest.length === 0 ? { name } : { name: rest.join('\\'), domain: domain ?? '' }
}

/** Of a start who acted is the parent; of all else the process itself. */
function actorOf(of: Told['of']): OcsfObject<'actor'> {
  const parent = of('ParentProcessGuid', 'ParentImage') !== undefined
  const user = userOf(parent ? (of('ParentUser') ?? of('User')) : of('User', 'SourceUser'))
  const process = parent
    ? ocsfProcess({
        path: of('ParentImage'),
        pid: of('ParentProcessId'),
        uid: of('ParentProcessGuid'),
        commandLine: of('ParentCommandLine'),
      })
    : ocsfProcess({
        path: of('Image', 'SourceImage'),
        pid: of('ProcessId', 'SourceProcessId'),
        uid: of('ProcessGuid', 'SourceProcessGUID', 'SourceProcessGuid'),
      })
  return user === undefined ? { process } : { process, user }
}

/** By Microsoft's names of algorithms; import hashes are of no file's bytes. */
const algorithms: Readonly<Record<string, 1 | 2 | 3>> = { MD5: 1, SHA1: 2, SHA256: 3 }
function hashesOf(text: string | undefined): OcsfObject<'fingerprint'>[] | undefined {
  const found = (text ?? '').split(',').flatMap((part): OcsfObject<'fingerprint'>[] => {
    const [name = '', value = ''] = part.split('=')
    const algorithm_id = algorithms[name.trim()]
    return algorithm_id === undefined || value === '' ? [] : [{ algorithm_id, value }]
  })
  return found.length === 0 ? undefined : found
}

const fileAt = (of: Told['of'], ...keys: string[]): OcsfObject<'file'> => {
  const hashes = hashesOf(of('Hashes', 'Hash'))
  return ocsfFile(of(...keys) ?? 'unknown', hashes === undefined ? {} : { hashes })
}

const file =
  (activity: 'create' | 'delete' | 'read' | 'set_attributes' | 'other', ...keys: string[]): Maker =>
  ({ of, atMs, common }) =>
    ocsfEvent('file_activity', activity, atMs, product, {
      ...common,
      ...(activity === 'other' ? { activity_name: common.message } : {}),
      file: fileAt(of, ...keys),
    })

const launch: Maker = ({ of, atMs, common }) => {
  const hashes = hashesOf(of('Hashes'))
  const started = ocsfProcess({
    path: of('Image'),
    pid: of('ProcessId'),
    uid: of('ProcessGuid'),
    commandLine: of('CommandLine'),
    user: userOf(of('User')),
    parent: common.actor.process,
  })
  if (started.file !== undefined && hashes !== undefined) started.file.hashes = hashes
  return ocsfEvent('process_activity', 'launch', atMs, product, { ...common, process: started })
}

const onProcess =
  (activity: 'terminate' | 'open' | 'inject' | 'other', prefix: '' | 'Target'): Maker =>
  ({ of, atMs, common }) =>
    ocsfEvent('process_activity', activity, atMs, product, {
      ...common,
      ...(activity === 'other' ? { activity_name: common.message } : {}),
      process: ocsfProcess({
        path: of(`${prefix}Image`),
        pid: of(`${prefix}ProcessId`),
        uid: of(`${prefix}ProcessGuid`, `${prefix}ProcessGUID`),
        user: userOf(of(`${prefix}User`)),
      }),
    })

const connect: Maker = ({ of, atMs, common }) => {
  const { actor, device, uid, message } = common
  const isOut = of('Initiated') !== 'false'
  return ocsfEvent('network_activity', 'open', atMs, product, {
    uid,
    message,
    actor,
    device,
    profiles: ['host'],
    src_endpoint: { ...ocsfEndpoint(of('SourceIp')), ...portOf(of('SourcePort')) },
    dst_endpoint: { ...ocsfEndpoint(of('DestinationIp')), ...portOf(of('DestinationPort')), ...hostAt(of) },
    connection_info: { direction_id: isOut ? 2 : 1, protocol_name: of('Protocol') ?? 'unknown' },
  })
}
const hostAt = (of: Told['of']): { hostname?: string } => {
  const hostname = of('DestinationHostname')
  return hostname === undefined ? {} : { hostname }
}

const resolve: Maker = ({ of, atMs, common }) =>
  ocsfEvent('dns_activity', 'query', atMs, product, {
    ...common,
    profiles: ['host'],
    query: { hostname: of('QueryName') ?? 'unknown' },
    status_id: of('QueryStatus') === '0' ? 1 : 2,
    src_endpoint: { name: common.device.hostname ?? 'unknown' },
  })

const keyActivities: Readonly<Record<string, 'create' | 'delete' | 'rename'>> = {
  CreateKey: 'create',
  DeleteKey: 'delete',
  RenameKey: 'rename',
}

/** Keys and values of the registry come in the same events, told apart by `EventType`. */
const registry: Maker = ({ of, atMs, common }) => {
  const path = of('TargetObject') ?? 'unknown'
  const type = of('EventType') ?? ''
  const ofKey = keyActivities[type]
  if (ofKey !== undefined) {
    return ocsfEvent('registry_key_activity', ofKey, atMs, product, { ...common, reg_key: { path } })
  }
  const name = path.split('\\').at(-1) ?? path
  const activity = type === 'DeleteValue' ? 'delete' : type === 'RenameValue' ? 'modify' : 'set'
  const details = of('Details')
  return ocsfEvent('registry_value_activity', activity, atMs, product, {
    ...common,
    reg_value: { path, name, ...(details === undefined ? {} : { reg_string_data: details }) },
  })
}

const loadImage: Maker = ({ of, atMs, common }) =>
  ocsfEvent('module_activity', 'load', atMs, product, {
    ...common,
    module: { file: fileAt(of, 'ImageLoaded'), load_type_id: 0 },
  })

const loadDriver: Maker = ({ of, atMs, common }) =>
  ocsfEvent('kernel_extension_activity', 'load', atMs, product, {
    ...common,
    driver: { file: fileAt(of, 'ImageLoaded') },
  })

const ownState: Maker = ({ of, atMs, common: { uid, message, device } }) =>
  ocsfEvent('event_log_actvity', of('State') === 'Stopped' ? 'stop' : 'other', atMs, product, {
    uid,
    message,
    device,
    profiles: ['host'],
    ...(of('State') === 'Stopped' ? {} : { activity_name: message }),
    log_name: channel,
    log_provider: 'Microsoft-Windows-Sysmon',
  })

/** A subscription of WMI runs something by itself: a job. */
const subscription: Maker = ({ of, atMs, common: { uid, message, device } }) =>
  ocsfEvent('scheduled_job_activity', of('Operation') === 'Deleted' ? 'delete' : 'create', atMs, product, {
    uid,
    message,
    device,
    job: { name: of('Name', 'Consumer') ?? 'unknown', ...commandAt(of) },
  })
const commandAt = (of: Told['of']): { cmd_line?: string } => {
  const line = of('Destination')
  return line === undefined ? {} : { cmd_line: line }
}

const makers: Readonly<Record<string, Maker>> = {
  1: launch,
  2: file('set_attributes', 'TargetFilename'),
  3: connect,
  4: ownState,
  5: onProcess('terminate', ''),
  6: loadDriver,
  7: loadImage,
  8: onProcess('inject', 'Target'),
  9: file('read', 'Device'),
  10: onProcess('open', 'Target'),
  11: file('create', 'TargetFilename'),
  12: registry,
  13: registry,
  14: registry,
  15: file('create', 'TargetFilename'),
  16: ownState,
  17: file('create', 'PipeName'),
  18: file('other', 'PipeName'),
  19: subscription,
  20: subscription,
  21: subscription,
  22: resolve,
  23: file('delete', 'TargetFilename'),
  24: onProcess('other', ''),
  25: onProcess('other', ''),
  26: file('delete', 'TargetFilename'),
  27: file('other', 'TargetFilename'),
  28: file('other', 'TargetFilename'),
  29: file('create', 'TargetFilename'),
}
