/** The estate's time: a clock that others move, turned back while something of the past is made. */
export class EstateClock {
  readonly #now: { nowMs(): number }
  #thenMs: number | undefined
  constructor(now: { nowMs(): number }) {
    this.#now = now
  }
  nowMs(): number {
    return this.#thenMs ?? this.#now.nowMs()
  }
  during<T>(ms: number, work: () => T): T {
    const before = this.#thenMs
    this.#thenMs = ms
    try {
      return work()
    } finally {
      this.#thenMs = before
    }
  }
}
