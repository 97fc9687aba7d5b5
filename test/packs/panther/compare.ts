import {
  createCorrelator,
  createEngine,
  eventTimeOf,
  type CorrelationFinding,
  type SigmaRule,
  type SigmaRules,
} from '#detect/sigma'

import type { PantherCase } from './cases.ts'

export type Verdict = PantherCase & {
  /** Rules that alert by themselves, and those that only feed correlations. */
  alerting: SigmaRule[]
  counted: SigmaRule[]
}

const loud = new Set<string | null>(['medium', 'high', 'critical'])
const opening = new Set<string | null>(['high', 'critical'])
export const isOpening = ({ level }: { level: string | null }): boolean => opening.has(level)
export const isLoud = ({ level }: { level: string | null }): boolean => loud.has(level)

/** What the packs say of each event by itself; a correlation never speaks of one event. */
export function compare({ rules }: Pick<SigmaRules, 'rules'>, cases: readonly PantherCase[]): Verdict[] {
  const engine = createEngine(rules)
  return cases.map((one) => {
    const found = engine.match(one.raw, one.logsource)
    return { ...one, alerting: found.filter(({ alerts }) => alerts), counted: found.filter(({ alerts }) => !alerts) }
  })
}

/** What correlations find in these events, each at its own time. */
export function correlate(
  { correlations }: Pick<SigmaRules, 'correlations'>,
  verdicts: readonly Verdict[],
): CorrelationFinding[] {
  const correlator = createCorrelator(correlations)
  const found = verdicts.flatMap(({ line, raw, alerting, counted }) => {
    const timeMs = eventTimeOf(raw) ?? 0
    const rules = [...alerting, ...counted]
    return correlator.observe({ timeMs, id: String(line).padStart(6, '0'), ref: line, event: raw, rules })
  })
  return [...found, ...correlator.advance(Infinity)]
}
