import { test } from 'node:test'

import { isObject, parseJson, type JsonObject } from '#kit'
import { crowdstrikeConnector, type CrowdstrikeConfig } from '#connectors/crowdstrike'

import type { FaultPlug, TwinAnswer, TwinRequest, TwinRow } from './plug.ts'
import { twinOrigin } from './run.ts'
import { faultSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const cid = 'c'.repeat(32)
const meta = (pagination: JsonObject): JsonObject => ({ query_time: 0.01, trace_id: 'x', pagination })
const failed = (code: number): TwinAnswer => ({
  status: code,
  body: { meta: meta({}), errors: [{ code, message: 'no' }], resources: [] },
})
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
/** Hosts by id: a list gives ids, and the details are asked for at once. */
const shown = new Map<string, JsonObject>()

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

const plug = (stream: 'hosts' | 'alerts'): FaultPlug<CrowdstrikeConfig> => ({
  name: `crowdstrike ${stream}`,
  connector: crowdstrikeConnector,
  config: crowdstrikeConnector.config.parse({ apiUrl: twinOrigin, cid, clientId: 'a'.repeat(32) }),
  secrets: { clientSecret: 'EXAMPLE' },
  stream,
  record: ({ id, n, atMs }) =>
    stream === 'hosts'
      ? { device_id: id, cid, hostname: `h${n}`, status: 'normal', first_seen: new Date(atMs).toISOString() }
      : {
          composite_id: id,
          created_timestamp: new Date(atMs).toISOString(),
          display_name: `Alert ${n}`,
          severity_name: 'High',
          agent_id: `a${n % 5}`,
        },
  keeps: stream === 'hosts' ? ['device_id', 'cid'] : ['composite_id', 'created_timestamp'],
  nativeOf: ({ id }) => id,
  answer,
  tokenPath: '/oauth2/token',
  without: { 'limit-403': 'its limits are 429s' },
})

/** Hosts are a list by id as others are: their turn is in the long runs. */
const streams = process.env['CORDON_SCHEDULES'] === undefined ? (['alerts'] as const) : (['alerts', 'hosts'] as const)
for (const { name, run } of faultSuite(activityPlug)) test(name, run)
for (const stream of streams) for (const { name, run } of faultSuite(plug(stream))) test(name, run)
