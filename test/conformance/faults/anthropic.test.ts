import { test } from 'node:test'

import type { Json, JsonObject } from '#kit'
import { anthropicConnector, type AnthropicConfig } from '#connectors/anthropic'

import type { FaultPlug, TwinAnswer, TwinRequest, TwinRow } from './plug.ts'
import { twinOrigin } from './run.ts'
import { textOf } from './scratch.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const no = (status: number, type: string): TwinAnswer => ({
  status,
  body: { type: 'error', error: { type, message: 'no' } },
})

type Listing = { rows: Json[]; next: number | string | null }
const minuteMs = 60_000
const minuteOf = (ms: number): string => new Date(Math.floor(ms / minuteMs) * minuteMs).toISOString()

/** Anthropic's answers over the suite's rows: feeds by time, lists by the id of the last row, files by pages of their own. */
function answer({ url, header }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const { pathname, searchParams: query } = url
  const key = pathname === '/v1/files' ? 'EXAMPLE-workspace' : 'EXAMPLE-admin'
  if (header('x-api-key') !== key) return no(401, 'authentication_error')
  const page = query.get('page')
  const after = page ?? query.get('after_id')
  if (after !== null && twin.isCursorExpired) return no(400, 'invalid_request_error')
  const during = (from: string, to: string): Listing => {
    const until = query.get(to)
    // The end of the feed is inclusive.
    const untilMs = until === null ? Infinity : Date.parse(until) + (to.endsWith('lte') ? 1 : 0)
    const { records, next } = twin.byTime(Date.parse(query.get(from) ?? ''), untilMs, Number(after ?? 0), pageRows)
    return { rows: records, next }
  }
  const byIds = (place: string | null): Listing => {
    const { records, next } = twin.byId(pathname, place, pageRows)
    return { rows: records, next }
  }
  const ok = ({ rows, next }: Listing): TwinAnswer => ({
    status: 200,
    body: { data: rows, has_more: next !== null, first_id: null, last_id: next === null ? null : String(next) },
  })
  const paged = ({ rows, next }: Listing): TwinAnswer => ({
    status: 200,
    body: { data: rows, has_more: next !== null, next_page: next === null ? null : `at:${next}` },
  })
  switch (pathname) {
    case '/v1/compliance/activities':
      return ok(during('created_at.gte', 'created_at.lte'))
    case '/v1/organizations/usage_report/messages': {
      const offset = page?.slice(3) ?? '0'
      const since = Date.parse(query.get('starting_at') ?? '')
      const until = Date.parse(query.get('ending_at') ?? '') || Infinity
      const { records, next } = twin.byTime(since, until, Number(offset), pageRows)
      const rows = records.map(({ starting_at = null, ending_at = null, ...row }) => ({
        starting_at,
        ending_at,
        results: [row],
      }))
      return paged({ rows, next })
    }
    case '/v1/files':
      return paged(byIds(page?.slice(3) ?? null))
    case '/v1/organizations/me':
      return { status: 200, body: { id: '7e57e57e-0000-4000-8000-000000000001', name: 'faults' } }
    default:
      return ofWorkspace(pathname, twin) ?? ok(byIds(after))
  }
}

/** One member inside of each workspace, of the same id; of one that is gone nothing is known. */
function ofWorkspace(pathname: string, twin: VendorTwin): TwinAnswer | undefined {
  const [, workspace, members] = /\/workspaces\/([^/]+)(\/members)?$/.exec(pathname) ?? []
  if (workspace === undefined) return undefined
  const held = twin.inside('members', workspace)
  if (held.length === 0) return no(404, 'not_found_error')
  if (members === undefined) return { status: 200, body: held[0] ?? {} }
  return { status: 200, body: { data: held, has_more: false, first_id: null, last_id: null } }
}

type Name = 'activity' | 'directory' | 'usage' | 'stored'
const records: Record<Name, (row: TwinRow, at: string) => JsonObject> = {
  activity: ({ id, n }, at) => ({
    id,
    created_at: at,
    type: 'sso_login_succeeded',
    actor: { type: 'user_actor', user_id: `user_${n % 5}`, ip_address: '192.0.2.1' },
  }),
  directory: ({ id, n }, at) => ({
    id,
    user_id: id,
    email: `u${n}@example.com`,
    created_at: at,
    name: `n${n}`,
    added_at: at,
    status: 'active',
  }),
  usage: ({ id, atMs }) => ({
    starting_at: minuteOf(atMs),
    ending_at: minuteOf(atMs + minuteMs),
    api_key_id: id,
    model: 'claude',
  }),
  stored: ({ id, n }, at) => ({ id, filename: `f${n}`, mime_type: 'text/plain', size_bytes: n, created_at: at }),
}
const keeps: Record<Name, readonly string[]> = {
  activity: ['id', 'created_at', 'type'],
  directory: ['id', 'user_id', 'email'],
  usage: ['api_key_id', 'starting_at', 'ending_at'],
  stored: ['id'],
}

type Part = Pick<FaultPlug, 'lists' | 'rowsMax' | 'goneShare' | 'tells' | 'aside' | 'isLong'>
const insides: Part = {
  lists: ['organization', 'workspaces'],
  rowsMax: 24,
  goneShare: 0.6,
  tells: { 'workspaces/members': ({ user_id: user }) => [textOf(user)] },
  aside: { 'organization/organization': 'the one it is' },
  isLong: true,
}

const plug = (stream: Name, part: Part = {}): FaultPlug<AnthropicConfig> => ({
  name: `anthropic ${stream}${part === insides ? ', insides' : ''}`,
  connector: anthropicConnector,
  config: anthropicConnector.config.parse({
    activityFeed: true,
    dataWorkspaces: ['wrkspc_01faults'],
    apiUrl: twinOrigin,
  }),
  secrets: { adminKey: 'EXAMPLE-admin', workspaceKeys: 'wrkspc_01faults=EXAMPLE-workspace' },
  stream,
  record: (row) => records[stream](row, new Date(row.atMs).toISOString()),
  keeps: keeps[stream],
  // A minute of a key is known by what it says.
  nativeOf: ({ id, atMs }) => (stream === 'usage' ? `${minuteOf(atMs)}//${id}/0/0/0` : id),
  answer,
  without: {
    'limit-403': 'its limits are 429s',
    'token-expiry': 'its keys are static ones',
  },
  ...(stream === 'usage' || stream === 'stored' ? { isLong: true } : {}),
  ...part,
})

const plugs = [
  plug('activity'),
  plug('directory', { lists: ['users', 'keys', 'invites'] }),
  plug('directory', insides),
  plug('usage'),
  plug('stored'),
]
for (const { name, run } of connectorSuite(anthropicConnector, plugs)) test(name, run)
