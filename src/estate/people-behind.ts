import { authorityOf, type Edge, type EntityId } from '#model'
import type { EstateView } from './types.ts'

/**
 * People behind a set of resources. `sure`: stated of the resource or of something inside it. `possible`: beyond those,
 * people stated only of what a resource lies in or was derived from; any of them may be meant.
 */
export type People = {
  sure: Uint32Array
  possible: Uint32Array
  /** People stated one by one (HOLDS_DATA_OF); they have no number and may repeat those above. */
  named: { sure: ReadonlySet<EntityId>; possible: ReadonlySet<EntityId> }
  /** Resources about whose people nothing is stated anywhere. */
  unstated: EntityId[]
}

/** People that are behind it for sure, and at most. */
export const atLeastOf = ({ sure, named }: People): number => Math.max(sure.length, named.sure.size)
/** People named one by one may be among the numbered: the sum is the bound that holds. */
export const atMostOf = ({ possible, named }: People): number => possible.length + named.possible.size

const batchEntitiesMax = 2_000
/** Steps up a container or lineage chain before it is given up. */
const climbStepsMax = 16

/** Sorted, distinct. */
export function unionOf(arrays: readonly Uint32Array[]): Uint32Array {
  let largest = 0
  for (const numbers of arrays) for (const number of numbers) if (number > largest) largest = number
  const bits = new Uint8Array((largest >>> 3) + 1)
  let count = 0
  for (const numbers of arrays) {
    for (const number of numbers) {
      const at = number >>> 3
      const bit = 1 << (number & 7)
      if (((bits[at] ?? 0) & bit) !== 0) continue
      bits[at] = (bits[at] ?? 0) | bit
      count++
    }
  }
  const union = new Uint32Array(count)
  for (let at = 0, next = 0; at < bits.length; at++) {
    for (let rest = bits[at] ?? 0; rest !== 0; rest &= rest - 1) {
      union[next++] = at * 8 + (31 - Math.clz32(rest & -rest))
    }
  }
  return union
}

/** `window` in seconds: containers and lineage as they stood at any time in it. */
export async function peopleBehind(
  view: EstateView,
  resources: readonly EntityId[],
  window: { from: number; to: number },
): Promise<People> {
  const around = gatherer(view, window)
  const inside = await around.closure(resources)
  const postings = await around.postings([...inside.keys()])
  const named = await around.named([...inside.keys()])
  const isStated = new Set<EntityId>()
  for (const entity of [...postings.keys(), ...named.keys()]) {
    for (const root of inside.get(entity) ?? []) isStated.add(root)
  }
  const possible: Uint32Array[] = []
  const sureNames = new Set([...named.values()].flat())
  const possibleNames = new Set(sureNames)
  const silent = resources.filter((resource) => !isStated.has(resource))
  const above = await around.nearestStated(silent)
  for (const { numbers, persons } of above.values()) {
    possible.push(...numbers)
    for (const person of persons) possibleNames.add(person)
  }
  const sure = unionOf([...postings.values()])
  return {
    sure,
    possible: possible.length === 0 ? sure : unionOf([sure, ...possible]),
    named: { sure: sureNames, possible: possibleNames },
    unstated: silent.filter((resource) => !above.has(resource)),
  }
}

function gatherer(view: EstateView, window: { from: number; to: number }) {
  const inBatches = async <T>(entities: readonly EntityId[], ask: (batch: EntityId[]) => Promise<T[]>) => {
    const found: T[] = []
    for (let at = 0; at < entities.length; at += batchEntitiesMax) {
      found.push(...(await ask(entities.slice(at, at + batchEntitiesMax))))
    }
    return found
  }
  const postings = async (entities: readonly EntityId[]) =>
    new Map(await inBatches(entities, async (batch) => [...(await view.people(batch))]))
  const named = async (entities: readonly EntityId[]) => {
    const byResource = new Map<EntityId, EntityId[]>()
    const edges = await inBatches(entities, (batch) => view.edgesFrom(batch, { types: ['HOLDS_DATA_OF'], window }))
    for (const { src, dst } of edges) byResource.set(src, [...(byResource.get(src) ?? []), dst])
    return byResource
  }
  return {
    postings,
    named,
    /** Everything inside the resources, each with the given resources it lies in. */
    async closure(resources: readonly EntityId[]): Promise<Map<EntityId, Set<EntityId>>> {
      const inside = new Map<EntityId, Set<EntityId>>(resources.map((resource) => [resource, new Set([resource])]))
      let fresh = [...inside.keys()]
      while (fresh.length > 0) {
        const edges = await inBatches(fresh, (batch) => view.edgesFrom(batch, { types: ['CONTAINS'], window }))
        const grown = new Set<EntityId>()
        for (const { src, dst } of edges) {
          const roots = inside.get(dst) ?? new Set()
          const before = roots.size
          for (const root of inside.get(src) ?? []) roots.add(root)
          inside.set(dst, roots)
          if (roots.size > before) grown.add(dst)
        }
        fresh = [...grown]
      }
      return inside
    },
    /** For each resource the people of its nearest containers or origins that state any; no entry when none does. */
    async nearestStated(resources: readonly EntityId[]): Promise<Map<EntityId, Stated>> {
      const found = new Map<EntityId, Stated>()
      const climbs = new Map(resources.map((resource) => [resource, { seen: new Set([resource]), at: [resource] }]))
      for (let steps = 0; climbs.size > 0 && steps < climbStepsMax; steps++) {
        const standing = [...new Set([...climbs.values()].flatMap(({ at }) => at))]
        const above = new Map<EntityId, EntityId[]>()
        for (const { src, dst } of [
          ...(await inBatches(standing, (batch) => view.edgesTo(batch, { types: ['CONTAINS'], window }))),
          ...(await inBatches(standing, (batch) => view.edgesFrom(batch, { types: ['DERIVED_FROM'], window }))).map(
            turned,
          ),
        ]) {
          above.set(dst, [...(above.get(dst) ?? []), src])
        }
        const stated = [...new Set([...above.values()].flat())]
        const [numbers, persons] = [await postings(stated), await named(stated)]
        for (const [resource, climb] of climbs) {
          climb.at = [...new Set(climb.at.flatMap((entity) => above.get(entity) ?? []))].filter(
            (entity) => !climb.seen.has(entity),
          )
          for (const entity of climb.at) climb.seen.add(entity)
          const here = climb.at.filter((entity) => numbers.has(entity) || persons.has(entity))
          if (here.length > 0) {
            found.set(resource, {
              numbers: here.flatMap((entity) => numbers.get(entity) ?? []),
              persons: here.flatMap((entity) => persons.get(entity) ?? []),
            })
          }
          if (here.length > 0 || climb.at.length === 0) climbs.delete(resource)
        }
      }
      return found
    },
  }
}

type Stated = { numbers: Uint32Array[]; persons: EntityId[] }
const turned = ({ src, dst }: Edge) => ({ src: dst, dst: src })

/** `12 tables of 3 authorities` for sentences about many resources. */
export function countByAuthority(resources: readonly EntityId[]): string {
  const authorities = [...new Set(resources.map(authorityOf))].sort()
  const shown = authorities.slice(0, 3).map((authority) => `\`${authority}\``)
  const rest = authorities.length > 3 ? ` and ${authorities.length - 3} more` : ''
  return `${resources.length} ${resources.length === 1 ? 'resource' : 'resources'} of ${shown.join(', ')}${rest}`
}
