import type { JsonObject } from '#kit'
import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject, type Stated } from '#model'
import {
  addressOf,
  objectAt,
  objectsIn,
  ocsfUser,
  portOf,
  saidAt,
  timeMs as timeIn,
  wholeNumber,
  type FormatAt,
} from '#sources/contract'

import { isFlow } from './sigma.ts'

export const product = { name: 'Tailscale', vendor_name: 'Tailscale' }
const connectionsMax = 5_000

/** The API gives `{logs: […]}`; log streaming wraps each entry as `{time, event}`. */
export function recordsIn(record: JsonObject): JsonObject[] {
  const { logs } = record
  return Array.isArray(logs) ? objectsIn(logs) : [record]
}

const entryOf = (record: JsonObject): JsonObject => objectAt(record, 'event') ?? record

export function timeMs(record: JsonObject): number | undefined {
  const text = saidAt(entryOf(record), 'eventTime', 'end', 'logged') ?? saidAt(record, 'time')
  const seconds = Number(text)
  return text !== undefined && Number.isFinite(seconds) ? Math.round(seconds * 1000) : timeIn(text)
}

/** A group of events has an id, the changes in it have none: what was changed tells them apart. */
export function nativeOf(record: JsonObject): string | undefined {
  const entry = entryOf(record)
  const group = saidAt(entry, 'eventGroupID')
  if (group === undefined) return undefined
  const target = objectAt(entry, 'target')
  const parts = [saidAt(entry, 'action'), saidAt(target, 'type'), saidAt(target, 'id'), saidAt(target, 'property')]
  return [group, ...parts.map((part) => part ?? '')].join('/')
}

export function read(record: JsonObject, { atMs }: FormatAt): Stated | string {
  const entry = entryOf(record)
  if (isFlow(entry)) return { ocsf: flows(entry, atMs) }
  const action = saidAt(entry, 'action')
  const target = objectAt(entry, 'target')
  if (action === undefined || target === undefined) return 'no entry of a log'
  const event = configuration(entry, action, target, atMs, nativeOf(record))
  return event === undefined ? action : { ocsf: [event] }
}

const onEntity = {
  CREATE: 'create',
  UPDATE: 'update',
  DELETE: 'delete',
  ENABLE: 'enable',
  DISABLE: 'disable',
  APPROVE: 'activate',
  REVOKE: 'deactivate',
  SUSPEND: 'suspend',
  RESTORE: 'resume',
  JOIN: 'enroll',
  LEAVE: 'unenroll',
  INVITE: 'other',
  ACCEPT: 'other',
  RESEND: 'other',
  SHARE: 'other',
  EXPIRE: 'deactivate',
  PUSH: 'update',
} as const
const onUser = { CREATE: 'create', DELETE: 'delete', SUSPEND: 'disable', RESTORE: 'enable', APPROVE: 'enable' } as const

const isOneOf = <Table extends object>(table: Table, key: string): key is Extract<keyof Table, string> =>
  Object.hasOwn(table, key)

function configuration(
  entry: JsonObject,
  action: string,
  target: JsonObject,
  atMs: number,
  uid: string | undefined,
): OcsfEvent | undefined {
  const by = objectAt(entry, 'actor')
  const user = ocsfUser(saidAt(by, 'id'), saidAt(by, 'loginName', 'displayName'))
  const failed = saidAt(entry, 'error')
  const common = {
    uid,
    message: `${action} ${saidAt(target, 'type') ?? ''} ${saidAt(target, 'property') ?? ''}`.trim(),
    status_id: failed === undefined ? (1 as const) : (2 as const),
    profiles: ['host' as const],
    actor: { user, app_name: saidAt(entry, 'origin') ?? 'unknown' },
  }
  const whom = ocsfUser(saidAt(target, 'id'), saidAt(target, 'name'))
  const kind = saidAt(target, 'type') ?? 'unknown'
  if (action === 'LOGIN' || action === 'LOGOUT') {
    const activity = action === 'LOGIN' ? 'logon' : 'logoff'
    const service = { name: saidAt(target, 'name') ?? 'Tailscale' }
    // The log names no address; what it calls the target of a sign-in is the place, where it is not the person.
    const signed = kind === 'USER' ? whom : user
    return ocsfEvent('authentication', activity, atMs, product, {
      ...common,
      user: signed,
      service,
      src_endpoint: ocsfEndpoint(undefined),
    })
  }
  if (kind === 'USER' && /ROLE/.test(saidAt(target, 'property') ?? '')) {
    const privileges = [saidAt(entry, 'new') ?? saidAt(target, 'property') ?? 'unknown']
    return ocsfEvent('user_access', 'assign_privileges', atMs, product, { ...common, user: whom, privileges })
  }
  if (kind === 'USER' && isOneOf(onUser, action)) {
    return ocsfEvent('account_change', onUser[action], atMs, product, { ...common, user: whom })
  }
  if (!isOneOf(onEntity, action)) return undefined
  const activity = onEntity[action]
  const name = saidAt(target, 'name')
  const entity: OcsfObject<'managed_entity'> = {
    uid: saidAt(target, 'id') ?? 'unknown',
    type: kind,
    ...(name === undefined ? {} : { name }),
  }
  const other = activity === 'other' ? { activity_name: action } : {}
  return ocsfEvent('entity_management', activity, atMs, product, { ...common, ...other, entity })
}

/** Each pair of ends over a few seconds; the node that reports it is the one the sent bytes came from. */
function flows(entry: JsonObject, atMs: number): OcsfEvent[] {
  const node = saidAt(entry, 'nodeId')
  return Object.entries(entry)
    .filter(([key]) => key.endsWith('Traffic'))
    .flatMap(([kind, list]) => objectsIn(list).map((one) => ({ kind, one })))
    .slice(0, connectionsMax)
    .map(({ kind, one }) => {
      const protocol = wholeNumber(saidAt(one, 'proto'))
      return ocsfEvent('network_activity', 'traffic', atMs, product, {
        message: kind,
        src_endpoint: { ...endpointOf(saidAt(one, 'src')), ...(node === undefined ? {} : { instance_uid: node }) },
        dst_endpoint: endpointOf(saidAt(one, 'dst')),
        connection_info: { direction_id: 0, ...(protocol === undefined ? {} : { protocol_num: protocol }) },
        traffic: {
          bytes_out: wholeNumber(saidAt(one, 'txBytes')) ?? 0,
          bytes_in: wholeNumber(saidAt(one, 'rxBytes')) ?? 0,
        },
      })
    })
}

function endpointOf(text: string | undefined): OcsfObject<'network_endpoint'> {
  const port = /^(?:\[.+\]|\d+\.\d+\.\d+\.\d+):(\d+)$/.exec(text ?? '')?.[1]
  return { ...ocsfEndpoint(addressOf(text)), ...portOf(port) }
}
