import type { Pattern } from '../pattern.ts'
import { star } from '../pattern.ts'

/** Ends, beginnings and whole values that one text is compared with, by the character they must share with it. */
export type Edges = (folded: string) => boolean

/** Whether a pattern is a literal with a star at one side at most, and not empty. */
export function isEdge(pattern: Pattern): boolean {
  const [first, second] = pattern
  if (pattern.length === 1) return typeof first === 'string'
  return (
    pattern.length === 2 &&
    (first === star) !== (second === star) &&
    (typeof first === 'string' || typeof second === 'string')
  )
}

/** Answers for a whole list at once: a list of hundreds costs as much as the few that share the text's last character. */
export function compileEdges(patterns: readonly Pattern[]): Edges {
  const ends = new Map<number, string[]>()
  const starts = new Map<number, string[]>()
  const wholes = new Set<string>()
  const put = (into: Map<number, string[]>, char: number, text: string): void => {
    into.set(char, [...(into.get(char) ?? []), text])
  }
  for (const [first, second] of patterns) {
    if (typeof first === 'string' && second === undefined) wholes.add(first)
    else if (typeof first === 'string') put(starts, first.charCodeAt(0), first)
    else if (typeof second === 'string') put(ends, second.charCodeAt(second.length - 1), second)
  }
  return (folded) =>
    (ends.get(folded.charCodeAt(folded.length - 1))?.some((text) => folded.endsWith(text)) ?? false) ||
    (starts.get(folded.charCodeAt(0))?.some((text) => folded.startsWith(text)) ?? false) ||
    wholes.has(folded)
}
