import { z } from 'zod'

import { parseOwnJson } from '#kit'
import {
  keptRows,
  listStart,
  type Place,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { call, readFalcon, readIds, readPage, readRoles } from './client.ts'
import { ownClients, type CrowdstrikeConfig } from './config.ts'
import { nameClient } from './names.ts'
import { rowSchemas } from './rows.ts'

const hostsEveryMs = 15 * 60_000
const consoleEveryMs = 60 * 60_000
const hostRows = 500
const userRows = 50
const clientRows = 100

type Context = PullContext<CrowdstrikeConfig>

const part = keptRows(rowSchemas)

const scrolled = z.object({
  meta: z.object({ pagination: z.object({ offset: z.string().nullish(), total: z.number() }) }),
  resources: z.array(z.string()).nullish(),
})
const whole = z.object({ resources: z.array(z.unknown()).nullish() })

/**
 * Ids by a pointer that is good for two minutes, then the hosts behind them. How many there are is told with each page: an
 * empty one before so many came is no end, or hosts that are there would be taken for gone.
 */
async function hosts(context: Context, next: string | null): Promise<SnapshotRows> {
  const [seen, pointer] = next === null ? [0, null] : [Number.parseInt(next, 10), next.slice(next.indexOf(' ') + 1)]
  const query = { limit: hostRows, sort: 'device_id.asc', offset: pointer }
  const listed = await call(context, '/devices/queries/devices-scroll/v1', { query })
  const { meta, resources } = readPage(scrolled, listed, pointer, 'the list of hosts')
  const ids = resources ?? []
  const { offset: further, total } = meta.pagination
  const isEnd = seen + ids.length >= total || further === null || further === undefined || further === ''
  const after = isEnd ? null : `${seen + ids.length} ${further}`
  if (ids.length === 0) return { rows: [], next: after }
  const found = await call(context, '/devices/entities/devices/v2', { method: 'POST', body: { ids }, isRead: true })
  return { rows: part('host', readFalcon(whole, found, 'the hosts').resources ?? []), next: after }
}

async function idsFrom(context: Context, path: string, limit: number, next: string | null, what: string) {
  const place = next === null ? listStart : parseOwnJson<Place>(next)
  const listed = await readIds(context, path, { place, limit }, what)
  return { ids: listed.ids, next: listed.next === null ? null : JSON.stringify(listed.next) }
}

async function users(context: Context, next: string | null): Promise<SnapshotRows> {
  const listed = await idsFrom(context, '/user-management/queries/users/v1', userRows, next, 'the list of users')
  if (listed.ids.length === 0) return { rows: [], next: listed.next }
  const found = await call(context, '/user-management/entities/users/GET/v1', {
    method: 'POST',
    body: { ids: listed.ids },
    isRead: true,
  })
  const { resources } = readFalcon(
    z.object({ resources: z.array(z.looseObject({ uuid: z.string() })).nullish() }),
    found,
    'the users',
  )
  const rows: unknown[] = []
  for (const user of resources ?? []) rows.push({ ...user, roles: await readRoles(context, user.uuid, false) })
  return { rows: part('user', rows), next: listed.next }
}

/** Ids alone: CrowdStrike does not describe in public what else it would tell of an API client. */
async function clients(context: Context, next: string | null): Promise<SnapshotRows> {
  const path = '/api-clients/queries/api-clients/v1'
  const listed = await idsFrom(context, path, clientRows, next, 'the list of API clients')
  const { config } = context
  const own = ownClients(config, config.cid)
  const rows = listed.ids.map((id) => ({ id, isOwn: own.includes(nameClient(config.cid, id)) }))
  return { rows: part('client', rows), next: listed.next }
}

export const hostList: SnapshotStream<CrowdstrikeConfig> = {
  name: 'hosts',
  kind: 'snapshot',
  delayMs: { typical: hostsEveryMs / 2, worst: 2 * hostsEveryMs },
  everyMs: hostsEveryMs,
  covers: ['resources'],
  scopes: ['devices:read'],
  requestsPerRun: 4,
  lists: () => ['hosts'],
  page: (context, _, next) => hosts(context, next),
}

export const consoleUsers: SnapshotStream<CrowdstrikeConfig> = {
  name: 'console',
  kind: 'snapshot',
  delayMs: { typical: consoleEveryMs / 2, worst: 2 * consoleEveryMs },
  everyMs: consoleEveryMs,
  tells: ['administrators'],
  covers: ['identities', 'grants'],
  scopes: ['usermgmt:read'],
  // Roles are asked for one user after the other.
  requestsPerRun: 1_040,
  lists: () => ['users'],
  page: (context, _, next) => users(context, next),
}

export const clientList: SnapshotStream<CrowdstrikeConfig> = {
  name: 'clients',
  kind: 'snapshot',
  delayMs: { typical: consoleEveryMs / 2, worst: 2 * consoleEveryMs },
  everyMs: consoleEveryMs,
  covers: ['grants'],
  scopes: ['api-client-mgmt:read'],
  requestsPerRun: 10,
  isOn: ({ managesClients }) => managesClients,
  lists: () => ['clients'],
  page: (context, _, next) => clients(context, next),
}
