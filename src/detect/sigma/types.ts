import type { RuleUrgency } from '#model'

import type { Pattern } from './pattern.ts'
import type { Regex } from './regex/regex.ts'

export type CompareOp = 'lt' | 'lte' | 'gt' | 'gte'
export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'

/** Literals of a pattern are folded unless `cased`. */
export type TextTest = { kind: 'text'; pattern: Pattern; cased: boolean }
export type RegexTest = { kind: 'regex'; regex: Regex }
/** What one value of a field must satisfy. `null` and `exists` also ask about a field that is absent. */
export type Test =
  | TextTest
  | RegexTest
  | { kind: 'cidr'; text: string; v6: boolean; network: readonly number[]; bits: number }
  | { kind: 'compare'; op: CompareOp; than: number }
  | { kind: 'time'; part: TimePart; op: CompareOp | 'eq'; than: number }
  | { kind: 'null' }
  | { kind: 'exists'; wanted: boolean }
  | { kind: 'fieldref'; other: FieldPath; how: FieldrefHow; cased: boolean }
export type FieldrefHow = 'equals' | 'startswith' | 'endswith' | 'contains'

/** A field as the rule names it. No segments: the member of an array block itself. */
export type FieldPath = { name: string; segments: readonly (string | number)[] }

export const quantifiers = ['any', 'all', 'all_or_empty', 'none'] as const
export type Quantifier = (typeof quantifiers)[number]

/** A rule's detection, checked: what both evaluators read. One selection named twice is one and the same object. */
export type Node =
  | { kind: 'and'; of: readonly Node[] }
  | { kind: 'or'; of: readonly Node[] }
  | { kind: 'not'; of: Node }
  | { kind: 'selection'; name: string; of: Node }
  | { kind: 'field'; field: FieldPath; test: Test; says: string }
  | { kind: 'keyword'; test: TextTest | RegexTest; says: string }
  | { kind: 'each'; field: FieldPath; quantifier: Quantifier; of: Node }

export const levels = ['informational', 'low', 'medium', 'high', 'critical'] as const
export type Level = (typeof levels)[number]

/** `null`: the rule, or the event, names no such component. */
export type Logsource = { product: string | null; category: string | null; service: string | null }

export type SigmaRule = {
  /** `id` of the rule, else its `name`, else its title. */
  id: string
  name: string | null
  title: string
  level: Level | null
  /** `urgency` of the rule, an attribute of Cordon's own; null: not said, which means `now`. */
  urgency: RuleUrgency | null
  status: string | null
  author: string | null
  description: string | null
  tags: readonly string[]
  logsource: Logsource
  detection: Node
  /** File and line. */
  place: string
  /** False for a rule that only feeds correlations. */
  alerts: boolean
}

/** One event: a JSON object as it was parsed. */
export type SigmaEvent = Readonly<Record<string, unknown>>
