import type { CharSet } from './syntax.ts'

const lastCodePoint = 0x10ffff

export const digits: CharSet = [0x30, 0x39]
export const wordChars: CharSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a]
/** White space as ECMAScript has it. */
export const spaces: CharSet = [
  0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f, 0x205f,
  0x3000, 0x3000, 0xfeff, 0xfeff,
]
export const newline: CharSet = [0x0a, 0x0a]
export const anyChar: CharSet = [0, lastCodePoint]

export function union(...sets: readonly CharSet[]): CharSet {
  const pairs: [number, number][] = []
  for (const set of sets) for (let i = 0; i < set.length; i += 2) pairs.push([set[i] ?? 0, set[i + 1] ?? 0])
  pairs.sort((a, b) => a[0] - b[0])
  const out: number[] = []
  for (const [from, to] of pairs) {
    const last = out.length - 1
    if (last > 0 && from <= (out[last] ?? 0) + 1) out[last] = Math.max(out[last] ?? 0, to)
    else out.push(from, to)
  }
  return out
}

export function complement(set: CharSet): CharSet {
  const out: number[] = []
  let from = 0
  for (let i = 0; i < set.length; i += 2) {
    if ((set[i] ?? 0) > from) out.push(from, (set[i] ?? 0) - 1)
    from = (set[i + 1] ?? 0) + 1
  }
  if (from <= lastCodePoint) out.push(from, lastCodePoint)
  return out
}

export function has(set: CharSet, char: number): boolean {
  for (let i = 0; i < set.length; i += 2) if (char >= (set[i] ?? 0) && char <= (set[i + 1] ?? 0)) return true
  return false
}

/** The set with the other case of each of its characters. */
export function closeOverCase(set: CharSet): CharSet {
  const more: number[] = []
  for (const [a, b] of casePairs()) {
    if (has(set, a)) more.push(b, b)
    if (has(set, b)) more.push(a, a)
  }
  // Twice: k, K and the Kelvin sign are three of one kind.
  const once = union(set, ...pairwise(more))
  return once.length === set.length ? once : closeOnceMore(once)
}

function closeOnceMore(set: CharSet): CharSet {
  const more: number[] = []
  for (const [a, b] of casePairs()) {
    if (has(set, a) && !has(set, b)) more.push(b, b)
    if (has(set, b) && !has(set, a)) more.push(a, a)
  }
  return union(set, ...pairwise(more))
}

function pairwise(flat: readonly number[]): CharSet[] {
  const out: CharSet[] = []
  for (let i = 0; i < flat.length; i += 2) out.push([flat[i] ?? 0, flat[i + 1] ?? 0])
  return out
}

let pairs: [number, number][] | undefined

/** Every upper-case character with its lower case, where both are one character (Unicode simple folding). */
function casePairs(): readonly [number, number][] {
  if (pairs !== undefined) return pairs
  pairs = []
  const add = (a: number, text: string): void => {
    const b = text.codePointAt(0)
    if (b !== undefined && b !== a && String.fromCodePoint(b) === text) pairs?.push([a, b])
  }
  for (let char = 0x41; char < 0x1e944; char++) {
    // The surrogates, and from there to the first cased plane beyond the basic one.
    if (char === 0xd800) char = 0x10400
    const text = String.fromCodePoint(char)
    add(char, text.toLowerCase())
    if (char >= 0x80) add(char, text.toUpperCase())
  }
  return pairs
}
