import type { JsonObject } from 'cordon/kit'

export type Role = 'observer' | 'observer_plus' | 'maintainer' | 'admin' | 'gitops'
export type User = {
  id: number
  name: string
  email: string
  password: string
  isApiOnly: boolean
  role: Role | null
  teams: { id: number; role: Role }[]
  createdMs: number
}
/** Fleet's API token is a session of its user. */
export type Session = { id: number; user: number; token: string; createdMs: number }
export type Software = { name: string; version: string; source: string; paths: string[] }
export type Host = {
  id: number
  hostname: string
  uuid: string
  platform: string
  serial: string
  vendor: string
  team: number | null
  isOnline: boolean
  lock: 'unlocked' | 'locked'
  pending: '' | 'lock' | 'unlock'
  /** When a host that is on calls Fleet and does what it was asked. */
  callsAtMs: number
  software: Software[]
  /** Addresses of those who use it, as their browser profiles or the identity provider tell. */
  users: string[]
  softwareMs: number
  createdMs: number
  seenMs: number
}
export type Activity = { id: number; atMs: number; shownAtMs: number; row: JsonObject }

/** What a Fleet server holds. Maps keep the order of making. */
export type State = {
  users: Map<number, User>
  sessions: Map<number, Session>
  hosts: Map<number, Host>
  activities: Activity[]
  /** A number never used before. */
  next(): number
}

export function createState(): State {
  let made = 0
  return { users: new Map(), sessions: new Map(), hosts: new Map(), activities: [], next: () => ++made }
}

/** Hosts that are on call, when it is time. */
export function settle(state: State, nowMs: number): void {
  for (const host of state.hosts.values()) {
    if (!host.isOnline) continue
    host.seenMs = nowMs
    if (host.pending === '' || nowMs < host.callsAtMs) continue
    host.lock = host.pending === 'lock' ? 'locked' : 'unlocked'
    host.pending = ''
  }
}
