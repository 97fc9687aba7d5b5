import { isObject, type JsonObject } from '#kit'
import { VendorError, type FeedStream } from '#sources/contract'

import { refuseUnlessFine } from './answers.ts'
import { scopesOfStream } from './auth.ts'
import { callAudit } from './client.ts'
import type { SlackConfig } from './config.ts'
import { timeOf } from './rows.ts'
import { auditSigma } from './sigma.ts'

export const auditEveryMs = 15_000
/** Slack takes up to 9,999; smaller pages are surer to arrive whole. */
export const auditPageRows = 1_000
export const auditOverlapMs = 20 * 60_000
const what = 'the audit log'

/**
 * Newest first, by time; `oldest` and `latest` are inclusive seconds. A cursor belongs to one query and leads backwards,
 * so each run asks anew from the watermark less the overlap, which is what makes late entries found.
 */
export const audit: FeedStream<SlackConfig> = {
  name: 'audit',
  kind: 'feed',
  resumes: 'time',
  delayMs: { typical: auditEveryMs / 2 + 10_000, worst: 10 * 60_000 },
  overlapMs: auditOverlapMs,
  everyMs: auditEveryMs,
  // Kept from March 2018 on, unless the organisation has shortened it.
  historyMs: null,
  covers: ['logins', 'admin', 'sessions', 'grants', 'reads', 'writes'],
  sigma: auditSigma,
  scopes: scopesOfStream.audit,
  requestsPerRun: 1,
  isOn: ({ plan }) => plan === 'enterprise',
  async page(context, { sinceMs, untilMs, cursor }) {
    const query = new URLSearchParams({
      oldest: String(Math.max(0, Math.floor(sinceMs / 1000))),
      ...(untilMs === null ? {} : { latest: String(Math.ceil(untilMs / 1000)) }),
      limit: String(auditPageRows),
      ...(cursor === null ? {} : { cursor }),
    })
    const response = await callAudit(context, query)
    refuseUnlessFine(response, what)
    const body = response.json()
    if (!isObject(body) || !Array.isArray(body['entries'])) {
      throw new VendorError('ERR_VENDOR_SHAPE', `${what} has no \`entries\``)
    }
    const metadata = body['response_metadata']
    const next = isObject(metadata) ? metadata['next_cursor'] : undefined
    const isMore = typeof next === 'string' && next !== ''
    return { events: body['entries'].map(eventOf), next: isMore ? next : null, isEnd: !isMore }
  },
}

function eventOf(entry: unknown) {
  if (!isObject(entry) || typeof entry['id'] !== 'string') {
    throw new VendorError('ERR_VENDOR_SHAPE', `${what} holds an entry without an id`)
  }
  const { id, date_create: date } = entry
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed from JSON a line above
  const raw = entry as JsonObject
  const eventAtMs = typeof date === 'number' || typeof date === 'string' ? (timeOf(date) ?? null) : null
  return { native: id, eventAtMs, raw }
}
