import { isObject } from '#kit'

import { SigmaError } from './errors.ts'
import { quantifiers, type FieldPath, type Node, type Quantifier } from './types.ts'

/** A field name with selectors, cut at its quantifiers: `a.b[any].c[0]` is `a.b`, any, `c[0]`. */
export type ArrayField = { steps: readonly { field: FieldPath; quantifier: Quantifier }[]; rest: FieldPath | null }

const selector = /\[(-?\d{1,9}|[a-z_]+)\]/

/** Whether an unescaped bracket stands in the name (Sigma enhancement proposal 212, from `sigma-version: 3`). */
export const isArrayField = (name: string): boolean => /(?<!\\)\[/.test(name) || /\\[[\]]/.test(name)

export function readArrayField(name: string): ArrayField {
  const steps: { field: FieldPath; quantifier: Quantifier }[] = []
  let segments: (string | number)[] = []
  let from = 0
  const field = (end: number): FieldPath => ({ name: name.slice(from, end), segments })
  let at = 0
  while (at < name.length) {
    const found = selector.exec(name.slice(at))
    if (name.charAt(at) === '[' && found?.index === 0) {
      const inside = found[1] ?? ''
      const quantifier = quantifiers.find((known) => known === inside)
      if (quantifier === undefined && !/^-?\d+$/.test(inside)) throw unknown(name, inside)
      if (quantifier === undefined) segments.push(Number(inside))
      else {
        steps.push({ field: field(at), quantifier })
        segments = []
        from = at + found[0].length + 1
      }
      at += found[0].length
    } else if (name.charAt(at) === '[') throw unknown(name, name.slice(at + 1))
    else if (name.charAt(at) === '.') at++
    else {
      const key = /^(?:\\[[\]\\]|[^.[])+/.exec(name.slice(at))?.[0] ?? name.slice(at)
      segments.push(key.replace(/\\([[\]])/g, '$1'))
      at += key.length
    }
  }
  const last = segments[0]
  const rest = segments.length === 0 ? null : { ...field(name.length), segments }
  // A name that only escapes its brackets is one literal key.
  return steps.length === 0 && segments.length === 1 && typeof last === 'string'
    ? { steps, rest: { name: last, segments: [last] } }
    : { steps, rest }
}

const unknown = (name: string, inside: string): SigmaError =>
  new SigmaError('ERR_SIGMA_MODIFIER', `\`[${inside}\` in the field \`${name}\` is no selector`, {
    hint: String.raw`use [any], [all], [all_or_empty], [none] or a number, or escape the bracket as \[`,
  })

/** Nests the quantifiers of a name around what its value asks of one member. */
export function arrayItem(
  { steps, rest }: ArrayField,
  written: unknown,
  read: { value(field: FieldPath, value: unknown): Node; block(body: Record<string, unknown>): Node },
): Node {
  const element: FieldPath = { name: '.', segments: [] }
  const inner =
    isObject(written) && steps.length > 0 && rest === null ? read.block(written) : read.value(rest ?? element, written)
  return steps
    .toReversed()
    .reduce<Node>((of, { field, quantifier }) => ({ kind: 'each', field, quantifier, of }), inner)
}
