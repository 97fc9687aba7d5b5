import { z } from 'zod'

import { parseJson, parseTimeMs } from '#kit'
import type { FeedStream } from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { call, organizationPath, read } from './client.ts'
import { hasPlan, type HuggingfaceConfig } from './config.ts'
import { auditRow } from './rows.ts'
import { auditSigma } from './sigma.ts'

/** Each run fetches the whole log: the export takes no time, and has no pages. */
export const auditEveryMs = 10 * 60_000
export const auditOverlapMs = 90 * 60_000
/** The export ends at so many entries, the newest of them. */
export const auditRowsMax = 100_000
const exportTimeoutMs = 120_000

/** An entry of a shape that Cordon does not know goes on by its id and time, and says nothing else. */
const entry = z.object({ _id: z.string().min(1), createdAt: z.string(), type: z.string().catch('') }).loose()

/**
 * The audit log of the organisation, by its export: no other way is published. When an act shows there the Hub does not
 * promise; the overlap is far more than was seen of others.
 */
export const audit: FeedStream<HuggingfaceConfig> = {
  name: 'audit',
  kind: 'feed',
  resumes: 'time',
  overlapMs: auditOverlapMs,
  delayMs: { typical: auditEveryMs, worst: 60 * 60_000 },
  everyMs: auditEveryMs,
  covers: ['logins', 'admin', 'grants'],
  sigma: auditSigma,
  scopes: scopesOfStream.audit,
  requestsPerRun: 1,
  isOn: (config) => hasPlan(config, 'team'),
  async page(context, { sinceMs, untilMs }) {
    const path = `${organizationPath(context.config)}/audit-log/export`
    const response = await call(context, 'GET', path, { timeoutMs: exportTimeoutMs })
    const rows = read(z.array(entry), response, 'the audit log')
    const times = rows.map(({ createdAt }) => parseTimeMs(createdAt) ?? null)
    const events = rows.flatMap((row, at) => {
      const atMs = times[at] ?? null
      if (atMs !== null && (atMs < sinceMs || (untilMs !== null && atMs > untilMs))) return []
      const known = auditRow.safeParse(row)
      const kept = known.success ? known.data : { _id: row._id, createdAt: row.createdAt, type: row.type }
      return [{ native: row._id, eventAtMs: atMs, raw: parseJson(JSON.stringify(kept)) }]
    })
    // A full export that begins behind where we stood has lost what came before it.
    const isCut = rows.length >= auditRowsMax && times.every((atMs) => atMs === null || atMs > sinceMs)
    return { events, next: null, isEnd: true, ...(isCut ? { gap: true } : {}) }
  },
}
