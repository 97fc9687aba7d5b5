import { hashId } from '#kit'
import { weakThingsMax, type EntityId, type Finding, type MendedThing, type SourceId, type TenantId } from '#model'

import type { State } from './state.ts'

export const vendorRule = 'vendor.exposure-over-bound'

/**
 * A vendor's exposure rose past the bound that the house set: once for each time it does. What is offered is the pause of it,
 * which nobody starts but a person. INVARIANT: it rests on what vendors say, so steps stay inside what it names.
 */
export function vendorFinding(
  tenant: TenantId,
  { vendor, name, owner }: { vendor: EntityId; name: string; owner: string | null },
  { people }: State,
  things: readonly MendedThing[],
  { atMs, sources, evidence }: { atMs: number; sources: readonly SourceId[]; evidence: readonly number[] },
): Finding {
  const some = things.slice(0, weakThingsMax)
  const asked = `look at what it reaches, and pause it or raise the bound${owner === null ? '' : `; ${owner} answers for it`}`
  const task: MendedThing = { target: vendor, mending: 'task', does: asked, owner: null }
  return {
    id: hashId('fnd', tenant, vendorRule, vendor, String(atMs)),
    tenant,
    rule: vendorRule,
    ruleVersion: 1,
    title: `${name} is exposed past the bound: ${people.atLeast} to ${people.atMost} people`,
    severity: 'medium',
    entities: some.map(({ target }) => target),
    trigger: { kind: 'pause', vendor, class: null, things: some.length === 0 ? [task] : [...some], forGood: false },
    window: { fromMs: atMs, toMs: null },
    trust: { origin: 'vendor', sources: [...sources], confinedTo: some.map(({ target }) => target) },
    evidence: [...evidence],
    atMs,
  }
}
