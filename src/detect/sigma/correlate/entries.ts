/** An event's row: `time` and `ref` as floats, then `next` as an integer. */
const rowBytes = 24
const floats = rowBytes / 8
const ints = rowBytes / 4

/**
 * Events inside windows, as linked lists in typed arrays: an object for each would cost several times the memory.
 * `texts` and `numbers` are there only where a correlation needs values.
 */
export class Entries {
  numbers: Float64Array | undefined
  readonly texts: string[] | undefined
  used = 0
  private floats = new Float64Array(1024 * floats)
  private ints = new Int32Array(this.floats.buffer)
  private made = 0
  private free = none

  constructor(value: 'none' | 'number' | 'text') {
    if (value === 'number') this.numbers = new Float64Array(1024)
    if (value === 'text') this.texts = []
  }

  time(at: number): number {
    return this.floats[at * floats] ?? 0
  }
  ref(at: number): number {
    return this.floats[at * floats + 1] ?? 0
  }
  next(at: number): number {
    return this.ints[at * ints + 4] ?? none
  }
  setNext(at: number, next: number): void {
    this.ints[at * ints + 4] = next
  }

  make(timeMs: number, ref: number, value: string | number): number {
    let at = this.free
    if (at === none) {
      at = this.made++
      if (at * floats === this.floats.length) this.grow()
    } else this.free = this.next(at)
    this.used++
    this.floats[at * floats] = timeMs
    this.floats[at * floats + 1] = ref
    this.setNext(at, none)
    if (this.numbers !== undefined) this.numbers[at] = Number(value)
    if (this.texts !== undefined) this.texts[at] = String(value)
    return at
  }

  drop(at: number): void {
    if (this.texts !== undefined) this.texts[at] = ''
    this.setNext(at, this.free)
    this.free = at
    this.used--
  }

  private grow(): void {
    this.floats = grown(this.floats, floats)
    this.ints = new Int32Array(this.floats.buffer)
    if (this.numbers !== undefined) this.numbers = grown(this.numbers, 1)
  }
}

export const none = -1

/** A copy with half as many rows again, each of so many numbers. */
export function grown(old: Float64Array, perRow: number): Float64Array<ArrayBuffer> {
  const bigger = new Float64Array(Math.ceil((old.length / perRow) * 1.5) * perRow)
  bigger.set(old)
  return bigger
}
