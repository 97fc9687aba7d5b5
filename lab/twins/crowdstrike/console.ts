import type { JsonObject } from 'cordon/kit'

import type { TwinCall } from '../kit/server.ts'
import { hexOf, settle, tell, type ApiClient, type Device, type State, type User } from './state.ts'

type By = { user: User; ip: string }
/** What is done in the Falcon console, at a keyboard, or by an installer. */
export type Console = {
  enrol(device: Partial<Omit<Device, 'id'>> & { hostname: string }): Device
  /** `by`: in the console, by this person, from this address; else by an installer, untold. */
  makeClient(scopes: readonly string[], by?: By): ApiClient
  signIn(by: By): void
  grantRole(user: User, role: string, by: By): void
  makeUser(email: string, roles: readonly string[], groupRoles?: readonly string[]): User
  detect(device: Device, given?: { title?: string; severity?: string; file?: string }): string
  power(device: Device, isOnline: boolean): void
}

/** An alert as CrowdStrike shows it; `id` is never given twice. */
export function alertOf(
  cid: string,
  device: Device,
  { title, severity, file, user }: { title: string; severity: string; file: string; user: string },
  { atMs, id: of }: { atMs: number; id: string },
): JsonObject & { composite_id: string } {
  const id = `${cid}:ind:${device.id}:${of}-5702-1`
  const at = new Date(atMs).toISOString()
  const bare = { aggregation_rule_id: '', aggregation_rule_name: '', assigned_to_name: '', assigned_to_uid: '' }
  const rest = { assigned_to_uuid: '', cms_rule_id: '', cms_rule_instance_id: '', cms_rule_instance_version: '' }
  return {
    ...bare,
    ...rest,
    agent_id: device.id,
    aggregate_id: `aggind:${device.id}:1`,
    cid,
    composite_id: id,
    confidence: 80,
    crawled_timestamp: at,
    created_timestamp: at,
    data_domains: ['Endpoint'],
    description: 'a process read many files that hold credentials',
    display_name: title,
    email_sent: false,
    external: false,
    id: `ind:${device.id}:1`,
    is_aggregated: false,
    is_falcon_platform_ioa: true,
    linked_behavioral_detections: [],
    linked_case_ids: [],
    mitre_attack: [],
    name: title,
    objective: 'Gain Access',
    origin_cid: cid,
    pattern_id: 5702,
    platform: device.platform,
    product: 'epp',
    resolution: '',
    scenario: 'credential_theft',
    seconds_to_resolved: 0,
    seconds_to_triaged: 0,
    severity: 70,
    severity_name: severity,
    show_in_ui: true,
    source_products: ['Falcon Insight'],
    source_vendors: ['CrowdStrike'],
    status: 'new',
    tactic: 'Credential Access',
    tactic_id: 'TA0006',
    tags: [],
    technique: 'Credentials In Files',
    technique_id: 'T1552.001',
    timestamp: at,
    type: 'ldt',
    updated_timestamp: at,
    filename: file,
    filepath: `/usr/bin/${file}`,
    cmdline: `${file} setup.js`,
    process_id: '1001',
    user_name: user,
    device: { device_id: device.id, cid: cid, hostname: device.hostname, platform_name: device.platform },
  }
}

export function createConsole(
  state: State,
  clock: { nowMs(): number },
  settings: { toldDelayMs: number; alertDelayMs: number; sensorDelayMs: number },
): Console {
  const told = (operation: string, { user, ip }: By, keys: Record<string, string>, service?: string): void =>
    tell(state, clock.nowMs(), settings.toldDelayMs, {
      operation,
      by: user,
      ip,
      keys,
      ...(service === undefined ? {} : { service }),
    })
  return {
    signIn(by) {
      told('userAuthenticate', by, { target_uuid: by.user.uuid, target_name: by.user.email })
    },
    grantRole(user, role, by) {
      user.grants.push({ role, group: null })
      told('grantUserRoles', by, { target_user_uuid: user.uuid, target_name: user.email, roles: role })
    },
    enrol(given) {
      const device: Device = {
        id: hexOf(state, 'aid'),
        cid: state.cid,
        platform: 'Linux',
        type: 'Server',
        serial: '',
        manufacturer: '',
        instance: '',
        status: 'normal',
        isOnline: true,
        firstSeenMs: clock.nowMs(),
        lastSeenMs: clock.nowMs(),
        answersAtMs: 0,
        ...given,
      }
      state.devices.set(device.id, device)
      return device
    },
    makeClient(scopes, by) {
      const id = hexOf(state, 'client')
      const client: ApiClient = { id, secret: `EXAMPLE-${hexOf(state, 'secret')}`, scopes: [...scopes] }
      state.clients.set(id, client)
      if (by !== undefined) {
        const keys = { APIClientID: id, id, name: 'sync', 'scope(s)': scopes.join(',') }
        told('CreateAPIClient', by, keys, 'Crowdstrike API Client')
      }
      return client
    },
    makeUser(email, roles, groupRoles = []) {
      const user: User = {
        uuid: hexOf(state, 'user').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
        email,
        first: email.split('@')[0] ?? '',
        last: 'Example',
        grants: [
          ...roles.map((role) => ({ role, group: null })),
          ...groupRoles.map((role) => ({ role, group: `group-${role}` })),
        ],
      }
      state.users.set(user.uuid, user)
      return user
    },
    detect(device, { title = 'Harvester', severity = 'High', file = 'node' } = {}) {
      const atMs = clock.nowMs()
      const id = `${state.next()}`
      const row = alertOf(state.cid, device, { title, severity, file, user: 'runner' }, { atMs, id })
      state.alerts.push({ id: row.composite_id, atMs, shownAtMs: atMs + settings.alertDelayMs, row })
      return row.composite_id
    },
    power(device, isOnline) {
      settle(state, clock.nowMs())
      device.isOnline = isOnline
      if (isOnline) device.answersAtMs = clock.nowMs() + settings.sensorDelayMs
    },
  }
}

/** Whom a bearer token speaks for; the code of the refusal where it speaks for nobody. */
export function callerOf(state: State, call: TwinCall, nowMs: number): { client: string; scopes: string[] } | 401 {
  const value = /^Bearer (.+)$/.exec(call.headers.authorization ?? '')?.[1]
  const token = value === undefined ? undefined : state.tokens.get(value)
  return token === undefined || token.untilMs <= nowMs ? 401 : token
}
