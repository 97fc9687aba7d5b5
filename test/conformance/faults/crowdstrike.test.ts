import { test } from 'node:test'

import { isObject, parseJson, type JsonObject } from '#kit'
import { crowdstrikeConnector, type CrowdstrikeConfig } from '#connectors/crowdstrike'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest, TwinRow } from './plug.ts'
import { twinOrigin } from './run.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
/** Few, so that a list takes long enough to change under us. */
const offsetRows = 3
const cid = 'c'.repeat(32)
const meta = (pagination: JsonObject): JsonObject => ({ query_time: 0.01, trace_id: 'x', pagination })
const failed = (code: number): TwinAnswer => ({
  status: code,
  body: { meta: meta({}), errors: [{ code, message: 'no' }], resources: [] },
})
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
/** Hosts by id: a list gives ids, and the details are asked for at once. */
const shown = new Map<string, JsonObject>()

/** Lists by offset, which give ids alone, and the address that tells more of those. */
const byOffset = ['/user-management/queries/users/v1', '/api-clients/queries/api-clients/v1']

/** CrowdStrike's answers over the suite's rows: ids by a pointer and hosts behind them, alerts by time. */
function answer({ url, body }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const { pathname, searchParams } = url
  const given = body.startsWith('{') ? parseJson(body) : {}
  const asked = isObject(given) ? given : {}
  if (pathname === '/oauth2/token') {
    return { status: 201, body: { access_token: 'EXAMPLE', expires_in: 1799, token_type: 'bearer' } }
  }
  if (pathname === '/devices/entities/devices/v2') {
    const ids: unknown[] = Array.isArray(asked['ids']) ? asked['ids'] : []
    const resources = ids.flatMap((id) => (typeof id === 'string' ? (shown.get(id) ?? []) : []))
    return { status: 200, body: { meta: meta({}), errors: [], resources } }
  }
  if (pathname === '/devices/queries/devices-scroll/v1') {
    const pointer = searchParams.get('offset')
    if (pointer !== null && twin.isCursorExpired) return failed(400)
    const { records, next } = twin.byId('hosts', pointer === null ? null : pointer.slice(3), pageRows)
    for (const record of records) shown.set(textOf(record['device_id']), record)
    const ids = records.map((record) => textOf(record['device_id']))
    // How many there are is not known to the suite: none behind the last page, many before it.
    return {
      status: 200,
      body: {
        meta: meta({ total: next === null ? 0 : 1_000_000, offset: `at:${next ?? ''}` }),
        errors: [],
        resources: ids,
      },
    }
  }
  if (byOffset.includes(pathname)) {
    const offset = Number(searchParams.get('offset') ?? 0)
    const { records, total } = twin.byPlace(pathname, offset, offsetRows)
    return {
      status: 200,
      body: { meta: meta({ total, offset }), errors: [], resources: records.map(({ uuid = '' }) => uuid) },
    }
  }
  if (pathname === '/user-management/entities/users/GET/v1') {
    const ids: unknown[] = Array.isArray(asked['ids']) ? asked['ids'] : []
    const users = ids.flatMap((id) => (typeof id === 'string' ? twin.inside('users', id) : []))
    return { status: 200, body: { meta: meta({}), errors: [], resources: users } }
  }
  if (pathname === '/user-management/combined/user-roles/v2') {
    return { status: 200, body: { meta: meta({ total: 0 }), errors: [], resources: [] } }
  }
  if (pathname === '/sensors/entities/datafeed/v2') {
    const one = {
      dataFeedURL: `${twinOrigin}/sensors/entities/datafeed/v1/0?appId=cordon`,
      refreshActiveSessionInterval: 1_800,
      sessionToken: { token: 'EXAMPLE-feed', expiration: '2030-01-01T00:00:00Z' },
    }
    return { status: 200, body: { meta: meta({}), errors: [], resources: [one] } }
  }
  if (pathname.startsWith('/sensors/entities/datafeed-actions/')) return { status: 200, body: { meta: meta({}) } }
  if (pathname === '/sensors/entities/datafeed/v1/0') {
    if (twin.isTokenExpired) return failed(401)
    const place = twin.placeAt(Math.floor(Number(searchParams.get('offset') ?? 0) / 100))
    const { records } = twin.byArrival(place, pageRows)
    return { status: 200, body: null, text: `\n${records.map((record) => `${JSON.stringify(record)}\n`).join('')}` }
  }
  const after = asked['after']
  if (after !== undefined && twin.isCursorExpired) return failed(400)
  const bounds = [...textOf(asked['filter']).matchAll(/created_timestamp:(>=|<)'([^']+)'/g)]
  const timeOf = (operator: string, otherwise: number): number =>
    Date.parse(bounds.find(([, one]) => one === operator)?.[2] ?? '') || otherwise
  const { records, next } = twin.byTime(timeOf('>=', 0), timeOf('<', Infinity), Number(after ?? 0), pageRows)
  const pagination = { total: 9, limit: pageRows, ...(next === null ? {} : { after: String(next) }) }
  return { status: 200, body: { meta: meta(pagination), errors: [], resources: records } }
}

/** By the order of arrival, as offsets are. */
const offsetOf = ({ visibleAtMs, n }: TwinRow): number => visibleAtMs * 100 + n

const activityPlug: FaultPlug<CrowdstrikeConfig> = {
  name: 'crowdstrike activity',
  connector: crowdstrikeConnector,
  config: crowdstrikeConnector.config.parse({ apiUrl: twinOrigin, cid, clientId: 'a'.repeat(32), appId: 'cordon' }),
  secrets: { clientSecret: 'EXAMPLE' },
  stream: 'activity',
  record: (row) => ({
    metadata: { offset: offsetOf(row), eventType: 'AuthActivityAuditEvent', eventCreationTime: row.atMs },
    event: { OperationName: 'userAuthenticate', UserId: `u${row.n}@brightwater.example`, Success: true },
  }),
  keeps: ['metadata'],
  nativeOf: (row) => `0/${offsetOf(row)}`,
  answer,
  without: {
    'limit-403': 'its limits are 429s',
    'expired-cursor': 'an offset is a place: behind it comes what CrowdStrike still has',
  },
}

type Name = 'hosts' | 'alerts' | 'console' | 'clients'
const records: Record<Name, (row: TwinRow, at: string) => JsonObject> = {
  hosts: ({ id, n }, at) => ({ device_id: id, cid, hostname: `h${n}`, status: 'normal', first_seen: at }),
  alerts: ({ id, n }, at) => ({
    composite_id: id,
    created_timestamp: at,
    display_name: `Alert ${n}`,
    severity_name: 'High',
    agent_id: `a${n % 5}`,
  }),
  console: ({ id, n }, at) => ({ uuid: id, uid: `u${n}@brightwater.example`, status: 'active', created_at: at }),
  clients: ({ id }) => ({ uuid: id, id }),
}
const keeps: Record<Name, readonly string[]> = {
  hosts: ['device_id', 'cid'],
  alerts: ['composite_id', 'created_timestamp'],
  console: ['uuid'],
  clients: ['id', 'uuid'],
}
const offsets: FaultPlug['without'] = {
  'expired-cursor': 'an offset is a number, which is never forgotten',
  'repeated-page': 'a page is rows by their number: a whole one never comes twice',
}

const plug = (stream: Name): FaultPlug<CrowdstrikeConfig> => ({
  name: `crowdstrike ${stream}`,
  connector: crowdstrikeConnector,
  config: crowdstrikeConnector.config.parse({
    apiUrl: twinOrigin,
    cid,
    clientId: 'a'.repeat(32),
    managesClients: true,
  }),
  secrets: { clientSecret: 'EXAMPLE' },
  stream,
  record: (row) => records[stream](row, new Date(row.atMs).toISOString()),
  keeps: keeps[stream],
  nativeOf: ({ id }) => id,
  answer,
  tokenPath: '/oauth2/token',
  without: { 'limit-403': 'its limits are 429s', ...(stream === 'console' || stream === 'clients' ? offsets : {}) },
  ...(stream === 'alerts' ? {} : { isLong: true }),
})

const plugs = [activityPlug, ...(['alerts', 'hosts', 'console', 'clients'] as const).map(plug)]
const elsewhere: Gate['elsewhere'] = [[/call\(access, '\/devices\/entities/, 'actions alone']]
for (const { name, run } of connectorSuite(crowdstrikeConnector, plugs, { elsewhere })) test(name, run)
