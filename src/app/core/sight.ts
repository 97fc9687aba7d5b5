import type { Clock } from '#kit'
import type { TenantId } from '#model'
import type { CoverageByAuthority } from '#respond'
import { lastDelivery, listSources } from '#sources'
import { isStreamOn } from '#sources/contract'
import type { Reader } from '#store'

import type { Registered } from '../connectors.ts'
import type { Registry } from '../registry.ts'
import type { StreamHealth } from '../socket.ts'

type Stream = Registered['connector']['streams'][number]

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
  const isLate = (tenant: TenantId, id: string, { name, kind, everyMs, delayMs }: Stream): boolean => {
    const looked = health.get(`${id}/${name}`)?.lastSuccessAtMs ?? -Infinity
    const came = kind === 'push' ? (lastDelivery(reader, tenant, id, name) ?? -Infinity) : -Infinity
    return clock.nowMs() - Math.max(looked, came) >= everyMs + delayMs.worst + overdueMs
  }
  const lateSaid = (id: string, name: string): string => {
    const error = health.get(`${id}/${name}`)?.error ?? null
    return `\`${id}\` has not delivered \`${name}\` for a while${error === null ? '' : `: ${error}`}`
  }
  const blindSpots = (tenant: TenantId): string[] =>
    listSources(reader, tenant).flatMap((source) => {
      if (source.authority === null) return [`the source \`${source.id}\` was never reached`]
      const connector = registry.find(source.connector)?.connector
      const config = connector?.config.safeParse(source.config)
      // What this configuration has switched off is not waited for.
      const isOn = (stream: Stream): boolean => config?.success !== true || isStreamOn(stream, config.data)
      return (connector?.streams ?? []).filter(isOn).flatMap((stream) => {
        const { name } = stream
        const unread = (health.get(`${source.id}/${name}`)?.blind ?? []).map(({ says }) => `\`${source.id}\`: ${says}`)
        return isLate(tenant, source.id, stream) ? [...unread, lateSaid(source.id, name)] : unread
      })
    })
  return { coverageOf, blindSpots, isLate, lateSaid }
}
