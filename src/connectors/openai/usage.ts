import { z } from 'zod'

import { parseOwnJson, type JsonObject } from '#kit'
import {
  CursorExpired,
  readAnswer,
  type FeedPage,
  type FeedStream,
  type PullContext,
  type StreamEvent,
} from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { call } from './client.ts'
import type { OpenaiConfig } from './config.ts'
import { usageRow } from './rows.ts'

export const usageEveryMs = 5 * 60_000
export const usageOverlapMs = 90 * 60_000
const minuteMs = 60_000
const bucketsMax = 360

/** Reports that tell which key it was. */
export const usageKinds = [
  'completions',
  'embeddings',
  'moderations',
  'images',
  'audio_speeches',
  'audio_transcriptions',
] as const
const groups = ['project_id', 'user_id', 'api_key_id']

const answer = z.object({
  data: z.array(
    z.object({
      start_time: z.number(),
      end_time: z.number(),
      results: z.array(z.record(z.string(), z.json())),
    }),
  ),
  has_more: z.boolean().nullish(),
  next_page: z.string().nullish(),
})

type At = { kind: number; page: string | null }

/**
 * Which key called models in which minute. Numbers of a minute grow until OpenAI has counted all: a row is known by what
 * it says, so a grown one is read as a new one, and minutes are read again for as long as they may grow.
 */
export const usage: FeedStream<OpenaiConfig> = {
  name: 'usage',
  kind: 'delta',
  resumes: 'time',
  overlapMs: usageOverlapMs,
  // Minutes are many: what is older comes by backfill.
  firstMs: 6 * 3_600_000,
  delayMs: { typical: 10 * minuteMs, worst: usageOverlapMs },
  everyMs: usageEveryMs,
  covers: ['reads'],
  scopes: scopesOfStream.usage,
  requestsPerRun: usageKinds.length,
  page,
}

async function page(
  context: PullContext<OpenaiConfig>,
  { sinceMs, untilMs, cursor }: { sinceMs: number; untilMs: number | null; cursor: string | null },
): Promise<FeedPage> {
  const at: At = cursor === null ? { kind: 0, page: null } : parseOwnJson<At>(cursor)
  const kind = usageKinds[at.kind]
  if (kind === undefined) return { events: [], next: null, isEnd: true }
  const query = new URLSearchParams({
    start_time: String(Math.floor(sinceMs / minuteMs) * 60),
    ...(untilMs === null ? {} : { end_time: String(Math.ceil(untilMs / minuteMs) * 60) }),
    bucket_width: '1m',
    limit: String(bucketsMax),
    ...(at.page === null ? {} : { page: at.page }),
  })
  for (const group of groups) query.append('group_by[]', group)
  const response = await call(context, 'GET', `/organization/usage/${kind}?${query.toString()}`)
  const what = `the usage of ${kind}`
  // A page that OpenAI knows no more is a bad request to it.
  if (response.status === 400 && at.page !== null) throw new CursorExpired(what)
  const { data, has_more: isMore, next_page: nextPage } = readAnswer(answer, response, what)
  const next: At =
    isMore === true && nextPage !== null && nextPage !== undefined
      ? { kind: at.kind, page: nextPage }
      : { kind: at.kind + 1, page: null }
  const isEnd = next.kind >= usageKinds.length
  return {
    events: data.flatMap(({ results, ...bucket }) => results.map((row) => eventOf({ ...row, ...bucket, kind }))),
    next: isEnd ? null : JSON.stringify(next),
    isEnd,
  }
}

function eventOf(row: JsonObject): StreamEvent {
  const kept = usageRow.parse(row)
  const { kind, start_time: start, api_key_id: key, project_id: project, user_id: user } = kept
  const said = [kept.num_model_requests, kept.input_tokens, kept.output_tokens].map((count) => count ?? 0)
  const native = [kind, start, project ?? '', user ?? '', key ?? '', ...said].join('/')
  return { native, eventAtMs: start * 1000, raw: z.record(z.string(), z.json()).parse(kept) }
}
