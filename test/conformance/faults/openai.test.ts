import { test } from 'node:test'

import type { Json, JsonObject } from '#kit'
import { openaiConnector, type OpenaiConfig } from '#connectors/openai'

import type { FaultPlug, TwinAnswer, TwinRequest, TwinRow } from './plug.ts'
import { twinOrigin } from './run.ts'
import { idsIn, textOf } from './scratch.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const no = (status: number, code: string | null): TwinAnswer => ({
  status,
  body: { error: { message: 'no', type: 'invalid_request_error', param: null, code } },
})

const minuteS = 60
const minuteOf = (ms: number): number => Math.floor(ms / 1000 / minuteS) * minuteS
const storedPaths = ['/v1/files', '/v1/vector_stores', '/v1/assistants', '/v1/fine_tuning/jobs']

/** OpenAI's answers over the suite's rows: the log newest first by time, lists by the id of the last row. */
function answer({ url, header }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const { pathname, searchParams: query } = url
  const key = storedPaths.includes(pathname) ? 'EXAMPLE-project' : 'EXAMPLE-admin'
  if (header('authorization') !== `Bearer ${key}`) return no(401, 'invalid_api_key')
  const after = query.get('after') ?? query.get('page')
  if (after !== null && twin.isCursorExpired) return no(400, null)
  const ok = (rows: Json[], next: number | string | null): TwinAnswer => ({
    status: 200,
    body: {
      object: 'list',
      data: rows,
      has_more: next !== null,
      first_id: null,
      last_id: next === null ? null : String(next),
    },
  })
  if (pathname === '/v1/organization/audit_logs') {
    // Inclusive, and in whole seconds.
    const lte = query.get('effective_at[lte]')
    const latestMs = lte === null ? Infinity : (Number(lte) + 1) * 1000
    const { records, next } = twin.byTime(
      Number(query.get('effective_at[gte]')) * 1000,
      latestMs,
      Number(after ?? 0),
      pageRows,
    )
    return ok(records, next)
  }
  if (pathname.startsWith('/v1/organization/usage/')) {
    // All of it is of one report: the others are read, too, and are empty.
    if (!pathname.endsWith('/completions')) return { status: 200, body: { data: [], has_more: false, next_page: null } }
    const untilMs = query.has('end_time') ? Number(query.get('end_time')) * 1000 : Infinity
    const { records, next } = twin.byTime(Number(query.get('start_time')) * 1000, untilMs, Number(after ?? 0), pageRows)
    const data = records.map(({ start_time = null, end_time = null, ...row }) => ({
      start_time,
      end_time,
      results: [row],
    }))
    return { status: 200, body: { data, has_more: next !== null, next_page: next === null ? null : String(next) } }
  }
  // What is inside of a project or group has its id; of one that is gone OpenAI knows nothing.
  const [, parent, inside] = /\/(?:projects|groups)\/([^/]+)(?:\/(\w+))?$/.exec(pathname) ?? []
  if (parent !== undefined) {
    const held = twin.inside(inside ?? '', parent)
    if (held.length === 0) return no(404, null)
    return inside === undefined ? { status: 200, body: held[0] ?? {} } : ok(held, null)
  }
  const { records, next } = twin.byId(pathname, after, pageRows)
  return ok(records, next)
}

type Name = 'audit' | 'directory' | 'usage' | 'stored'
// OpenAI counts seconds.
const records: Record<Name, (row: TwinRow, at: number) => JsonObject> = {
  audit: ({ id, n }, at) => ({
    id,
    type: 'login.succeeded',
    effective_at: at,
    actor: { type: 'session', session: { user: { id: `user-${n % 5}` }, ip_address: '192.0.2.1' } },
  }),
  directory: ({ id, n }, at) => ({ id, group_id: id, name: `n${n}`, added_at: at, created_at: at }),
  usage: ({ id, atMs }) => ({
    start_time: minuteOf(atMs),
    end_time: minuteOf(atMs) + minuteS,
    api_key_id: id,
    model: 'gpt',
  }),
  stored: ({ id, n }, at) => ({ id, name: `n${n}`, filename: `f${n}`, status: 'completed', created_at: at }),
}
const keeps: Record<Name, readonly string[]> = {
  audit: ['id', 'effective_at', 'type'],
  directory: ['id', 'group_id'],
  usage: ['api_key_id', 'start_time', 'end_time'],
  stored: ['id'],
}

type Part = Pick<FaultPlug, 'lists' | 'rowsMax' | 'goneShare' | 'tells' | 'isLong'>
const insides: Part = {
  lists: ['groups', 'projects', 'certificates'],
  rowsMax: 16,
  goneShare: 0.6,
  tells: {
    'groups/group-users': ({ users }) => idsIn(users),
    'projects/project-groups': ({ group_id: group }) => [textOf(group)],
  },
  isLong: true,
}

const plug = (stream: Name, part: Part = {}): FaultPlug<OpenaiConfig> => ({
  name: `openai ${stream}${part === insides ? ', insides' : ''}`,
  connector: openaiConnector,
  config: openaiConnector.config.parse({
    organization: 'org-faults',
    dataProjects: ['proj_faults'],
    apiUrl: `${twinOrigin}/v1`,
  }),
  secrets: { adminKey: 'EXAMPLE-admin', projectKeys: 'proj_faults=EXAMPLE-project' },
  stream,
  record: (row) => records[stream](row, Math.floor(row.atMs / 1000)),
  keeps: keeps[stream],
  // A minute of a key is known by what it says.
  nativeOf: ({ id, atMs }) => (stream === 'usage' ? `completions/${minuteOf(atMs)}///${id}/0/0/0` : id),
  answer,
  without: {
    'limit-403': 'its limits are 429s',
    'token-expiry': 'its keys are static ones',
  },
  ...(stream === 'usage' || stream === 'stored' ? { isLong: true } : {}),
  ...part,
})

const plugs = [
  plug('audit'),
  plug('directory', { lists: ['users', 'admin-keys', 'invites'] }),
  plug('directory', insides),
  plug('usage'),
  plug('stored'),
]
for (const { name, run } of connectorSuite(openaiConnector, plugs)) test(name, run)
