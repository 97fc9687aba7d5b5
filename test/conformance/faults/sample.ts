import { z } from 'zod'

import { isObject } from '#kit'
import { nothingNormalized } from '#model'
import {
  CursorExpired,
  defineConnector,
  readAnswer,
  refuseUnlessOk,
  type Connector,
  type FeedStream,
  type SnapshotStream,
  type StreamEvent,
} from '#sources/contract'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { lateMsMax, type VendorTwin } from './twin.ts'

/** A made-up vendor with everything a real one has: the suite is tried on it first, and a new plug is copied from it. */
type Config = Record<string, never>

const page = z.object({ records: z.array(z.looseObject({ id: z.string() })), next: z.string().nullable() })
const toEvent = (record: { id: string; at?: unknown }): StreamEvent => ({
  native: record.id,
  eventAtMs: typeof record.at === 'number' ? record.at : null,
  raw: JSON.parse(JSON.stringify(record)),
})

/** The vendor's cursor follows the order of arrival. */
const trail: FeedStream<Config> = {
  name: 'trail',
  kind: 'feed',
  resumes: 'cursor',
  delayMs: { typical: 1_000, worst: 60_000 },
  everyMs: 60_000,
  overlapMs: 2 * lateMsMax,
  historyMs: null,
  async page({ http }, { sinceMs, cursor }) {
    const from = cursor === null ? `since=${sinceMs}` : `after=${cursor}`
    const response = await http.request(`${twinOrigin}/trail?${from}`)
    if (response.status === 410) throw new CursorExpired('the trail')
    const { records, next } = readAnswer(page, response, 'the trail')
    return { events: records.map(toEvent), next: next ?? cursor, isEnd: response.header('x-end') === 'true' }
  },
}

/** Newest first, by time, and what is new shifts the pages. */
const activity: FeedStream<Config> = {
  name: 'activity',
  kind: 'feed',
  resumes: 'time',
  delayMs: { typical: 60_000, worst: lateMsMax },
  everyMs: 60_000,
  overlapMs: 2 * lateMsMax,
  historyMs: 90 * 24 * 3_600_000,
  async page({ http }, { sinceMs, untilMs, cursor }) {
    const query = new URLSearchParams({ since: String(sinceMs), offset: cursor ?? '0' })
    if (untilMs !== null) query.set('until', String(untilMs))
    const response = await http.request(`${twinOrigin}/activity?${query.toString()}`)
    if (response.status === 410) throw new CursorExpired('the activity')
    const { records, next } = readAnswer(page, response, 'the activity')
    return { events: records.map(toEvent), next, isEnd: next === null }
  },
}

const people: SnapshotStream<Config> = {
  name: 'people',
  kind: 'snapshot',
  delayMs: { typical: 60_000, worst: 600_000 },
  everyMs: 300_000,
  lists: () => ['users', 'keys'],
  async page({ http }, list, next) {
    const response = await http.request(`${twinOrigin}/people/${list}${next === null ? '' : `?after=${next}`}`)
    if (response.status === 410) throw new CursorExpired(`the list of ${list}`)
    refuseUnlessOk(response, `the list of ${list}`)
    const answer = readAnswer(page, response, `the list of ${list}`)
    return { rows: answer.records.map((record) => JSON.parse(JSON.stringify(record))), next: answer.next }
  },
}

export const sampleConnector: Connector<Config> = defineConnector<Config>({
  id: 'sample',
  version: 1,
  title: 'Sample vendor',
  config: z.record(z.string(), z.never()),
  secrets: { see: ['clientSecret'], contain: [] },
  auth: () => ({
    default: {
      kind: 'client-credentials',
      tokenUrl: `${twinOrigin}/token`,
      clientId: 'cordon',
      secret: 'clientSecret',
    },
  }),
  limits: {
    budgets: [{ name: 'api', perMinute: 20, burst: 2, sharedBy: 'authority' }],
    isLimit: (response) => response.status === 403 && response.header('x-limit') === 'true',
    reset: { header: 'x-reset', as: 'epoch-seconds' },
    remaining: 'x-remaining',
  },
  streams: [trail, activity, people],
  coverage: () => ({ sees: [], logged: [], blind: [] }),
  check: () => Promise.resolve({ authority: 'twin.example', missing: [], excess: [], says: [] }),
  normalize: ({ raw }) => (isObject(raw) ? nothingNormalized() : { ...nothingNormalized(), unmapped: 'no object' }),
})

const pageRows = 7
/** Some answers say that they were the last for now. */
function answer(request: TwinRequest, twin: VendorTwin): TwinAnswer {
  const given = answerOf(request, twin)
  const seconds = Math.floor(twin.nowMs() / 1000)
  if (seconds % 4 !== 0) return given
  return { ...given, headers: { ...given.headers, 'x-remaining': '0', 'x-reset': String(seconds + 25) } }
}

/** `{"records": [...], "next": ...}` of every list. */
function answerOf({ url }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const ask = (name: string): string | null => url.searchParams.get(name)
  const isAnew = ask('after') === null && (ask('offset') ?? '0') === '0'
  if (twin.isCursorExpired && !isAnew) return { status: 410, body: { error: 'expired' } }
  if (url.pathname === '/trail') {
    const since = ask('since')
    const place = since === null ? Number(ask('after')) : twin.placeAt(Number(since))
    const { records, next, isEnd } = twin.byArrival(place, pageRows)
    return { status: 200, headers: { 'x-end': String(isEnd) }, body: { records, next: String(next) } }
  }
  if (url.pathname === '/activity') {
    const until = ask('until')
    const found = twin.byTime(
      Number(ask('since')),
      until === null ? Infinity : Number(until),
      Number(ask('offset')),
      pageRows,
    )
    return { status: 200, body: { records: found.records, next: found.next === null ? null : String(found.next) } }
  }
  const list = url.pathname.split('/')[2] ?? ''
  return { status: 200, body: twin.byId(list, ask('after'), pageRows) }
}

export const samplePlug = (stream: 'trail' | 'activity' | 'people'): FaultPlug<Config> => ({
  name: `sample ${stream}`,
  connector: sampleConnector,
  config: {},
  secrets: { clientSecret: 'EXAMPLE' },
  stream,
  record: ({ id, n, atMs }) => ({ id, at: atMs, actor: `u${n % 5}`, action: 'read', target: { kind: 'file', n } }),
  keeps: ['id', 'at'],
  answer,
  limit: { status: 403, headers: { 'x-limit': 'true', 'retry-after': '7' }, body: { error: 'too many' } },
  tokenPath: '/token',
})
