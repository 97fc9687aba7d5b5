/** Beyond so many a set is estimated. */
export const exactMax = 512
const bits = 10
const registers = 1 << bits
const alpha = 0.7213 / (1 + 1.079 / registers)

/**
 * How many different ones: exact up to 512, then HyperLogLog with 1,024 registers (standard error 3.3 %; Flajolet et al.
 * 2007, with linear counting where it is the better estimate).
 */
export class Distinct {
  private exact: Set<number> | null = new Set()
  private sketch: Uint8Array | null = null

  /** True when it is surely one more: while it is exact. */
  add(hash: number): boolean {
    if (this.exact !== null) {
      if (this.exact.has(hash)) return false
      this.exact.add(hash)
      if (this.exact.size > exactMax) this.estimate()
      return true
    }
    this.put(hash)
    return false
  }

  addAll(other: Distinct): void {
    if (other.exact !== null) for (const hash of other.exact) this.add(hash)
    else {
      if (this.sketch === null) this.estimate()
      const [mine, theirs] = [this.sketch, other.sketch]
      if (mine === null || theirs === null) return
      for (let at = 0; at < registers; at++) mine[at] = Math.max(mine[at] ?? 0, theirs[at] ?? 0)
    }
  }

  get isExact(): boolean {
    return this.exact !== null
  }

  get size(): number {
    if (this.exact !== null) return this.exact.size
    let [sum, zeros] = [0, 0]
    for (const rank of this.sketch ?? []) {
      sum += 2 ** -rank
      if (rank === 0) zeros++
    }
    const raw = (alpha * registers * registers) / sum
    return Math.round(raw <= 2.5 * registers && zeros > 0 ? registers * Math.log(registers / zeros) : raw)
  }

  toJson(): number[] | { sketch: string } {
    return this.exact !== null ? [...this.exact] : { sketch: Buffer.from(this.sketch ?? []).toString('base64') }
  }

  static fromJson(json: number[] | { sketch: string }): Distinct {
    const made = new Distinct()
    if (Array.isArray(json)) for (const hash of json) made.add(hash)
    else {
      made.exact = null
      made.sketch = new Uint8Array(Buffer.from(json.sketch, 'base64'))
    }
    return made
  }

  private estimate(): void {
    const known = this.exact ?? []
    this.exact = null
    this.sketch = new Uint8Array(registers)
    for (const hash of known) this.put(hash)
  }

  private put(hash: number): void {
    const register = hash >>> (32 - bits)
    const rank = Math.clz32(((hash << bits) | (1 << (bits - 1))) >>> 0) + 1
    if (this.sketch !== null && (this.sketch[register] ?? 0) < rank) this.sketch[register] = rank
  }
}

/** 32 bits of a text (FNV-1a with the finaliser of MurmurHash3): spreads names; nothing secret hangs on it. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
