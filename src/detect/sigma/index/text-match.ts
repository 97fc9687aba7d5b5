import { matchesPattern } from '../text.ts'
import { star, type Pattern } from '../pattern.ts'

/** A pattern as a function; the common shapes need no interpretation. */
export function compilePattern(pattern: Pattern): (text: string) => boolean {
  const [first, second, third] = pattern
  if (pattern.length === 0) return (text) => text === ''
  if (pattern.length === 1 && typeof first === 'string') return (text) => text === first
  if (pattern.length === 2 && typeof first === 'string' && second === star) return (text) => text.startsWith(first)
  if (pattern.length === 2 && first === star && typeof second === 'string') return (text) => text.endsWith(second)
  if (pattern.length === 3 && first === star && typeof second === 'string' && third === star)
    return (text) => text.includes(second)
  return (text) => matchesPattern(pattern, text)
}
