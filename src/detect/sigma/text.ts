import { one, star, type Pattern } from './pattern.ts'

/**
 * Simple case folding: one character to one character, the same wherever it stands, so that a literal found in a folded
 * text lies where it lay. Differs from `toLowerCase` in the final sigma and the dotted capital I.
 */
export function fold(text: string): string {
  if (text === lastText) return lastFolded
  lastFolded = foldAnew(text)
  lastText = text
  return lastFolded
}

/** Many values in a row are compared with one text. */
let lastText = ''
let lastFolded = ''

function foldAnew(text: string): string {
  const lower = text.toLowerCase()
  if (lower.length === text.length && !lower.includes('ς')) return lower
  return text
    .split('İ')
    .map((part) => part.toLowerCase().replaceAll('ς', 'σ'))
    .join('İ')
}

/**
 * Reads a value's wildcards. A backslash is plain unless `*`, `?` or another backslash follows (Sigma rules
 * specification, "Escaping").
 */
export function readPattern(text: string): Pattern {
  const parts: (string | typeof star | typeof one)[] = []
  let literal = ''
  const push = (part: typeof star | typeof one): void => {
    if (literal !== '') parts.push(literal)
    literal = ''
    if (part === star && parts.at(-1) === star) return
    parts.push(part)
  }
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    const next = text.charAt(i + 1)
    if (char === '\\' && (next === '*' || next === '?' || next === '\\')) {
      literal += next
      i++
    } else if (char === '*') push(star)
    else if (char === '?') push(one)
    else literal += char
  }
  if (literal !== '') parts.push(literal)
  return parts
}

export const foldPattern = (pattern: Pattern): Pattern =>
  pattern.map((part) => (typeof part === 'string' ? fold(part) : part))

/** The value as text when it holds no wildcard. */
export function plainText(pattern: Pattern): string | undefined {
  return pattern.every((part) => typeof part === 'string') ? pattern.join('') : undefined
}

/** Shows a pattern as a rule would write it. */
export const showPattern = (pattern: Pattern): string =>
  pattern
    .map((part) => (part === star ? '*' : part === one ? '?' : part.replace(/[*?]|\\(?=[*?\\]|$)/g, String.raw`\$&`)))
    .join('')

/** Whether the pattern covers the whole text. Linear in the text for each literal between two stars. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const first = pattern[0]
  const last = pattern.at(-1)
  if (pattern.length === 0) return text === ''
  if (pattern.length === 1) return first === star || (typeof first === 'string' ? text === first : isOneChar(text))
  if (pattern.length === 2) {
    if (typeof first === 'string' && last === star) return text.startsWith(first)
    if (first === star && typeof last === 'string') return text.endsWith(last)
  }
  if (pattern.length === 3 && first === star && last === star && typeof pattern[1] === 'string')
    return text.includes(pattern[1])
  return matchesGlob(pattern, text)
}

const isOneChar = (text: string): boolean => text !== '' && text.length === widthAt(text, 0)
const widthAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1)

/** Takes each run between stars at its earliest place; the last one must reach the end. */
function matchesGlob(pattern: Pattern, text: string): boolean {
  let at = 0
  let from = 0
  for (let part = 0; part <= pattern.length; part++) {
    if (part < pattern.length && pattern[part] !== star) continue
    const run = pattern.slice(from, part)
    const isFirst = from === 0
    const isLast = part === pattern.length
    if (isFirst) {
      const end = runEndsAt(run, text, 0)
      if (end === -1 || (isLast && end !== text.length)) return false
      at = end
    } else if (isLast) return run.length === 0 || endsWithRun(run, text, at)
    else {
      const end = findRun(run, text, at)
      if (end === -1) return false
      at = end
    }
    from = part + 1
  }
  return true
}

/** Where a run that starts at `at` ends; -1 when it does not match there. */
function runEndsAt(run: Pattern, text: string, at: number): number {
  for (const part of run) {
    if (typeof part === 'string') {
      if (!text.startsWith(part, at)) return -1
      at += part.length
    } else {
      if (at >= text.length) return -1
      at += widthAt(text, at)
    }
  }
  return at
}

function findRun(run: Pattern, text: string, from: number): number {
  const [first] = run
  for (let at = from; at <= text.length; at++) {
    if (typeof first === 'string') {
      at = text.indexOf(first, at)
      if (at === -1) return -1
    }
    const end = runEndsAt(run, text, at)
    if (end !== -1) return end
  }
  return -1
}

function endsWithRun(run: Pattern, text: string, from: number): boolean {
  let at = text.length
  for (const part of run.toReversed()) {
    if (typeof part === 'string') {
      if (!text.endsWith(part, at)) return false
      at -= part.length
    } else {
      if (at <= 0) return false
      at -= at >= 2 && widthAt(text, at - 2) === 2 ? 2 : 1
    }
  }
  return at >= from
}

/** What a value reads as text: strings, numbers and booleans; undefined for everything else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  return typeof value === 'boolean' ? String(value) : undefined
}

/** Opens a pattern at its ends. */
export function withStars(pattern: Pattern, before: boolean, after: boolean): Pattern {
  if (pattern.every((part) => part === star) && (before || after)) return [star]
  const head: Pattern = before && pattern[0] !== star ? [star] : []
  const tail: Pattern = after && pattern.at(-1) !== star ? [star] : []
  return [...head, ...pattern, ...tail]
}
