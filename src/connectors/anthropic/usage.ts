import { z } from 'zod'

import { parseTimeMs, type JsonObject } from '#kit'
import { CursorExpired, readAnswer, type FeedStream, type StreamEvent } from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { call } from './client.ts'
import type { AnthropicConfig } from './config.ts'
import { usageRow } from './rows.ts'

export const usageEveryMs = 5 * 60_000
export const usageOverlapMs = 60 * 60_000
const minuteMs = 60_000
const bucketsMax = 360

const answer = z.object({
  data: z.array(
    z.object({
      starting_at: z.string(),
      ending_at: z.string(),
      results: z.array(z.record(z.string(), z.json())),
    }),
  ),
  has_more: z.boolean().nullish(),
  next_page: z.string().nullish(),
})

/**
 * Which key called models in which minute. Numbers of a minute grow until Anthropic has counted all: a row is known by what
 * it says, so a grown one is read as a new one, and minutes are read again for as long as they may grow.
 */
export const usage: FeedStream<AnthropicConfig> = {
  name: 'usage',
  kind: 'delta',
  resumes: 'time',
  overlapMs: usageOverlapMs,
  // Minutes are many: what is older comes by backfill.
  firstMs: 6 * 3_600_000,
  delayMs: { typical: 8 * minuteMs, worst: usageOverlapMs },
  everyMs: usageEveryMs,
  covers: ['reads'],
  scopes: scopesOfStream.usage,
  requestsPerRun: 1,
  async page(context, { sinceMs, untilMs, cursor }) {
    const query = new URLSearchParams({
      starting_at: new Date(Math.floor(sinceMs / minuteMs) * minuteMs).toISOString(),
      ...(untilMs === null ? {} : { ending_at: new Date(Math.ceil(untilMs / minuteMs) * minuteMs).toISOString() }),
      bucket_width: '1m',
      limit: String(bucketsMax),
      ...(cursor === null ? {} : { page: cursor }),
    })
    for (const group of ['api_key_id', 'workspace_id']) query.append('group_by[]', group)
    const response = await call(context, 'GET', `/v1/organizations/usage_report/messages?${query.toString()}`)
    // A page that Anthropic knows no more is a bad request to it.
    if (response.status === 400 && cursor !== null) throw new CursorExpired('the usage of messages')
    const { data, has_more: isMore, next_page: nextPage } = readAnswer(answer, response, 'the usage of messages')
    const next = isMore === true ? (nextPage ?? null) : null
    return {
      events: data.flatMap(({ results, ...bucket }) => results.map((row) => eventOf({ ...row, ...bucket }))),
      next,
      isEnd: next === null,
    }
  },
}

function eventOf(row: JsonObject): StreamEvent {
  const kept = usageRow.parse(row)
  const { starting_at: start, api_key_id: key, workspace_id: workspace } = kept
  const said = [kept.uncached_input_tokens, kept.cache_read_input_tokens, kept.output_tokens].map((count) => count ?? 0)
  const native = [start, workspace ?? '', key ?? '', ...said].join('/')
  return { native, eventAtMs: parseTimeMs(start) ?? null, raw: z.record(z.string(), z.json()).parse(kept) }
}
