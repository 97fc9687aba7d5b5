import { z } from 'zod'

import { readAnswer, type FeedStream } from '#sources/contract'

import { call } from './client.ts'
import type { FleetConfig } from './config.ts'
import { timeMs } from './statements.ts'
import { activitySigma } from './sigma.ts'

const activitiesEveryMs = 30_000
/** How late a row may show, and how far the server's clock may be from ours. */
const activitiesOverlapMs = 15 * 60_000
const activityRows = 100

const page = z.object({
  activities: z.array(z.looseObject({ id: z.number(), created_at: z.string() })).nullish(),
  meta: z.object({ has_next_results: z.boolean() }).nullish(),
})

/**
 * Newest first, page after page until one is older than what is wanted: what happens meanwhile pushes rows to later pages,
 * so they come twice and none is passed over.
 */
export const activities: FeedStream<FleetConfig> = {
  name: 'activities',
  kind: 'feed',
  resumes: 'time',
  delayMs: { typical: activitiesEveryMs / 2, worst: 2 * 60_000 },
  overlapMs: activitiesOverlapMs,
  everyMs: activitiesEveryMs,
  covers: ['logins', 'admin'],
  tells: ['sign-ins', 'sign-in-places'],
  sigma: activitySigma,
  scopes: ['observer'],
  requestsPerRun: 1,
  async page(context, { sinceMs, untilMs, cursor }) {
    const at = cursor === null ? 0 : Number(cursor)
    const query = { page: at, per_page: activityRows, order_key: 'created_at', order_direction: 'desc' }
    const { activities: rows, meta } = readAnswer(page, await call(context, '/activities', { query }), 'the activities')
    const events = (rows ?? []).map((row) => ({
      native: String(row.id),
      eventAtMs: timeMs(row.created_at) ?? null,
      raw: z.json().parse(row),
    }))
    const isPast = events.some(({ eventAtMs }) => eventAtMs !== null && eventAtMs < sinceMs)
    const isEnd = isPast || meta?.has_next_results !== true
    return {
      events: events.filter(
        ({ eventAtMs }) => eventAtMs === null || (eventAtMs >= sinceMs && (untilMs === null || eventAtMs < untilMs)),
      ),
      next: isEnd ? null : String(at + 1),
      isEnd,
    }
  },
}
