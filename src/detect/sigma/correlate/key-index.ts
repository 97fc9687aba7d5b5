import { halfSipHash } from '#kit'

/**
 * Which number a key has: a table with open addressing (linear probing, deletion by moving back). A `Map` of a million
 * strings waits for memory several times a look; this one twice. Its hash is keyed at random, so that no sender can choose
 * keys that crowd on one place.
 */
export class KeyIndex {
  size = 0
  /** Hash, then number + 1 (0: free), for each place; half of the places at most are taken. */
  private table = new Int32Array(2 * 2048)
  private last = 2047
  private readonly keys: readonly string[]
  private readonly secret = crypto.getRandomValues(new Int32Array(2))

  /** `keys`: by number, kept by the caller, who writes a key there before it is set. */
  constructor(keys: readonly string[]) {
    this.keys = keys
  }

  get(key: string): number | undefined {
    const { table, last } = this
    const hash = this.hashOf(key)
    for (let at = hash & last; ; at = (at + 1) & last) {
      const number = (table[2 * at + 1] ?? 0) - 1
      if (number < 0) return undefined
      if (table[2 * at] === hash && this.keys[number] === key) return number
    }
  }

  /** The key must not be in it yet. */
  set(key: string, number: number): void {
    this.size++
    if (2 * this.size > this.last) this.grow()
    this.put(this.hashOf(key), number + 1)
  }

  delete(key: string): void {
    const { table, last } = this
    const number = this.get(key)
    if (number === undefined) return
    let gap = this.hashOf(key) & last
    while (table[2 * gap + 1] !== number + 1) gap = (gap + 1) & last
    // What probing would no longer reach across the gap moves into it.
    for (let at = (gap + 1) & last; table[2 * at + 1] !== 0; at = (at + 1) & last) {
      const home = (table[2 * at] ?? 0) & last
      if (((at - home) & last) < ((at - gap) & last)) continue
      table.copyWithin(2 * gap, 2 * at, 2 * at + 2)
      gap = at
    }
    table[2 * gap + 1] = 0
    this.size--
  }

  private hashOf(key: string): number {
    return halfSipHash(key, this.secret[0] ?? 0, this.secret[1] ?? 0)
  }

  private put(hash: number, mark: number): void {
    const { table, last } = this
    let at = hash & last
    while (table[2 * at + 1] !== 0) at = (at + 1) & last
    table[2 * at] = hash
    table[2 * at + 1] = mark
  }

  private grow(): void {
    const old = this.table
    this.table = new Int32Array(2 * old.length)
    this.last = old.length - 1
    for (let at = 0; at < old.length; at += 2) if (old[at + 1] !== 0) this.put(old[at] ?? 0, old[at + 1] ?? 0)
  }
}
