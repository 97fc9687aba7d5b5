import { SigmaError } from '../errors.ts'
import type { Pattern } from '../pattern.ts'
import { asText, variantsMax, type Modifier } from './value.ts'

const dashes = ['-', '/', '–', '—', '―']

/** Every dash or slash that begins a word stands for each of the five, in all combinations. */
const windash: Modifier = (value, context) => {
  const text = asText(value, context)
  let patterns: Pattern[] = [[]]
  for (const part of text.pattern) {
    const pieces = typeof part === 'string' ? part.split(/\B[-/]\b/) : [part]
    pieces.forEach((piece, index) => {
      const heads = index === 0 ? [''] : dashes
      if (patterns.length * heads.length > variantsMax) {
        throw new SigmaError('ERR_SIGMA_LIMIT', `\`windash\` makes more than ${variantsMax} values of one`, {
          hint: 'split the value into several of fewer dashes under `contains|all|windash`',
        })
      }
      patterns = patterns.flatMap((pattern) => heads.map((head) => append(pattern, head, piece)))
    })
  }
  return {
    kind: 'any',
    of: patterns.map((pattern) => ({ kind: 'text', pattern, raw: undefined, cased: text.cased })),
  }
}

function append(pattern: Pattern, head: string, piece: Pattern[number]): Pattern {
  if (typeof piece !== 'string') return [...pattern, piece]
  const last = pattern.at(-1)
  const added = head + piece
  if (added === '') return pattern
  return typeof last === 'string' ? [...pattern.slice(0, -1), last + added] : [...pattern, added]
}

export const windashModifiers: Readonly<Record<string, Modifier>> = { windash }
