/** Steps in a doubling: a value is told to within 9 %. */
const perDoubling = 8
const buckets = perDoubling * 42
/** What a day long past still weighs: half after about 23 days, so that "usual" is the last two months. */
const keptADay = 0.97

/** How much a day of a group's members usually comes to; fades by the day. Days of nothing are left out. */
export class Histogram {
  private readonly counts = new Float64Array(buckets)
  private total = 0

  add(value: number): void {
    const bucket = Math.min(buckets - 1, Math.max(0, Math.ceil(Math.log2(Math.max(1, value)) * perDoubling)))
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
    this.total++
  }

  fade(days: number): void {
    const share = keptADay ** days
    for (let at = 0; at < buckets; at++) this.counts[at] = (this.counts[at] ?? 0) * share
    this.total *= share
  }

  /** Days seen, faded ones as what they still weigh. */
  get weight(): number {
    return this.total
  }

  /** The upper end of the bucket in which the share of days ends; 0 where nothing was seen. */
  percentile(share: number): number {
    if (this.total === 0) return 0
    let left = this.total * (1 - share)
    for (let at = buckets - 1; at >= 0; at--) {
      left -= this.counts[at] ?? 0
      if (left < 0) return Math.floor(2 ** (at / perDoubling))
    }
    return 1
  }

  toJson(): number[] {
    const pairs: number[] = []
    for (const [at, count] of this.counts.entries()) if (count > 0) pairs.push(at, count)
    return [this.total, ...pairs]
  }

  static fromJson([total = 0, ...pairs]: readonly number[]): Histogram {
    const made = new Histogram()
    made.total = total
    for (let at = 0; at < pairs.length; at += 2) made.counts[pairs[at] ?? 0] = pairs[at + 1] ?? 0
    return made
  }
}
