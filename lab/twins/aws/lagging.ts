/** A setting that AWS accepts at once and obeys a few seconds later. */
export class Lagging<T> {
  readonly #versions: { value: T; fromMs: number }[]
  constructor(value: T, nowMs = 0) {
    this.#versions = [{ value, fromMs: nowMs }]
  }
  set(value: T, nowMs: number): void {
    this.#versions.push({ value, fromMs: nowMs })
  }
  /** What the API shows. */
  shown(): T {
    return this.#at(Number.MAX_SAFE_INTEGER)
  }
  /** What is enforced. */
  obeyed(nowMs: number, lagMs: number): T {
    return this.#at(nowMs - lagMs)
  }
  #at(ms: number): T {
    const found = this.#versions.findLast(({ fromMs }) => fromMs <= ms) ?? this.#versions[0]
    if (found === undefined) throw new Error('a value from the beginning')
    return found.value
  }
}
