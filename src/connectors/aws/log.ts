import { isJsonObject, parseJson, parseTimeMs, type JsonObject } from '#kit'
import { CursorExpired, VendorError, type FeedStream } from '#sources/contract'

import { lookAs } from './auth.ts'
import { json, rowsAt, wordAt } from './client.ts'
import type { AwsConfig } from './config.ts'
import { trailSigma } from './sigma.ts'

export const lookupEveryMs = 60_000
export const lookupRows = 50
/** Event history of CloudTrail: 90 days, management events alone. */
export const lookupHistoryMs = 90 * 86_400_000
/** "CloudTrail typically delivers events within an average of about 5 minutes"; 15 is what AWS lets itself be held to. */
export const lookupWorstMs = 15 * 60_000

/** Regions are asked one after the other; `until` is fixed for a run, so that its pages stay those of one query. */
type Place = { region: string; token: string; untilMs: number }

/** CloudTrail without a trail: LookupEvents, newest first, two calls a second. */
export const lookup: FeedStream<AwsConfig> = {
  name: 'lookup',
  kind: 'feed',
  resumes: 'time',
  overlapMs: 2 * lookupWorstMs,
  delayMs: { typical: 5 * 60_000, worst: lookupWorstMs },
  everyMs: lookupEveryMs,
  historyMs: lookupHistoryMs,
  covers: ['logins', 'admin', 'grants'],
  tells: ['sign-ins', 'sign-in-places'],
  sigma: trailSigma,
  scopes: ['cloudtrail:LookupEvents'],
  requestsPerRun: 1,
  async page(context, { sinceMs, untilMs, cursor }) {
    const { regions } = context.config
    const place = cursor === null ? undefined : readPlace(cursor)
    if (place !== undefined && !regions.includes(place.region)) throw new CursorExpired('the event history')
    const region = place?.region ?? regions[0] ?? ''
    const endMs = place?.untilMs ?? untilMs ?? context.clock.nowMs()
    const body: JsonObject = {
      StartTime: Math.floor(sinceMs / 1000),
      EndTime: Math.ceil(endMs / 1000),
      MaxResults: lookupRows,
      ...(place === undefined || place.token === '' ? {} : { NextToken: place.token }),
    }
    const absent = ['InvalidNextTokenException']
    const answer = await json(await lookAs(context), 'cloudtrail', 'LookupEvents', body, { region, absent })
    if (answer === undefined) throw new CursorExpired('the event history')
    const token = wordAt(answer, 'NextToken')
    const after = token === '' ? regions[regions.indexOf(region) + 1] : region
    return {
      events: rowsAt(answer, 'Events').map(eventOf),
      next: after === undefined ? null : JSON.stringify({ region: after, token, untilMs: endMs } satisfies Place),
      isEnd: after === undefined,
    }
  },
}

/** One event is one, by whichever way and however often it comes: trails overlap. */
export const eventIdOf = (record: JsonObject): string | undefined => wordAt(record, 'eventID') || undefined

function eventOf(row: JsonObject) {
  const raw = parseJson(wordAt(row, 'CloudTrailEvent'))
  const native = isJsonObject(raw) ? eventIdOf(raw) : undefined
  if (!isJsonObject(raw) || native === undefined) {
    throw new VendorError('ERR_VENDOR_SHAPE', 'a row of the event history holds no event')
  }
  return { native, eventAtMs: parseTimeMs(wordAt(raw, 'eventTime')) ?? null, raw }
}

function readPlace(cursor: string): Place {
  const value = parseJson(cursor)
  const { region, token, untilMs } = isJsonObject(value) ? value : {}
  if (typeof region === 'string' && typeof token === 'string' && typeof untilMs === 'number') {
    return { region, token, untilMs }
  }
  throw new CursorExpired('the event history')
}
