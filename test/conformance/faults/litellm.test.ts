import { createHash } from 'node:crypto'
import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { litellmConnector, type LitellmConfig } from '#connectors/litellm'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { idsIn } from './scratch.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7

/** Of each paged list: the field its rows stand in. */
const rowsIn: Record<string, string> = {
  '/key/list': 'keys',
  '/user/list': 'users',
  '/v2/team/list': 'teams',
  '/v2/model/info': 'data',
}
/** Those that come whole: the field their rows stand in, where they stand in one. */
const whole: Record<string, string | null> = {
  '/organization/list': null,
  '/credentials': 'credentials',
  '/v1/mcp/server': null,
  '/v2/guardrails/list': 'guardrails',
}

function answer({ url, header }: TwinRequest, twin: VendorTwin): TwinAnswer {
  if (header('authorization') !== 'Bearer EXAMPLE') return { status: 401, body: { error: { code: '401' } } }
  const { pathname, searchParams: given } = url
  const page = Number(given.get('page') ?? 1)
  if (pathname === '/spend/logs/v2' || pathname === '/audit') {
    // Whole seconds of UTC, both ends inclusive.
    const timeOf = (name: string): number =>
      Date.parse(`${given.get(name)?.replace(' ', 'T').replace(/Z$/, '') ?? ''}Z`)
    const untilMs = given.has('end_date') ? timeOf('end_date') + 1_000 : Infinity
    // The suite gives newest first: the order inside a page is the runtime's not to rely on.
    const { records, next } = twin.byTime(timeOf('start_date'), untilMs, (page - 1) * pageRows, pageRows)
    const total_pages = next === null ? page : page + 1
    return { status: 200, body: { [pathname === '/audit' ? 'audit_logs' : 'data']: records, total_pages } }
  }
  if (pathname === '/health/readiness') return { status: 200, body: { status: 'healthy', litellm_version: '1.80.0' } }
  const field = whole[pathname]
  if (field !== undefined) {
    const held = twin.whole(pathname)
    return { status: 200, body: field === null ? held : { [field]: held } }
  }
  const { records, total } = twin.byPlace(pathname, (page - 1) * pageRows, pageRows)
  const counts = { total_pages: Math.ceil(total / pageRows), total_count: total, total }
  return { status: 200, body: { [rowsIn[pathname] ?? 'data']: records, ...counts } }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

type Name = 'requests' | 'audit' | 'inventory'
const records: Record<Name, (id: string, at: string) => JsonObject> = {
  requests: (id, at) => ({
    request_id: id,
    startTime: at,
    call_type: 'acompletion',
    model: 'gpt-4o',
    api_key: sha256('k'),
  }),
  audit: (id, at) => ({
    id,
    updated_at: at,
    changed_by: 'u1',
    action: 'updated',
    table_name: 'LiteLLM_TeamTable',
    object_id: 't1',
  }),
  inventory: (id, at) => ({
    user_id: id,
    ...Object.fromEntries(
      ['team_id', 'organization_id', 'credential_name', 'server_id', 'guardrail_id', 'guardrail_name'].map((field) => [
        field,
        id,
      ]),
    ),
    model_info: { id },
    token: sha256(id),
    user_role: 'internal_user',
    created_at: at,
    models: ['gpt-4o'],
  }),
}
const kept = [
  'token',
  'team_id',
  'organization_id',
  'credential_name',
  'server_id',
  'guardrail_id',
  'guardrail_name',
  'model_info',
]
const keeps: Record<Name, string[]> = {
  requests: ['request_id', 'startTime'],
  audit: ['id', 'updated_at', 'action', 'table_name', 'object_id'],
  inventory: ['user_id', ...kept],
}

const idAt =
  (field: string) =>
  (row: JsonObject): string[] =>
    idsIn([row], field)

type Part = Pick<FaultPlug, 'lists' | 'rowsMax' | 'tells' | 'aside' | 'isLong'>
const others: Part = {
  lists: ['self', 'teams', 'organizations', 'deployments', 'credentials', 'mcp', 'guardrails'],
  rowsMax: 30,
  tells: {
    'teams/teams': idAt('team_id'),
    'organizations/organizations': idAt('organization_id'),
    'deployments/deployments': idAt('id'),
    'credentials/credentials': idAt('name'),
    'mcp/mcp': idAt('server_id'),
    'guardrails/guardrails': idAt('name'),
  },
  aside: { 'self/self': 'the gateway itself' },
  isLong: true,
}

const plug = (stream: Name, part: Part = {}): FaultPlug<LitellmConfig> => ({
  name: `litellm ${stream}${part === others ? ', others' : ''}`,
  connector: litellmConnector,
  config: litellmConnector.config.parse({ url: twinOrigin, plan: 'enterprise' }),
  secrets: { key: 'EXAMPLE' },
  stream,
  record: ({ id, atMs }) => records[stream](id, new Date(atMs).toISOString()),
  keeps: keeps[stream],
  answer,
  without: {
    'expired-cursor': 'its pages are numbers: none expires',
    'repeated-page': 'a page is rows by their number: none comes twice but by what is new in front, which happens here',
    ...(stream === 'inventory'
      ? {}
      : { 'empty-page': 'a page is rows by their number: only behind the last one is it empty' }),
    'limit-403': 'its limits are 429s',
    'token-expiry': 'its keys are static ones',
  },
  // It is walked as the calls are.
  ...(stream === 'audit' ? { isLong: true } : {}),
  ...part,
})

const plugs = [
  plug('requests'),
  plug('audit'),
  plug('inventory', { lists: ['keys', 'users'] }),
  plug('inventory', others),
]
const elsewhere: Gate['elsewhere'] = [[/'\/key\/info'|await page\(at\)/, 'actions alone']]
for (const { name, run } of connectorSuite(litellmConnector, plugs, { elsewhere })) test(name, run)
