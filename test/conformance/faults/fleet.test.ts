import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { fleetConnector, type FleetConfig } from '#connectors/fleet'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { faultSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
/** Fleet's ids are numbers; the suite's, by the number it counts rows with. */
const ids = new Map<number, string>()

/** Fleet's answers over the suite's rows: hosts by id behind one, activities newest first by page. */
function answer({ url, header }: TwinRequest, twin: VendorTwin): TwinAnswer {
  if (header('authorization') !== 'Bearer EXAMPLE') return { status: 401, body: { message: 'no', errors: [] } }
  const { pathname, searchParams } = url
  if (pathname === '/api/v1/fleet/hosts') {
    const after = searchParams.get('after')
    const { records } = twin.byId('hosts', after === null ? null : (ids.get(Number(after)) ?? ''), pageRows)
    return { status: 200, body: { hosts: records } }
  }
  const { records, next } = twin.byTime(0, Infinity, Number(searchParams.get('page')) * pageRows, pageRows)
  return { status: 200, body: { activities: records, meta: { has_next_results: next !== null } } }
}

const plug = (stream: 'hosts' | 'activities'): FaultPlug<FleetConfig> => ({
  name: `fleet ${stream}`,
  connector: fleetConnector,
  config: fleetConnector.config.parse({ apiUrl: twinOrigin }),
  secrets: { token: 'EXAMPLE' },
  stream,
  record({ id, n, atMs }): JsonObject {
    ids.set(n + 1, id)
    const at = new Date(atMs).toISOString()
    return stream === 'hosts'
      ? { id: n + 1, created_at: at, hostname: id, software: [] }
      : { id: n + 1, created_at: at, type: 'live_query', actor_id: 1 }
  },
  nativeOf: ({ n }) => String(n + 1),
  // The suite knows a host by the first of these: here its name.
  keeps: stream === 'hosts' ? ['hostname', 'id', 'software'] : ['id', 'created_at'],
  answer,
  without: {
    'limit-403': 'it has no limits of its own: a proxy before it answers 429',
    'token-expiry': 'its API tokens are static',
    'expired-cursor': 'a place is the id of a host or the number of a page, which are never forgotten',
    'empty-page': 'an empty page is the end: nothing else tells of more',
    ...(stream === 'activities'
      ? { 'repeated-page': 'pages are numbered: rows that were pushed on come twice, a whole page never' }
      : {}),
  },
})

/** Hosts are a list by id as others are: their turn is in the long runs. */
const streams =
  process.env['CORDON_SCHEDULES'] === undefined ? (['activities'] as const) : (['activities', 'hosts'] as const)
for (const stream of streams) for (const { name, run } of faultSuite(plug(stream))) test(name, run)
