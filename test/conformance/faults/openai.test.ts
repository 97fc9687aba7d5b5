import { test } from 'node:test'

import type { Json, JsonObject } from '#kit'
import { openaiConnector, type OpenaiConfig } from '#connectors/openai'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { faultSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const no = (status: number, code: string | null): TwinAnswer => ({
  status,
  body: { error: { message: 'no', type: 'invalid_request_error', param: null, code } },
})

/** OpenAI's answers over the suite's rows: the log newest first by time, lists by the id of the last row. */
function answer({ url, header }: TwinRequest, twin: VendorTwin): TwinAnswer {
  if (header('authorization') !== 'Bearer EXAMPLE-admin') return no(401, 'invalid_api_key')
  const { pathname, searchParams: query } = url
  const after = query.get('after')
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
  const { records, next } = twin.byId(pathname, after, pageRows)
  return ok(records, next)
}

/** Lists whose rows are their own: the others are asked for by what these bring. */
const connector: typeof openaiConnector = {
  ...openaiConnector,
  streams: openaiConnector.streams.map((stream) =>
    stream.kind === 'snapshot' && 'lists' in stream ? { ...stream, lists: () => ['users', 'admin-keys'] } : stream,
  ),
}

const plug = (stream: 'audit' | 'directory'): FaultPlug<OpenaiConfig> => ({
  name: `openai ${stream}`,
  connector,
  config: openaiConnector.config.parse({ organization: 'org-faults', apiUrl: `${twinOrigin}/v1` }),
  secrets: { adminKey: 'EXAMPLE-admin' },
  stream,
  record: ({ id, n, atMs }): JsonObject =>
    stream === 'audit'
      ? {
          id,
          type: 'login.succeeded',
          // OpenAI counts seconds.
          effective_at: Math.floor(atMs / 1000),
          actor: { type: 'session', session: { user: { id: `user-${n % 5}` }, ip_address: '192.0.2.1' } },
        }
      : { id, name: `n${n}`, added_at: Math.floor(atMs / 1000), created_at: Math.floor(atMs / 1000) },
  keeps: stream === 'audit' ? ['id', 'effective_at', 'type'] : ['id'],
  answer,
  without: {
    'limit-403': 'its limits are 429s',
    'token-expiry': 'its keys are static ones',
  },
})

for (const stream of ['audit', 'directory'] as const)
  for (const { name, run } of faultSuite(plug(stream))) test(name, run)
