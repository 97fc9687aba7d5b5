import { z } from 'zod'

import { parseTimeMs } from '#kit'
import { CursorExpired, readAnswer, type FeedStream } from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { call } from './client.ts'
import type { AnthropicConfig } from './config.ts'
import { activitySigma } from './sigma.ts'

export const activityEveryMs = 15_000
/** Anthropic takes up to 5,000; smaller pages are surer to arrive whole. */
export const activityPageRows = 500
/** Far more than Anthropic promises: clocks are apart, and what comes late behind a younger entry is lost beyond it. */
export const activityOverlapMs = 20 * 60_000
const minuteMs = 60_000
const sixYearsMs = 6 * 365 * 86_400_000

const answer = z.object({
  data: z.array(z.object({ id: z.string().min(1), created_at: z.string() }).catchall(z.json())),
  has_more: z.boolean().nullish(),
  last_id: z.string().nullish(),
})

/**
 * The Activity Feed, newest first. `after_id` leads back in time within its one query, so each run asks anew from the
 * watermark less the overlap, which is what makes late entries found. Anthropic promises them within a minute.
 */
export const activity: FeedStream<AnthropicConfig> = {
  name: 'activity',
  kind: 'feed',
  resumes: 'time',
  overlapMs: activityOverlapMs,
  delayMs: { typical: activityEveryMs / 2 + 20_000, worst: 2 * minuteMs },
  everyMs: activityEveryMs,
  historyMs: sixYearsMs,
  covers: ['logins', 'admin', 'grants', 'reads'],
  tells: ['sign-ins', 'sign-in-places'],
  sigma: activitySigma,
  scopes: scopesOfStream.activity,
  requestsPerRun: 1,
  isOn: ({ activityFeed }) => activityFeed,
  async page(context, { sinceMs, untilMs, cursor }) {
    const query = new URLSearchParams({
      'created_at.gte': new Date(sinceMs).toISOString(),
      ...(untilMs === null ? {} : { 'created_at.lte': new Date(untilMs).toISOString() }),
      limit: String(activityPageRows),
      ...(cursor === null ? {} : { after_id: cursor }),
    })
    const response = await call(context, 'GET', `/v1/compliance/activities?${query.toString()}`)
    if (response.status === 400 && cursor !== null) throw new CursorExpired('the Activity Feed')
    const { data, has_more: isMore, last_id: lastId } = readAnswer(answer, response, 'the Activity Feed')
    const next = isMore === true ? (lastId ?? data.at(-1)?.id ?? null) : null
    return {
      events: data.map((entry) => ({ native: entry.id, eventAtMs: parseTimeMs(entry.created_at) ?? null, raw: entry })),
      next,
      isEnd: next === null,
    }
  },
}
