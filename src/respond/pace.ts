import type { Clock } from '#kit'

/** What one source bears. A vendor's own limit is usually lower than what a breach makes us want. */
export type SourcePace = { callsAtOnceMax: number; callsPerMinuteMax: number }
export const sourcePaceDefault: SourcePace = { callsAtOnceMax: 4, callsPerMinuteMax: 300 }
/** Sources whose pace is remembered; the longest unused are forgotten. */
const sourcesMax = 1_000

type State = { tokens: number; filledAtMs: number; calls: number; waiters: (() => void)[] }

/**
 * Lets calls to one source out in turn: a token bucket of one minute's depth that never holds more than `callsAtOnceMax`,
 * so that a long quiet spell earns no burst, and a bound on calls under way.
 */
export function createPace(
  clock: Clock,
  paceOf: (source: string) => SourcePace,
): <T>(source: string, work: () => Promise<T>) => Promise<T> {
  const states = new Map<string, State>()

  const stateOf = (source: string, pace: SourcePace): State => {
    const state = states.get(source) ?? {
      tokens: pace.callsAtOnceMax,
      filledAtMs: clock.monotonicMs(),
      calls: 0,
      waiters: [],
    }
    states.delete(source)
    states.set(source, state)
    if (states.size > sourcesMax) {
      const oldest = [...states].find(([, { calls, waiters }]) => calls === 0 && waiters.length === 0)
      if (oldest !== undefined) states.delete(oldest[0])
    }
    return state
  }

  const takeToken = async (state: State, pace: SourcePace): Promise<void> => {
    const perMs = pace.callsPerMinuteMax / 60_000
    const nowMs = clock.monotonicMs()
    state.tokens = Math.min(pace.callsAtOnceMax, state.tokens + (nowMs - state.filledAtMs) * perMs) - 1
    state.filledAtMs = nowMs
    if (state.tokens < 0) await clock.sleep(Math.ceil(-state.tokens / perMs))
  }

  return async (source, work) => {
    const pace = paceOf(source)
    const state = stateOf(source, pace)
    while (state.calls >= pace.callsAtOnceMax) await new Promise<void>((resolve) => state.waiters.push(resolve))
    state.calls++
    try {
      await takeToken(state, pace)
      return await work()
    } finally {
      state.calls--
      state.waiters.shift()?.()
    }
  }
}
