import { test } from 'node:test'

import type { Json, JsonObject } from '#kit'
import { slackConnector, type SlackConfig } from '#connectors/slack'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { faultSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const no = (error: string): TwinAnswer => ({ status: 200, body: { ok: false, error } })

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
  const { records, next } = twin.byId(pathname, cursor, pageRows)
  return ok(pathname === '/api/admin.teams.list' ? 'teams' : 'users', records, next)
}

/** Lists whose rows are their own: the others are asked for by what these bring. */
const connector: typeof slackConnector = {
  ...slackConnector,
  streams: slackConnector.streams.map((stream) =>
    stream.kind === 'snapshot' && 'lists' in stream ? { ...stream, lists: () => ['teams', 'users'] } : stream,
  ),
}

const plug = (stream: 'audit' | 'directory'): FaultPlug<SlackConfig> => ({
  name: `slack ${stream}`,
  connector,
  config: slackConnector.config.parse({
    webUrl: twinOrigin,
    apiUrl: twinOrigin,
    plan: 'enterprise',
    appId: 'A0CORDON',
  }),
  secrets: { token: 'EXAMPLE-xoxp' },
  stream,
  record: ({ id, n, atMs }): JsonObject =>
    stream === 'audit'
      ? {
          id,
          // Slack counts seconds.
          date_create: Math.floor(atMs / 1000),
          action: 'user_login',
          actor: { type: 'user', user: { id: `W${n % 5}ADA`, name: 'ada' } },
          context: { session_id: n, ip_address: '192.0.2.1' },
        }
      : { id, name: `n${n}`, full_name: 'Ada', is_active: true, date_created: Math.floor(atMs / 1000) },
  keeps: stream === 'audit' ? ['id', 'date_create'] : ['id'],
  answer,
  without: {
    'limit-403': 'its limits are 429s',
    'token-expiry': 'its tokens are static ones',
  },
})

for (const stream of ['audit', 'directory'] as const)
  for (const { name, run } of faultSuite(plug(stream))) test(name, run)
