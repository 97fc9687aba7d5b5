import type { Clock } from '#kit'
import type { TenantId } from '#model'
import type { CoverageByAuthority } from '#respond'
import { listSources } from '#sources'
import type { Reader } from '#store'

import type { Registry } from '../registry.ts'
import type { StreamHealth } from '../socket.ts'

/** A stream that is this long overdue is a blind spot, said in every verdict. */
const overdueMs = 15 * 60_000

export type SightParts = {
  reader: Reader
  registry: Registry
  health: ReadonlyMap<string, StreamHealth>
  clock: Clock
}

/** What the sources of a tenant log, and where they leave it in the dark. */
export function openSight({ reader, registry, health, clock }: SightParts) {
  const coverageOf = (tenant: TenantId): CoverageByAuthority => {
    const coverage: Record<string, { logged: CoverageByAuthority[string]['logged']; blind: string[] }> = {}
    for (const source of listSources(reader, tenant)) {
      const connector = registry.find(source.connector)?.connector
      const config = connector?.config.safeParse(source.config)
      if (connector === undefined || config?.success !== true || source.authority === null) continue
      const { logged, blind } = connector.coverage(config.data)
      const known = coverage[source.authority]
      coverage[source.authority] = {
        logged: [...new Set([...(known?.logged ?? []), ...logged])],
        blind: [...(known?.blind ?? []), ...blind],
      }
    }
    return coverage
  }
  const blindSpots = (tenant: TenantId): string[] =>
    listSources(reader, tenant).flatMap((source) => {
      if (source.authority === null) return [`the source \`${source.id}\` was never reached`]
      const streams = registry.find(source.connector)?.connector.streams ?? []
      return streams.flatMap(({ name, everyMs, delayMs }) => {
        const seen = health.get(`${source.id}/${name}`)
        const unread = (seen?.blind ?? []).map(({ says }) => `\`${source.id}\`: ${says}`)
        if (
          seen?.lastSuccessAtMs !== undefined &&
          seen.lastSuccessAtMs !== null &&
          clock.nowMs() - seen.lastSuccessAtMs < everyMs + delayMs.worst + overdueMs
        )
          return unread
        return [
          ...unread,
          `\`${source.id}\` has not delivered \`${name}\` for a while${seen?.error === null || seen === undefined ? '' : `: ${seen.error}`}`,
        ]
      })
    })
  return { coverageOf, blindSpots }
}
