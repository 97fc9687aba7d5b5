import { sha256, toHex, utf8, type JsonObject } from 'cordon/kit'

import { numbered, type Numbered } from '../kit/past-pages.ts'
import { noPast } from '../kit/past.ts'

type DeviceStatus = 'normal' | 'containment_pending' | 'contained' | 'lift_containment_pending'
export type Device = {
  id: string
  /** Of a parent in Flight Control, API clients see the hosts of its children, too. */
  cid: string
  hostname: string
  platform: 'Linux' | 'Windows' | 'Mac'
  type: 'Server' | 'Workstation'
  serial: string
  manufacturer: string
  instance: string
  status: DeviceStatus
  /** Off: the sensor hears nothing until it is on again. */
  isOnline: boolean
  firstSeenMs: number
  lastSeenMs: number
  /** When a sensor that is on answers what it was told. */
  answersAtMs: number
}
export type ApiClient = { id: string; secret: string; scopes: string[] }
export type Token = { value: string; client: string; scopes: string[]; untilMs: number }
export type Grant = { role: string; group: string | null }
export type User = { uuid: string; email: string; first: string; last: string; grants: Grant[] }
export type Alert = { id: string; atMs: number; shownAtMs: number; row: JsonObject }

/** A row of the Event Streams; `offset` is its place. */
export type Told = { offset: number; shownAtMs: number; row: JsonObject }

/** What one customer holds. Maps keep the order of making. */
export type State = {
  cid: string
  devices: Map<string, Device>
  clients: Map<string, ApiClient>
  tokens: Map<string, Token>
  users: Map<string, User>
  alerts: Alert[]
  /** Alerts before all that stand in `alerts`. */
  pastAlerts: Numbered<JsonObject>
  told: Told[]
  /** Sessions of the Event Streams, by token: whose label, and until when. */
  feeds: Map<string, { appId: string; untilMs: number }>
  /** Pointers into lists, by value: what is left to hand out, and until when the pointer is known. */
  pointers: Map<string, { ids: string[]; untilMs: number }>
  /** A number never used before. */
  next(): number
}

export function createState(cid: string): State {
  let made = 0
  return {
    cid,
    devices: new Map(),
    clients: new Map(),
    tokens: new Map(),
    users: new Map(),
    alerts: [],
    pastAlerts: numbered<JsonObject>(noPast),
    told: [],
    feeds: new Map(),
    pointers: new Map(),
    next: () => ++made,
  }
}

/** The same in each run. */
export const hexOf = (state: State, kind: string): string => toHex(sha256(utf8(`${kind} ${state.next()}`))).slice(0, 32)

export type Act = {
  operation: string
  by: User | { client: string }
  keys?: Readonly<Record<string, string>>
  service?: string
  ip?: string
  success?: boolean
  type?: string
}

/** A row that the Event Streams show some seconds later. */
export function tell(state: State, nowMs: number, delayMs: number, act: Act): void {
  const { by, operation, keys = {}, service = 'CrowdStrike Authentication', ip = '192.0.2.7', success = true } = act
  const actor: Record<string, string> =
    'uuid' in by ? { actor_user: by.email, actor_user_uuid: by.uuid, actor_cid: state.cid } : { actor_cid: state.cid }
  const offset = state.told.length + 1
  state.told.push({
    offset,
    shownAtMs: nowMs + delayMs,
    row: {
      metadata: {
        customerIDString: state.cid,
        offset,
        eventType: act.type ?? 'AuthActivityAuditEvent',
        eventCreationTime: nowMs,
        version: '1.0',
      },
      event: {
        UserId: 'uuid' in by ? by.email : `api-client-id:${by.client}`,
        UserIp: ip,
        OperationName: operation,
        ServiceName: service,
        Success: success,
        UTCTimestamp: Math.floor(nowMs / 1000),
        AuditKeyValues: Object.entries({ ...keys, ...actor }).map(([Key, ValueString]) => ({ Key, ValueString })),
      },
    },
  })
}

/** Sensors that are on answer what they were told, when it is time. */
export function settle(state: State, nowMs: number): void {
  for (const device of state.devices.values()) {
    if (!device.isOnline) continue
    device.lastSeenMs = nowMs
    if (nowMs < device.answersAtMs) continue
    if (device.status === 'containment_pending') device.status = 'contained'
    if (device.status === 'lift_containment_pending') device.status = 'normal'
  }
}
