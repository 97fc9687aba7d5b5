import type { JsonObject } from '#kit'
import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject, type Stated } from '#model'
import { ocsfDevice, ocsfFile, ocsfProcess, portOf, saidAt, secondsMs, type FormatAt } from '#sources/contract'

import { laurelParts } from './record.ts'
import { callOf, type Call } from './syscalls.ts'
import { types } from './types.ts'

export const product = { name: 'Linux audit', vendor_name: 'Linux' }

export const timeMs = (record: JsonObject): number | undefined =>
  secondsMs(Number(saidAt(record, 'time') ?? saidAt(record, 'ID')?.split(':')[0] ?? NaN))

/** Serial numbers count from the boot of one host, and one event has several records. */
export const nativeOf = (): undefined => undefined

type Of = (...names: string[]) => string | undefined
type Common = {
  device: OcsfObject<'device'>
  actor: OcsfObject<'actor'>
  message: string
  status_id?: 1 | 2
}
type Told = { type: string; of: Of; atMs: number; common: Common; paths: JsonObject[]; address: string | undefined }

export function read(record: JsonObject, { atMs }: FormatAt): Stated | string {
  const type = saidAt(record, 'type')
  const parts = type === undefined ? laurelParts(record) : []
  const main = parts.find(({ type: one }) => one === 'SYSCALL') ?? parts.find(({ type: one }) => types.has(one))
  const kind = type ?? main?.type
  if (kind === undefined) return 'no record of the audit system'
  const fields = main?.fields ?? record
  const serial = saidAt(record, 'serial') ?? saidAt(record, 'ID')?.split(':')[1]
  const of: Of = (...names) => saidAt(fields, ...names) ?? argumentsOf(parts, names)
  const told: Told = {
    type: kind,
    of,
    atMs,
    common: commonOf(of, kind, saidAt(record, 'node', 'NODE')),
    paths: parts.filter(({ type: one }) => one === 'PATH').map((part) => part.fields),
    address: saidAt(parts.find(({ type: one }) => one === 'SOCKADDR')?.fields, 'saddr', 'SADDR') ?? of('saddr'),
  }
  const event = kind === 'SYSCALL' ? ofCall(told) : ofType(told)
  if (event === undefined) return kind
  if (serial !== undefined && serial !== '') event.metadata.correlation_uid = `${Math.floor(atMs / 1000)}:${serial}`
  return { ocsf: [event] }
}

/** A command's words, which Laurel joins from a record of its own. */
function argumentsOf(parts: { type: string; fields: JsonObject }[], names: string[]): string | undefined {
  if (!names.includes('commandLine')) return undefined
  const argv = parts.find(({ type }) => type === 'EXECVE')?.fields['ARGV']
  return Array.isArray(argv) ? argv.filter((word) => typeof word === 'string').join(' ') : undefined
}

function commonOf(of: Of, type: string, node: string | undefined): Common {
  const user = userOf(of('auid') === unset ? of('uid') : (of('auid') ?? of('uid')), of('AUID', 'UID'))
  const process = ocsfProcess({ path: of('exe'), name: of('comm'), pid: of('pid') })
  const result = of('success', 'res')
  return {
    device: ocsfDevice(node, 'Linux'),
    actor: user === undefined ? { process } : { process, user },
    message: type,
    ...(result === undefined ? {} : { status_id: /^(?:yes|success|1)$/.test(result) ? 1 : 2 }),
  }
}

/** Of those who never signed in: daemons. */
const unset = '4294967295'
const userOf = (uid: string | undefined, name?: string): OcsfObject<'user'> | undefined =>
  uid === undefined && name === undefined
    ? undefined
    : { ...(uid === undefined ? {} : { uid }), ...(name === undefined ? {} : { name }) }

const pathOf = (told: Told): OcsfObject<'file'> => {
  const last = told.paths.findLast((path) => saidAt(path, 'nametype') !== 'PARENT')
  return ocsfFile(saidAt(last, 'name') ?? told.of('name') ?? 'unknown')
}

/** Words of a command: `a0`, `a1`, … in order; long ones come in pieces. */
function commandOf(of: Of): string | undefined {
  const whole = of('commandLine', 'proctitle', 'cmd', 'data')
  if (whole !== undefined) return whole
  const words: string[] = []
  for (let at = 0; at < 64; at++) {
    const word = of(`a${at}`)
    if (word === undefined) break
    words.push(word)
  }
  return words.length === 0 ? undefined : words.join(' ')
}

const files: Partial<
  Record<Call, 'open' | 'create' | 'delete' | 'rename' | 'set_attributes' | 'set_security' | 'mount'>
> = {
  open: 'open',
  create: 'create',
  delete: 'delete',
  rename: 'rename',
  attributes: 'set_attributes',
  security: 'set_security',
  mount: 'mount',
}

function ofCall(told: Told): OcsfEvent {
  const { of, atMs, common } = told
  const { name, call } = callOf(of('arch'), of('SYSCALL', 'syscall'))
  const named = { ...common, message: name }
  const file = call === undefined ? undefined : files[call]
  if (file !== undefined) return ocsfEvent('file_activity', file, atMs, product, { ...named, file: pathOf(told) })
  if (call === 'connect' || call === 'listen') return network(told, call === 'connect' ? 'open' : 'listen', name)
  if (call === 'load' || call === 'unload')
    return ocsfEvent('kernel_extension_activity', call, atMs, product, { ...named, driver: { file: pathOf(told) } })
  if (call === 'launch') {
    const process = ocsfProcess({ path: of('exe'), name: of('comm'), pid: of('pid'), commandLine: of('commandLine') })
    const parent = ocsfProcess({ pid: of('ppid') })
    const actor = { ...common.actor, process: parent }
    return ocsfEvent('process_activity', 'launch', atMs, product, { ...named, actor, process })
  }
  if (call === 'identity' || call === 'trace' || call === 'signal') {
    const activity = call === 'identity' ? 'set_user_id' : call === 'trace' ? 'open' : 'other'
    const process = call === 'identity' ? (common.actor.process ?? ocsfProcess({})) : ocsfProcess({})
    const fields = { ...named, ...(activity === 'other' ? { activity_name: name } : {}), process }
    return ocsfEvent('process_activity', activity, atMs, product, fields)
  }
  return ocsfEvent('kernel_activity', 'invoke', atMs, product, { ...named, kernel: { name, type_id: 2 } })
}

function network({ atMs, common, address }: Told, activity: 'open' | 'listen', message: string): OcsfEvent {
  const { actor, device, status_id } = common
  const dst_endpoint = endpointOf(address)
  return ocsfEvent('network_activity', activity, atMs, product, {
    message,
    actor,
    device,
    profiles: ['host'],
    ...(status_id === undefined ? {} : { status_id }),
    src_endpoint: { name: device.hostname ?? 'unknown' },
    dst_endpoint,
  })
}

/** A socket address in hexadecimal digits: family in the machine's order, the rest in the network's; or decoded by Laurel. */
function endpointOf(text: string | undefined): OcsfObject<'network_endpoint'> {
  if (text === undefined || !/^(?:[0-9A-F]{2}){4,}$/.test(text)) return ocsfEndpoint(undefined)
  const bytes = Buffer.from(text, 'hex')
  const family = bytes.readUInt16LE(0)
  const port = portOf(String(bytes.readUInt16BE(2)))
  if (family === 2 && bytes.length >= 8) return { ip: [...bytes.subarray(4, 8)].join('.'), ...port }
  if (family === 10 && bytes.length >= 24) {
    const words = [0, 2, 4, 6, 8, 10, 12, 14].map((at) => bytes.readUInt16BE(8 + at).toString(16))
    return { ip: words.join(':'), ...port }
  }
  return { name: family === 1 ? 'local socket' : 'unknown' }
}

function ofType(told: Told): OcsfEvent | undefined {
  const { type, of, atMs, common } = told
  const known = types.get(type)
  if (known === undefined) return undefined
  const named = of('acct', 'AUID')
  const uid = of('id')
  const user = uid === undefined && named === undefined ? { name: 'unknown' } : (userOf(uid, named) ?? {})
  const address = [of('addr'), of('hostname')].find((one) => one !== undefined && one !== '?')
  const src_endpoint = ocsfEndpoint(address)
  const all = { ...common, ...(known.activity === 'other' ? { activity_name: type } : {}) }
  const hosted = { ...all, profiles: ['host' as const] }
  const { device, message, actor } = common
  switch (known.of) {
    case 'authentication': {
      const service = { name: of('exe') ?? 'unknown' }
      return ocsfEvent('authentication', known.activity, atMs, product, { ...hosted, user, src_endpoint, service })
    }
    case 'account_change':
      return ocsfEvent('account_change', known.activity, atMs, product, { ...hosted, user, src_endpoint })
    case 'group_management':
      return ocsfEvent('group_management', known.activity, atMs, product, {
        ...hosted,
        group: { name: of('grp', 'acct', 'id') ?? 'unknown' },
      })
    case 'user_access': {
      const privileges = [of('new-role', 'selected-context') ?? 'unknown']
      return ocsfEvent('user_access', known.activity, atMs, product, { ...hosted, user, privileges })
    }
    case 'application_lifecycle': {
      const app = { name: of('unit', 'sw', 'comm') ?? 'system' }
      return ocsfEvent('application_lifecycle', known.activity, atMs, product, { ...hosted, app })
    }
    case 'event_log_actvity':
      return ocsfEvent('event_log_actvity', known.activity, atMs, product, { ...hosted, log_name: 'audit' })
    case 'entity_management': {
      const entity = { name: of('table', 'name', 'op') ?? type, type: 'policy' }
      return ocsfEvent('entity_management', known.activity, atMs, product, { ...hosted, entity })
    }
    case 'detection_finding': {
      const finding_info = { uid: `${type}/${of('serial') ?? atMs}`, title: type }
      const fields = { message, device, profiles: ['host' as const], finding_info, evidences: [{ actor }] }
      return ocsfEvent('detection_finding', known.activity, atMs, product, { ...fields, severity_id: 3 })
    }
    case 'process_activity': {
      const commandLine = commandOf(of)
      const process = ocsfProcess({ path: of('exe'), name: of('comm'), pid: of('pid'), commandLine })
      return ocsfEvent('process_activity', known.activity, atMs, product, { ...all, process })
    }
    case 'file_activity': {
      const activity = nametypes[of('nametype') ?? ''] ?? known.activity
      return ocsfEvent('file_activity', activity, atMs, product, { ...all, file: pathOf(told) })
    }
    case 'network_activity':
      return network(told, 'open', type)
    case 'kernel_extension_activity':
      return ocsfEvent('kernel_extension_activity', known.activity, atMs, product, {
        ...all,
        driver: { file: ocsfFile(of('name') ?? 'unknown') },
      })
  }
}

const nametypes: Readonly<Record<string, 'create' | 'delete' | 'open'>> = {
  CREATE: 'create',
  DELETE: 'delete',
  NORMAL: 'open',
}
