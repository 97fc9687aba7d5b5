import { createContext } from 'preact'
import { useContext, useEffect, useRef, useState } from 'preact/hooks'

import type { Api } from './api.ts'
import { nowMs } from './clock.ts'
import { pause, type Live } from './live.ts'
import { isSignedOut, saidOf, type Said } from './problem.ts'

export type Desk = { api: Api; live: Live; signOut: (why: string | null) => void }
const noDesk = (): never => {
  throw new Error('no page stands outside the console')
}
export const DeskContext = createContext<Desk | null>(null)
export const useDesk = (): Desk => useContext(DeskContext) ?? noDesk()

/** What a page reads. What was read stays on screen while it is read again, and when that fails. */
export type Read<T> = { value: T | null; atMs: number | null; problem: Said | null; again: () => void }
type Asker<T> = (api: Api, signal: AbortSignal) => Promise<T>

/**
 * Asks at once, whenever `about` changes, and whenever Cordon says that something changed. An answer that takes longer
 * than the next change is waited for, so that a slow Cordon is not asked ever more; what is dear to answer names how long
 * to leave it alone.
 */
export function useRead<T>(ask: Asker<T>, about: string, everyMs = 0): Read<T> {
  const { api, live, signOut } = useDesk()
  const [read, setRead] = useState<Omit<Read<T>, 'again'> & { about: string }>({ ...nothing, about })
  const run = useRef<() => void>(() => undefined)
  useEffect(() => {
    const stop = new AbortController()
    let isAsking = false
    let isWanted = false
    run.current = () => {
      isWanted = true
      if (!isAsking) void askAll()
    }
    const askAll = async (): Promise<void> => {
      isAsking = true
      while (isWanted && !stop.signal.aborted) {
        isWanted = false
        const startedMs = performance.now()
        try {
          const value = await ask(api, stop.signal)
          if (!stop.signal.aborted) setRead({ value, atMs: nowMs(), problem: null, about })
        } catch (error) {
          if (stop.signal.aborted) break
          const problem = saidOf(error)
          if (isSignedOut(problem)) return signOut('the token is no longer good')
          setRead((before) => ({ ...(before.about === about ? before : nothing), problem, about }))
        }
        await pause(everyMs - (performance.now() - startedMs), stop.signal)
      }
      isAsking = false
    }
    run.current()
    return () => stop.abort()
  }, [api, about])
  useEffect(() => {
    if (live.tick > 1) run.current()
  }, [live.tick])
  const current = read.about === about ? read : nothing
  return { value: current.value, atMs: current.atMs, problem: current.problem, again: () => run.current() }
}
const nothing = { value: null, atMs: null, problem: null }
