import type { Health } from './api.ts'

export type Lost = { of: string; what: string; count: number }

/** Nothing is down, blind, or held back until a person has looked: as `cordon status` exits. */
export const isWell = ({ status, sources, detection, warnings }: Health): boolean =>
  status === 'ok' && warnings.length === 0 && detection.refusedCount === 0 && sources.every(({ ok }) => ok)

/** What was given up at a bound, came too late or failed; nothing that is none. */
export function lostOf({ detection, behaviour }: Health): Lost[] {
  const { late, uncorrelated, evicted, truncated, hurried, forgotten, failed } = detection
  const rules = { late, uncorrelated, evicted, truncated, hurried, forgotten, failed }
  const actors = {
    late: behaviour.late,
    hurried: behaviour.hurried,
    evicted: behaviour.evicted,
    failed: behaviour.failed,
  }
  return Object.entries({ rules, behaviour: actors }).flatMap(([of, counts]) =>
    Object.entries(counts).flatMap(([what, count]) => (count > 0 ? [{ of, what, count }] : [])),
  )
}
