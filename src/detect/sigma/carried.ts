import type { FieldPath, Node, Test } from './types.ts'

/** Whether records can have a field. */
export type Has = (field: FieldPath) => boolean

/** Of declared paths: `a.*` is anything below `a`, `*` anything at all. */
export function carriedBy(fields: readonly string[]): Has {
  const exact = new Set(fields)
  const below = fields.flatMap((field) => (field.endsWith('.*') ? [field.slice(0, -1)] : []))
  // A path may also name an object on the way to a declared field, or a list of which the rule takes one member.
  const onTheWay = new Set(
    fields.flatMap((field) => {
      const parts = field.split('.')
      return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('.'))
    }),
  )
  return ({ name, segments }) => {
    const path = segments.filter((segment) => typeof segment === 'string').join('.')
    return [name, path].some(
      (text) =>
        exact.has('*') || exact.has(text) || onTheWay.has(text) || below.some((prefix) => text.startsWith(prefix)),
    )
  }
}

/** Whether any record with such fields can satisfy the detection; values are taken to be whatever the rule wants. */
export function canHold(node: Node, has: Has): boolean {
  switch (node.kind) {
    case 'and':
      return node.of.every((part) => canHold(part, has))
    case 'or':
      return node.of.some((part) => canHold(part, has))
    case 'not':
      return canFail(node.of, has)
    case 'selection':
      return canHold(node.of, has)
    case 'keyword':
      return true
    case 'field':
      return has(node.field) ? hasOther(node.test, has) : isOfAbsence(node.test)
    case 'each':
      return has(node.field) ? canHold(node.of, below(node.field, has)) : isQuantifiedNone(node.quantifier)
  }
}

/** Whether any such record can be without it. */
function canFail(node: Node, has: Has): boolean {
  switch (node.kind) {
    case 'and':
      return node.of.some((part) => canFail(part, has))
    case 'or':
      return node.of.every((part) => canFail(part, has))
    case 'not':
      return canHold(node.of, has)
    case 'selection':
      return canFail(node.of, has)
    case 'keyword':
      return true
    case 'field':
      return has(node.field) || !isOfAbsence(node.test)
    case 'each':
      return has(node.field) || !isQuantifiedNone(node.quantifier)
  }
}

/** Fields that the detection asks for, those in a list by their whole path. */
export function fieldsOf(node: Node): FieldPath[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.of.flatMap(fieldsOf)
    case 'not':
    case 'selection':
      return fieldsOf(node.of)
    case 'keyword':
      return []
    case 'field':
      return node.test.kind === 'fieldref' ? [node.field, node.test.other] : [node.field]
    case 'each':
      return [node.field, ...fieldsOf(node.of).map((inner) => joined(node.field, inner))]
  }
}

const isOfAbsence = (test: Test): boolean => test.kind === 'null' || (test.kind === 'exists' && !test.wanted)
const isQuantifiedNone = (quantifier: string): boolean => quantifier === 'none' || quantifier === 'all_or_empty'
const hasOther = (test: Test, has: Has): boolean => test.kind !== 'fieldref' || has(test.other)

const joined = (outer: FieldPath, inner: FieldPath): FieldPath =>
  inner.segments.length === 0
    ? outer
    : { name: `${outer.name}.${inner.name}`, segments: [...outer.segments, ...inner.segments] }
const below =
  (outer: FieldPath, has: Has): Has =>
  (inner) =>
    has(joined(outer, inner))
