import { z } from 'zod'

import { CordonError, parseJson, type HttpResponse, type Json } from '#kit'
import { refuseUnlessOk, VendorError, type FeedStream, type PullContext, type StreamEvent } from '#sources/contract'

import { call, readFalcon, refuseErrors } from './client.ts'
import { CrowdstrikeError, feedOrigin, type CrowdstrikeConfig } from './config.ts'
import { clockMs } from './statements.ts'
import { activitySigma } from './sigma.ts'

/** Each connection is a row in the customer's own audit log: seldom enough to read past them. */
export const activityEveryMs = 60_000
/** Of one connection: left once it is silent, and after so long or so much in any case. */
export const activityWindow = { forMs: 20_000, quietMs: 1_000, bytesMax: 4 * 1024 * 1024 }
/** A session is renewed when this share of the time that CrowdStrike gives it is over. */
const renewAtShare = 0.8
const sessionsMax = 64
const what = 'the event stream'

type Context = PullContext<CrowdstrikeConfig>
type Feed = { partition: string; url: string; token: string; renewMs: number }
/** Feeds of one connection's label, and when CrowdStrike last gave or renewed them. INVARIANT: tokens stay in memory. */
type Session = { atMs: number; feeds: Feed[] }
const sessions = new Map<string, Session>()
/** For tests, and where CrowdStrike is to be asked anew. */
export const forgetSessions = (): void => sessions.clear()

/** What detections and incidents are about comes by `alerts`; repeated here it would count twice. */
const elsewhere = /^(?:Epp|Idp|Xdr|Mobile|Data\w*|Recon\w*|CSPM\w*)?(?:Detection|Incident|Notification)\w*Event$/

/**
 * Acts in the console and by API clients, as CrowdStrike's Event Streams tell them: an answer without an end, of which each
 * run takes what is there. A place in it is an offset, one for each partition, and outlives session and connection.
 */
export const activity: FeedStream<CrowdstrikeConfig> = {
  name: 'activity',
  kind: 'feed',
  sigma: activitySigma,
  resumes: 'cursor',
  delayMs: { typical: activityEveryMs / 2 + 5_000, worst: 10 * 60_000 },
  everyMs: activityEveryMs,
  overlapMs: 20 * 60_000,
  covers: ['logins', 'admin'],
  tells: ['sign-ins', 'sign-in-places'],
  scopes: ['streaming:read'],
  requestsPerRun: 2,
  isOn: ({ appId }) => appId !== undefined,
  async page(context, { cursor, untilMs }) {
    const places = readPlaces(cursor)
    // What reads history has a connection of its own: two under one label cut each other off.
    const label = `${context.config.appId ?? ''}${untilMs === null ? '' : 'h'}`
    const events: StreamEvent[] = []
    let [isEnd, gap] = [true, false]
    for (const { partition } of await feedsOf(context, label)) {
      const answer = await connect(context, label, partition, places[partition])
      const read = linesOf(answer, partition)
      events.push(...read.events)
      places[partition] = Math.max(places[partition] ?? 0, read.last)
      isEnd &&= !read.isFull
      gap ||= read.isBroken
    }
    return { events, next: JSON.stringify(places), isEnd, ...(gap ? { gap } : {}) }
  },
}

const placesShape = z.record(z.string(), z.number())
const readPlaces = (cursor: string | null): Record<string, number> =>
  cursor === null ? {} : placesShape.parse(parseJson(cursor))

/** Refused, the session is over (another reader took it, or it ran out): asked for anew, once. */
async function connect(context: Context, label: string, partition: string, place: number | undefined) {
  for (let tries = 0; ; tries++) {
    const feed = (await feedsOf(context, label)).find((one) => one.partition === partition)
    if (feed === undefined)
      throw new VendorError('ERR_VENDOR_ABSENT', `${what} has no partition \`${partition}\` any more`)
    const url = new URL(feed.url)
    // The last event that was read comes once more: an offset named is never passed over.
    if (place !== undefined) url.searchParams.set('offset', String(place))
    const response = await context.http.request(url, {
      as: 'none',
      budget: 'feed',
      headers: { accept: 'application/json', authorization: `Token ${feed.token}` },
      window: activityWindow,
      // Lines, whose last one may be cut off: no JSON as a whole.
      isFile: true,
      signal: context.signal,
    })
    if (response.status === 200) return response
    sessions.delete(keyOf(context, label))
    if (tries > 0) refuseUnlessOk(response, what)
  }
}

const keyOf = ({ config }: Context, label: string): string =>
  [config.apiUrl, config.cid, config.clientId, label].join(' ')

const discovery = z.object({
  resources: z
    .array(
      z.object({
        dataFeedURL: z.string(),
        refreshActiveSessionInterval: z.number().positive(),
        sessionToken: z.object({ token: z.string().min(1) }),
      }),
    )
    .nullish(),
})

async function feedsOf(context: Context, label: string): Promise<Feed[]> {
  const key = keyOf(context, label)
  const held = sessions.get(key)
  const nowMs = context.clock.nowMs()
  if (held !== undefined && nowMs - held.atMs < Math.min(...held.feeds.map(({ renewMs }) => renewMs))) return held.feeds
  if (held !== undefined && (await isRenewed(context, label, held.feeds))) {
    held.atMs = nowMs
    return held.feeds
  }
  const response = await call(context, '/sensors/entities/datafeed/v2', { query: { appId: label, format: 'json' } })
  const feeds = (readFalcon(discovery, response, what).resources ?? []).map((one) => ({
    ...placeOf(context, one.dataFeedURL),
    token: one.sessionToken.token,
    renewMs: one.refreshActiveSessionInterval * 1000 * renewAtShare,
  }))
  if (feeds.length === 0) {
    throw new VendorError('ERR_VENDOR_DOWN', 'CrowdStrike offers no event stream now', {
      hint: 'another reader may hold it under the same label: give Cordon an `appId` of its own',
      retryable: true,
    })
  }
  sessions.delete(key)
  sessions.set(key, { atMs: nowMs, feeds })
  const [oldest] = sessions.keys()
  if (sessions.size > sessionsMax && oldest !== undefined) sessions.delete(oldest)
  return feeds
}

async function isRenewed(context: Context, label: string, feeds: readonly Feed[]): Promise<boolean> {
  for (const { partition } of feeds) {
    const response = await call(context, `/sensors/entities/datafeed-actions/v1/${partition}`, {
      method: 'POST',
      // To renew twice is to renew.
      isRead: true,
      query: { action_name: 'refresh_active_stream_session', appId: label },
    })
    if (response.status >= 400) return false
    refuseErrors(response, what)
  }
  return true
}

/** INVARIANT: a session's token goes nowhere but to the feed of this cloud. */
function placeOf({ config }: Context, dataFeedURL: string): { partition: string; url: string } {
  const url = new URL(dataFeedURL)
  const partition = /\/datafeed\/v\d+\/(\d{1,6})$/.exec(url.pathname)?.[1]
  if (url.origin !== feedOrigin(config) || partition === undefined) {
    throw new CrowdstrikeError(
      'ERR_CROWDSTRIKE_NEEDS',
      `the event stream is at \`${url.origin}\`, which is not \`feedUrl\``,
      {
        hint: 'if that is the feed of your cloud, set `feedUrl` to it',
      },
    )
  }
  return { partition, url: url.href }
}

const line = z.looseObject({
  metadata: z.looseObject({
    offset: z.number().int().nonnegative(),
    eventType: z.string().optional().catch(undefined),
    eventCreationTime: z.union([z.number(), z.string()]).optional().catch(undefined),
  }),
})

/** Whole lines; a last one that was cut off is read from its offset on the next time. */
function linesOf({ text, bytes }: HttpResponse, partition: string) {
  const events: StreamEvent[] = []
  let [last, isBroken] = [0, false]
  const isFull = bytes.length >= activityWindow.bytesMax
  const end = text.lastIndexOf('\n')
  if (end < 0 && isFull)
    throw new VendorError('ERR_VENDOR_SHAPE', `${what} holds a line over ${activityWindow.bytesMax} bytes`)
  // Empty lines say that the connection is alive.
  for (const one of text.slice(0, Math.max(0, end)).split('\n')) {
    if (one.trim() === '') continue
    const raw = parsedLine(one)
    const read = line.safeParse(raw)
    if (raw === undefined || !read.success) {
      isBroken = true
      continue
    }
    const { offset, eventType = '', eventCreationTime } = read.data.metadata
    last = Math.max(last, offset)
    if (elsewhere.test(eventType)) continue
    events.push({ native: `${partition}/${offset}`, eventAtMs: clockMs(eventCreationTime) ?? null, raw })
  }
  return { events, last, isFull, isBroken }
}

function parsedLine(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof CordonError || error instanceof SyntaxError) return undefined
    throw error
  }
}
