import { createHash } from 'node:crypto'
import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { litellmConnector, type LitellmConfig } from '#connectors/litellm'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { faultSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7

/** Where each numbered page begins, as the page before it ended: the suite hands rows out by their ids. */
const begins = new WeakMap<VendorTwin, Map<string, string | null>>()

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
  const known = begins.get(twin) ?? new Map<string, string | null>()
  begins.set(twin, known)
  const after = page === 1 ? null : (known.get(`${pathname} ${page}`) ?? null)
  const { records, next } = twin.byId(pathname, after, pageRows)
  if (next !== null) known.set(`${pathname} ${page + 1}`, next === '' ? after : next)
  const total = { total_pages: next === null ? page : page + 1, total_count: 0, total: 0 }
  return { status: 200, body: { users: records, ...total } }
}

/** One list for all: the others are walked by the same numbers. */
const connector: typeof litellmConnector = {
  ...litellmConnector,
  streams: litellmConnector.streams.map((stream) =>
    stream.kind === 'snapshot' && 'lists' in stream ? { ...stream, lists: () => ['users'] } : stream,
  ),
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
  inventory: (id, at) => ({ user_id: id, user_role: 'internal_user', created_at: at, models: ['gpt-4o'] }),
}
const keeps: Record<Name, string[]> = {
  requests: ['request_id', 'startTime'],
  audit: ['id', 'updated_at', 'action', 'table_name', 'object_id'],
  inventory: ['user_id'],
}

const plug = (stream: Name): FaultPlug<LitellmConfig> => ({
  name: `litellm ${stream}`,
  connector,
  config: litellmConnector.config.parse({ url: twinOrigin, plan: 'enterprise' }),
  secrets: { key: 'EXAMPLE' },
  stream,
  record: ({ id, atMs }) => records[stream](id, new Date(atMs).toISOString()),
  keeps: keeps[stream],
  answer,
  without: {
    'expired-cursor': 'its pages are numbers: none expires',
    ...(stream === 'inventory'
      ? {}
      : {
          'empty-page': 'a page is rows by their number: only behind the last one is it empty',
          'repeated-page':
            'a page is rows by their number: none comes twice but by what is new in front, which happens here',
        }),
    'limit-403': 'its limits are 429s',
    'token-expiry': 'its keys are static ones',
  },
})

/** The audit log is walked as the calls are: it has its turn in the long runs. */
const isLong = process.env['CORDON_SCHEDULES'] !== undefined
for (const stream of isLong ? (['requests', 'audit', 'inventory'] as const) : (['requests', 'inventory'] as const))
  for (const { name, run } of faultSuite(plug(stream))) test(name, run)
