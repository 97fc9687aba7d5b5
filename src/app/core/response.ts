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
  type PlanSource,
  type ResponseCore,
} from '#respond'
import { plannedPlaces, type PlannedPlace } from '#respond/contract'
import { listSources, type Source } from '#sources'
import type { Reader, Writer } from '#store'

import type { Registered } from '../connectors.ts'
import type { Registry } from '../registry.ts'
import type { StreamHealth } from '../socket.ts'
import { openSight } from './sight.ts'

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
  const { coverageOf, blindSpots } = openSight(parts)
  const responder = createResponder<readonly PlanSource[]>({
    writer,
    reader,
    view: parts.view,
    policy: parts.policy,
    sources: (tenant) =>
      listSources(reader, tenant).flatMap((source): PlanSource[] => {
        const entry = registry.find(source.connector)
        if (entry === undefined || source.authority === null || source.state !== 'active') return []
        return [
          {
            source: source.id,
            connector: entry.id,
            connectorVersion: entry.connector.version,
            authority: source.authority,
            actions: [...entry.actions, ...entry.lends],
            places: placesOf(source, entry),
            ladder: 'observe',
          },
        ]
      }),
    expose: ({ tenant, trigger, window, further, view, atMs }) =>
      expose(view, trigger, window, atMs, { coverage: coverageOf(tenant), blindSpots: blindSpots(tenant), further }),
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
