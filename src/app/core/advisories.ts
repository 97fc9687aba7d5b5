import {
  advisoriesOf,
  advisoryEntity,
  artefactOf,
  defaultTenant,
  parseArtefact,
  type Advisory,
  type EntityId,
  type Finding,
} from '#model'
import { installsOf, type Detectors, type Install } from '#detect'
import { usingView, type EstateView } from '#estate'
import type { LogReader } from '#log'

import { trustOf, type Known, type Scoped } from './projecting.ts'

/** Artefacts whose advisories (mostly none) are remembered between two reports of hosts. */
const artefactsKeptMax = 200_000

/** What was there and is gone has read what it could, too. Seconds. */
const always = { from: 0, to: 0xffff_fffe }

type Sources = ReadonlyMap<string, Known>

/**
 * Brings advisories and installs together, whichever comes first: what a page says of one is held against what the page
 * and the estate say of the other. The estate keeps both, so nothing is forgotten over a restart.
 */
export function createAdvisoryBook(parts: {
  view: () => EstateView | Promise<EstateView>
  log: Pick<LogReader, 'event'>
  detectors: Pick<Detectors, 'advise'>
}) {
  const { view, log, detectors } = parts
  const kept = new Map<EntityId, readonly Advisory[]>()

  /** Newest word under each id. */
  const merged = (older: readonly Advisory[], newer: readonly Advisory[]): Advisory[] => [
    ...new Map([...older, ...newer].map((advisory) => [advisory.id, advisory])).values(),
  ]
  const load = async (from: EstateView, entities: readonly EntityId[]): Promise<void> => {
    const missing = entities.filter((entity) => !kept.has(entity))
    if (missing.length === 0) return
    if (kept.size + missing.length > artefactsKeptMax) kept.clear()
    const facts = await from.facts(missing)
    for (const entity of missing) kept.set(entity, advisoriesOf(entity, facts.get(entity) ?? {}))
  }
  const installedBefore = async (from: EstateView, purl: string, sources: Sources): Promise<Install[]> => {
    const { type, name } = parseArtefact(purl)
    const packages = await from.find('package', { type, name })
    const installs: Install[] = []
    for (const edge of await from.edgesFrom(packages, { types: ['INSTALLED_ON'], window: always })) {
      const { src: artefact, dst: host, evidence: offset } = edge
      const event = await log.event(defaultTenant, offset)
      // Evidence that retention has deleted: then nobody but the host vouches for it.
      const trust = trustOf(event ?? { source: 'retained', boundTo: host }, event && sources.get(event.source))
      installs.push({ artefact, host, atMs: edge.validFrom * 1000, offset, trust })
    }
    return installs
  }

  return {
    async match(items: readonly Scoped[], sources: Sources): Promise<Finding[]> {
      const said = items.flatMap(({ item }) =>
        item.backfill === true ? [] : item.facts.flatMap(({ entity, attributes }) => advisoriesOf(entity, attributes)),
      )
      const installs = items.flatMap(({ item, trust }) => installsOf({ ...item, trust }))
      if (said.length === 0 && installs.length === 0) return []
      return usingView(view(), async (from) => {
        const findings: Finding[] = []
        const byArtefact = Map.groupBy(installs, ({ artefact }) => entityOfInstalled(artefact))
        await load(
          from,
          [...byArtefact.keys()].filter((entity) => entity !== undefined),
        )
        for (const [entity, mine] of byArtefact) {
          const known = entity === undefined ? [] : (kept.get(entity) ?? [])
          for (const advisory of known) findings.push(...detectors.advise(advisory, mine))
        }
        for (const advisory of said) {
          const entity = advisoryEntity(advisory.purl)
          await load(from, [entity])
          kept.set(entity, merged(kept.get(entity) ?? [], [advisory]))
          const before = await installedBefore(from, advisory.purl, sources)
          findings.push(...detectors.advise(advisory, [...(byArtefact.get(entity) ?? []), ...before]))
        }
        return findings
      })
    },
  }
}

function entityOfInstalled(artefact: EntityId): EntityId | undefined {
  const parts = artefactOf(artefact)
  return parts && advisoryEntity(`pkg:${parts.type}/${parts.name.split('/').map(encodeURIComponent).join('/')}`)
}
