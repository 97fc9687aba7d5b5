import { isJsonObject, parseTimeMs, type Json, type JsonObject } from '#kit'
import type { Topic } from '#model'
import type { FeedAt, FeedStream, PullContext, Sight } from '#sources/contract'

import { activityRow, addressesIn } from './activity-row.ts'
import { resolveAddresses } from './addresses.ts'
import { addressUses, scopesOfStream } from './auth.ts'
import { activitiesPath, listPage, textAt } from './client.ts'
import type { GoogleConfig } from './config.ts'
import { withoutContent } from './mail.ts'
import { firstActOnMail } from './mail-types.ts'
import { activitySigma } from './sigma.ts'

/** Google keeps audit logs for six months. */
export const activityHistoryMs = 180 * 24 * 3_600_000
const pageRows = 500
const minute = 60_000
const hour = 60 * minute

/** Lag as Google's page "Data retention and lag times" words it; beyond it an event may come later still, or never. */
const lags = {
  /** "Near real time (couple of minutes)". */
  prompt: { delayMs: { typical: 2 * minute, worst: 20 * minute }, everyMs: minute, overlapMs: hour },
  /** "Tens of minutes (can also go up to a couple of hours)". */
  slow: { delayMs: { typical: 30 * minute, worst: 3 * hour }, everyMs: 2 * minute, overlapMs: 5 * hour },
  /** "Up to a few hours". */
  late: { delayMs: { typical: hour, worst: 4 * hour }, everyMs: 2 * minute, overlapMs: 6 * hour },
} as const

type Feed = {
  application: string
  lag: keyof typeof lags
  covers: readonly Sight[]
  isNaming: boolean
  tells?: readonly Topic[]
  /** Which of its rows are asked for; absent: all. */
  filters?: string
  /** Both ends have to be asked for, at most so far apart; absent: the beginning alone. */
  spanMs?: number
  isOn?(config: GoogleConfig): boolean
  /** INVARIANT: what customers wrote is not kept. Absent: titles are left out. */
  kept?(row: JsonObject): JsonObject
}

/** One cursor each, as Google asks. `isNaming`: rows name people and groups by address, which is looked up at once. */
const feeds: readonly Feed[] = [
  { application: 'admin', lag: 'prompt', covers: ['admin', 'grants'], isNaming: true, tells: ['delegations'] },
  {
    application: 'login',
    lag: 'late',
    covers: ['logins', 'sessions'],
    isNaming: false,
    tells: ['sign-ins', 'sign-in-places'],
  },
  { application: 'token', lag: 'late', covers: ['grants', 'reads', 'writes'], isNaming: false },
  { application: 'drive', lag: 'prompt', covers: ['reads', 'writes'], isNaming: true, tells: ['links'] },
  { application: 'user_accounts', lag: 'slow', covers: ['identities'], isNaming: false },
  { application: 'saml', lag: 'late', covers: ['logins'], isNaming: false },
  { application: 'groups', lag: 'slow', covers: ['grants'], isNaming: false },
  { application: 'groups_enterprise', lag: 'slow', covers: ['grants'], isNaming: true },
  { application: 'rules', lag: 'prompt', covers: ['admin'], isNaming: false },
  { application: 'mobile', lag: 'slow', covers: ['admin'], isNaming: false },
  {
    application: 'gmail',
    lag: 'prompt',
    covers: ['reads', 'writes'],
    isNaming: true,
    filters: `event_info.mail_event_type>=${firstActOnMail}`,
    // Google says 30 days.
    spanMs: 29 * 24 * hour,
    isOn: ({ mail }) => mail,
    kept: withoutContent,
  },
]

/** What is asked for: the same in all pages of one query, which Google's token continues. */
type Query = { fromMs: number; toMs: number | null; token: string | null }
const queryAt = (spanMs: number | undefined, nowMs: number, { sinceMs, untilMs, cursor }: FeedAt): Query => {
  if (spanMs === undefined) return { fromMs: sinceMs, toMs: untilMs, token: cursor }
  const [, from, to, token] = /^(\d+) (\d+) (.*)$/.exec(cursor ?? '') ?? []
  if (from !== undefined)
    return { fromMs: Number(from), toMs: Number(to), token: token === '' ? null : (token ?? null) }
  return { fromMs: sinceMs, toMs: Math.min(untilMs ?? nowMs, sinceMs + spanMs), token: null }
}
/**
 * Behind the last page of a span that was cut the next one begins. One that reached the present is the last, however
 * late it has become meanwhile: what came since is the next run's.
 */
function nextOf(
  spanMs: number | undefined,
  nowMs: number,
  { untilMs }: FeedAt,
  { fromMs, toMs }: Query,
  token: string | null,
) {
  if (spanMs === undefined || toMs === null) return token
  if (token !== null) return `${fromMs} ${toMs} ${token}`
  return toMs - fromMs < spanMs ? null : `${toMs} ${Math.min(untilMs ?? nowMs, toMs + spanMs)} `
}

/**
 * Newest first, and rows appear behind younger ones for hours: so each run asks from the watermark less an overlap that is
 * longer than the worst lag, and the runtime drops what it has.
 */
export const activities: readonly FeedStream<GoogleConfig>[] = feeds.map(
  ({ application, lag, covers, isNaming, tells = [], filters, spanMs, isOn, kept = withoutTitles }) => ({
    name: `log-${application}`,
    kind: 'feed',
    resumes: 'time',
    ...lags[lag],
    sigma: activitySigma(application),
    historyMs: activityHistoryMs,
    covers,
    tells,
    scopes: isNaming ? scopesOfStream('log', ...addressUses) : scopesOfStream('log'),
    requestsPerRun: 1,
    ...(isOn && { isOn }),
    async page(context, at) {
      const nowMs = context.clock.nowMs()
      const query = queryAt(spanMs, nowMs, at)
      const path = activitiesPath(application, {
        startTime: new Date(query.fromMs).toISOString(),
        ...(query.toMs === null ? {} : { endTime: new Date(query.toMs).toISOString() }),
        ...(filters === undefined ? {} : { filters }),
        maxResults: String(pageRows),
      })
      const list = { as: 'log', path, key: 'items', what: `the ${application} log` }
      const { rows, next: token } = await listPage(context, list, query.token)
      const next = nextOf(spanMs, nowMs, at, query, token)
      const events = rows.map((row) => ({ native: nativeOf(row), eventAtMs: timeOf(row), raw: kept(row) }))
      const named = isNaming ? await resolved(context, events) : events
      return { events: named, next, isEnd: next === null }
    },
  }),
)

type Event = { native: string; eventAtMs: number | null; raw: JsonObject }

const idOf = (row: JsonObject): JsonObject => {
  const id = row['id']
  return isJsonObject(id) ? id : {}
}
/** Unique together, within one application; the qualifier alone is not. */
function nativeOf(row: JsonObject): string {
  const id = idOf(row)
  return `${textAt(id, 'time')}/${textAt(id, 'uniqueQualifier')}`
}
function timeOf(row: JsonObject): number | null {
  return parseTimeMs(textAt(idOf(row), 'time')) ?? null
}

async function resolved(context: PullContext<GoogleConfig>, events: readonly Event[]): Promise<Event[]> {
  const addresses = events.map(({ raw }) => {
    const row = activityRow.safeParse(raw)
    return row.success ? addressesIn(row.data).map((text) => text.toLowerCase()) : []
  })
  if (addresses.every((list) => list.length === 0)) return [...events]
  const known = await resolveAddresses(context, addresses.flat())
  return events.map((event, n) => {
    const mine = addresses[n] ?? []
    if (mine.length === 0) return event
    const ids = Object.fromEntries(mine.map((address): [string, Json] => [address, known[address] ?? null]))
    return { ...event, raw: { ...event.raw, resolved: ids } }
  })
}

/** A file's title is the beginning of what customers wrote. */
function withoutTitles(row: JsonObject): JsonObject {
  const events = row['events']
  if (!Array.isArray(events)) return row
  return {
    ...row,
    events: events.map((event) => {
      const parameters = isJsonObject(event) ? event['parameters'] : undefined
      if (!isJsonObject(event) || !Array.isArray(parameters)) return event
      return { ...event, parameters: parameters.filter((one) => !isTitle(one)) }
    }),
  }
}
const isTitle = (parameter: Json): boolean =>
  isJsonObject(parameter) &&
  typeof parameter['name'] === 'string' &&
  /^(doc_title|subject|old_name|new_name|event_title)$/.test(parameter['name'])
