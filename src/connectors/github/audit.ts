import { z } from 'zod'

import type { Json } from '#kit'
import { readAnswer, type FeedStream } from '#sources/contract'

import { call, nextQuery, pageRows } from './api.ts'
import type { GithubConfig } from './config.ts'
import { reduceHookConfig, sha256OfBase64 } from './reduce.ts'
import { auditSigma } from './sigma.ts'

export const auditEveryMs = 60_000
/** GitHub promises no time; rows of git acts come later than those of the web. */
const delayMs = { typical: 2 * 60_000, worst: 20 * 60_000 }
const dayMs = 24 * 3_600_000
/** Web acts are kept for 180 days. What was cloned, fetched and pushed is gone after 7: a longer silence loses it. */
export const gitHistoryMs = 7 * dayMs
export const webHistoryMs = 180 * dayMs

const record = z.record(z.string(), z.json())
const row = z.intersection(z.object({ _document_id: z.string() }), record)

/** Both a number of milliseconds and, in exports, text stand in this field. */
export function auditTimeMs(value: unknown): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return null
  const ms = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(value) ? value : `${value.replace(' ', 'T')}Z`)
  return Number.isNaN(ms) ? null : ms
}

/**
 * A token's hash becomes the form that the intake turns into a fingerprint, so that the token of this row is known to be
 * the one a host stores. A webhook's address is cut to its origin, as in the inventory.
 */
export function reduceAuditRow(raw: Json): Json {
  const { hashed_token: hash, config, config_was: before, ...rest } = record.parse(raw)
  const sha256 = typeof hash === 'string' && hash !== '' ? sha256OfBase64(hash) : null
  return {
    ...rest,
    ...(sha256 === null ? {} : { hashed_token: sha256 }),
    ...(config === undefined ? {} : { config: reduceHookConfig(config) }),
    ...(before === undefined ? {} : { config_was: reduceHookConfig(before) }),
  }
}

/** Pages of one query: `after` runs through what was there when it began, so each run asks again for what came late. */
const page =
  (include: 'web' | 'git'): FeedStream<GithubConfig>['page'] =>
  async (context, { sinceMs, untilMs, cursor }) => {
    const until = untilMs === null ? '' : ` created:<=${timeText(untilMs)}`
    const response = await call(context, 'GET', `/orgs/${context.config.org}/audit-log`, {
      query: {
        phrase: `created:>=${timeText(sinceMs)}${until}`,
        include,
        order: 'asc',
        per_page: pageRows,
        after: cursor ?? undefined,
      },
      budget: 'audit',
    })
    const rows = readAnswer(z.array(row), response, 'the audit log')
    const next = nextQuery(response)?.['after'] ?? null
    return {
      events: rows.map((one) => ({
        native: one['_document_id'],
        eventAtMs: auditTimeMs(one['@timestamp']) ?? auditTimeMs(one['created_at']),
        raw: reduceAuditRow(one),
      })),
      next,
      isEnd: next === null,
    }
  }

const common = {
  kind: 'feed',
  resumes: 'time',
  overlapMs: delayMs.worst,
  delayMs,
  everyMs: auditEveryMs,
  scopes: ['organization_administration: read'],
  sigma: auditSigma,
  requestsPerRun: 1,
} as const

/** Acts on the web and over the API. */
export const audit: FeedStream<GithubConfig> = {
  ...common,
  name: 'audit',
  covers: ['admin', 'logins', 'writes'],
  historyMs: webHistoryMs,
  page: page('web'),
}

/** Clones, fetches and pushes: a feed of its own, since GitHub forgets them after a week and the rest after half a year. */
export const git: FeedStream<GithubConfig> = {
  ...common,
  name: 'git',
  covers: ['reads', 'writes'],
  historyMs: gitHistoryMs,
  page: page('git'),
}

/** The search takes seconds; rounded down, so that the bound lies before what is asked for. */
const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
