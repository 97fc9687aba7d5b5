import type { Clock, Diagnose, RandomBytes } from '#kit'
import { authorityOf, type EntityId, type TenantId } from '#model'
import { usingView, type EstateView } from '#estate'
import type { Policy } from '#policy'
import {
  createActionDesk,
  createResponder,
  expose,
  makePlan,
  protectedAmong,
  type ActionDesk,
  type CoverageByAuthority,
  type PlanSource,
  type ResponseCore,
} from '#respond'
import { plannedPlaces, type PlannedPlace } from '#respond/contract'
import { listSources, type Source } from '#sources'
import type { Reader, Writer } from '#store'

import type { Registered } from '../connectors.ts'
import type { Registry } from '../registry.ts'
import type { StreamHealth } from '../socket.ts'

export type ResponseParts = {
  writer: Writer
  reader: Reader
  view: () => Promise<EstateView>
  policy: Policy
  registry: Registry
  health: ReadonlyMap<string, StreamHealth>
  clock: Clock
  random: RandomBytes
  diagnose: Diagnose
  onWork: () => void
}

/** A stream that is this long overdue is a blind spot, said in every verdict. */
export const overdueMs = 15 * 60_000

/** Places are written with a source's contain credential: without one it has none. */
function placesOf({ config, authority, sealedContain }: Source, { connector, holds }: Registered): PlannedPlace[] {
  const parsed = connector.config.safeParse(config)
  if (authority === null || sealedContain === null || !parsed.success) return []
  return plannedPlaces(holds, parsed.data, authority)
}

/** Break-glass entities of an authority: those the estate states, and those somebody named. */
export async function sparedBy(
  responder: ResponseCore,
  estate: { view(): Promise<EstateView> },
  tenant: TenantId,
  authority: string,
): Promise<EntityId[]> {
  const stated = await usingView(estate.view(), (view) => view.find('identity', { breakGlass: true }))
  const named = responder.protectedEntities(tenant).map(({ entity }) => entity)
  return [...new Set([...stated, ...named])].filter((entity) => authorityOf(entity) === authority)
}

/** Response as core runs it: the pure parts of `assess`, fed with what this Cordon can see and do. */
export function composeResponse(parts: ResponseParts): { responder: ResponseCore; desk: ActionDesk } {
  const { writer, reader, registry, clock } = parts
  const find = (id: string): Registered | undefined => registry.find(id)

  const coverageOf = (tenant: TenantId): CoverageByAuthority => {
    const coverage: Record<string, { logged: CoverageByAuthority[string]['logged']; blind: string[] }> = {}
    for (const source of listSources(reader, tenant)) {
      const connector = find(source.connector)?.connector
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
      const streams = find(source.connector)?.connector.streams ?? []
      return streams.flatMap(({ name, everyMs, delayMs }) => {
        const seen = parts.health.get(`${source.id}/${name}`)
        if (
          seen?.lastSuccessAtMs !== undefined &&
          seen.lastSuccessAtMs !== null &&
          clock.nowMs() - seen.lastSuccessAtMs < everyMs + delayMs.worst + overdueMs
        )
          return []
        return [
          `\`${source.id}\` has not delivered \`${name}\` for a while${seen?.error === null || seen === undefined ? '' : `: ${seen.error}`}`,
        ]
      })
    })

  const responder = createResponder<readonly PlanSource[]>({
    writer,
    reader,
    view: parts.view,
    policy: parts.policy,
    sources: (tenant) =>
      listSources(reader, tenant).flatMap((source): PlanSource[] => {
        const entry = find(source.connector)
        if (entry === undefined || source.authority === null || source.state !== 'active') return []
        return [
          {
            source: source.id,
            connector: entry.id,
            connectorVersion: entry.connector.version,
            authority: source.authority,
            actions: entry.actions,
            places: placesOf(source, entry),
            ladder: 'observe',
          },
        ]
      }),
    expose: ({ tenant, trigger, window, view, atMs }) =>
      expose(view, trigger, window, atMs, { coverage: coverageOf(tenant), blindSpots: blindSpots(tenant) }),
    makePlan: ({ atMs, ladder, startsOfVerb, key: _key, hash: _hash, ...input }) =>
      makePlan({
        ...input,
        nowMs: atMs,
        rungOf: (connector, verb) => ladder(connector, verb, '*'),
        startsOf: startsOfVerb,
      }),
    clock,
    random: parts.random,
    diagnose: parts.diagnose,
    onWork: parts.onWork,
  })
  const desk = createActionDesk({
    writer,
    reader,
    clock,
    protectedNow: (_, targets) => usingView(parts.view(), (view) => protectedAmong(view, targets)),
  })
  return { responder, desk }
}
