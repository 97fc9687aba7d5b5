import { SigmaError } from '../errors.ts'
import { plainText, readPattern, showPattern } from '../text.ts'
import type { Pattern } from '../pattern.ts'
import type { FieldPath, FieldrefHow, Test } from '../types.ts'

/** A value on its way through a chain of modifiers. `any`: one value that became several, of which one must fit. */
export type Value =
  | {
      kind: 'text'
      pattern: Pattern
      /** As the rule wrote it, while no modifier has touched it. */
      raw: string | undefined
      cased: boolean
      /** What Base64 encodes, where it differs from the text's UTF-8. */
      bytes?: Uint8Array
    }
  | { kind: 'number'; value: number }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'null' }
  | { kind: 'any'; of: readonly Value[] }
  | { kind: 'regex'; source: string; ignoreCase: boolean; multiline: boolean; dotAll: boolean }
  | { kind: 'fieldref'; other: FieldPath; how: FieldrefHow; cased: boolean }
  | { kind: 'test'; test: Test }

export type TextValue = Extract<Value, { kind: 'text' }>

export type ModifierContext = {
  modifier: string
  /** Modifiers applied before this one. */
  before: readonly string[]
  placeholders: Readonly<Record<string, readonly string[]>>
  readField(name: string): FieldPath
}
export type Modifier = (value: Value, context: ModifierContext) => Value

/** One value may become this many by `windash`, `base64offset` and `expand` together. */
export const variantsMax = 3125

export const textValue = (text: string): TextValue => ({
  kind: 'text',
  pattern: readPattern(text),
  raw: text,
  cased: false,
})

export function wrongKind({ modifier }: ModifierContext, value: Value, wants: string): SigmaError {
  return new SigmaError('ERR_SIGMA_MODIFIER', `\`${modifier}\` cannot be applied to ${nameOf(value)}`, {
    hint: `\`${modifier}\` takes ${wants}`,
  })
}

function nameOf(value: Value): string {
  if (value.kind === 'text') return `the text \`${showPattern(value.pattern).slice(0, 60)}\``
  if (value.kind === 'number' || value.kind === 'boolean') return `the ${value.kind} \`${String(value.value)}\``
  if (value.kind === 'null') return '`null`'
  if (value.kind === 'regex') return 'a regular expression'
  if (value.kind === 'fieldref') return 'a field reference'
  return 'what an earlier modifier made of its value'
}

/** Numbers and booleans read as text wherever text is wanted. */
export function asText(value: Value, context: ModifierContext, wants = 'text'): TextValue {
  if (value.kind === 'text') return value
  if (value.kind === 'number' || value.kind === 'boolean') return textValue(String(value.value))
  throw wrongKind(context, value, wants)
}

/** The text of a value that must not have been modified, with its backslashes as written. */
export function rawText(value: Value, context: ModifierContext): string {
  const text = asText(value, context)
  if (text.raw === undefined || context.before.length > 0)
    throw new SigmaError('ERR_SIGMA_MODIFIER', `\`${context.modifier}\` comes after \`${context.before.at(-1)}\``, {
      hint: `\`${context.modifier}\` reads the value as it is written: put it first`,
    })
  return text.raw
}

export function withoutWildcards(value: TextValue, { modifier }: ModifierContext): string {
  const text = plainText(value.pattern)
  if (text === undefined)
    throw new SigmaError(
      'ERR_SIGMA_MODIFIER',
      `\`${modifier}\` cannot be applied to \`${showPattern(value.pattern).slice(0, 60)}\`: it holds a wildcard`,
      { hint: String.raw`escape it (\* or \?), or take the wildcard out` },
    )
  return text
}

/** Applies a modifier to each of a value's variants. */
export const each = (value: Value, change: (value: Value) => Value): Value =>
  value.kind === 'any' ? { kind: 'any', of: value.of.map((one) => each(one, change)) } : change(value)
