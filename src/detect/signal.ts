import type { EntityId, Finding, SignalStatement, TenantId, Trust } from '#model'

import { dayMs, floorTo, makeFinding, triggerOf } from './finding.ts'

/** Who tells of a takeover seldom knows since when: what was done this long before counts as done by the other hands. */
export const beforeSignalMs = dayMs

/** A signal whose subjects were found in the estate. */
export type PlacedSignal = { signal: SignalStatement; entity: EntityId; offset: number; trust: Trust }

/**
 * `signal.reported`: another party says that an account or credential may be in other hands. INVARIANT: it speaks of that
 * subject alone, so automatic steps stay inside it: whoever steals a sender's key must not be able to aim Cordon at others.
 */
export function reportSignal(tenant: TenantId, { signal, entity, offset, trust }: PlacedSignal): Finding[] {
  const trigger = triggerOf(entity)
  if (trigger === undefined) return []
  const { what, severity, title, atMs } = signal
  return [
    makeFinding(tenant, `${what} ${entity}`, floorTo(atMs, dayMs), {
      rule: 'signal.reported',
      ruleVersion: 1,
      title,
      severity,
      entities: [entity],
      trigger,
      window: { fromMs: atMs - beforeSignalMs, toMs: null },
      trust: { ...trust, confinedTo: trust.confinedTo ?? [entity] },
      evidence: [offset],
      atMs,
    }),
  ]
}
