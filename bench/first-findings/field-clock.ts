import type { Clock, Http } from '#kit'

type Sleeper = { atMs: number; order: number; wake: () => void; isDead: boolean }

/** What one call to a vendor takes on its way there and back: a round trip over a continent, and the vendor's own work. */
export const callMs = 250
/** Real time to let what neither sleeps nor travels (a signature) come to its end, before a long wait is passed over. */
const settleMs = 5
const longWaitMs = 1_000
/** Where nobody waits, so often a signature may still be on its way. */
const idleMax = 200

/** Time passes only when everybody waits for it: then it is the time of the first one. No time passes while a call travels. */
export class FieldClock implements Clock {
  #nowMs: number
  #sleepers: Sleeper[] = []
  #order = 0
  #travelling = 0
  constructor(startMs: number) {
    this.#nowMs = startMs
  }
  nowMs(): number {
    return this.#nowMs
  }
  monotonicMs(): number {
    return this.#nowMs
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const sleeper: Sleeper = { atMs: this.#nowMs + ms, order: this.#order++, wake: resolve, isDead: false }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', () => {
        sleeper.isDead = true
        resolve()
      })
    })
  }

  /** Every call takes `callMs` of this clock. */
  readonly wire = (http: Http): Http => ({
    request: async (url, request) => {
      await this.sleep(callMs, request?.signal)
      this.#travelling++
      try {
        return await http.request(url, request)
      } finally {
        this.#travelling--
      }
    },
  })

  /** Lets time pass until `isOver`, which is asked whenever everything waits. False: nobody waits for anything any more. */
  async run(isOver: () => boolean | Promise<boolean>): Promise<boolean> {
    let idle = 0
    for (;;) {
      await this.#quiet()
      if (await isOver()) return true
      const next = this.#next()
      if (next === undefined || next.atMs - this.#nowMs > longWaitMs) {
        if (await this.#isBusyAfter(settleMs, next)) continue
        if (next === undefined) {
          if (++idle < idleMax) continue
          return false
        }
      }
      idle = 0
      this.#sleepers.splice(this.#sleepers.indexOf(next), 1)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.wake()
    }
  }

  #next(): Sleeper | undefined {
    this.#sleepers = this.#sleepers.filter(({ isDead }) => !isDead)
    return this.#sleepers.reduce<Sleeper | undefined>(
      (first, one) =>
        first === undefined || one.atMs < first.atMs || (one.atMs === first.atMs && one.order < first.order)
          ? one
          : first,
      undefined,
    )
  }

  async #isBusyAfter(ms: number, next: Sleeper | undefined): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, ms))
    await this.#quiet()
    return this.#next() !== next
  }

  async #quiet(): Promise<void> {
    for (let calm = 0; calm < 4;) {
      await new Promise((resolve) => setImmediate(resolve))
      calm = this.#travelling === 0 ? calm + 1 : 0
    }
  }
}
