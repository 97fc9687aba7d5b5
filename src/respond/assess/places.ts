import type { EntityId, Exposure, SourceId } from '#model'
import type { PlannedPlace } from '#respond/contract'

import type { PlanAction, PlanSource } from './plan-source.ts'

/** The source that holds a place, where one does. */
export type HeldPlace = { source: SourceId; place: PlannedPlace }

export function placeOf(sources: readonly PlanSource[], target: EntityId): HeldPlace | undefined {
  for (const { source, places = [] } of sources) {
    const place = places.find((one) => one.place === target)
    if (place !== undefined) return { source, place }
  }
  return undefined
}

/** What is exposed could read these. */
export const openPlaces = ({ impact }: Exposure): ReadonlySet<EntityId> =>
  new Set(impact.couldReach.map(({ resource }) => resource))

/**
 * Why Cordon writes no successor at a place; undefined: it does. INVARIANT: none is written where what is exposed could
 * read it: it would leak as the first one did. The deny before it may not hold, and a person who looks at the place decides.
 */
export function whyUnwritten(
  { needsPlace }: PlanAction,
  target: EntityId,
  held: HeldPlace | undefined,
  open: ReadonlySet<EntityId>,
): string | undefined {
  if (needsPlace === undefined) return undefined
  const notWritten = (why: string): string => `not written by Cordon, because ${why}`
  if (open.has(target)) return notWritten(`what is exposed could read \`${target}\``)
  if (held === undefined) return notWritten(`no source with a credential to contain names \`${target}\` as its place`)
  const unknown = held.place.takes.find((name) => !needsPlace.gives.includes(name))
  return unknown === undefined ? undefined : notWritten(`\`${target}\` takes \`${unknown}\`, which is not issued`)
}
