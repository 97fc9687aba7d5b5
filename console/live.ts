import { useEffect, useState } from 'preact/hooks'

import type { Api, Health } from './api.ts'
import { nowMs } from './clock.ts'
import { isSignedOut, saidOf, unreachable, type Said } from './problem.ts'

/** What Cordon tells by itself of how it stands, and whether it still does. */
export type Live = {
  state: 'connecting' | 'live' | 'stale'
  health: Health | null
  heardAtMs: number | null
  problem: Said | null
  /** Rises when something may have changed. */
  tick: number
}
export type Heard = { is: 'heard'; health: Health } | { is: 'lost'; problem: Said }

/** Cordon speaks every 15 s at least: after this long the line is dead, whatever the browser believes. */
export const silenceMsMax = 40_000
export const pauseMsFirst = 1_000
export const pauseMsMax = 30_000
/** A busy log rings often; a person reads slowly, and 200 consoles may be open. */
export const tickEveryMs = 2_000

const silent: Said = { ...unreachable, code: 'ERR_CONSOLE_SILENT', detail: 'Cordon fell silent' }

/** Listens until `signal` ends it, and again after each loss, with growing pauses. */
export async function follow(
  api: Pick<Api, 'watch'>,
  signal: AbortSignal,
  tell: (heard: Heard) => void,
  sleep: (ms: number, signal: AbortSignal) => Promise<void> = pause,
): Promise<void> {
  let pauseMs = pauseMsFirst
  while (!signal.aborted) {
    const line = new AbortController()
    let timer = setTimeout(() => line.abort(), silenceMsMax)
    let problem = unreachable
    try {
      for await (const health of api.watch(AbortSignal.any([signal, line.signal]))) {
        clearTimeout(timer)
        timer = setTimeout(() => line.abort(), silenceMsMax)
        pauseMs = pauseMsFirst
        tell({ is: 'heard', health })
      }
    } catch (error) {
      problem = line.signal.aborted ? silent : saidOf(error)
    } finally {
      clearTimeout(timer)
      line.abort()
    }
    if (signal.aborted) return
    tell({ is: 'lost', problem })
    if (isSignedOut(problem)) return
    await sleep(pauseMs, signal)
    pauseMs = Math.min(pauseMsMax, pauseMs * 2)
  }
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, Math.max(0, ms))
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      done()
    })
  })
}

export function useLive(api: Api, onSignedOut: () => void): Live {
  const [live, setLive] = useState<Live>({ state: 'connecting', health: null, heardAtMs: null, problem: null, tick: 0 })
  useEffect(() => {
    const stop = new AbortController()
    let lastTickMs = -tickEveryMs
    let late: ReturnType<typeof setTimeout> | undefined
    const tick = (): void => {
      late = undefined
      lastTickMs = performance.now()
      setLive((before) => ({ ...before, tick: before.tick + 1 }))
    }
    void follow(api, stop.signal, (heard) => {
      if (heard.is === 'lost') {
        if (isSignedOut(heard.problem)) return onSignedOut()
        return setLive((before) => ({ ...before, state: 'stale', problem: heard.problem }))
      }
      const { health } = heard
      setLive((before) => ({ ...before, state: 'live', health, heardAtMs: nowMs(), problem: null }))
      late ??= setTimeout(tick, Math.max(0, tickEveryMs - (performance.now() - lastTickMs)))
    })
    return () => {
      clearTimeout(late)
      stop.abort()
    }
  }, [api])
  return live
}
