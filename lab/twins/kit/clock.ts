import type { Clock } from 'cordon/kit'

/** Time passes when somebody waits, or when the story says so: a day of a vendor's life takes no real time. */
export class TwinClock implements Clock {
  #nowMs: number
  constructor(startMs: number) {
    this.#nowMs = startMs
  }
  nowMs(): number {
    return this.#nowMs
  }
  monotonicMs(): number {
    return this.#nowMs
  }
  pass(ms: number): void {
    this.#nowMs += ms
  }
  sleep(ms: number): Promise<void> {
    this.#nowMs += Math.max(0, ms)
    return Promise.resolve()
  }
}
