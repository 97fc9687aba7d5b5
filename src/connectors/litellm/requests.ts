import { z } from 'zod'

import { isObject, type JsonObject } from '#kit'
import { readAnswer, type FeedStream, type PushStream, type StreamEvent } from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { get } from './client.ts'
import type { LitellmConfig } from './config.ts'
import { hostOf, readEntry, recordOf, requestRow } from './rows.ts'
import { timeMs } from './statements.ts'
import { requestSigma } from './sigma.ts'

export const requestsEveryMs = 60_000
/** The most that LiteLLM gives at once. */
const pageRows = 1_000
/** Rows are written when the call has ended, in batches; they stand at its beginning. */
export const requestsOverlapMs = 20 * 60_000
const what = 'the log of calls'

const page = z.object({
  data: z.array(z.record(z.string(), z.json())),
  total_pages: z.number(),
})

/** LiteLLM takes whole seconds of UTC, both ends inclusive. */
const stamp = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
/** It wants an end; a clock that is ahead must not hide what is new. */
const aheadMs = 24 * 3_600_000

/**
 * By time, oldest first, in numbered pages. What arrives late stands in front and moves rows back, which repeats some and
 * loses none. `total_pages` stops counting at 10,000 rows: a full page goes on whatever it says.
 */
export const requests: FeedStream<LitellmConfig> = {
  name: 'requests',
  kind: 'feed',
  sigma: requestSigma,
  resumes: 'time',
  delayMs: { typical: requestsEveryMs / 2 + 30_000, worst: 10 * 60_000 },
  everyMs: requestsEveryMs,
  overlapMs: requestsOverlapMs,
  // `maximum_spend_logs_retention_period` of the proxy; without it they are kept for ever.
  historyMs: null,
  covers: ['reads'],
  scopes: scopesOfStream('requests'),
  requestsPerRun: 1,
  isOn: ({ database, requests: how }) => database && how === 'poll',
  async page(context, { sinceMs, untilMs, cursor }) {
    const number = cursor === null ? 1 : Number(cursor)
    const query = {
      start_date: stamp(Math.max(0, sinceMs)),
      end_date: stamp(untilMs === null ? context.clock.nowMs() + aheadMs : untilMs + 999),
      sort_by: 'startTime',
      sort_order: 'asc',
      page_size: pageRows,
      page: number,
    }
    const { data, total_pages: pages } = readAnswer(page, await get(context, '/spend/logs/v2', query), what)
    const isEnd = number >= pages && data.length < pageRows
    return { events: data.map(logged), next: isEnd ? null : String(number + 1), isEnd }
  },
}

/** One row of the spend logs. */
function logged(row: JsonObject): StreamEvent {
  const metadata = isObject(row['metadata']) ? row['metadata'] : {}
  const error = isObject(metadata['error_information']) ? metadata['error_information'] : {}
  return event({
    ...row,
    id: row['request_id'],
    startedAt: row['startTime'],
    endedAt: row['endTime'],
    status: row['status'] ?? metadata['status'],
    hash: row['api_key'],
    provider: row['custom_llm_provider'],
    host: hostOf(row['api_base']),
    ip: toldOf(row['requester_ip_address'], metadata['requester_ip_address']),
    agent: metadata['user_agent'],
    tool: row['mcp_namespaced_tool_name'],
    error: error['error_class'],
    error_code: error['error_code'],
  })
}

/** One `StandardLoggingPayload`, as LiteLLM's callbacks send it. */
function pushed(row: JsonObject): StreamEvent {
  const metadata = isObject(row['metadata']) ? row['metadata'] : {}
  const error = isObject(row['error_information']) ? row['error_information'] : {}
  const tool = isObject(metadata['mcp_tool_call_metadata']) ? metadata['mcp_tool_call_metadata'] : {}
  return event({
    ...row,
    startedAt: fromSeconds(row['startTime']),
    endedAt: fromSeconds(row['endTime']),
    hash: metadata['user_api_key_hash'],
    user: metadata['user_api_key_user_id'],
    team_id: metadata['user_api_key_team_id'],
    organization_id: metadata['user_api_key_org_id'],
    provider: row['custom_llm_provider'],
    host: hostOf(row['api_base']),
    spend: row['response_cost'],
    ip: toldOf(row['requester_ip_address'], metadata['requester_ip_address']),
    agent: toldOf(row['user_agent'], metadata['user_agent']),
    tool: tool['namespaced_tool_name'] ?? tool['name'],
    error: error['error_class'],
    error_code: error['error_code'],
  })
}

/** Where one place is left empty the other may tell. */
const toldOf = (first: unknown, second: unknown): unknown =>
  first === null || first === undefined || first === '' ? second : first

function event(row: Record<string, unknown>): StreamEvent {
  const kept = readEntry(requestRow, row, what)
  return { native: kept.id, eventAtMs: timeMs(kept.startedAt) ?? null, raw: recordOf(kept) }
}

const fromSeconds = (seconds: unknown): unknown =>
  typeof seconds === 'number' && Number.isFinite(seconds) && Math.abs(seconds) < 1e11
    ? new Date(Math.round(seconds * 1000)).toISOString()
    : seconds

/** What the proxy sends by itself (`callbacks: ["generic_api"]`): within a second, where polling takes a minute. */
export const callback: PushStream<LitellmConfig> = {
  name: 'callback',
  kind: 'push',
  sigma: requestSigma,
  delayMs: { typical: 5_000, worst: 10 * 60_000 },
  everyMs: requestsEveryMs,
  covers: ['reads'],
  isOn: ({ requests: how }) => how === 'push',
  keep: (record) => [pushed(record)],
}
