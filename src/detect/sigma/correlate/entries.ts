/**
 * Events inside windows, as linked lists in typed arrays: an object for each would cost several times the memory.
 * `texts` and `numbers` are there only where a correlation needs values.
 */
export class Entries {
  times = new Float64Array(1024)
  refs = new Float64Array(1024)
  next = new Int32Array(1024)
  numbers: Float64Array | undefined
  readonly texts: string[] | undefined
  used = 0
  private made = 0
  private free = none

  constructor(value: 'none' | 'number' | 'text') {
    if (value === 'number') this.numbers = new Float64Array(1024)
    if (value === 'text') this.texts = []
  }

  make(timeMs: number, ref: number, value: string | number): number {
    let at = this.free
    if (at === none) {
      at = this.made++
      if (at === this.times.length) this.grow()
    } else this.free = this.next[at] ?? none
    this.used++
    this.times[at] = timeMs
    this.refs[at] = ref
    this.next[at] = none
    if (this.numbers !== undefined) this.numbers[at] = Number(value)
    if (this.texts !== undefined) this.texts[at] = String(value)
    return at
  }

  drop(at: number): void {
    if (this.texts !== undefined) this.texts[at] = ''
    this.next[at] = this.free
    this.free = at
    this.used--
  }

  private grow(): void {
    this.times = grown(this.times, Float64Array)
    this.refs = grown(this.refs, Float64Array)
    this.next = grown(this.next, Int32Array)
    if (this.numbers !== undefined) this.numbers = grown(this.numbers, Float64Array)
  }
}

export const none = -1

type Array64<T> = { length: number; set(from: T): void }

/** A copy of half as much again. */
export function grown<T extends Array64<T>>(old: T, Type: new (length: number) => T): T {
  const bigger = new Type(Math.ceil(old.length * 1.5))
  bigger.set(old)
  return bigger
}
