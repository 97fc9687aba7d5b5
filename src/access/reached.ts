import { kindOf, type EntityId } from '#model'
import { paged, type EstateView } from '#estate'

import { namesAlong, pathOf, type PathStep } from './path.ts'
import { deeds, rightsTo, whenOf, type Deed, type Moment } from './rights.ts'
import { lacksOf, type Lacks, type Sight } from './sight.ts'

/** Something in reach. `may`: what for sure. `perhaps`: what only under a condition that nobody could decide. */
export type ReachedThing = {
  resource: EntityId
  name: string | null
  may: Deed[]
  perhaps: Deed[]
  classes: EntityId[]
  /** People whose data it holds itself; what lies inside it has its own. */
  people: number
}

export type Reached = Lacks & {
  asOf: number
  identity: EntityId
  things: ReachedThing[]
  /** Distinct people that can be read of: for sure, and at most. */
  people: { atLeast: number; atMost: number }
}

/** Everything that somebody can do something to; most people first. */
export async function reachedFrom(
  view: EstateView,
  identity: EntityId,
  { sight, ...moment }: Moment & { sight: Sight },
): Promise<Reached> {
  const certain = new Map<EntityId, Set<Deed>>()
  const possible = new Map<EntityId, Set<Deed>>()
  for (const deed of deeds) {
    for (const [into, isCertain] of [
      [certain, true],
      [possible, false],
    ] as const) {
      for (const { entity } of await view.reach([identity], rightsTo(deed, moment, isCertain))) {
        if (kindOf(entity) === 'resource') into.set(entity, (into.get(entity) ?? new Set<Deed>()).add(deed))
      }
    }
  }
  const resources = [...possible.keys()]
  const classes = await paged(resources, (page) =>
    view.edgesFrom(page, { types: ['CLASSIFIED_AS'], ...whenOf(moment.atMs) }),
  )
  const classesOf = Map.groupBy(classes, ({ src }) => src)
  const postings = new Map(await paged(resources, async (page) => [...(await view.people(page))]))
  const names = await namesOf(view, resources)
  const things = resources.map((resource): ReachedThing => {
    const may = deeds.filter((deed) => certain.get(resource)?.has(deed) === true)
    return {
      resource,
      name: names.get(resource) ?? null,
      may,
      perhaps: deeds.filter((deed) => possible.get(resource)?.has(deed) === true && !may.includes(deed)),
      classes: (classesOf.get(resource) ?? []).map(({ dst }) => dst).sort(),
      people: postings.get(resource)?.length ?? 0,
    }
  })
  things.sort(
    (a, b) => b.people - a.people || b.classes.length - a.classes.length || (a.resource < b.resource ? -1 : 1),
  )
  const peopleIn = (list: readonly ReachedThing[]): number => {
    const people = new Set<number>()
    for (const { resource } of list) for (const number of postings.get(resource) ?? []) people.add(number)
    return people.size
  }
  return {
    asOf: view.asOf,
    identity,
    things,
    people: {
      atLeast: peopleIn(things.filter(({ may }) => may.includes('read'))),
      atMost: peopleIn(things.filter(({ may, perhaps }) => may.includes('read') || perhaps.includes('read'))),
    },
    ...lacksOf(sight, [identity, ...resources], moment.atMs !== null),
  }
}

export type ShownThing = ReachedThing & { path: PathStep[] }

/** One page of things with the way to each, of fewest steps, for the first of what may be done to it. */
export async function showReached(
  view: EstateView,
  identity: EntityId,
  page: readonly ReachedThing[],
  moment: Moment,
): Promise<{ things: ShownThing[]; names: Record<EntityId, string> }> {
  const things: ShownThing[] = []
  for (const thing of page) {
    const deed = thing.may[0] ?? thing.perhaps[0]
    const query = deed === undefined ? undefined : rightsTo(deed, moment, thing.may.length > 0)
    things.push({ ...thing, path: query === undefined ? [] : await pathOf(view, identity, thing.resource, query) })
  }
  return {
    things,
    names: await namesAlong(
      view,
      things.map(({ path }) => path),
    ),
  }
}

async function namesOf(view: EstateView, entities: readonly EntityId[]): Promise<Map<EntityId, string>> {
  const stated = await paged(entities, async (page) => [...(await view.facts(page))])
  return new Map(stated.flatMap(([entity, { name }]) => (typeof name === 'string' ? [[entity, name] as const] : [])))
}
