import { z } from 'zod'

import type { FeedStream } from '#sources/contract'

import { call, readPage } from './client.ts'
import type { CrowdstrikeConfig } from './config.ts'
import { timeMs } from './statements.ts'
import { alertSigma } from './sigma.ts'

const alertsEveryMs = 30_000
const alertsOverlapMs = 15 * 60_000
const alertRows = 500
const what = 'the alerts'

const alert = z.looseObject({ composite_id: z.string(), created_timestamp: z.string() })
const page = z.object({
  meta: z.object({ pagination: z.object({ after: z.string().nullish() }).nullish() }),
  resources: z.array(alert).nullish(),
})

/**
 * Oldest first by when CrowdStrike wrote them. `after` belongs to one query, so each run asks anew from the watermark less
 * the overlap. An alert is read once: what people decide about it later is theirs.
 */
export const alerts: FeedStream<CrowdstrikeConfig> = {
  name: 'alerts',
  kind: 'feed',
  sigma: alertSigma,
  resumes: 'time',
  delayMs: { typical: 30_000, worst: 10 * 60_000 },
  overlapMs: alertsOverlapMs,
  everyMs: alertsEveryMs,
  // 90 days by default; longer where it was bought.
  historyMs: 90 * 86_400_000,
  scopes: ['alerts:read'],
  requestsPerRun: 1,
  async page(context, { sinceMs, untilMs, cursor }) {
    const until = untilMs === null ? '' : `+created_timestamp:<'${new Date(untilMs).toISOString()}'`
    const body = {
      filter: `created_timestamp:>='${new Date(sinceMs).toISOString()}'${until}`,
      sort: 'created_timestamp|asc',
      limit: alertRows,
      ...(cursor === null ? {} : { after: cursor }),
    }
    const response = await call(context, '/alerts/combined/alerts/v1', { method: 'POST', body, isRead: true })
    const { meta, resources } = readPage(page, response, cursor, what)
    const after = meta.pagination?.after
    const next = after === undefined || after === null || after === '' ? null : after
    return {
      events: (resources ?? []).map((one) => ({
        native: one.composite_id,
        eventAtMs: timeMs(one.created_timestamp) ?? null,
        raw: z.json().parse(one),
      })),
      next,
      isEnd: next === null,
    }
  },
}
