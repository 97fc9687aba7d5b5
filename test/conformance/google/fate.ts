import type { Http } from '#kit'
import type { ActionDesk } from '#respond'

import type { Fate } from '../estate/containment.ts'

const never = new Promise<never>(() => undefined)

/**
 * Hands that die after so many things asked or done, as by `kill -9`: before it was sent, or after it was done and before
 * the answer came. Nothing of theirs is durable, so that for core and vendor nothing else is left of them.
 * Time stands still while a call travels.
 */
export function mortal(livesFor: () => number): Fate & { deaths: () => number } {
  let [left, deaths, isDead, travelling] = [livesFor(), 0, false, 0]
  let life = 0
  const spend = async (of: number): Promise<void> => {
    if (isDead || of !== life) await never
    if (left-- > 0) return
    isDead = true
    deaths++
    await never
  }
  const travel = async <T>(work: () => Promise<T>): Promise<T> => {
    travelling++
    try {
      return await work()
    } finally {
      travelling--
    }
  }
  const through = async <T>(of: number, work: () => Promise<T>): Promise<T> => {
    await spend(of)
    const answer = await work()
    await spend(of)
    return answer
  }
  return {
    // One action may be in hand at every death: who gives up after five tries names no reason.
    limits: { idleMs: 1_000, attemptsMax: 50 },
    desk(desk): ActionDesk {
      const mine = life
      return {
        claim: (...args) => through(mine, () => desk.claim(...args)),
        attempt: (...args) => through(mine, () => desk.attempt(...args)),
        applied: (...args) => through(mine, () => desk.applied(...args)),
        probed: (...args) => through(mine, () => desk.probed(...args)),
        failed: (...args) => through(mine, () => desk.failed(...args)),
        undone: (...args) => through(mine, () => desk.undone(...args)),
        release: (...args) => through(mine, () => desk.release(...args)),
      }
    },
    hands(http): Http {
      const mine = life
      return { request: (...args) => through(mine, () => http.request(...args)) }
    },
    wire: (http): Http => ({ request: (...args) => travel(() => http.request(...args)) }),
    async quiet() {
      let calm = 0
      while (calm < 3) {
        await new Promise((resolve) => setImmediate(resolve))
        calm = travelling === 0 ? calm + 1 : 0
      }
    },
    isDead: () => isDead,
    revive() {
      life++
      left = livesFor()
      isDead = false
    },
    deaths: () => deaths,
  }
}

/** Hands that live for ever. */
export const immortal = () => mortal(() => Number.POSITIVE_INFINITY)
