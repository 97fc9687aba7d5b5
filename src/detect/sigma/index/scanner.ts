import { alphabetOf, numberOfWide, type Alphabet } from './alphabet.ts'
import type { Candidates } from './candidates.ts'

/** A folded literal, and the rules it makes candidates. */
export type Entry = { text: string; rules: readonly number[] }

/** Row offsets are doubled, with the lowest bit for "something ends here". */
type Table = { alphabet: Alphabet; next: Int32Array; outputs: ReadonlyMap<number, Int32Array> }

const dead = -2

/** Shorter texts are read in place. */
const lanesFromChars = 64
/** A text is copied so many characters at a time: reading an array takes half as long as reading a text. */
const pieceChars = 1 << 14
const bytes = Buffer.alloc(pieceChars * 2)
const units = new Uint16Array(bytes.buffer, bytes.byteOffset, pieceChars)

const numberOf = (alphabet: Alphabet, code: number): number =>
  code < 128 ? (alphabet.ascii[code] ?? 0) : numberOfWide(alphabet, code)

function trieOf(texts: readonly string[]): { alphabet: Alphabet; next: Int32Array; rows: number; ends: number[] } {
  const alphabet = alphabetOf(texts)
  const { size } = alphabet
  let next = new Int32Array(size * 64)
  let rows = 1
  const ends = texts.map((text) => {
    let row = 0
    for (let i = 0; i < text.length; i++) {
      const at = row * size + numberOf(alphabet, text.charCodeAt(i))
      if (next[at] === 0) {
        if ((rows + 1) * size > next.length) {
          const grown = new Int32Array(next.length * 2)
          grown.set(next)
          next = grown
        }
        next[at] = rows++
      }
      row = next[at] ?? 0
    }
    return row
  })
  return { alphabet, next: next.slice(0, rows * size), rows, ends }
}

function outputsOf(entries: readonly Entry[], ends: readonly number[]): Map<number, Set<number>> {
  const outputs = new Map<number, Set<number>>()
  entries.forEach(({ rules }, index) => {
    const row = ends[index] ?? 0
    const set = outputs.get(row) ?? new Set()
    for (const rule of rules) set.add(rule)
    outputs.set(row, set)
  })
  return outputs
}

const packed = (outputs: ReadonlyMap<number, ReadonlySet<number>>): Map<number, Int32Array> =>
  new Map([...outputs].map(([row, rules]) => [row, Int32Array.from(rules)]))

/** Finds literals anywhere in a text, in one pass (Aho and Corasick 1975, with every transition written out). */
export class AnywhereScanner {
  private readonly table: Table
  private readonly seen: Int32Array
  private epoch = 0
  /** A literal that begins before a place ends at most so many characters behind it. */
  private readonly overlap: number

  constructor(entries: readonly Entry[]) {
    const { alphabet, next, rows, ends } = trieOf(entries.map(({ text }) => text))
    const { size } = alphabet
    const outputs = outputsOf(entries, ends)
    const fail = new Int32Array(rows)
    const queue: number[] = []
    for (let c = 0; c < size; c++) if ((next[c] ?? 0) > 0) queue.push(next[c] ?? 0)
    for (let head = 0; head < queue.length; head++) {
      const row = queue[head] ?? 0
      const below = fail[row] ?? 0
      const inherited = outputs.get(below)
      if (inherited !== undefined) outputs.set(row, new Set([...(outputs.get(row) ?? []), ...inherited]))
      for (let c = 0; c < size; c++) {
        const at = row * size + c
        const other = next[below * size + c] ?? 0
        const child = next[at] ?? 0
        if (child === 0) next[at] = other
        else {
          fail[child] = other
          queue.push(child)
        }
      }
    }
    for (let i = 0; i < next.length; i++) {
      const row = next[i] ?? 0
      next[i] = (row * size * 2) | (outputs.has(row) ? 1 : 0)
    }
    this.table = { alphabet, next, outputs: packed(outputs) }
    this.seen = new Int32Array(rows)
    this.overlap = entries.reduce((most, { text }) => Math.max(most, text.length), 1) - 1
  }

  scan(text: string, candidates: Candidates): void {
    this.epoch++
    if (text.length < lanesFromChars) {
      const { next, alphabet } = this.table
      let state = 0
      for (let i = 0; i < text.length; i++) {
        state = next[(state >> 1) + numberOf(alphabet, text.charCodeAt(i))] ?? 0
        if ((state & 1) === 1) this.hit(state, candidates)
      }
      return
    }
    for (let from = 0; from < text.length; from += pieceChars - this.overlap) {
      const piece = from === 0 && text.length <= pieceChars ? text : text.slice(from, from + pieceChars)
      this.scanQuarters(bytes.write(piece, 0, 'utf16le') >> 1, candidates)
    }
  }

  /**
   * Four quarters side by side: each step waits for the step before it, so four take little longer than one. Each then
   * goes on into the next until no literal that began in it can still end.
   */
  private scanQuarters(length: number, candidates: Candidates): void {
    const { next, alphabet } = this.table
    const { ascii } = alphabet
    const text = units
    const quarter = length >> 2
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let i = 0; i < quarter; i++) {
      const w = text[i] ?? 0
      const x = text[quarter + i] ?? 0
      const y = text[2 * quarter + i] ?? 0
      const z = text[3 * quarter + i] ?? 0
      // Written out: as a function of its own it costs a third more.
      a = next[(a >> 1) + (w < 128 ? (ascii[w] ?? 0) : numberOfWide(alphabet, w))] ?? 0
      b = next[(b >> 1) + (x < 128 ? (ascii[x] ?? 0) : numberOfWide(alphabet, x))] ?? 0
      c = next[(c >> 1) + (y < 128 ? (ascii[y] ?? 0) : numberOfWide(alphabet, y))] ?? 0
      d = next[(d >> 1) + (z < 128 ? (ascii[z] ?? 0) : numberOfWide(alphabet, z))] ?? 0
      if (((a | b | c | d) & 1) === 0) continue
      for (const state of [a, b, c, d]) if ((state & 1) === 1) this.hit(state, candidates)
    }
    this.goOn(a, quarter, Math.min(length, quarter + this.overlap), candidates)
    this.goOn(b, 2 * quarter, Math.min(length, 2 * quarter + this.overlap), candidates)
    this.goOn(c, 3 * quarter, Math.min(length, 3 * quarter + this.overlap), candidates)
    this.goOn(d, 4 * quarter, length, candidates)
  }

  private goOn(state: number, from: number, to: number, candidates: Candidates): void {
    const { next, alphabet } = this.table
    for (let i = from; i < to; i++) {
      state = next[(state >> 1) + numberOf(alphabet, units[i] ?? 0)] ?? 0
      if ((state & 1) === 1) this.hit(state, candidates)
    }
  }

  private hit(state: number, candidates: Candidates): void {
    const row = (state >> 1) / this.table.alphabet.size
    if (this.seen[row] === this.epoch) return
    this.seen[row] = this.epoch
    const rules = this.table.outputs.get(row)
    if (rules !== undefined) candidates.add(rules)
  }
}

/** Finds the literals that a text begins with, or is; backwards, those it ends with. Stops where none goes on. */
export class EdgeScanner {
  private readonly table: Table
  private readonly whole: ReadonlyMap<number, Int32Array>
  private readonly backwards: boolean

  constructor(edge: readonly Entry[], whole: readonly Entry[], backwards: boolean) {
    const written = [...edge, ...whole].map(({ text }) => (backwards ? text.split('').toReversed().join('') : text))
    const { alphabet, next, ends } = trieOf(written)
    const edges = outputsOf(edge, ends)
    const wholes = outputsOf(whole, ends.slice(edge.length))
    for (let i = 0; i < next.length; i++) {
      const row = next[i] ?? 0
      const flag = edges.has(row) || wholes.has(row) ? 1 : 0
      next[i] = row === 0 ? dead : (row * alphabet.size * 2) | flag
    }
    this.table = { alphabet, next, outputs: packed(edges) }
    this.whole = packed(wholes)
    this.backwards = backwards
  }

  scan(text: string, candidates: Candidates): void {
    const { next, alphabet } = this.table
    const { length } = text
    const last = length - 1
    let state = 0
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(this.backwards ? last - i : i)
      state = next[(state >> 1) + numberOf(alphabet, code)] ?? dead
      if (state < 0) return
      if ((state & 1) === 1) this.hit(state, i === last, candidates)
    }
  }

  private hit(state: number, isWhole: boolean, candidates: Candidates): void {
    const row = (state >> 1) / this.table.alphabet.size
    const rules = this.table.outputs.get(row)
    if (rules !== undefined) candidates.add(rules)
    const wholes = isWhole ? this.whole.get(row) : undefined
    if (wholes !== undefined) candidates.add(wholes)
  }
}
