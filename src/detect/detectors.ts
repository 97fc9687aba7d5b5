import type { Finding, TenantId } from '#model'

import { matchAdvisory } from './advisory.ts'
import { bounded } from './finding.ts'
import { createOriginRules } from './origins.ts'
import { createRefusedRule } from './refused.ts'
import { reportSignal } from './signal.ts'
import type { Detectors } from './types.ts'
import { createUsedRule } from './used.ts'

/** Ids remembered so that one story is told once; beyond it an old one may be told again under its old id. */
const findingsKeptMax = 100_000
export const warmUpDaysDefault = 7

export function createDetectors(options: {
  tenant: TenantId
  /** Days of an actor's life that only teach. */
  warmUpDays?: number
}): Detectors {
  const { tenant, warmUpDays = warmUpDaysDefault } = options
  const counts = { late: 0, dropped: 0 }
  const onDrop = (): void => void counts.dropped++
  const told = bounded<string, true>(findingsKeptMax, () => undefined)
  const once = (findings: readonly Finding[]): Finding[] =>
    findings.filter(({ id }) => {
      if (told.has(id)) return false
      told.set(id, true)
      return true
    })
  const used = createUsedRule(tenant, onDrop)
  const refused = createRefusedRule(tenant, onDrop)
  const origins = createOriginRules(tenant, warmUpDays, counts)
  return {
    counts,
    observe(event) {
      origins.observe(event)
      // INVARIANT: what a backfill reads never leads to a response, so no rule that answers hears of it.
      if (event.backfill === true) return []
      return once([...used.observe(event), ...refused.observe(event)])
    },
    advance: (watermarkMs) => once(origins.advance(watermarkMs)),
    advise: (advisory, installs) => once(installs.flatMap((install) => matchAdvisory(tenant, advisory, install))),
    report: (signals) => once(signals.flatMap((signal) => reportSignal(tenant, signal))),
    watch: (incident, exposure) => once([...used.watch(incident, exposure), ...refused.watch(incident, exposure)]),
    unwatch(incident) {
      used.unwatch(incident)
      refused.unwatch(incident)
    },
  }
}
