import { alphabetOf, numberOfWide, type Alphabet } from './alphabet.ts'
import type { Candidates } from './candidates.ts'

/** A folded literal, and the rules it makes candidates. */
export type Entry = { text: string; rules: readonly number[] }

/** Row offsets are doubled, with the lowest bit for "something ends here". */
type Table = { alphabet: Alphabet; next: Int32Array; outputs: ReadonlyMap<number, Int32Array> }

const dead = -2

function trieOf(texts: readonly string[]): { alphabet: Alphabet; next: Int32Array; rows: number; ends: number[] } {
  const alphabet = alphabetOf(texts)
  const { size } = alphabet
  const numberOf = (code: number): number => (code < 128 ? (alphabet.ascii[code] ?? 0) : numberOfWide(alphabet, code))
  let next = new Int32Array(size * 64)
  let rows = 1
  const ends = texts.map((text) => {
    let row = 0
    for (let i = 0; i < text.length; i++) {
      const at = row * size + numberOf(text.charCodeAt(i))
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
  }

  scan(text: string, candidates: Candidates): void {
    const { next, alphabet } = this.table
    const { ascii } = alphabet
    let state = 0
    this.epoch++
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      state = next[(state >> 1) + (code < 128 ? (ascii[code] ?? 0) : numberOfWide(alphabet, code))] ?? 0
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
    const { ascii } = alphabet
    const { length } = text
    const last = length - 1
    let state = 0
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(this.backwards ? last - i : i)
      state = next[(state >> 1) + (code < 128 ? (ascii[code] ?? 0) : numberOfWide(alphabet, code))] ?? dead
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
