import { z } from 'zod'

import {
  freshParts,
  keptRows,
  readAnswer,
  readInsideOrBlind,
  readUnlessGone,
  VendorError,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { call, hasUser, listSessions, readSelf } from './client.ts'
import type { FleetConfig } from './config.ts'
import { rowSchemas } from './rows.ts'

const hostsEveryMs = 30 * 60_000
const usersEveryMs = 60 * 60_000
/** With their software: a page of so many hosts is some megabytes. */
const hostRows = 25
/** Whose sessions are read before a page is written down. */
const userRows = 20
/** At once: some megabytes. */
const usersMax = 10_000

type Context = PullContext<FleetConfig>

const part = keptRows(rowSchemas)

/** One user may keep them from us; the user is told all the same. */
const sessionsOfUser = { of: 'users/sessions', what: 'sessions of a user are', untold: [] } as const

const hostPage = z.object({
  hosts: z.array(z.looseObject({ id: z.number() })).nullish(),
})
const userPage = z.object({ users: z.array(z.looseObject({ id: z.number() })).nullish() })

/** By id, from behind the last one: a host that is deleted meanwhile shifts no page. An empty page is the end. */
async function hosts(context: Context, next: string | null): Promise<SnapshotRows> {
  const query = {
    per_page: hostRows,
    order_key: 'id',
    order_direction: 'asc',
    populate_software: true,
    device_mapping: true,
    ...(next === null ? {} : { after: next }),
  }
  const found = readAnswer(hostPage, await call(context, '/hosts', { query }), 'the list of hosts').hosts ?? []
  const { locks } = context.config
  const rows = found.map((host) => ({ ...host, isLockable: locks }))
  const last = found.at(-1)?.id
  return { rows: part('host', rows), next: last === undefined ? null : String(last) }
}

/**
 * Users have no `after`, and pages by number pass over a row when one in front is deleted meanwhile, whose rights would then
 * be taken for ended. So the list is asked for whole each time, and read on behind the last id.
 */
async function users(context: Context, next: string | null): Promise<SnapshotRows> {
  const query = { page: 0, per_page: usersMax, order_key: 'id', order_direction: 'asc' }
  const found = readAnswer(userPage, await call(context, '/users', { query }), 'the list of users').users ?? []
  if (found.length >= usersMax) {
    throw new VendorError('ERR_VENDOR_SHAPE', `the list of users is not below ${usersMax}`, {
      hint: 'set `readsUsers` to false to read the hosts alone',
    })
  }
  const behind = found.filter(({ id }) => id > Number(next ?? -1)).toSorted((one, other) => one.id - other.id)
  const here = behind.slice(0, userRows)
  const rows: unknown[] = []
  const seen = freshParts()
  for (const user of here) {
    const isThere = () => hasUser(context, user.id)
    const asked = { ...sessionsOfUser, thing: String(user.id) }
    const found = await readUnlessGone(undefined, isThere, () =>
      readInsideOrBlind(seen, asked, null, isThere, () => listSessions(context, user.id)),
    )
    if (found !== undefined) rows.push({ ...user, sessions: found })
  }
  return { rows: part('user', rows), next: behind.length > userRows ? String(here.at(-1)?.id) : null, ...seen }
}

export const hostList: SnapshotStream<FleetConfig> = {
  name: 'hosts',
  kind: 'snapshot',
  // A host tells Fleet its software once an hour.
  delayMs: { typical: 3_600_000, worst: 2 * 3_600_000 },
  everyMs: hostsEveryMs,
  covers: ['resources'],
  tells: ['host-users'],
  scopes: ['observer'],
  requestsPerRun: 40,
  lists: () => ['hosts'],
  page: (context, _, next) => hosts(context, next),
}

export const userList: SnapshotStream<FleetConfig> = {
  name: 'users',
  kind: 'snapshot',
  delayMs: { typical: usersEveryMs / 2, worst: 2 * usersEveryMs },
  everyMs: usersEveryMs,
  tells: ['administrators', 'program-rights'],
  covers: ['identities', 'grants', 'sessions'],
  scopes: ['admin'],
  // Sessions are asked for one user after the other.
  requestsPerRun: 1_020,
  isOn: ({ readsUsers }) => readsUsers,
  lists: () => ['self', 'users'],
  async page(context, list, next) {
    if (list === 'self') {
      const { containUserId: id } = context.config
      return { rows: part('self', [await readSelf(context), ...(id === undefined ? [] : [{ id }])]), next: null }
    }
    return users(context, next)
  },
}
