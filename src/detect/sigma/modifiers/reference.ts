import { SigmaError } from '../errors.ts'
import { readPattern } from '../text.ts'
import type { Pattern } from '../pattern.ts'
import {
  asText,
  textValue,
  variantsMax,
  withoutWildcards,
  wrongKind,
  type Modifier,
  type ModifierContext,
  type Value,
} from './value.ts'

const fieldref: Modifier = (value, context) => {
  const name = withoutWildcards(asText(value, context, 'the name of a field'), context)
  return { kind: 'fieldref', other: context.readField(name), how: 'equals', cased: false }
}

/** `%name%` becomes each of the values given for it; `\%` is a plain percent sign. */
const expand: Modifier = (value, context) => {
  if (value.kind === 'regex') return anyOf(expansions(value.source, context).map((source) => ({ ...value, source })))
  if (value.kind !== 'text') throw wrongKind(context, value, 'text')
  const { raw, cased } = value
  if (raw !== undefined) return anyOf(expansions(raw, context).map((text) => ({ ...textValue(text), cased })))
  return anyOf(expandPattern(value.pattern, context).map((pattern) => ({ kind: 'text', pattern, raw, cased })))
}

/** After `contains` and the like: only the literal parts can hold a placeholder. */
function expandPattern(pattern: Pattern, context: ModifierContext): Pattern[] {
  let made: Pattern[] = [[]]
  for (const part of pattern) {
    const choices = typeof part === 'string' ? expansions(part, context).map(readPattern) : [[part]]
    if (made.length * choices.length > variantsMax) throw tooMany()
    made = made.flatMap((head) => choices.map((choice) => [...head, ...choice]))
  }
  return made
}

const anyOf = (of: Value[]): Value => (of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'any', of })

function expansions(text: string, { placeholders }: ModifierContext): string[] {
  let made = ['']
  for (const piece of text.split(/(\\%|%[A-Za-z0-9_-]+%)/)) {
    const name = piece.length > 2 && piece.startsWith('%') && piece.endsWith('%') ? piece.slice(1, -1) : undefined
    if (name === undefined) {
      made = made.map((head) => head + (piece === String.raw`\%` ? '%' : piece))
      continue
    }
    const values = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined
    if (values === undefined || values.length === 0)
      throw new SigmaError('ERR_SIGMA_PLACEHOLDER', `there is no value for the placeholder \`%${name}%\``, {
        hint: `give its values (--placeholder ${name}=VALUE), or take \`expand\` off to mean the percent signs`,
      })
    if (made.length * values.length > variantsMax) throw tooMany()
    made = made.flatMap((head) => values.map((each) => head + each))
  }
  return made
}

const tooMany = (): SigmaError =>
  new SigmaError('ERR_SIGMA_LIMIT', `placeholders make more than ${variantsMax} values of one`, {
    hint: 'give fewer values, or use fewer placeholders in one value',
  })

export const referenceModifiers: Readonly<Record<string, Modifier>> = { fieldref, expand }
