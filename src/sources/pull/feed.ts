import { parseOwnJson } from '#kit'
import {
  CursorExpired,
  VendorError,
  type FeedPage,
  type FeedStream,
  type Gap,
  type Page,
  type PullContext,
} from '#sources/contract'

import { Seen } from './seen.ts'

export const firstMsDefault = 24 * 3_600_000
/** A vendor that gives one page for ever, or forgets a cursor it has just given, ends the run after so many. */
export const stuckPagesMax = 4

/**
 * Where a feed stands, committed with its events. `markMs`: newest event time known; `runMs`: newest of the run by time that
 * is under way; `sinceMs`: what that run asks from; `firstMs`: what the live feed reaches back to, where a backfill ends.
 */
export type FeedState = {
  v: 1
  at: string | null
  sinceMs: number
  markMs: number
  runMs: number
  firstMs: number
  seen: string
}

export function readFeedState(
  text: string | null,
  stream: Pick<FeedStream<never>, 'firstMs' | 'historyMs'>,
  nowMs: number,
): FeedState {
  if (text?.startsWith('{"v":1,') === true) return parseOwnJson<FeedState>(text)
  const firstMs = nowMs - Math.min(stream.firstMs ?? firstMsDefault, stream.historyMs ?? Number.MAX_SAFE_INTEGER)
  // Another text is a cursor of before this form: the vendor's own.
  return { v: 1, at: text, sinceMs: firstMs, markMs: firstMs, runMs: firstMs, firstMs, seen: '' }
}

/** One run of a feed: every event from the state on, once, with a gap wherever that cannot be said. */
export async function* pullFeed<Config>(
  stream: FeedStream<Config>,
  context: PullContext<Config>,
  cursor: string | null,
): AsyncGenerator<Page> {
  const { clock } = context
  const state = readFeedState(cursor, stream, clock.nowMs())
  const seen = Seen.read(state.seen)
  let written = cursor
  let stuck = 0
  const pageOf = (events: Page['events'], gaps: Gap[]): Page | undefined => {
    seen.prune(state.sinceMs)
    const text = JSON.stringify({ ...state, seen: seen.toText() } satisfies FeedState)
    if (events.length === 0 && gaps.length === 0 && text === written) return undefined
    written = text
    return { events, cursor: text, ...(gaps.length === 0 ? {} : { gaps }) }
  }
  for (;;) {
    const lost = state.at === null ? leaveLost(stream, state, clock.nowMs()) : undefined
    let answer: FeedPage
    try {
      answer = await stream.page(context, { sinceMs: state.sinceMs, untilMs: null, cursor: state.at })
    } catch (error) {
      if (!(error instanceof CursorExpired) || state.at === null) throw error
      const gap = goBack(stream, state, clock.nowMs())
      const page = pageOf([], gap === undefined ? [] : [gap])
      if (page !== undefined) yield page
      if (++stuck >= stuckPagesMax) throw error
      continue
    }
    const events = seen.takeFresh(answer.events, clock.nowMs())
    if (events.length === 0 && !answer.isEnd && answer.next === state.at && ++stuck >= stuckPagesMax) {
      throw new VendorError(
        'ERR_VENDOR_SHAPE',
        `the vendor gives the same page of \`${stream.name}\` again and again`,
        {
          retryable: true,
        },
      )
    }
    const gaps = [
      ...(lost === undefined ? [] : [lost]),
      ...(answer.gap === true ? [vendorGap(state, clock.nowMs())] : []),
    ]
    advance(stream, state, answer, clock.nowMs())
    const page = pageOf(events, gaps)
    if (page !== undefined) yield page
    if (answer.isEnd) return
  }
}

/**
 * A watermark never runs ahead of our clock: an event dated into the future would hide what comes before it. Behind a page
 * that is not the last, "now" would hide the rest, so that such an event moves nothing there.
 */
function advance(stream: FeedStream<never>, state: FeedState, { events, next, isEnd }: FeedPage, nowMs: number): void {
  for (const { eventAtMs } of events) {
    const knownMs = Math.min(eventAtMs ?? 0, nowMs)
    if (isEnd || knownMs === eventAtMs) state.runMs = Math.max(state.runMs, knownMs)
  }
  if (stream.resumes === 'cursor') {
    state.markMs = state.runMs
    state.sinceMs = state.markMs - stream.overlapMs
    state.at = next ?? state.at
    return
  }
  state.at = isEnd ? null : next
  if (!isEnd) return
  state.markMs = state.runMs
  state.sinceMs = state.markMs - stream.overlapMs
}

/** After a long silence the vendor has dropped what we would ask for: said at once, and asked from where it still keeps. */
function leaveLost(stream: FeedStream<never>, state: FeedState, nowMs: number): Gap | undefined {
  if (stream.historyMs === undefined || stream.historyMs === null) return undefined
  const keptFromMs = nowMs - stream.historyMs
  state.sinceMs = Math.max(state.sinceMs, keptFromMs)
  if (state.markMs >= keptFromMs) return undefined
  const gap: Gap = { fromMs: state.markMs, toMs: keptFromMs, reason: 'beyond-history', recovered: false }
  state.markMs = keptFromMs
  state.runMs = Math.max(state.runMs, keptFromMs)
  return gap
}

/** Pages of one query lose nothing: the run asks anew, and knows what it has. The loss of a cursor is a gap. */
function goBack(stream: FeedStream<never>, state: FeedState, nowMs: number): Gap | undefined {
  state.at = null
  if (stream.resumes === 'time') return undefined
  const fromMs = state.markMs - stream.overlapMs
  const keptFromMs = stream.historyMs === null ? 0 : nowMs - (stream.historyMs ?? 0)
  state.sinceMs = fromMs
  if (fromMs >= keptFromMs) return { fromMs, toMs: nowMs, reason: 'cursor-expired', recovered: true }
  // Without a known history everything is asked for again, and nothing of it is promised.
  if (stream.historyMs !== undefined) state.markMs = Math.max(state.markMs, keptFromMs)
  return { fromMs, toMs: keptFromMs, reason: 'cursor-expired', recovered: false }
}

const vendorGap = ({ markMs }: FeedState, nowMs: number): Gap => {
  return { fromMs: markMs, toMs: nowMs, reason: 'vendor-said', recovered: false }
}
