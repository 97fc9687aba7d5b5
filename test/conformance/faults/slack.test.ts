import { createHash } from 'node:crypto'
import { test } from 'node:test'

import type { Json, JsonObject } from '#kit'
import { slackConnector, type SlackConfig } from '#connectors/slack'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { idsIn } from './scratch.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const no = (error: string): TwinAnswer => ({ status: 200, body: { ok: false, error } })

const keys: Record<string, string> = {
  '/api/admin.teams.list': 'teams',
  '/api/admin.users.session.list': 'active_sessions',
  '/api/users.list': 'members',
  '/api/admin.apps.approved.list': 'approved_apps',
  '/api/admin.apps.restricted.list': 'restricted_apps',
  '/api/admin.conversations.search': 'conversations',
  '/api/conversations.list': 'channels',
}

/** Slack's answers over the suite's rows: the log newest first by time, lists by cursor, refusals in a 200. */
function answer({ url, body, header }: TwinRequest, twin: VendorTwin): TwinAnswer {
  if (header('authorization') !== 'Bearer EXAMPLE-xoxp') return no('invalid_auth')
  const { pathname, searchParams } = url
  const given = pathname.startsWith('/api/') ? new URLSearchParams(body) : searchParams
  // An empty cursor is Slack's end of a list: what the suite calls a place is wrapped.
  const cursor = given.get('cursor')?.replace('at:', '') ?? null
  if (cursor !== null && twin.isCursorExpired) return no('invalid_cursor')
  const ok = (key: string, rows: Json[], next: number | string | null): TwinAnswer => ({
    status: 200,
    body: { ok: true, [key]: rows, response_metadata: { next_cursor: next === null ? '' : `at:${next}` } },
  })
  if (pathname === '/audit/v1/logs') {
    const oldestMs = Number(given.get('oldest')) * 1000
    // Inclusive, and in whole seconds.
    const latest = given.get('latest')
    const latestMs = latest === null ? Infinity : (Number(latest) + 1) * 1000
    const { records, next } = twin.byTime(oldestMs, latestMs, Number(cursor ?? 0), pageRows)
    return ok('entries', records, next)
  }
  if (pathname === '/api/team.integrationLogs') {
    const page = Number(given.get('page'))
    const { records, next } = twin.byTime(0, Infinity, (page - 1) * pageRows, pageRows)
    return { status: 200, body: { ok: true, logs: records, paging: { page, pages: next === null ? page : page + 1 } } }
  }
  if (pathname === '/api/auth.test') {
    return { status: 200, body: { ok: true, user_id: 'U1', team_id: 'T1', enterprise_id: 'E1' } }
  }
  if (pathname === '/api/usergroups.list') {
    // One group in each workspace, told apart by its id; a workspace that has none shows all there are.
    const team = given.get('team_id')
    const groups = team === null ? twin.whole('usergroups') : twin.inside('usergroups', team)
    return team !== null && groups.length === 0 ? no('team_not_found') : ok('usergroups', groups, null)
  }
  const { records, next } = twin.byId(pathname, cursor, pageRows)
  return ok(keys[pathname] ?? 'users', records, next)
}

type Row = Parameters<FaultPlug['record']>[0]
// Slack counts seconds.
const secondsOf = ({ atMs }: Row): number => Math.floor(atMs / 1000)
const person = (row: Row): JsonObject => ({
  id: row.id,
  name: `n${row.n}`,
  app: { id: row.id, name: `n${row.n}` },
  is_ext_shared: true,
  full_name: 'Ada',
  is_active: true,
  date_created: secondsOf(row),
})
const line = (row: Row): JsonObject => ({
  date: secondsOf(row),
  app_id: row.id,
  change_type: 'added',
  scope: 'chat:write',
})
const records: Record<string, (row: Row) => JsonObject> = {
  audit: (row) => ({
    id: row.id,
    date_create: secondsOf(row),
    action: 'user_login',
    actor: { type: 'user', user: { id: `W${row.n % 5}ADA`, name: 'ada' } },
    context: { session_id: row.n, ip_address: '192.0.2.1' },
  }),
  sessions: (row) => ({ session_id: row.id, user_id: `W${row.n % 5}ADA`, team_id: 'T1' }),
  integrations: line,
}
const keeps: Record<string, string[]> = {
  audit: ['id', 'date_create'],
  sessions: ['session_id', 'user_id'],
  integrations: ['date', 'app_id', 'change_type', 'scope'],
}
/** A line has no id: what it tells is its name. */
const nameOf = (row: Row): string => {
  const { date = null, app_id: app = null, change_type: change = null, scope = null } = line(row)
  const told = JSON.stringify([date, app, null, null, change, scope, null])
  return createHash('sha256').update(told).digest('hex').slice(0, 32)
}

type Part = Pick<FaultPlug, 'stream' | 'lists' | 'rowsMax' | 'goneShare' | 'tells' | 'aside' | 'isLong'>
const app: Part['tells'] = {
  'apps/apps': ({ app }) => idsIn([app ?? null]),
  'restricted-apps/apps': ({ app }) => idsIn([app ?? null]),
}
const insides = { rowsMax: 24, goneShare: 0.6, aside: { 'self/self': 'the one it is' }, isLong: true } as const
const parts: Part[] = [
  { stream: 'audit' },
  { stream: 'integrations' },
  // One list: too few requests to meet every fault in a short run.
  { stream: 'sessions', isLong: true },
  { stream: 'directory', lists: ['teams', 'users'] },
  {
    stream: 'directory',
    lists: ['self', 'former-users', 'apps', 'restricted-apps', 'channels', 'usergroups'],
    tells: app,
    ...insides,
  },
  { stream: 'workspace', lists: ['users'] },
  { stream: 'workspace', lists: ['self', 'channels', 'usergroups'], ...insides },
]

const plug = ({ stream, ...part }: Part): FaultPlug<SlackConfig> => ({
  name: `slack ${stream}${part.rowsMax === undefined ? '' : ', insides'}`,
  connector: slackConnector,
  config: slackConnector.config.parse({
    webUrl: twinOrigin,
    apiUrl: twinOrigin,
    plan: stream === 'workspace' || stream === 'integrations' ? 'business' : 'enterprise',
    appId: 'A0CORDON',
  }),
  secrets: { token: 'EXAMPLE-xoxp' },
  stream,
  record: (row) => (records[stream] ?? person)(row),
  keeps: keeps[stream] ?? ['id', 'app', 'is_ext_shared'],
  ...(stream === 'integrations' ? { nativeOf: nameOf } : {}),
  answer,
  without: {
    'limit-403': 'its limits are 429s',
    'token-expiry': 'its tokens are static ones',
    ...(stream === 'integrations' ? { 'expired-cursor': 'its pages are numbers: none expires' } : {}),
  },
  ...part,
})

const elsewhere: Gate['elsewhere'] = [[/readSlack\(shape|'auth\.test', \{\}, value/, 'actions alone']]
for (const { name, run } of connectorSuite(slackConnector, parts.map(plug), { elsewhere })) test(name, run)
