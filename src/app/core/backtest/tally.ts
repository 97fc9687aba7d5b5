import type { EntityId, Finding, FindingId, Severity } from '#model'
import { triggerKey } from '#respond/findings'

import type { Found } from '../rule-findings.ts'

/** Findings told apart; beyond, they are counted as untold and no more of them is kept. */
const findingsMax = 100_000
/** Findings that are named, the newest. */
const namedMax = 1_000
const dayMs = 86_400_000

export type FoundRule = {
  rule: string
  title: string
  severity: Severity
  findings: number
  /** Of these, those that would have opened an incident or joined one. */
  opening: number
  /** Findings by day, UTC, from 00:00 (ms). */
  days: { dayMs: number; findings: number }[]
}
export type Named = {
  id: FindingId
  rule: string
  severity: Severity
  atMs: number
  opens: boolean
  about: EntityId | null
}
/** Findings about one trigger: they would have been one incident. */
export type Story = { first: Finding; findings: number; severity: Severity }
export type Tally = { findings: number; untold: number; rules: FoundRule[]; named: Named[]; stories: Story[] }

/** What was found, by rule and day. A finding that is told again, as after a restart, counts once: ids are the measure. */
export function createTally() {
  const ids = new Set<string>()
  const rules = new Map<string, { days: Map<number, number> } & Omit<FoundRule, 'days'>>()
  const named: Named[] = []
  const stories = new Map<string, Story>()
  let untold = 0

  const noteOne = ({ told, finding }: Found): void => {
    if (ids.has(told.id)) return
    if (ids.size >= findingsMax) {
      untold++
      return
    }
    ids.add(told.id)
    const { id, rule, title, severity, atMs, opens, entities } = told
    const of = rules.get(rule) ?? { rule, title, severity, findings: 0, opening: 0, days: new Map<number, number>() }
    rules.set(rule, of)
    of.findings++
    if (opens) of.opening++
    const day = Math.floor(atMs / dayMs) * dayMs
    of.days.set(day, (of.days.get(day) ?? 0) + 1)
    named.push({ id, rule, severity, atMs, opens, about: entities[0] ?? null })
    if (named.length > 2 * namedMax) named.splice(0, named.length - namedMax)
    if (finding === null) return
    const key = triggerKey(finding.trigger)
    const story = stories.get(key)
    if (story === undefined) stories.set(key, { first: finding, findings: 1, severity: finding.severity })
    else {
      story.findings++
      if (finding.severity === 'critical') story.severity = 'critical'
    }
  }
  return {
    note: (found: readonly Found[]): void => found.forEach(noteOne),
    result: (): Tally => ({
      findings: ids.size,
      untold,
      rules: [...rules.values()]
        .map(({ days, ...rule }) => ({
          ...rule,
          days: [...days].sort(([a], [b]) => a - b).map(([at, findings]) => ({ dayMs: at, findings })),
        }))
        .sort((a, b) => b.findings - a.findings || (a.rule < b.rule ? -1 : 1)),
      named: named.slice(-namedMax).toReversed(),
      stories: [...stories.values()],
    }),
  }
}
