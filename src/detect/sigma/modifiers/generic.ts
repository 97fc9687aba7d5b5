import { withStars } from '../text.ts'
import type { FieldrefHow } from '../types.ts'
import { asText, wrongKind, type Modifier } from './value.ts'

/** `contains`, `startswith`, `endswith`: wildcards around a text, ways of comparing for a field reference. */
const place =
  (how: Exclude<FieldrefHow, 'equals'>): Modifier =>
  (value, context) => {
    if (value.kind === 'fieldref') return { ...value, how }
    if (value.kind === 'regex') {
      if (how === 'contains') return value
      const source = how === 'startswith' ? `^(?:${value.source})` : `(?:${value.source})$`
      return { ...value, source }
    }
    const text = asText(value, context, 'text, a regular expression or a field reference')
    const pattern = withStars(text.pattern, how !== 'startswith', how !== 'endswith')
    return { kind: 'text', pattern, raw: undefined, cased: text.cased }
  }

const cased: Modifier = (value, context) => {
  if (value.kind === 'fieldref') return { ...value, cased: true }
  return { ...asText(value, context, 'text or a field reference'), cased: true }
}

const exists: Modifier = (value, context) => {
  const wanted = value.kind === 'boolean' ? value.value : value.kind === 'text' ? truth(value.raw) : undefined
  if (wanted === undefined || context.before.length > 0)
    throw wrongKind(context, value, '`true` or `false`, and no other modifier')
  return { kind: 'test', test: { kind: 'exists', wanted } }
}

const truth = (raw: string | undefined): boolean | undefined =>
  raw === undefined || !/^(?:true|false)$/i.test(raw) ? undefined : raw.toLowerCase() === 'true'

export const genericModifiers: Readonly<Record<string, Modifier>> = {
  contains: place('contains'),
  startswith: place('startswith'),
  endswith: place('endswith'),
  cased,
  exists,
}
