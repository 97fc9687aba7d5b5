import { parseOwnJson } from '#kit'
import { CursorExpired, VendorError, type FeedStream, type Page, type PullContext } from '#sources/contract'

import { Seen } from './seen.ts'

/** History by time is read a slice at a time, oldest first: a lost page costs one slice. */
export const sliceMs = 24 * 3_600_000
const restartsMax = 4

/** Where a backfill stands: all before `fromMs` is in the log, `at` is a page of the slice that begins there. */
export type BackfillState = {
  v: 1
  sinceMs: number
  fromMs: number
  untilMs: number
  at: string | null
  isDone: boolean
  seen: string
}

export const readBackfill = (text: string | null): BackfillState | undefined =>
  text === null ? undefined : parseOwnJson<BackfillState>(text)

/** How far back a vendor can be asked: its own limit counts. */
export const reachableMs = (stream: Pick<FeedStream<never>, 'historyMs'>, sinceMs: number, nowMs: number): number =>
  stream.historyMs === undefined || stream.historyMs === null ? sinceMs : Math.max(sinceMs, nowMs - stream.historyMs)

/** Events from `sinceMs` up to `untilMs`, where the live feed began. Asked for more than before, it begins anew. */
export async function* pullBackfill<Config>(
  stream: FeedStream<Config>,
  context: PullContext<Config>,
  wanted: { sinceMs: number; untilMs: number },
  cursor: string | null,
): AsyncGenerator<Page> {
  const before = readBackfill(cursor)
  if (before !== undefined && before.isDone && before.sinceMs <= wanted.sinceMs) return
  const fromMs = reachableMs(stream, wanted.sinceMs, context.clock.nowMs())
  const state: BackfillState =
    before !== undefined && !before.isDone && before.sinceMs <= wanted.sinceMs
      ? before
      : {
          v: 1,
          sinceMs: wanted.sinceMs,
          fromMs,
          untilMs: wanted.untilMs,
          at: null,
          isDone: fromMs >= wanted.untilMs,
          seen: '',
        }
  const seen = Seen.read(state.seen)
  for (let restarts = 0; !state.isDone;) {
    const isSliced = stream.resumes === 'time'
    const untilMs = isSliced ? Math.min(state.fromMs + sliceMs, state.untilMs) : state.untilMs
    const answer = await stream
      .page(context, { sinceMs: state.fromMs, untilMs, cursor: state.at })
      .catch((error: unknown) => {
        if (!(error instanceof CursorExpired) || state.at === null || ++restarts > restartsMax) throw error
        return undefined
      })
    if (answer === undefined) {
      state.at = null
      continue
    }
    if (!answer.isEnd && answer.next === state.at && answer.events.length === 0 && ++restarts > restartsMax) {
      throw new VendorError('ERR_VENDOR_SHAPE', `the history of \`${stream.name}\` does not go on`, { retryable: true })
    }
    const mine = answer.events.filter(({ eventAtMs }) => eventAtMs === null || eventAtMs < state.untilMs)
    const events = seen.takeFresh(mine, context.clock.nowMs())
    // In order of arrival, a page of nothing but younger events means that the rest is the live feed's.
    const isPast = !isSliced && answer.events.length > 0 && mine.length === 0
    state.at = answer.isEnd ? null : answer.next
    if (answer.isEnd || isPast) {
      state.fromMs = untilMs
      state.isDone = untilMs >= state.untilMs
      seen.prune(untilMs - stream.overlapMs)
    }
    yield { events, cursor: JSON.stringify({ ...state, seen: seen.toText() } satisfies BackfillState) }
  }
}
