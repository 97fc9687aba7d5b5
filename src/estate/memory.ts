import { kindOf, touchVerbs, type Edge, type EntityFact, type EntityId, type Touch } from '#model'

import { tooMany } from './error.ts'
import { entitiesMaxDefault, touchesMaxDefault, type EdgeQuery, type EstateView, type Reached } from './types.ts'

export type MemoryEstateParts = {
  edges: Edge[]
  facts?: EntityFact[]
  touches?: (Touch & { offset: number })[]
  people?: { resource: EntityId; persons: { person: EntityId; customer: EntityId | null }[] }[]
  /** Default: the newest evidence or touch. */
  asOf?: number
}

/**
 * An estate out of plain values, small and slow: scans instead of indexes, one obvious walk. It is what other modules
 * test against, and the oracle of the real one. Its clock is the newest `observedAtMs` of its edges.
 */
export function createMemoryEstate(parts: MemoryEstateParts): EstateView {
  const { edges, facts = [], touches = [], people = [] } = parts
  const asOf = parts.asOf ?? Math.max(0, ...edges.map((edge) => edge.evidence), ...touches.map((touch) => touch.offset))
  const heardAt = Math.floor(Math.max(0, ...edges.map((edge) => edge.observedAtMs)) / 1000)
  const latest = newestFacts(facts)
  const persons = numberPersons(people)

  const matching = (query: EdgeQuery): Edge[] => edges.filter((edge) => counts(edge, query, heardAt))
  const walkable = (query: EdgeQuery): Edge[] => {
    const found = matching(query)
    return [...found, ...found.filter((edge) => edge.type === 'SAME_AS').map(turned)]
  }
  const reached = (arrivals: Map<EntityId, Arrival>, starts: readonly EntityId[], entitiesMax: number): Reached[] => {
    const found = [...arrivals].filter(([entity]) => !starts.includes(entity))
    return whole(found, entitiesMax, 'entities').map(([entity, { at }]) => ({ entity, since: at }))
  }

  return {
    asOf,
    async edgesFrom(entities, query) {
      return matching(query).filter((edge) => entities.includes(edge.src))
    },
    async edgesTo(entities, query) {
      return matching(query).filter((edge) => entities.includes(edge.dst))
    },
    async reach(from, query, entitiesMax = entitiesMaxDefault) {
      return reached(walk(walkable(query), from, query), from, entitiesMax)
    },
    async whoCanReach(targets, query, entitiesMax = entitiesMaxDefault) {
      const usable = walkable(query)
      const starts = [...new Set(usable.map((edge) => edge.src))].filter((entity) => !targets.includes(entity))
      const found = starts.filter((start) => {
        const arrivals = walk(usable, [start], query)
        return targets.some((target) => arrivals.has(target))
      })
      return whole(found, entitiesMax, 'entities').map((entity) => ({ entity, since: 0 }))
    },
    async explain(from, to, query) {
      const path: Edge[] = []
      if (from === to) return path
      let step = walk(walkable(query), [from], query, to).get(to)
      if (step === undefined) return undefined
      for (; step.by !== null; step = step.by.before) path.unshift(step.by.edge)
      return path
    },
    async facts(entities) {
      return new Map(
        entities.flatMap((entity) => {
          const attributes = latest.get(entity)
          return attributes === undefined ? [] : [[entity, { ...attributes }] as const]
        }),
      )
    },
    async find(kind, where = {}, entitiesMax = entitiesMaxDefault) {
      const known = new Set<EntityId>(facts.map((fact) => fact.entity))
      for (const edge of edges) known.add(edge.src).add(edge.dst)
      for (const { identity, credential, resource } of touches) {
        for (const entity of [identity, credential, resource]) if (entity !== null) known.add(entity)
      }
      for (const { resource } of people) known.add(resource)
      const found = [...known].filter(
        (entity) =>
          kindOf(entity) === kind && Object.entries(where).every(([key, value]) => latest.get(entity)?.[key] === value),
      )
      return whole(found, entitiesMax, 'entities')
    },
    async touches(query) {
      const { identities, credentials, resources, verbs = touchVerbs } = query
      const found = touches.filter((touch) => {
        const isByAnyone = identities === undefined && credentials === undefined
        const isByIdentity = touch.identity !== null && identities?.includes(touch.identity) === true
        const isByCredential = touch.credential !== null && credentials?.includes(touch.credential) === true
        return (
          (isByAnyone || isByIdentity || isByCredential) &&
          (resources === undefined || resources.includes(touch.resource)) &&
          verbs.includes(touch.verb) &&
          touch.atMs >= query.fromMs &&
          touch.atMs <= query.toMs
        )
      })
      return whole(found, query.touchesMax ?? touchesMaxDefault, 'touches').toSorted(
        (a, b) => a.atMs - b.atMs || a.offset - b.offset,
      )
    },
    async people(resources) {
      const found = new Map<EntityId, Uint32Array>()
      for (const resource of resources) {
        const numbers = people
          .filter((posting) => posting.resource === resource)
          .flatMap((posting) => posting.persons.map(({ person }) => persons.number.get(person) ?? 0))
        if (numbers.length > 0) found.set(resource, Uint32Array.from(new Set(numbers)).toSorted())
      }
      return found
    },
    async personsOf(numbers) {
      const wanted = new Set(numbers)
      return [...persons.number].flatMap(([person, number]) => (wanted.has(number) ? [person] : []))
    },
    async customersOf(numbers) {
      const found = new Map<EntityId, number[]>()
      for (const number of new Set(numbers)) {
        for (const customer of persons.customers.get(number) ?? [])
          found.set(customer, [...(found.get(customer) ?? []), number])
      }
      return new Map([...found].map(([customer, of]) => [customer, Uint32Array.from(of).toSorted()]))
    },
  }
}

/** One way to be somewhere: when, and by which edge from which earlier arrival. */
type Arrival = { at: number; by: { edge: Edge; before: Arrival } | null }

/** Earliest arrivals, found in rounds of one more edge each; stops after the round that arrives at `until`. */
function walk(edges: readonly Edge[], from: readonly EntityId[], query: EdgeQuery, until?: EntityId) {
  const { from: start, to: end } = query.at === undefined ? (query.window ?? everAlike) : everAlike
  const arrivals = new Map<EntityId, Arrival>(from.map((entity) => [entity, { at: start, by: null }]))
  let fresh = new Map(arrivals)
  while (fresh.size > 0) {
    if (until !== undefined && arrivals.has(until)) break
    const next = new Map<EntityId, Arrival>()
    for (const edge of edges) {
      const before = fresh.get(edge.src)
      if (before === undefined) continue
      const isTimed = query.at === undefined && query.window !== undefined
      const at = isTimed ? Math.max(before.at, edge.validFrom) : before.at
      if (isTimed && (at > end || at > (edge.validTo ?? Infinity))) continue
      const known = next.get(edge.dst) ?? arrivals.get(edge.dst)
      if (known === undefined || at < known.at) next.set(edge.dst, { at, by: { edge, before } })
    }
    for (const [entity, arrival] of next) arrivals.set(entity, arrival)
    fresh = next
  }
  return arrivals
}

const everAlike = { from: 0, to: 0 }

function counts(edge: Edge, query: EdgeQuery, heardAt: number): boolean {
  if (!query.types.includes(edge.type)) return false
  if (edge.confidence === 'inferred' && query.withInferred !== true) return false
  if (edge.conditional && query.unconditionalOnly === true) return false
  const end = edge.validTo ?? Infinity
  if (query.at !== undefined) return edge.validFrom <= query.at && query.at <= end
  if (query.window !== undefined) return edge.validFrom <= query.window.to && query.window.from <= end
  return heardAt <= end
}

/** The same edge walked the other way: SAME_AS holds in both directions. */
const turned = (edge: Edge): Edge => ({ ...edge, src: edge.dst, dst: edge.src })

function whole<T>(found: T[], max: number, what: string): T[] {
  if (found.length > max) throw tooMany(max, what)
  return found
}

/** Attribute by attribute, the newest `observedAtMs` wins; of equal ones the later in the list. */
function newestFacts(facts: readonly EntityFact[]): Map<EntityId, EntityFact['attributes']> {
  const latest = new Map<EntityId, EntityFact['attributes']>()
  for (const { entity, attributes } of facts.toSorted((a, b) => a.observedAtMs - b.observedAtMs)) {
    latest.set(entity, { ...latest.get(entity), ...attributes })
  }
  return latest
}

function numberPersons(people: NonNullable<MemoryEstateParts['people']>) {
  const number = new Map<EntityId, number>()
  const customers = new Map<number, Set<EntityId>>()
  for (const { person, customer: of } of people.flatMap((posting) => posting.persons)) {
    const mine = number.get(person) ?? number.size + 1
    number.set(person, mine)
    if (of !== null) customers.set(mine, (customers.get(mine) ?? new Set()).add(of))
  }
  return { number, customers }
}
