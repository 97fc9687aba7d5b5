import type { EntityId, Exposure, Finding, IncidentId, TenantId, Trust } from '#model'

import { bounded, floorTo, makeFinding } from './finding.ts'
import type { ProjectedEvent } from './types.ts'

/** Uses remembered for incidents still to be opened. */
const usesKeptMax = 100_000
/** Uses of one credential within this are one finding. */
const usedTimespanMs = 3_600_000

type Use = { credential: EntityId; atMs: number; offset: number; trust: Trust }
/** `names`: of the credential, its vendor's first. */
type Watched = { incident: IncidentId; credential: EntityId; names: EntityId[]; epochMs: number }

/** `exposed-credential.used`: somebody acts, or derives a session, with a credential of an open incident after its epoch. */
export function createUsedRule(tenant: TenantId, onDrop: () => void) {
  const watched = new Map<EntityId, Watched[]>()
  const uses = bounded<string, Use>(usesKeptMax, onDrop)
  const match = (use: Use): Finding[] =>
    (watched.get(use.credential) ?? []).flatMap(({ credential, names, epochMs }) =>
      use.atMs < epochMs
        ? []
        : [
            makeFinding(tenant, credential, floorTo(use.atMs, usedTimespanMs), {
              rule: 'exposed-credential.used',
              ruleVersion: 2,
              title: `exposed ${credential} was used`,
              severity: 'critical',
              // An incident that opened before the names were joined knows it by another one.
              entities: names,
              trigger: { kind: 'credential', credential },
              window: { fromMs: epochMs, toMs: null },
              trust: use.trust,
              evidence: [use.offset],
              atMs: use.atMs,
            }),
          ],
    )
  return {
    observe({ touches, edges, offset, trust }: ProjectedEvent): Finding[] {
      const found: Use[] = []
      for (const { credential, atMs } of touches) {
        if (credential !== null) found.push({ credential, atMs, offset, trust })
      }
      for (const edge of edges) {
        if (edge.type !== 'DERIVES' || edge.op === 'close' || edge.confidence === 'inferred') continue
        found.push({ credential: edge.src, atMs: edge.op === 'span' ? edge.fromMs : edge.atMs, offset, trust })
      }
      for (const use of found) uses.set(`${use.credential} ${floorTo(use.atMs, 1000)}`, use)
      return found.flatMap(match)
    },
    watch(incident: IncidentId, { credentials }: Exposure): Finding[] {
      const fresh = new Set<EntityId>()
      for (const { credential, aliases = [], epoch, conditional } of credentials) {
        if (conditional) continue
        const names = [credential, ...aliases]
        for (const name of names) {
          const others = (watched.get(name) ?? []).filter((entry) => entry.incident !== incident)
          watched.set(name, [...others, { incident, credential, names, epochMs: epoch * 1000 }])
          fresh.add(name)
        }
      }
      return [...uses.values()].filter(({ credential }) => fresh.has(credential)).flatMap(match)
    },
    unwatch(incident: IncidentId): void {
      for (const [name, entries] of watched) {
        const others = entries.filter((entry) => entry.incident !== incident)
        if (others.length === 0) watched.delete(name)
        else watched.set(name, others)
      }
    },
  }
}
