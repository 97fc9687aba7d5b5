import { parseTimeMs } from '#kit'
import { CursorExpired, nextLink, refuseUnlessOk, type FeedStream } from '#sources/contract'

import { scopesToSee } from './auth.ts'
import { call, pathOf, rowsOf, textAt } from './client.ts'
import type { OktaConfig } from './config.ts'
import { logSigma } from './sigma.ts'

/** A right that was taken for want of use is given back by what stands here: ten seconds are promised for that. */
export const logEveryMs = 5_000
/** Okta's own bound. */
export const logPageRows = 1_000
/** System Log of Okta: 90 days. */
export const logHistoryMs = 90 * 86_400_000

const what = 'the System Log'

/**
 * Polling mode: a query without an end, oldest first, gives a `next` link even behind its last event, and that link goes
 * by the time of *persistence*. What Okta writes late is therefore still found behind the link, which a query by
 * `published` between two times would miss.
 */
export const log: FeedStream<OktaConfig> = {
  name: 'log',
  kind: 'feed',
  resumes: 'cursor',
  overlapMs: 30 * 60_000,
  delayMs: { typical: logEveryMs / 2 + 5_000, worst: 15 * 60_000 },
  everyMs: logEveryMs,
  historyMs: logHistoryMs,
  covers: ['logins', 'admin', 'sessions', 'grants'],
  tells: ['sign-ins', 'sign-in-places'],
  sigma: logSigma,
  scopes: scopesToSee('log'),
  requestsPerRun: 1,
  async page(context, { sinceMs, untilMs, cursor }) {
    const response = await call(context, 'log', 'GET', cursor ?? firstPath(sinceMs, untilMs))
    // A link Okta no longer takes is a bad request to it: E0000001, as for any parameter.
    if (cursor !== null && (response.status === 400 || response.status === 404)) throw new CursorExpired(what)
    refuseUnlessOk(response, what)
    const rows = rowsOf(response.json(), what)
    const next = pathOf(context, nextLink(response))
    return {
      events: rows.map((row) => ({
        native: textAt(row, 'uuid'),
        eventAtMs: parseTimeMs(textAt(row, 'published')) ?? null,
        raw: row,
      })),
      next,
      // A short page is no promise that it was the last.
      isEnd: next === null || rows.length === 0,
    }
  },
}

function firstPath(sinceMs: number, untilMs: number | null): string {
  const query = new URLSearchParams({
    since: new Date(sinceMs).toISOString(),
    ...(untilMs === null ? {} : { until: new Date(untilMs).toISOString() }),
    sortOrder: 'ASCENDING',
    limit: String(logPageRows),
  })
  return `/api/v1/logs?${query.toString()}`
}
