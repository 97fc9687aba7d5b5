import { isObject, type Json, type JsonObject } from 'cordon/kit'

import { numbered, numberedPage, type Numbered } from '../kit/past-pages.ts'
import { noPast, type Past, type PastRow } from '../kit/past.ts'
import { startTwin, type Twin, type TwinCall, type TwinReply } from '../kit/server.ts'
import { description } from './description.ts'
import {
  createState,
  settle,
  type Host,
  type Role,
  type Session,
  type Software,
  type State,
  type User,
} from './state.ts'

export type FleetTwin = Twin & {
  state: State
  /** How late activities show, how often a host calls, and whether there is a Premium licence. */
  settings: { activityDelayMs: number; callEveryMs: number; isPremium: boolean }
  /** What came before all that is recorded; the activities recorded so far go over to whoever makes it. */
  setPast(make: (recorded: readonly PastRow<JsonObject>[]) => Past<JsonObject>): Past<JsonObject>
  makeUser(name: string, role: Role | null, more?: Partial<User>): User
  /** At the sign-in page, or by `fleetctl`: undefined when the password is wrong. */
  signIn(email: string, password: string, ip?: string): Session | undefined
  enrol(host: Partial<Host> & { hostname: string }): Host
  install(host: Host, software: Partial<Software> & { name: string; version: string; source: string }): void
  power(host: Host, isOnline: boolean): void
  act(by: User, type: string, details: JsonObject): void
}

const ranks: readonly string[] = ['observer', 'observer_plus', 'maintainer', 'admin']
const mayDo = (held: Role | null, needed: string): boolean =>
  needed === 'any' || (held !== null && ranks.indexOf(held) >= ranks.indexOf(needed))
const failed = (status: number, message: string): TwinReply => ({
  status,
  body: { message, errors: [{ name: 'base', reason: message }] },
})
const timeText = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

/** An activity as Fleet shows it; `id` is never given twice. */
export function activityOf(
  by: User | null,
  type: string,
  details: JsonObject,
  { atMs, id }: { atMs: number; id: number },
): JsonObject {
  const actor =
    by === null ? {} : { actor_id: by.id, actor_full_name: by.name, actor_email: by.email, actor_gravatar: '' }
  return { id, created_at: timeText(atMs), type, fleet_initiated: by === null, ...actor, details }
}

/** A Fleet server on loopback; `clock` is its own. */
export async function startFleetTwin({ clock }: { clock: { nowMs(): number } }): Promise<FleetTwin> {
  const state = createState()
  let past: Numbered<JsonObject> = numbered<JsonObject>(noPast)
  const settings = { activityDelayMs: 5_000, callEveryMs: 30_000, isPremium: true }

  function act(by: User | null, type: string, details: JsonObject): void {
    const atMs = clock.nowMs()
    const id = state.next()
    const row = activityOf(by, type, details, { atMs, id })
    state.activities.push({ id, atMs, shownAtMs: atMs + settings.activityDelayMs, row })
  }
  function signIn(email: string, password: string, ip = '192.0.2.1'): Session | undefined {
    const user = [...state.users.values()].find((one) => one.email === email)
    if (user === undefined || user.password !== password) {
      act(null, 'user_failed_login', { email, public_ip: ip })
      return undefined
    }
    const id = state.next()
    const session = { id, user: user.id, token: `EXAMPLE-fleet-${id}`, createdMs: clock.nowMs() }
    state.sessions.set(id, session)
    act(user, 'user_logged_in', { public_ip: ip })
    return session
  }

  const hostOf = (call: TwinCall): Host | undefined => state.hosts.get(Number(call.params['id']))
  const page = <Row>(rows: readonly Row[], { query }: TwinCall): Row[] => {
    const [at, size] = [Number(query.get('page') ?? 0), Number(query.get('per_page') ?? 100)]
    return rows.slice(at * size, (at + 1) * size)
  }

  const handlers: Readonly<Record<string, (call: TwinCall, by: User) => TwinReply>> = {
    me: (_, by) => ({ status: 200, body: { user: userRow(by) } }),
    listHosts(call) {
      const { query } = call
      if (query.has('after') && query.get('order_key') !== 'id') return failed(422, 'after needs an order_key')
      const after = Number(query.get('after') ?? 0)
      const hosts = [...state.hosts.values()].filter(({ id }) => id > after).sort((a, b) => a.id - b.id)
      const isWhole = query.get('populate_software') === 'true'
      const users = query.get('device_mapping') === 'true'
      return {
        status: 200,
        body: {
          hosts: page(hosts, call).map((host) => ({ ...hostRow(host, isWhole), ...(users ? usersRow(host) : {}) })),
        },
      }
    },
    getHost(call) {
      const host = hostOf(call)
      if (host === undefined) return failed(404, 'Resource Not Found')
      return { status: 200, body: { host: hostRow(host, call.query.get('exclude_software') !== 'true') } }
    },
    lockHost: (call, by) => ask(call, by, 'lock'),
    unlockHost: (call, by) => ask(call, by, 'unlock'),
    listUsers(call) {
      const users = [...state.users.values()].sort((a, b) => a.id - b.id)
      return { status: 200, body: { users: page(users, call).map(userRow) } }
    },
    getUser(call) {
      const user = state.users.get(Number(call.params['id']))
      return user === undefined ? failed(404, 'Resource Not Found') : { status: 200, body: { user: userRow(user) } }
    },
    listUserSessions(call) {
      const id = Number(call.params['id'])
      if (!state.users.has(id)) return failed(404, 'Resource Not Found')
      const sessions = [...state.sessions.values()].filter(({ user }) => user === id)
      return {
        status: 200,
        body: {
          sessions: sessions.map((one) => ({
            session_id: one.id,
            user_id: one.user,
            created_at: timeText(one.createdMs),
          })),
        },
      }
    },
    deleteUserSessions(call) {
      const id = Number(call.params['id'])
      if (!state.users.has(id)) return failed(404, 'Resource Not Found')
      for (const session of state.sessions.values()) if (session.user === id) state.sessions.delete(session.id)
      return { status: 200, body: {} }
    },
    deleteSession: (call) =>
      state.sessions.delete(Number(call.params['id'])) ? { status: 200, body: {} } : failed(404, 'Resource Not Found'),
    listActivities(call) {
      const { query } = call
      if (query.get('order_key') !== 'created_at' || query.get('order_direction') !== 'desc') {
        return failed(422, 'the twin orders by created_at, desc')
      }
      const shown = state.activities.filter(({ shownAtMs }) => shownAtMs <= clock.nowMs())
      shown.sort((a, b) => b.atMs - a.atMs || b.id - a.id)
      const [at, size] = [Number(query.get('page') ?? 0), Number(query.get('per_page') ?? 100)]
      const ask = { order: 'desc', fromMs: 0, toMs: clock.nowMs(), skipped: at * size, max: size } as const
      const held = shown.map(({ row }) => row)
      const { rows, total } = numberedPage(past, held, ask)
      const meta = { has_next_results: (at + 1) * size < total, has_previous_results: at > 0 }
      return { status: 200, body: { activities: rows, meta } }
    },
  }

  function ask(call: TwinCall, by: User, what: 'lock' | 'unlock'): TwinReply {
    if (!settings.isPremium) return failed(402, 'Requires Fleet Premium license')
    const host = hostOf(call)
    if (host === undefined) return failed(404, 'Resource Not Found')
    const isWanted = host.pending === 'lock' || (host.lock === 'locked' && host.pending === '')
    if (isWanted === (what === 'lock')) return failed(422, 'the host is in that state, or was asked for it')
    host.pending = what
    host.callsAtMs = clock.nowMs() + settings.callEveryMs
    act(by, what === 'lock' ? 'locked_host' : 'unlocked_host', { host_id: host.id, host_display_name: host.hostname })
    return { status: 204 }
  }

  const twin = await startTwin({
    description,
    beside: {
      'POST /api/v1/fleet/login': ({ body }) => {
        const { email, password } = isObject(body) ? body : {}
        const isText = typeof email === 'string' && typeof password === 'string'
        const session = isText ? signIn(email, password, '203.0.113.66') : undefined
        return session === undefined
          ? failed(401, 'Authentication failed')
          : { status: 200, body: { token: session.token } }
      },
    },
    refuse: (why) => (why === 'route' ? failed(404, '404 page not found') : failed(422, 'Validation Failed')),
    answer(call) {
      settle(state, clock.nowMs())
      const value = /^Bearer (.+)$/.exec(call.headers.authorization ?? '')?.[1]
      const session = [...state.sessions.values()].find(({ token }) => token === value)
      const by = state.users.get(session?.user ?? -1)
      if (by === undefined) return failed(401, 'Authentication required')
      if (!mayDo(by.role, call.operation?.scopes[0] ?? 'admin')) return failed(403, 'forbidden')
      return handlers[call.id]?.(call, by) ?? failed(404, '404 page not found')
    },
  })

  return Object.assign(twin, {
    state,
    settings,
    setPast(make: (recorded: readonly PastRow<JsonObject>[]) => Past<JsonObject>) {
      const made = make(state.activities.splice(0))
      past = numbered(made)
      return made
    },
    act,
    signIn,
    makeUser(name: string, role: Role | null, more: Partial<User> = {}): User {
      const id = state.next()
      const user: User = {
        id,
        name,
        email: `${name}@brightwater.example`,
        password: `EXAMPLE-${name}`,
        isApiOnly: false,
        role,
        teams: [],
        createdMs: clock.nowMs(),
        ...more,
      }
      state.users.set(id, user)
      return user
    },
    enrol(given: Partial<Host> & { hostname: string }): Host {
      const id = state.next()
      const host: Host = {
        id,
        uuid: `4c4c4544-0051-3510-8052-${String(id).padStart(12, '0')}`,
        platform: 'ubuntu',
        serial: '',
        vendor: '',
        team: null,
        isOnline: true,
        lock: 'unlocked',
        pending: '',
        callsAtMs: 0,
        software: [],
        users: [],
        softwareMs: clock.nowMs(),
        createdMs: clock.nowMs(),
        seenMs: clock.nowMs(),
        ...given,
      }
      state.hosts.set(id, host)
      return host
    },
    install(host: Host, software: Partial<Software> & { name: string; version: string; source: string }): void {
      host.software.push({ paths: [], ...software })
      host.softwareMs = clock.nowMs()
    },
    power(host: Host, isOnline: boolean): void {
      settle(state, clock.nowMs())
      host.isOnline = isOnline
      if (isOnline) host.callsAtMs = clock.nowMs() + settings.callEveryMs
    },
  })
}

const userRow = (user: User): JsonObject => ({
  id: user.id,
  created_at: timeText(user.createdMs),
  updated_at: timeText(user.createdMs),
  name: user.name,
  email: user.email,
  force_password_reset: false,
  gravatar_url: '',
  sso_enabled: false,
  mfa_enabled: false,
  global_role: user.role,
  api_only: user.isApiOnly,
  teams: user.teams.map(({ id, role }) => ({ id, role, name: `team ${id}` })),
})

const hostRow = (host: Host, isWhole: boolean): JsonObject => ({
  id: host.id,
  created_at: timeText(host.createdMs),
  updated_at: timeText(host.seenMs),
  last_enrolled_at: timeText(host.createdMs),
  software_updated_at: timeText(host.softwareMs),
  seen_time: timeText(host.seenMs),
  hostname: host.hostname,
  display_name: host.hostname,
  uuid: host.uuid,
  platform: host.platform,
  os_version: 'Ubuntu 24.04.1 LTS',
  osquery_version: '5.15.0',
  hardware_vendor: host.vendor,
  hardware_model: '',
  hardware_serial: host.serial,
  primary_ip: '192.0.2.10',
  public_ip: '198.51.100.7',
  status: host.isOnline ? 'online' : 'offline',
  team_id: host.team,
  team_name: host.team === null ? null : `team ${host.team}`,
  mdm: { enrollment_status: null, server_url: null, name: '', device_status: host.lock, pending_action: host.pending },
  ...(isWhole ? { software: host.software.map(softwareRow) } : {}),
})
/** Null where Fleet knows of nobody. */
const usersRow = ({ users }: Host): JsonObject => ({
  device_mapping: users.length === 0 ? null : users.map((email) => ({ email, source: 'mdm_idp_accounts' })),
})
const softwareRow = ({ name, version, source, paths }: Software, at: number): Json => ({
  id: at + 1,
  name,
  version,
  source,
  generated_cpe: '',
  vulnerabilities: null,
  installed_paths: paths,
})
