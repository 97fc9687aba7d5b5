/** What waits for its turn: order is by time, then by id, so that it never depends on arrival. */
export type Timed = { timeMs: number; id: string }

const bucketMs = 1000
/** Beyond it the oldest are let go before their time, and what comes behind them is late. */
export const heldMaxDefault = 500_000

/** Puts a stream in order of its own times, as far as a watermark allows. */
export class Reorder<T extends Timed> {
  /** Nothing older is taken any more. */
  releasedUntil = -Infinity
  held = 0
  private readonly heldMax: number
  private readonly buckets = new Map<number, T[]>()
  private starts: number[] = []

  constructor(heldMax: number) {
    this.heldMax = heldMax
  }

  /** False when the item comes behind the watermark. */
  add(item: T): boolean {
    if (item.timeMs < this.releasedUntil) return false
    const start = Math.floor(item.timeMs / bucketMs) * bucketMs
    const bucket = this.buckets.get(start)
    if (bucket === undefined) {
      this.buckets.set(start, [item])
      this.insertStart(start)
    } else bucket.push(item)
    this.held++
    return true
  }

  get isFull(): boolean {
    return this.held > this.heldMax
  }

  /** The end of the oldest bucket: where the watermark must go to make room. */
  get oldestEnd(): number {
    return (this.starts[0] ?? 0) + bucketMs
  }

  /** Hands out, in order, what is older than the watermark, as far as whole seconds go. Doubles come once. */
  *release(watermarkMs: number): Iterable<T> {
    const until = watermarkMs === Infinity ? Infinity : Math.floor(watermarkMs / bucketMs) * bucketMs
    if (until <= this.releasedUntil) return
    this.releasedUntil = until
    let due = 0
    while (due < this.starts.length && (this.starts[due] ?? 0) < until) due++
    const starts = this.starts.slice(0, due)
    this.starts = this.starts.slice(due)
    for (const start of starts) {
      const bucket = this.buckets.get(start) ?? []
      this.buckets.delete(start)
      this.held -= bucket.length
      yield* inOrder(bucket)
    }
  }

  *items(): Iterable<T> {
    for (const start of this.starts) yield* this.buckets.get(start) ?? []
  }

  private insertStart(start: number): void {
    let at = this.starts.length
    while (at > 0 && (this.starts[at - 1] ?? 0) > start) at--
    if (at === this.starts.length) this.starts.push(start)
    else this.starts.splice(at, 0, start)
  }
}

const compare = (a: Timed, b: Timed): number => a.timeMs - b.timeMs || (a.id < b.id ? -1 : a.id === b.id ? 0 : 1)

function* inOrder<T extends Timed>(bucket: T[]): Iterable<T> {
  // Most streams come in order, or nearly.
  if (bucket.some((item, at) => at > 0 && compare(bucket[at - 1] ?? item, item) > 0)) bucket.sort(compare)
  let before: T | undefined
  for (const item of bucket) {
    if (before?.timeMs !== item.timeMs || before.id !== item.id) yield item
    before = item
  }
}
