import { assert, crashPoint, silentDiagnose } from '#kit'
import type { Action } from '#model'

import { runErrand } from './errand.ts'
import { createPace, sourcePaceDefault } from './pace.ts'
import type { Progress } from './probe-pause.ts'
import { runnerLimits, type RunnerOptions } from './runner-options.ts'

export interface Runner {
  /** Works until the signal; calls under way end first. */
  run(signal: AbortSignal): Promise<void>
  /** Core says that there may be work. */
  wake(): void
  readonly inHand: number
}

/** Actions whose probing is remembered between two claims of this process. */
const progressMax = 10_000

/**
 * Hands' loop: claim, act, prove. It decides nothing: what may be done, and whether a claim still counts, is core's
 * answer. An outcome core does not hear of is no loss: the lease ends, and the next claim reads back.
 */
export function createRunner(options: RunnerOptions): Runner {
  const { desk, worker, clock } = options
  const limits = { ...runnerLimits, ...options.limits }
  assert(limits.leaseMs >= 3 * limits.requestTimeoutMs, 'a lease holds three request timeouts')
  const diagnose = options.diagnose ?? silentDiagnose
  const pace = createPace(clock, options.paceOf ?? (() => sourcePaceDefault))
  const progress = new Map<string, Progress>()
  const inHand = new Set<Promise<void>>()
  let wakeUp = new AbortController()
  const wake = (): void => wakeUp.abort()

  const work = async (action: Action, signal: AbortSignal): Promise<void> => {
    try {
      await runErrand(action, {
        ...options,
        limits,
        pace,
        progressOf,
        progressOfAll: () => progress.values(),
        forget: (id) => progress.delete(id),
        signal,
      })
    } catch (error) {
      diagnose('warn', 'an action was left to its lease', {
        action: action.id,
        verb: action.verb,
        code: error instanceof Error && 'code' in error ? String(error.code) : 'ERR_INTERNAL',
      })
    }
  }
  const progressOf = (action: Action): Progress => {
    const key = action.id
    const known = progress.get(key) ?? { sinceMs: clock.monotonicMs(), refusals: 0, rounds: 0 }
    progress.set(key, known)
    if (progress.size > progressMax) progress.delete(progress.keys().next().value ?? '')
    return known
  }

  /** Until an action that was given back is to be asked about again: it is not left to wait for the next look around. */
  const untilNextMs = (): number => {
    const nowMs = clock.monotonicMs()
    let nextMs = Infinity
    for (const { asks } of progress.values())
      if (asks !== undefined && asks.nextMs > nowMs) nextMs = Math.min(nextMs, asks.nextMs)
    return Math.min(limits.idleMs, nextMs - nowMs + 1)
  }

  const claim = async (signal: AbortSignal): Promise<number> => {
    const free = limits.actionsAtOnceMax - inHand.size
    if (free <= 0) return 0
    try {
      const actions = await desk.claim(worker, free, limits.leaseMs)
      if (actions.length > 0) crashPoint('respond.after-claim')
      for (const action of actions) {
        const one = work(action, signal).finally(() => {
          inHand.delete(one)
          wake()
        })
        inHand.add(one)
      }
      return actions.length
    } catch (error) {
      diagnose('warn', 'core gave no actions', { error: error instanceof Error ? error.message : String(error) })
      return 0
    }
  }

  return {
    wake,
    get inHand() {
      return inHand.size
    },
    async run(signal) {
      const stop = (): void => wake()
      signal.addEventListener('abort', stop)
      while (!signal.aborted) {
        wakeUp = new AbortController()
        const started = await claim(signal)
        if (started === 0 && !signal.aborted) await clock.sleep(untilNextMs(), wakeUp.signal)
      }
      signal.removeEventListener('abort', stop)
      await Promise.allSettled(inHand)
    },
  }
}
