import { test } from 'node:test'

import type { Json, JsonObject } from '#kit'
import { anthropicConnector, type AnthropicConfig } from '#connectors/anthropic'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { faultSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const no = (status: number, type: string): TwinAnswer => ({
  status,
  body: { type: 'error', error: { type, message: 'no' } },
})

/** Anthropic's answers over the suite's rows: the feed newest first by time, lists by the id of the last row. */
function answer({ url, header }: TwinRequest, twin: VendorTwin): TwinAnswer {
  if (header('x-api-key') !== 'EXAMPLE-admin') return no(401, 'authentication_error')
  const { pathname, searchParams: query } = url
  const after = query.get('after_id')
  if (after !== null && twin.isCursorExpired) return no(400, 'invalid_request_error')
  const ok = (rows: Json[], next: number | string | null): TwinAnswer => ({
    status: 200,
    body: { data: rows, has_more: next !== null, first_id: null, last_id: next === null ? null : String(next) },
  })
  if (pathname === '/v1/compliance/activities') {
    const lte = query.get('created_at.lte')
    const { records, next } = twin.byTime(
      Date.parse(query.get('created_at.gte') ?? ''),
      lte === null ? Infinity : Date.parse(lte) + 1,
      Number(after ?? 0),
      pageRows,
    )
    return ok(records, next)
  }
  const { records, next } = twin.byId(pathname, after, pageRows)
  return ok(records, next)
}

/** Lists whose rows are their own: the others are asked for by what these bring. */
const connector: typeof anthropicConnector = {
  ...anthropicConnector,
  streams: anthropicConnector.streams.map((stream) =>
    stream.kind === 'snapshot' && 'lists' in stream ? { ...stream, lists: () => ['users', 'keys'] } : stream,
  ),
}

const plug = (stream: 'activity' | 'directory'): FaultPlug<AnthropicConfig> => ({
  name: `anthropic ${stream}`,
  connector,
  config: anthropicConnector.config.parse({ activityFeed: true, apiUrl: twinOrigin }),
  secrets: { adminKey: 'EXAMPLE-admin' },
  stream,
  record: ({ id, n, atMs }): JsonObject => ({
    id,
    created_at: new Date(atMs).toISOString(),
    ...(stream === 'activity'
      ? {
          type: 'sso_login_succeeded',
          actor: { type: 'user_actor', user_id: `user_${n % 5}`, ip_address: '192.0.2.1' },
        }
      : { name: `n${n}`, added_at: new Date(atMs).toISOString(), status: 'active' }),
  }),
  keeps: stream === 'activity' ? ['id', 'created_at', 'type'] : ['id'],
  answer,
  without: {
    'limit-403': 'its limits are 429s',
    'token-expiry': 'its keys are static ones',
  },
})

for (const stream of ['activity', 'directory'] as const)
  for (const { name, run } of faultSuite(plug(stream))) test(name, run)
