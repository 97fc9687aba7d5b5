import type { Clock } from '#kit'

type Time = { nowMs(): number; pass(ms: number): void }
type Waiter = { dueMs: number; wake(): void }

/**
 * Time as it would pass, without its waiting: what is computed or sent takes its real time, and when everybody only waits,
 * the clock (and the twin's with it) jumps to whoever wakes first. Minutes of a vendor's delay so cost nothing and hide
 * nothing. Against a real server, which jumps for nobody, all waiting is real.
 */
export class JumpingClock implements Clock {
  readonly #twin: Time | undefined
  readonly #callMs: number
  readonly #waiters = new Set<Waiter>()
  /** Part of a millisecond that the twin's clock, which has whole ones, lies behind. */
  #behindMs = 0
  #lastMs = performance.now()
  #busy = 0
  #isPlanned = false

  /** `callMs`: whoever waits as long as this guards a call under way, and is no reason to jump. */
  constructor(twin: Time | undefined, callMs: number) {
    this.#twin = twin
    this.#callMs = callMs
  }

  nowMs(): number {
    this.#sync()
    return this.#twin === undefined ? Date.now() : this.#twin.nowMs()
  }
  monotonicMs(): number {
    return Math.floor(this.exactMs())
  }
  /** Whoever else moves the twin's clock (a client that waits its turn) has let time pass. */
  exactMs(): number {
    this.#sync()
    return this.#twin === undefined ? performance.now() : this.#twin.nowMs() + this.#behindMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve()
    const isGuard = ms >= this.#callMs
    if (isGuard) this.#busy++
    return new Promise((resolve) => {
      const waiter: Waiter = {
        dueMs: this.exactMs() + ms,
        wake: () => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', waiter.wake)
          this.#waiters.delete(waiter)
          if (isGuard) this.#busy--
          this.#plan()
          resolve()
        },
      }
      const timer = setTimeout(waiter.wake, ms)
      signal?.addEventListener('abort', waiter.wake)
      if (isGuard) return
      this.#waiters.add(waiter)
      this.#plan()
    })
  }

  /** Nobody only waits while this is under way. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#sync()
    this.#busy++
    try {
      return await work()
    } finally {
      this.#busy--
      this.#plan()
    }
  }

  /** Two turns of the event loop: whoever was just answered says first whether there is more to do. */
  #plan(): void {
    if (this.#twin === undefined || this.#isPlanned || this.#busy > 0) return
    this.#isPlanned = true
    setImmediate(() =>
      setImmediate(() => {
        this.#isPlanned = false
        if (this.#busy > 0) return
        const [first] = [...this.#waiters].sort((a, b) => a.dueMs - b.dueMs)
        if (first === undefined) return
        this.#twin?.pass(Math.max(0, Math.ceil(first.dueMs - this.exactMs())))
        first.wake()
      }),
    )
  }

  #sync(): void {
    const nowMs = performance.now()
    this.#behindMs += nowMs - this.#lastMs
    this.#lastMs = nowMs
    const whole = Math.floor(this.#behindMs)
    this.#behindMs -= whole
    if (whole > 0) this.#twin?.pass(whole)
  }
}
