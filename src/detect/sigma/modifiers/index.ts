import { SigmaError } from '../errors.ts'
import { compileRegex } from '../regex/regex.ts'
import { foldPattern } from '../text.ts'
import type { FieldPath, Test } from '../types.ts'
import { cidrModifiers } from './cidr.ts'
import { compareModifiers } from './compare.ts'
import { encodeModifiers } from './encode.ts'
import { genericModifiers } from './generic.ts'
import { referenceModifiers } from './reference.ts'
import { regexModifiers } from './regex.ts'
import { timeModifiers } from './time.ts'
import { each, textValue, variantsMax, type Modifier, type Value } from './value.ts'
import { windashModifiers } from './windash.ts'

const modifiers: Readonly<Record<string, Modifier>> = {
  ...genericModifiers,
  ...encodeModifiers,
  ...windashModifiers,
  ...regexModifiers,
  ...compareModifiers,
  ...timeModifiers,
  ...cidrModifiers,
  ...referenceModifiers,
}
/** These speak of the whole list of values, not of one. */
const listModifiers = new Set(['all', 'neq'])
export const modifierNames: readonly string[] = [...Object.keys(modifiers), ...listModifiers].sort()

export type ModifierOptions = {
  placeholders: Readonly<Record<string, readonly string[]>>
  allowBacktracking: boolean
  readField(name: string): FieldPath
}

/** Throws ERR_SIGMA_MODIFIER for a name that is none. */
export function checkModifiers(names: readonly string[]): void {
  for (const name of names) {
    if (Object.hasOwn(modifiers, name) || listModifiers.has(name)) continue
    throw new SigmaError('ERR_SIGMA_MODIFIER', `there is no modifier \`${name.slice(0, 40)}\``, {
      hint: `known: ${modifierNames.join(', ')}`,
    })
  }
}

/** What one YAML value under these modifiers asks of a field: one of the tests must hold. */
export function testsOf(written: unknown, names: readonly string[], options: ModifierOptions): Test[] {
  let value = valueOf(written)
  const before: string[] = []
  for (const modifier of names) {
    if (listModifiers.has(modifier)) continue
    const apply = modifiers[modifier]
    if (apply === undefined) continue
    const { placeholders, readField } = options
    value = each(value, (one) => apply(one, { modifier, before, placeholders, readField }))
    before.push(modifier)
  }
  const tests = flatten(value).map((one) => finish(one, options.allowBacktracking))
  if (tests.length > variantsMax)
    throw new SigmaError('ERR_SIGMA_LIMIT', `one value becomes more than ${variantsMax}`, { hint: 'split it' })
  return tests
}

export function valueOf(written: unknown): Value {
  if (written === null) return { kind: 'null' }
  if (typeof written === 'string') return textValue(written)
  if (typeof written === 'number' && Number.isFinite(written)) return { kind: 'number', value: written }
  if (typeof written === 'bigint') return textValue(String(written))
  if (typeof written === 'boolean') return { kind: 'boolean', value: written }
  throw new SigmaError('ERR_SIGMA_VALUE', 'a value is neither text, number, boolean nor null', {
    hint: 'a field takes one value or a list of values',
  })
}

const flatten = (value: Value): Value[] => (value.kind === 'any' ? value.of.flatMap(flatten) : [value])

function finish(value: Value, allowBacktracking: boolean): Test {
  switch (value.kind) {
    case 'text':
      return { kind: 'text', pattern: value.cased ? value.pattern : foldPattern(value.pattern), cased: value.cased }
    case 'number':
    case 'boolean':
      return { kind: 'text', pattern: foldPattern([String(value.value)]), cased: false }
    case 'null':
      return { kind: 'null' }
    case 'regex': {
      const { source, ...flags } = value
      return { kind: 'regex', regex: compileRegex(source, flags, allowBacktracking) }
    }
    case 'fieldref':
      return { kind: 'fieldref', other: value.other, how: value.how, cased: value.cased }
    case 'test':
      return value.test
    case 'any':
      throw new SigmaError('ERR_SIGMA_VALUE', 'a value was not flattened', { hint: 'report this' })
  }
}
