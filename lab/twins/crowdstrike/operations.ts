import { isObject, type Json, type JsonObject } from 'cordon/kit'

import { numberedPage } from '../kit/past-pages.ts'
import type { TwinCall, TwinReply } from '../kit/server.ts'
import { callerOf } from './console.ts'
import { hexOf, tell, type Device, type State } from './state.ts'

/** Operations the twin serves, by the class and method of CrowdStrike's own client (`scripts/slice-falcon.ts`). */
export const operationIds = `HostsApi.queryDevicesByFilterScroll HostsApi.postDeviceDetailsV2 HostsApi.performActionV2
  HostsApi.getOnlineStateV1 AlertsApi.postCombinedAlertsV1 UserManagementApi.queryUserV1 UserManagementApi.retrieveUsersGETV1
  UserManagementApi.combinedUserRolesV2 UserManagementApi.userRolesActionV1 ApiClientsApi.getAllAPIClientIdsForCustomer
  ApiClientsApi.deleteAPIClients
  EventStreamsApi.listAvailableStreamsOAuth2 EventStreamsApi.refreshActiveStreamSession Oauth2Api.oauth2AccessToken`.split(
  /\s+/,
)

export type World = {
  state: State
  nowMs(): number
  settings: { sensorDelayMs: number; pointerMs: number; toldDelayMs: number }
}
export type Failed = { code: number; message: string; id?: string }
export type Answer = { status?: number; resources?: Json; pagination?: JsonObject; errors?: Failed[] }

const idsIn = ({ body }: TwinCall): string[] =>
  isObject(body) && Array.isArray(body['ids']) ? body['ids'].filter((id): id is string => typeof id === 'string') : []
const numberIn = (call: TwinCall, name: string, fallback: number): number => Number(call.query.get(name) ?? fallback)
const bad = (message: string, code = 400): Answer => ({ status: code, errors: [{ code, message }] })

/** By `operationId`. */
export const operations: Readonly<Record<string, (world: World, call: TwinCall) => Answer>> = {
  queryDevicesByFilterScroll(world, call) {
    const { state, settings } = world
    const limit = numberIn(call, 'limit', 100)
    if (limit < 1 || limit > 5_000) return bad('limit: 1 to 5000')
    const value = call.query.get('offset')
    const known = value === null ? undefined : state.pointers.get(value)
    if (value !== null && (known === undefined || known.untilMs <= world.nowMs())) return bad('invalid scroll offset')
    const left = known?.ids ?? [...state.devices.keys()].sort()
    const offset = hexOf(state, 'pointer')
    const untilMs = world.nowMs() + settings.pointerMs
    state.pointers.set(offset, { ids: left.slice(limit), untilMs })
    return {
      resources: left.slice(0, limit),
      pagination: { total: state.devices.size, offset, expires_at: untilMs * 1_000_000 },
    }
  },
  postDeviceDetailsV2({ state }, call) {
    const ids = idsIn(call)
    if (ids.length === 0 || ids.length > 5_000) return bad('ids: 1 to 5000')
    const found = ids.flatMap((id) => state.devices.get(id) ?? [])
    const errors = ids
      .filter((id) => !state.devices.has(id))
      .map((id) => ({ code: 404, message: 'device not found', id }))
    return { resources: found.map(rowOf), errors }
  },
  getOnlineStateV1({ state }, call) {
    const ids = call.query.getAll('ids')
    const found = ids.flatMap((id) => state.devices.get(id) ?? [])
    return {
      resources: found.map((device) => ({
        id: device.id,
        cid: device.cid,
        state: device.isOnline ? 'online' : 'offline',
        last_seen: new Date(device.lastSeenMs).toISOString(),
      })),
      errors: ids.filter((id) => !state.devices.has(id)).map((id) => ({ code: 404, message: 'device not found', id })),
    }
  },
  performActionV2(world, call) {
    const action = call.query.get('action_name')
    if (action !== 'contain' && action !== 'lift_containment') return bad('action_name: no such action')
    const ids = idsIn(call)
    if (ids.length === 0 || ids.length > 100) return bad('ids: 1 to 100')
    const found: Device[] = []
    for (const id of ids) {
      const device = world.state.devices.get(id)
      if (device === undefined) return bad('device not found', 404)
      const isContained = device.status === 'contained' || device.status === 'containment_pending'
      if (isContained === (action === 'contain')) return bad('the device is in that state already', 409)
      found.push(device)
    }
    for (const device of found) {
      device.status = action === 'contain' ? 'containment_pending' : 'lift_containment_pending'
      device.answersAtMs = world.nowMs() + world.settings.sensorDelayMs
    }
    return { status: 202, resources: ids.map((id) => ({ id, path: `/devices/entities/devices/v1?ids=${id}` })) }
  },
  postCombinedAlertsV1(world, { body }) {
    const given = isObject(body) ? body : {}
    const filter = typeof given['filter'] === 'string' ? given['filter'] : ''
    const { limit = 100, after, sort = 'created_timestamp|asc' } = given
    if (typeof limit !== 'number' || limit < 1 || limit > 1_000) return bad('limit: 1 to 1000')
    if (sort !== 'created_timestamp|asc') return bad('sort: the twin knows created_timestamp|asc')
    const clauses = filter === '' ? [] : filter.split('+')
    let [fromMs, toMs] = [-Infinity, Infinity]
    for (const clause of clauses) {
      const [, operator, at = ''] = /^created_timestamp:(>=|<)'([^']+)'$/.exec(clause) ?? []
      const ms = Date.parse(at)
      if (operator === undefined || Number.isNaN(ms)) return bad('filter: no such expression')
      if (operator === '<') toMs = ms
      else fromMs = ms
    }
    const shown = world.state.alerts
      .filter(({ atMs, shownAtMs }) => shownAtMs <= world.nowMs() && atMs >= fromMs && atMs < toMs)
      .sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1))
    // What the pointer holds is CrowdStrike's: here the filter it belongs to, and the place.
    const [of, place] = typeof after === 'string' ? after.split('#') : [filter, '0']
    if (of !== filter) return bad('after: of another query')
    const start = Number(place)
    const range = { fromMs, toMs: Math.min(toMs - 1, world.nowMs()) }
    const held = shown.map(({ row }) => row)
    const ask = { ...range, order: 'asc', skipped: start, max: limit } as const
    const { rows, total } = numberedPage(world.state.pastAlerts, held, ask)
    const isMore = start + limit < total
    return {
      resources: rows,
      pagination: { total, limit, ...(isMore ? { after: `${filter}#${start + limit}` } : {}) },
    }
  },
  queryUserV1: ({ state }, call) => listed([...state.users.keys()], call, 500),
  retrieveUsersGETV1: ({ state }, call) => ({
    resources: idsIn(call)
      .flatMap((id) => state.users.get(id) ?? [])
      // CrowdStrike's client reads `firstName`; its own description says so too.
      .map(({ uuid, email, first, last }) => ({ cid: state.cid, uuid, email, firstName: first, lastName: last })),
  }),
  combinedUserRolesV2({ state }, call) {
    const user = state.users.get(call.query.get('user_uuid') ?? '')
    if (user === undefined) return bad('user not found', 404)
    if ((call.query.get('cid') ?? state.cid) !== state.cid) return bad('access denied', 403)
    const isDirect = call.query.get('direct_only') === 'true'
    const grants = user.grants.filter(({ group }) => !isDirect || group === null)
    const [offset, limit] = [numberIn(call, 'offset', 0), numberIn(call, 'limit', 100)]
    return {
      resources: grants.slice(offset, offset + limit).map(({ role, group }) => ({
        uuid: user.uuid,
        cid: state.cid,
        role_id: role,
        role_name: role,
        grant_type: group === null ? 'direct' : 'group',
        ...(group === null ? {} : { user_group_id: group, user_group_name: group }),
      })),
      pagination: { total: grants.length, offset, limit },
    }
  },
  userRolesActionV1({ state }, { body }) {
    const { action, cid, role_ids: roles, uuid } = isObject(body) ? body : {}
    const user = state.users.get(typeof uuid === 'string' ? uuid : '')
    if (user === undefined) return bad('user not found', 404)
    if (cid !== state.cid) return bad('access denied', 403)
    if (!Array.isArray(roles) || roles.length === 0) return bad('role_ids: absent')
    const named = roles.filter((role): role is string => typeof role === 'string')
    const others = user.grants.filter(({ role, group }) => group !== null || !named.includes(role))
    if (action !== 'grant' && action !== 'revoke') return bad('action: grant or revoke')
    user.grants = action === 'revoke' ? others : [...others, ...named.map((role) => ({ role, group: null }))]
    return {}
  },
  /** The addresses are of the cloud: here the twin's own. */
  listAvailableStreamsOAuth2({ state, nowMs }, call) {
    const appId = call.query.get('appId') ?? ''
    if (!/^[A-Za-z0-9]{1,32}$/.test(appId)) return bad('appId: up to 32 letters and digits')
    const token = `EXAMPLE-feed-${hexOf(state, 'feed')}`
    const untilMs = nowMs() + feedLifeMs
    state.feeds.set(token, { appId, untilMs })
    const { origin } = call.url
    return {
      resources: [
        {
          dataFeedURL: `${origin}/sensors/entities/datafeed/v1/0?appId=${appId}`,
          sessionToken: { token, expiration: new Date(untilMs).toISOString() },
          refreshActiveSessionURL: `${origin}/sensors/entities/datafeed-actions/v1/0?appId=${appId}&action_name=refresh_active_stream_session`,
          refreshActiveSessionInterval: feedLifeMs / 1000,
        },
      ],
    }
  },
  refreshActiveStreamSession({ state, nowMs }, call) {
    if (call.query.get('action_name') !== 'refresh_active_stream_session') return bad('action_name: no such action')
    const held = [...state.feeds.values()].filter(
      ({ appId, untilMs }) => appId === call.query.get('appId') && untilMs > nowMs(),
    )
    if (held.length === 0) return bad('no active stream session', 404)
    for (const one of held) one.untilMs = nowMs() + feedLifeMs
    return {}
  },
  getAllAPIClientIdsForCustomer: ({ state }, call) => listed([...state.clients.keys()], call, 500),
  /** No kinder than CrowdStrike may be: tokens that were given live on. */
  deleteAPIClients(world, call) {
    const { state } = world
    const ids = call.query.getAll('ids')
    if (!ids.every((id) => state.clients.has(id))) return bad('client not found', 404)
    for (const id of ids) {
      state.clients.delete(id)
      tellClients(world, call, 'DeleteAPIClients', { APIClientID: id, id })
    }
    return { resources: ids.map((id) => ({ id })) }
  },
}

function tellClients(
  { state, nowMs, settings }: World,
  call: TwinCall,
  operation: string,
  keys: Record<string, string>,
): void {
  const caller = callerOf(state, call, nowMs())
  if (caller === 401) return
  const service = 'Crowdstrike API Client'
  tell(state, nowMs(), settings.toldDelayMs, { operation, by: { client: caller.client }, keys, service })
}

const feedLifeMs = 30 * 60_000

/** What the description leaves out: the stream itself, behind a token of its own, a line for each event, without an end. */
export function feed({ state, nowMs }: World, call: TwinCall): TwinReply {
  const token = /^Token (.+)$/.exec(call.headers.authorization ?? '')?.[1] ?? ''
  const held = state.feeds.get(token)
  if (held === undefined || held.untilMs <= nowMs() || held.appId !== call.query.get('appId')) return { status: 401 }
  const from = numberIn(call, 'offset', 0)
  const shown = state.told.filter(({ offset, shownAtMs }) => offset >= from && shownAtMs <= nowMs())
  // An empty line says that the connection is alive.
  const text = `\n${shown.map(({ row }) => `${JSON.stringify(row)}\n`).join('')}`
  return { status: 200, headers: { 'content-type': 'application/json' }, text, isOpen: true }
}

function listed(ids: readonly string[], call: TwinCall, limitMax: number): Answer {
  const [offset, limit] = [numberIn(call, 'offset', 0), numberIn(call, 'limit', 100)]
  if (limit < 1 || limit > limitMax || offset < 0) return bad(`limit: 1 to ${limitMax}`)
  return { resources: ids.slice(offset, offset + limit), pagination: { total: ids.length, offset, limit } }
}

const rowOf = (device: Device): JsonObject => ({
  cid: device.cid,
  device_id: device.id,
  hostname: device.hostname,
  platform_name: device.platform,
  product_type_desc: device.type,
  os_version: device.platform === 'Linux' ? 'Debian GNU 12' : device.platform,
  agent_version: '7.20.17306.0',
  status: device.status,
  first_seen: secondsOf(device.firstSeenMs),
  last_seen: secondsOf(device.lastSeenMs),
  local_ip: '192.0.2.10',
  external_ip: '198.51.100.7',
  last_login_user: 'runner',
  ...(device.serial === '' ? {} : { serial_number: device.serial }),
  ...(device.manufacturer === '' ? {} : { system_manufacturer: device.manufacturer }),
  ...(device.instance === '' ? {} : { instance_id: device.instance, service_provider: 'AWS_EC2_V2' }),
})
const secondsOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
