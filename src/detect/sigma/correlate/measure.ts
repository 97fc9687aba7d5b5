import type { Condition } from '../condition.ts'
import type { Bound, Correlation } from './read.ts'

/** What a window keeps of its events. */
export type Keeps = 'events' | 'latest of each value' | 'numbers' | 'steps'

export function keepsOf({ type }: Correlation): Keeps {
  if (type === 'event_count') return 'events'
  if (type === 'value_count' || type === 'temporal') return 'latest of each value'
  return type === 'temporal_ordered' ? 'steps' : 'numbers'
}

/**
 * A lower bound is reached at some event, and then a finding is made. Anything else is only decided once a window, which
 * its group's first event opens, has closed.
 */
export const decidesAtClose = ({ bounds, expression }: Correlation): boolean =>
  bounds.some(({ op }) => op !== 'gt' && op !== 'gte') || (expression !== null && hasNot(expression))

const hasNot = (condition: Condition): boolean =>
  condition.kind === 'not' || ((condition.kind === 'and' || condition.kind === 'or') && condition.of.some(hasNot))

export const holdsAll = (bounds: readonly Bound[], value: number): boolean =>
  bounds.every(({ op, than }) => holds(op, value, than))

function holds(op: Bound['op'], value: number, than: number): boolean {
  if (op === 'gt') return value > than
  if (op === 'gte') return value >= than
  if (op === 'lt') return value < than
  if (op === 'lte') return value <= than
  return op === 'eq' ? value === than : value !== than
}

/** `names` of the condition are places in the list of rules. */
export function holdsExpression(condition: Condition, seen: ReadonlySet<string>): boolean {
  if (condition.kind === 'name') return seen.has(condition.name)
  if (condition.kind === 'not') return !holdsExpression(condition.of, seen)
  if (condition.kind === 'and') return condition.of.every((part) => holdsExpression(part, seen))
  return condition.kind === 'or' && condition.of.some((part) => holdsExpression(part, seen))
}

export function medianOf(values: number[]): number {
  values.sort((a, b) => a - b)
  const upper = values[values.length >> 1] ?? Number.NaN
  return values.length % 2 === 1 ? upper : ((values[(values.length >> 1) - 1] ?? Number.NaN) + upper) / 2
}

/** Nearest rank: the smallest value of which at least this share of all values is no greater. */
export function percentileOf(values: number[], percentile: number): number {
  values.sort((a, b) => a - b)
  const rank = Math.max(1, Math.ceil((percentile / 100) * values.length))
  return values[rank - 1] ?? Number.NaN
}
