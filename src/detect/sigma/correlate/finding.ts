import { hashId } from '#kit'
import type { RuleUrgency } from '#model'

import type { Level } from '../types.ts'
import { valuesOfKey } from './interest.ts'
import type { Correlation } from './read.ts'
import type { Found } from './window.ts'

export type CorrelationFinding = {
  /** The same rule, group and first event's time make the same id. */
  id: string
  rule: string
  title: string
  level: Level | null
  urgency: RuleUrgency | null
  /** By the names of `group-by`. */
  group: Record<string, string>
  firstMs: number
  atMs: number
  /** The count, sum, average, percentile, or number of rules that the condition was held against. */
  measured: number
  /** `ref` of events in the window, oldest first, a hundred at most; of `temporal_ordered` the first and the last. */
  events: number[]
  /** False when the window held more values than are kept. */
  complete: boolean
}

export function findingOf({ id, title, level, urgency, groupBy }: Correlation, found: Found): CorrelationFinding {
  const { key, firstMs, atMs, measured, refs, complete } = found
  const values = valuesOfKey(groupBy.length, key)
  return {
    id: hashId('fnd', id, key, String(firstMs)),
    rule: id,
    title,
    level,
    urgency,
    group: Object.fromEntries(groupBy.map((name, at) => [name, values[at] ?? ''])),
    firstMs,
    atMs,
    measured,
    events: refs,
    complete,
  }
}
