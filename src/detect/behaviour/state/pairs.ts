const capacityMin = 1 << 10
/** Of every pair that is not the newest, so many go at once when there is no room: a walk over all costs as much as a day. */
const shareLeft = 0.75
const empty = 0

/**
 * Who was ever seen with what: pairs of two numbers, exact, each with the day it was last seen and on how many it was: a pair
 * of a group, by how many of its members it was taught.
 * Open addressing in typed arrays, 12 bytes a slot. Full: the pairs that were seen longest ago are given up, and counted.
 */
export class Pairs {
  evicted = 0
  size = 0
  private readonly bounds: { readonly pairsMax: number }
  private owners = new Uint32Array(capacityMin)
  private values = new Uint32Array(capacityMin)
  private days = new Uint16Array(capacityMin)
  private counts = new Uint16Array(capacityMin)

  constructor(bounds: { readonly pairsMax: number }) {
    this.bounds = bounds
  }

  /** Owners and values are numbers from 1 on. */
  has(owner: number, value: number): boolean {
    return this.owners[this.slot(owner, value)] !== empty
  }

  count(owner: number, value: number): number {
    return this.counts[this.slot(owner, value)] ?? 0
  }

  /** Days before `day` on which it was seen; fewer where days after it were counted meanwhile, never more. */
  daysBefore(owner: number, value: number, day: number): number {
    const slot = this.slot(owner, value)
    const last = this.days[slot] ?? 0
    // Of days after it only the newest is known; it may itself have been counted, too.
    const notBefore = last < day ? 0 : 1 + last - day
    return Math.max(0, (this.counts[slot] ?? 0) - notBefore)
  }

  /** Only if it is there: seen again. `isCounted`: a day of it that nothing speaks against. */
  touch(owner: number, value: number, day: number, isCounted: boolean): void {
    const slot = this.slot(owner, value)
    if (this.owners[slot] === empty || day <= (this.days[slot] ?? 0)) return
    this.days[slot] = day
    if (isCounted) this.counts[slot] = Math.min(0xffff, (this.counts[slot] ?? 0) + 1)
  }

  teach(owner: number, value: number, day: number, times = 1): void {
    let slot = this.slot(owner, value)
    if (this.owners[slot] === empty) {
      if (this.size >= this.bounds.pairsMax) this.giveUp()
      if ((this.size + 1) * 2 > this.owners.length) this.rebuild(this.owners.length * 2, () => true)
      slot = this.slot(owner, value)
      this.owners[slot] = owner
      this.values[slot] = value
      this.counts[slot] = 0
      this.days[slot] = 0
      this.size++
    }
    this.counts[slot] = Math.min(0xffff, (this.counts[slot] ?? 0) + times)
    this.days[slot] = Math.max(this.days[slot] ?? 0, day)
  }

  /** Keeps what `keep` says. */
  sweep(keep: (owner: number, value: number) => boolean): void {
    this.rebuild(this.owners.length, (slot) => keep(this.owners[slot] ?? 0, this.values[slot] ?? 0))
  }

  *all(): Iterable<readonly [owner: number, value: number, day: number, count: number]> {
    for (let slot = 0; slot < this.owners.length; slot++) {
      const owner = this.owners[slot] ?? empty
      if (owner !== empty) yield [owner, this.values[slot] ?? 0, this.days[slot] ?? 0, this.counts[slot] ?? 0]
    }
  }

  private giveUp(): void {
    const days: number[] = []
    for (const [, , day] of this.all()) days.push(day)
    days.sort((a, b) => a - b)
    const oldest = days[Math.floor(days.length * (1 - shareLeft))] ?? 0
    const before = this.size
    // Of one day with all others: then which ones go is by number, and so by age.
    let spare = Math.floor(before * shareLeft)
    this.rebuild(this.owners.length, (slot) => (this.days[slot] ?? 0) >= oldest && spare-- > 0)
    this.evicted += before - this.size
  }

  private slot(owner: number, value: number): number {
    const mask = this.owners.length - 1
    let hash = Math.imul(owner, 0x9e3779b1) ^ Math.imul(value, 0x85ebca6b)
    hash ^= hash >>> 15
    hash = Math.imul(hash, 0x2c1b3c6d)
    hash ^= hash >>> 13
    let slot = hash & mask
    while (this.owners[slot] !== empty && (this.owners[slot] !== owner || this.values[slot] !== value))
      slot = (slot + 1) & mask
    return slot
  }

  private rebuild(capacity: number, keep: (slot: number) => boolean): void {
    const { owners, values, days, counts } = this
    const kept: number[] = []
    for (let slot = 0; slot < owners.length; slot++) if (owners[slot] !== empty && keep(slot)) kept.push(slot)
    this.owners = new Uint32Array(capacity)
    this.values = new Uint32Array(capacity)
    this.days = new Uint16Array(capacity)
    this.counts = new Uint16Array(capacity)
    for (const old of kept) {
      const slot = this.slot(owners[old] ?? 0, values[old] ?? 0)
      this.owners[slot] = owners[old] ?? 0
      this.values[slot] = values[old] ?? 0
      this.days[slot] = days[old] ?? 0
      this.counts[slot] = counts[old] ?? 0
    }
    this.size = kept.length
  }
}
