import { rawText, wrongKind, type Modifier } from './value.ts'

const re: Modifier = (value, context) => ({
  kind: 'regex',
  source: rawText(value, context),
  ignoreCase: false,
  multiline: false,
  dotAll: false,
})

const flag =
  (name: 'ignoreCase' | 'multiline' | 'dotAll'): Modifier =>
  (value, context) => {
    if (value.kind !== 'regex') throw wrongKind(context, value, 'a regular expression: put `re` before it')
    return { ...value, [name]: true }
  }

export const regexModifiers: Readonly<Record<string, Modifier>> = {
  re,
  i: flag('ignoreCase'),
  ignorecase: flag('ignoreCase'),
  m: flag('multiline'),
  multiline: flag('multiline'),
  s: flag('dotAll'),
  dotall: flag('dotAll'),
}
