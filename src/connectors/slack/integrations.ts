import { z } from 'zod'

import { isObject, sha256, toHex, utf8 } from '#kit'
import { VendorError, type FeedStream } from '#sources/contract'

import { refuseUnlessFine } from './answers.ts'
import { scopesOfStream } from './auth.ts'
import { call } from './client.ts'
import type { SlackConfig } from './config.ts'
import { integrationRow, timeOf } from './rows.ts'
import { integrationsSigma } from './sigma.ts'

export const integrationsEveryMs = 5 * 60_000
const pageRows = 100
const what = 'the integration log'

/**
 * Where there is no audit log: which app or service was added, changed or removed, by whom and with which scopes. Newest
 * first in numbered pages, with no way to ask from a time on: read until behind it.
 */
export const integrations: FeedStream<SlackConfig> = {
  name: 'integrations',
  kind: 'feed',
  sigma: integrationsSigma,
  resumes: 'time',
  delayMs: { typical: integrationsEveryMs / 2, worst: 30 * 60_000 },
  overlapMs: 60 * 60_000,
  everyMs: integrationsEveryMs,
  firstMs: 365 * 86_400_000,
  covers: ['grants', 'admin'],
  scopes: scopesOfStream.integrations,
  requestsPerRun: 1,
  isOn: ({ plan }) => plan !== 'enterprise',
  async page(context, { sinceMs, untilMs, cursor }) {
    const page = Number(cursor ?? '1')
    const response = await call(context, 'team.integrationLogs', { count: pageRows, page })
    refuseUnlessFine(response, what)
    const body = response.json()
    const rows = isObject(body) ? body['logs'] : undefined
    if (!isObject(body) || !Array.isArray(rows)) throw new VendorError('ERR_VENDOR_SHAPE', `${what} has no \`logs\``)
    const paging = isObject(body['paging']) ? body['paging'] : {}
    const events = rows.map(eventOf)
    const isBehind = events.some(({ eventAtMs }) => eventAtMs !== null && eventAtMs < sinceMs)
    const isEnd = isBehind || Number(paging['pages'] ?? 1) <= page
    return {
      events: events.filter(
        ({ eventAtMs }) => eventAtMs === null || (eventAtMs >= sinceMs && eventAtMs < (untilMs ?? Infinity)),
      ),
      next: isEnd ? null : String(page + 1),
      isEnd,
    }
  },
}

/** Lines have no id: what they tell is their name. INVARIANT: rows leave here only through their schema. */
function eventOf(line: unknown) {
  const kept = integrationRow.safeParse(line)
  if (!kept.success) throw new VendorError('ERR_VENDOR_SHAPE', `${what} holds a line without a date`)
  const raw = z.json().parse(kept.data)
  const { date, app_id, service_id, user_id, change_type, scope, channel } = kept.data
  const told = JSON.stringify([date, app_id, service_id, user_id, change_type, scope, channel])
  return { native: toHex(sha256(utf8(told))).slice(0, 32), eventAtMs: timeOf(date) ?? null, raw }
}
