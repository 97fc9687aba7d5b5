import { z } from 'zod'

import { isObject, parseJson, type JsonObject } from '#kit'
import { readAnswer, type FeedStream, type StreamEvent } from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { get } from './client.ts'
import type { LitellmConfig } from './config.ts'
import { auditRow, readEntry, recordOf } from './rows.ts'
import { timeMs } from './statements.ts'
import { auditSigma } from './sigma.ts'

export const auditEveryMs = 30_000
export const auditOverlapMs = 20 * 60_000
/** The most that LiteLLM gives at once. */
const pageRows = 100
const what = 'the audit log'

const page = z.object({ audit_logs: z.array(z.record(z.string(), z.json())), total_pages: z.number() })

/** Written when the change is made, in a task of its own; oldest first, in numbered pages. */
export const audit: FeedStream<LitellmConfig> = {
  name: 'audit',
  kind: 'feed',
  resumes: 'time',
  delayMs: { typical: auditEveryMs / 2, worst: 5 * 60_000 },
  everyMs: auditEveryMs,
  overlapMs: auditOverlapMs,
  historyMs: null,
  covers: ['admin', 'grants'],
  sigma: auditSigma,
  scopes: scopesOfStream('audit'),
  requestsPerRun: 1,
  isOn: ({ database, plan }) => database && plan === 'enterprise',
  async page(context, { sinceMs, untilMs, cursor }) {
    const number = cursor === null ? 1 : Number(cursor)
    const query = {
      start_date: new Date(Math.max(0, sinceMs)).toISOString(),
      end_date: untilMs === null ? null : new Date(untilMs).toISOString(),
      sort_by: 'updated_at',
      sort_order: 'asc',
      page_size: pageRows,
      page: number,
    }
    const { audit_logs: rows, total_pages: pages } = readAnswer(page, await get(context, '/audit', query), what)
    const isEnd = number >= pages
    return { events: rows.map(entry), next: isEnd ? null : String(number + 1), isEnd }
  },
}

function entry(row: JsonObject): StreamEvent {
  const given = {
    ...row,
    byHash: row['changed_by_api_key'],
    before_value: valuesIn(row['before_value']),
    updated_values: valuesIn(row['updated_values']),
  }
  const kept = readEntry(auditRow, given, what)
  return { native: kept.id, eventAtMs: timeMs(kept.updated_at) ?? null, raw: recordOf(kept) }
}

/** Objects, or, in some versions, their JSON as text. */
function valuesIn(values: unknown): unknown {
  if (typeof values !== 'string') return values
  try {
    const parsed = parseJson(values)
    return isObject(parsed) ? parsed : null
  } catch {
    return null
  }
}
