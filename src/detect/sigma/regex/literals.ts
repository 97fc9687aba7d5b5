import { fold } from '../text.ts'
import type { CharSet, Syntax } from './syntax.ts'

const alternativesMax = 64
const literalCharsMax = 64

/**
 * Texts of which every match holds at least one, folded; undefined when nothing can be promised. They only choose which
 * events are worth a run.
 */
export function requiredLiterals(syntax: Syntax): readonly string[] | undefined {
  const found = best(syntax)
  return found === undefined || found.some((text) => text === '') ? undefined : found
}

function best(node: Syntax): readonly string[] | undefined {
  if (node.kind === 'set') {
    const char = oneFolded(node.chars)
    return char === undefined ? undefined : [char]
  }
  if (node.kind === 'assert') return undefined
  if (node.kind === 'repeat') return node.min > 0 ? best(node.of) : undefined
  if (node.kind === 'any') {
    const all: string[] = []
    for (const part of node.of) {
      const texts = best(part)
      if (texts === undefined) return undefined
      all.push(...texts)
    }
    return all.length > alternativesMax ? undefined : all
  }
  let chosen: readonly string[] | undefined
  let run = ''
  const offer = (texts: readonly string[] | undefined): void => {
    if (texts !== undefined && texts.length > 0 && score(texts) > score(chosen)) chosen = texts
  }
  for (const part of node.of) {
    const char = part.kind === 'set' ? oneFolded(part.chars) : undefined
    if (char !== undefined && run.length < literalCharsMax) run += char
    else {
      if (run !== '') offer([run])
      run = char ?? ''
      if (char === undefined) offer(best(part))
    }
  }
  if (run !== '') offer([run])
  return chosen
}

/** Longer is rarer; more of them are met more often. */
const score = (texts: readonly string[] | undefined): number =>
  texts === undefined ? -1 : Math.min(...texts.map((text) => text.length)) * 64 - texts.length

/** The one folded character that every member of the set folds to. */
function oneFolded(chars: CharSet): string | undefined {
  let folded: string | undefined
  for (let i = 0; i < chars.length; i += 2) {
    for (let char = chars[i] ?? 0; char <= (chars[i + 1] ?? 0); char++) {
      const text = fold(String.fromCodePoint(char))
      if (folded !== undefined && folded !== text) return undefined
      folded = text
    }
  }
  return folded
}
