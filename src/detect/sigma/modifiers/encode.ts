import { SigmaError } from '../errors.ts'
import type { Pattern } from '../pattern.ts'
import { asText, withoutWildcards, type Modifier, type ModifierContext, type TextValue, type Value } from './value.ts'

const literal = (text: string, cased: boolean, raw?: string): TextValue => ({
  kind: 'text',
  pattern: text === '' ? [] : [text],
  raw,
  cased,
})

function bytesOf(value: TextValue, context: ModifierContext): Uint8Array {
  return value.bytes ?? Buffer.from(withoutWildcards(value, context), 'utf8')
}

const base64: Modifier = (value, context) => {
  const text = asText(value, context)
  return literal(Buffer.from(bytesOf(text, context)).toString('base64'), text.cased)
}

/**
 * The part of each of the three Base64 forms that does not depend on what stands before and after the value: with 0, 1
 * or 2 bytes before, 0, 2 or 3 characters at the front and, by the length, 0, 3 or 2 at the end are not its own.
 */
const base64offset: Modifier = (value, context) => {
  const text = asText(value, context)
  const bytes = bytesOf(text, context)
  const of = [0, 1, 2].map((offset): Value => {
    const encoded = Buffer.concat([Buffer.alloc(offset, 0x20), bytes]).toString('base64')
    const front = [0, 2, 3][offset] ?? 0
    const end = [0, 3, 2][(bytes.length + offset) % 3] ?? 0
    return literal(encoded.slice(front, encoded.length - end), text.cased)
  })
  return { kind: 'any', of }
}

type Wide = { bigEndian: boolean; mark: boolean }

/** UTF-16, as text in which every second character is NUL, and as bytes for a Base64 that follows. */
const utf16 =
  ({ bigEndian, mark }: Wide): Modifier =>
  (value, context) => {
    const text = asText(value, context)
    const widen = (part: string): string => Array.from(part, (char) => (bigEndian ? `\0${char}` : `${char}\0`)).join('')
    const pattern: Pattern = text.pattern.map((part) => (typeof part === 'string' ? widen(part) : part))
    const plain = text.pattern.every((part) => typeof part === 'string') ? text.pattern.join('') : undefined
    const isAscii = text.pattern.every((part) => typeof part !== 'string' || /^[\0-\x7f]*$/.test(part))
    if (!isAscii && plain === undefined) throw notAscii(context)
    const wide: TextValue = {
      kind: 'text',
      pattern: mark ? ['\uFEFF', ...pattern] : pattern,
      raw: undefined,
      cased: text.cased,
    }
    if (plain === undefined) return wide
    const bytes = Buffer.from(mark ? `\uFEFF${plain}` : plain, 'utf16le')
    return { ...wide, bytes: bigEndian ? bytes.swap16() : bytes }
  }

const notAscii = ({ modifier }: ModifierContext): SigmaError =>
  new SigmaError('ERR_SIGMA_MODIFIER', `\`${modifier}\` of a value with wildcards and characters beyond ASCII`, {
    hint: 'take the wildcard out, or write two values',
  })

export const encodeModifiers: Readonly<Record<string, Modifier>> = {
  base64,
  base64offset,
  wide: utf16({ bigEndian: false, mark: false }),
  utf16le: utf16({ bigEndian: false, mark: false }),
  utf16be: utf16({ bigEndian: true, mark: false }),
  utf16: utf16({ bigEndian: false, mark: true }),
}
