import { anyText, fieldOf } from '../fields.ts'
import type { Node, SigmaEvent, SigmaRule } from '../types.ts'
import { satisfies, textSatisfies } from './satisfies.ts'

/**
 * Walks a rule's tree for one event, with no index and no memory: the oracle that every faster way is held against,
 * and what `explain` tells of.
 */
export const evaluate = (rule: SigmaRule, event: SigmaEvent): boolean => nodeHolds(rule.detection, event)

/** `scope` is the event, or the member of an array block that fields are looked up in. */
export function nodeHolds(node: Node, scope: unknown): boolean {
  switch (node.kind) {
    case 'and':
      return node.of.every((part) => nodeHolds(part, scope))
    case 'or':
      return node.of.some((part) => nodeHolds(part, scope))
    case 'not':
      return !nodeHolds(node.of, scope)
    case 'selection':
      return nodeHolds(node.of, scope)
    case 'field':
      return satisfies(node.test, fieldOf(scope, node.field), scope)
    case 'keyword':
      return anyText(scope, (text) => textSatisfies(node.test, text))
    case 'each': {
      const members = membersOf(fieldOf(scope, node.field))
      const holds = (member: unknown): boolean => nodeHolds(node.of, member)
      if (node.quantifier === 'any') return members.some(holds)
      if (node.quantifier === 'none') return !members.some(holds)
      return (members.length > 0 || node.quantifier === 'all_or_empty') && members.every(holds)
    }
  }
}

/** A scalar is an array of one; absent and null are empty. */
export function membersOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}
