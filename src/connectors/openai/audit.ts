import { z } from 'zod'

import { CursorExpired, readAnswer, type FeedStream } from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { call } from './client.ts'
import type { OpenaiConfig } from './config.ts'
import { auditSigma } from './sigma.ts'

export const auditEveryMs = 20_000
/** OpenAI's own bound. */
export const auditPageRows = 100
export const auditOverlapMs = 30 * 60_000

const answer = z.object({
  data: z.array(z.object({ id: z.string().min(1), effective_at: z.number() }).catchall(z.json())),
  has_more: z.boolean().nullish(),
  last_id: z.string().nullish(),
})

/**
 * Newest first, by whole seconds. `after` leads back in time within its one query and forgets nothing later, so each run
 * asks anew from the watermark less the overlap, which is what makes late entries found.
 */
export const audit: FeedStream<OpenaiConfig> = {
  name: 'audit',
  kind: 'feed',
  resumes: 'time',
  overlapMs: auditOverlapMs,
  delayMs: { typical: auditEveryMs / 2 + 20_000, worst: auditOverlapMs },
  everyMs: auditEveryMs,
  covers: ['logins', 'admin', 'grants'],
  tells: ['sign-ins', 'sign-in-places'],
  sigma: auditSigma,
  scopes: scopesOfStream.audit,
  requestsPerRun: 1,
  async page(context, { sinceMs, untilMs, cursor }) {
    const query = new URLSearchParams({
      'effective_at[gte]': String(Math.max(0, Math.floor(sinceMs / 1000))),
      ...(untilMs === null ? {} : { 'effective_at[lte]': String(Math.ceil(untilMs / 1000)) }),
      limit: String(auditPageRows),
      ...(cursor === null ? {} : { after: cursor }),
    })
    const response = await call(context, 'GET', `/organization/audit_logs?${query.toString()}`)
    if (response.status === 400 && cursor !== null) throw new CursorExpired('the audit log')
    const { data, has_more: isMore, last_id: lastId } = readAnswer(answer, response, 'the audit log')
    const next = isMore === true ? (lastId ?? data.at(-1)?.id ?? null) : null
    return {
      events: data.map((entry) => ({ native: entry.id, eventAtMs: entry.effective_at * 1000, raw: entry })),
      next,
      isEnd: next === null,
    }
  },
}
