import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { fleetConnector, type FleetConfig } from '#connectors/fleet'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const usersMax = 1_000
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
  const [, user, isSessions] = /^\/api\/v1\/fleet\/users\/(\d+)(\/sessions)?$/.exec(pathname) ?? []
  if (user !== undefined) {
    const held = twin.byPlace('users', 0, usersMax, ({ n }) => n + 1 === Number(user)).records
    if (held.length === 0) return { status: 404, body: { message: 'Resource Not Found', errors: [] } }
    return { status: 200, body: isSessions === undefined ? { user: { id: Number(user) } } : { sessions: [] } }
  }
  if (pathname === '/api/v1/fleet/me') return { status: 200, body: { user: { id: 9_999, email: 'cordon' } } }
  if (pathname === '/api/v1/fleet/users') {
    const [page, size] = [Number(searchParams.get('page')), Number(searchParams.get('per_page'))]
    return { status: 200, body: { users: twin.byPlace('users', page * size, size).records } }
  }
  const { records: rows, next } = twin.byTime(0, Infinity, Number(searchParams.get('page')) * pageRows, pageRows)
  return { status: 200, body: { activities: rows, meta: { has_next_results: next !== null } } }
}

/** More often looked at, more of a schedule is seen. */
const connector: typeof fleetConnector = {
  ...fleetConnector,
  streams: fleetConnector.streams.map((stream) =>
    stream.name === 'users' ? { ...stream, everyMs: 2 * 60_000 } : stream,
  ),
}

type Name = 'hosts' | 'users' | 'activities'
const records: Record<Name, (id: string) => JsonObject> = {
  hosts: (id) => ({ hostname: id, software: [] }),
  users: (id) => ({ email: id, global_role: 'observer' }),
  activities: () => ({ type: 'live_query', actor_id: 1 }),
}
/** The suite knows a row by the first of these. */
const keeps: Record<Name, readonly string[]> = {
  hosts: ['hostname', 'id', 'software'],
  users: ['email', 'id'],
  activities: ['id', 'created_at'],
}
const without: Record<Name, FaultPlug['without']> = {
  hosts: {},
  users: {
    'repeated-page': 'the list comes whole',
    'page-shift': 'the list comes whole, and is read on behind an id',
  },
  activities: { 'repeated-page': 'pages are numbered: rows that were pushed on come twice, a whole page never' },
}

const plug = (stream: Name): FaultPlug<FleetConfig> => ({
  name: `fleet ${stream}`,
  connector,
  config: fleetConnector.config.parse({ apiUrl: twinOrigin, readsUsers: true }),
  secrets: { token: 'EXAMPLE' },
  stream,
  record({ id, n, atMs }): JsonObject {
    ids.set(n + 1, id)
    return { id: n + 1, created_at: new Date(atMs).toISOString(), ...records[stream](id) }
  },
  nativeOf: ({ n }) => String(n + 1),
  keeps: keeps[stream],
  answer,
  without: {
    'limit-403': 'it has no limits of its own: a proxy before it answers 429',
    'token-expiry': 'its API tokens are static',
    'expired-cursor': 'a place is the id of a host or the number of a page, which are never forgotten',
    'empty-page': 'an empty page is the end: nothing else tells of more',
    ...without[stream],
  },
  ...(stream === 'users' ? { aside: { 'self/self': 'whom the token speaks for' } } : {}),
  ...(stream === 'activities' ? {} : { isLong: true }),
})

const plugs = (['hosts', 'users', 'activities'] as const).map(plug)
const elsewhere: Gate['elsewhere'] = [
  [/exclude_software|const response = await call\(access, `\/users\/\$\{user\}\/sessions`\)/, 'actions alone'],
]
for (const { name, run } of connectorSuite(connector, plugs, { elsewhere })) test(name, run)
