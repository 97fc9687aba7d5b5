import type { EdgeType, EntityId } from '#model'
import type { EdgeQuery, EstateView } from '#estate'

/** `note`: the right in its vendor's own words. `evidence`: log offset of the record that states it. */
export type PathStep = {
  src: EntityId
  type: EdgeType
  dst: EntityId
  note: string | null
  conditional: boolean
  evidence: number
}

/** A way of fewest steps; empty where there is none. */
export async function pathOf(view: EstateView, from: EntityId, to: EntityId, query: EdgeQuery): Promise<PathStep[]> {
  const path = (await view.explain(from, to, query)) ?? []
  return path.map(({ src, type, dst, note, conditional, evidence }) => ({
    src,
    type,
    dst,
    note,
    conditional,
    evidence,
  }))
}

/** Names of all that paths lead over, as far as anything is named. */
export async function namesAlong(
  view: EstateView,
  paths: readonly (readonly PathStep[])[],
): Promise<Record<EntityId, string>> {
  const all = new Set(paths.flat().flatMap(({ src, dst }) => [src, dst]))
  const names: Record<EntityId, string> = {}
  for (const [entity, { name }] of await view.facts([...all])) if (typeof name === 'string') names[entity] = name
  return names
}
