import { sha256, toHex, utf8, type JsonObject } from 'cordon/kit'

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

/** What one customer holds. Maps keep the order of making. */
export type State = {
  cid: string
  devices: Map<string, Device>
  clients: Map<string, ApiClient>
  tokens: Map<string, Token>
  users: Map<string, User>
  alerts: Alert[]
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
    pointers: new Map(),
    next: () => ++made,
  }
}

/** The same in each run. */
export const hexOf = (state: State, kind: string): string => toHex(sha256(utf8(`${kind} ${state.next()}`))).slice(0, 32)

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
