import { SigmaError } from '../errors.ts'
import { newline, wordChars } from './charset.ts'
import type { Assertion, CharSet, Syntax } from './syntax.ts'

/** Each state costs up to one step for each character of the text. */
const statesMax = 5000

export const ops = { set: 0, split: 1, assert: 2, match: 3 } as const
export const assertions: readonly Assertion[] = [
  'textStart',
  'textEnd',
  'lineStart',
  'lineEnd',
  'wordEdge',
  'noWordEdge',
]

/** A Thompson automaton. State `i`: `op[i]`; `set` goes on to `a[i]` by a character of set `b[i]`; `split` to both. */
export type Program = {
  op: number[]
  a: number[]
  b: number[]
  sets: CharSet[]
  start: number
  usesWords: boolean
  usesLines: boolean
  /** Begins at the text's start only. */
  anchored: boolean
}

export function assemble(syntax: Syntax): Program {
  const program: Program = {
    op: [],
    a: [],
    b: [],
    sets: [],
    start: 0,
    usesWords: false,
    usesLines: false,
    anchored: isAnchored(syntax),
  }
  const setIds = new Map<string, number>()
  const add = (op: number, a: number, b: number): number => {
    if (program.op.length >= statesMax)
      throw new SigmaError('ERR_SIGMA_LIMIT', `a regular expression needs more than ${statesMax} states`, {
        hint: 'repeat less, or split the expression',
      })
    program.op.push(op)
    program.a.push(a)
    program.b.push(b)
    return program.op.length - 1
  }
  const setId = (chars: CharSet): number => {
    const key = chars.join()
    const known = setIds.get(key)
    if (known !== undefined) return known
    setIds.set(key, program.sets.length)
    return program.sets.push(chars) - 1
  }
  /** Emits states that match `node` and go on to `next`; answers with the first. Written back to front. */
  const emit = (node: Syntax, next: number): number => {
    if (node.kind === 'set') return add(ops.set, next, setId(node.chars))
    if (node.kind === 'assert') {
      program.usesWords ||= node.what === 'wordEdge' || node.what === 'noWordEdge'
      program.usesLines ||= node.what === 'lineStart' || node.what === 'lineEnd'
      return add(ops.assert, next, assertions.indexOf(node.what))
    }
    if (node.kind === 'all') return node.of.toReversed().reduce((after, part) => emit(part, after), next)
    if (node.kind === 'any')
      return node.of.map((part) => emit(part, next)).reduceRight((other, entry) => add(ops.split, entry, other))
    let after = next
    if (node.max === Infinity) {
      const loop = add(ops.split, 0, next)
      program.a[loop] = emit(node.of, loop)
      after = loop
    } else for (let i = node.min; i < node.max; i++) after = add(ops.split, emit(node.of, after), next)
    for (let i = 0; i < node.min; i++) after = emit(node.of, after)
    return after
  }
  program.start = emit(syntax, add(ops.match, 0, 0))
  return program
}

function isAnchored(node: Syntax): boolean {
  if (node.kind === 'assert') return node.what === 'textStart'
  if (node.kind === 'all') return node.of[0] !== undefined && isAnchored(node.of[0])
  if (node.kind === 'any') return node.of.every(isAnchored)
  return node.kind === 'repeat' && node.min > 0 && isAnchored(node.of)
}

/** Numbers characters so that those no state tells apart share one number. */
export type Alphabet = { size: number; ascii: Uint16Array; bounds: readonly number[]; first: readonly number[] }

export function alphabetOf({ sets, usesWords, usesLines }: Program): Alphabet {
  const bounds = new Set<number>([0])
  const all = [...sets, ...(usesWords ? [wordChars] : []), ...(usesLines ? [newline] : [])]
  for (const set of all) {
    for (let i = 0; i < set.length; i += 2) {
      bounds.add(set[i] ?? 0)
      bounds.add((set[i + 1] ?? 0) + 1)
    }
  }
  const sorted = [...bounds].sort((x, y) => x - y)
  const alphabet: Alphabet = { size: sorted.length, ascii: new Uint16Array(128), bounds: sorted, first: sorted }
  for (let char = 0; char < 128; char++) alphabet.ascii[char] = find(sorted, char)
  return alphabet
}

export const classOf = ({ ascii, bounds }: Alphabet, char: number): number =>
  char < 128 ? (ascii[char] ?? 0) : find(bounds, char)

function find(bounds: readonly number[], char: number): number {
  let low = 0
  let high = bounds.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((bounds[middle] ?? 0) <= char) low = middle
    else high = middle - 1
  }
  return low
}
