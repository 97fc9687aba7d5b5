import { anyText, fieldOf } from './fields.ts'
import { createDispatch, type EventLogsource } from './logsource.ts'
import { membersOf, nodeHolds } from './naive/evaluate.ts'
import { textSatisfies } from './naive/satisfies.ts'
import type { Node, SigmaEvent, SigmaRule } from './types.ts'

/** One part of a rule, and whether it holds. `has`: what the event says instead, or as well. */
export type Explained = { says: string; holds: boolean; has?: string; of?: Explained[] }

export type Explanation = {
  matches: boolean
  /** False where the log source alone keeps the rule from the event. */
  applies: boolean
  logsource: string
  detection: Explained
}

const shownCharsMax = 160
/** Members of an array that are told of one by one. */
const membersShownMax = 20
const shownDepthMax = 4

/** Why a rule does or does not match: every part is looked at, also those that no longer matter. */
export function explain(rule: SigmaRule, event: SigmaEvent, logsource: EventLogsource = {}): Explanation {
  const detection = explainNode(rule.detection, event)
  const applies = createDispatch([rule.logsource]).applies(rule.logsource, logsource)
  const { product, category, service } = rule.logsource
  const parts = Object.entries({ product, category, service }).filter(([, value]) => value !== null)
  return {
    matches: applies && detection.holds,
    applies,
    logsource: parts.map(([name, value]) => `${name}=${value}`).join(','),
    detection,
  }
}

function explainNode(node: Node, scope: unknown): Explained {
  switch (node.kind) {
    case 'and':
    case 'or': {
      const of = node.of.map((part) => explainNode(part, scope))
      const says = node.kind === 'and' ? 'all of' : 'one of'
      return { says, holds: node.kind === 'and' ? of.every(holds) : of.some(holds), of }
    }
    case 'not': {
      const of = explainNode(node.of, scope)
      return { says: 'not', holds: !of.holds, of: [of] }
    }
    case 'selection': {
      const of = explainNode(node.of, scope)
      return { says: node.name, holds: of.holds, of: [of] }
    }
    case 'field':
      return { says: node.says, holds: nodeHolds(node, scope), has: show(fieldOf(scope, node.field)) }
    case 'keyword': {
      let where: string | undefined
      const found = anyText(scope, (text) => {
        if (!textSatisfies(node.test, text)) return false
        where = text
        return true
      })
      return { says: `keyword${node.says}`, holds: found, has: where === undefined ? 'in no text' : show(where) }
    }
    case 'each': {
      const value = fieldOf(scope, node.field)
      const of = membersOf(value)
        .slice(0, membersShownMax)
        .map((member) => explainNode(node.of, member))
      return { says: `${node.field.name}[${node.quantifier}]`, holds: nodeHolds(node, scope), has: show(value), of }
    }
  }
}

const holds = (part: Explained): boolean => part.holds

function show(value: unknown): string {
  return value === undefined ? 'absent' : shorten(JSON.stringify(brief(value, shownDepthMax)))
}

/** Little enough to print, however long or deep the value is. */
function brief(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return shorten(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '…'
  if (Array.isArray(value)) return value.slice(0, membersShownMax).map((member) => brief(member, depth - 1))
  const entries = Object.entries(value).slice(0, membersShownMax)
  return Object.fromEntries(entries.map(([name, member]) => [name, brief(member, depth - 1)]))
}

const shorten = (text: string): string => (text.length > shownCharsMax ? `${text.slice(0, shownCharsMax - 1)}…` : text)
