import { fold } from '../text.ts'

/**
 * Numbers the characters that a set of folded literals uses; every other character is 0. A character and its other case
 * share a number, so a text need not be folded before it is scanned. Beyond ASCII several characters share one: a scan
 * may then name a rule in vain, never miss one, and the tables stay small.
 */
export type Alphabet = { size: number; ascii: Uint16Array; wide: Uint16Array }

/** Power of two. */
const wideClasses = 64

/** Class of the folded form of each character of the basic plane. */
const classOfChar = new Uint8Array(0x10000)
for (let char = 0x80; char < 0x10000; char++) classOfChar[char] = char & (wideClasses - 1)
for (let char = 0x80; char < 0x10000; char++) {
  if (char === 0xd800) char = 0xe000
  classOfChar[char] = fold(String.fromCharCode(char)).charCodeAt(0) & (wideClasses - 1)
}
/** Characters beyond ASCII that fold into it: the Kelvin sign. */
const intoAscii = new Map<number, number>()
for (let char = 0x80; char < 0xd800; char++) {
  const folded = fold(String.fromCharCode(char)).charCodeAt(0)
  if (folded < 0x80) intoAscii.set(char, folded)
}

export function alphabetOf(literals: Iterable<string>): Alphabet {
  const ascii = new Uint16Array(128)
  const wide = new Uint16Array(wideClasses)
  let size = 1
  for (const text of literals) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      const table = code < 128 ? ascii : wide
      const at = code < 128 ? code : (classOfChar[code] ?? 0)
      if (table[at] === 0) table[at] = size++
    }
  }
  for (let lower = 0x61; lower <= 0x7a; lower++) ascii[lower - 0x20] = ascii[lower] ?? 0
  return { size, ascii, wide }
}

/** The number of a character; for ASCII the caller looks into the table itself. */
export function numberOfWide({ ascii, wide }: Alphabet, code: number): number {
  const folded = intoAscii.get(code)
  return folded === undefined ? (wide[classOfChar[code] ?? 0] ?? 0) : (ascii[folded] ?? 0)
}
