import { isEntityId, kindOf, type EntityId, type Impact } from '#model'
import { paged, type EstateView } from '#estate'
import type { IncidentReport } from '#respond'

/** One incident as reports see it, with what the estate says of things in it. */
export type Scene = {
  atMs: number
  asOf: number
  report: IncidentReport
  impact: Impact | null
  /** Of resources and credentials; absent where nothing names them. */
  names: ReadonlyMap<EntityId, string>
  classesOf: ReadonlyMap<EntityId, readonly EntityId[]>
  /** Log offsets of what states the classes. */
  classEvidence: ReadonlyMap<EntityId, readonly number[]>
  /** Resources that hold data of a customer's people, or are the customer's, each with the numbers of its people. */
  ofCustomer: ReadonlyMap<EntityId, Uint32Array>
  customer: EntityId | null
}

/** Things of a scene looked up; beyond, they go without a name. */
const lookedUpMax = 20_000

export async function readScene(
  view: EstateView,
  { report, atMs, customer }: { report: IncidentReport; atMs: number; customer: EntityId | null },
): Promise<Scene> {
  const impact = report.impactNow?.impact ?? report.assessment?.exposure.impact ?? null
  const resources = [...new Set(impact === null ? [] : resourcesOf(impact))].slice(0, lookedUpMax)
  const credentials = [...report.dead, ...report.survivors].map(({ credential }) => credential)
  const named = [...(customer === null ? [] : [customer]), ...resources, ...credentials.filter(isEntityId)]
  const facts = await paged(named, async (page) => [...(await view.facts(page))])
  const edges = await paged(resources, (page) => view.edgesFrom(page, { types: ['CLASSIFIED_AS', 'BELONGS_TO'] }))
  const classified = edges.filter(({ type }) => type === 'CLASSIFIED_AS')
  return {
    atMs,
    asOf: report.impactNow?.asOf ?? report.assessment?.exposure.asOf ?? view.asOf,
    report,
    impact,
    customer,
    names: new Map(facts.flatMap(([entity, { name }]) => (typeof name === 'string' ? [[entity, name] as const] : []))),
    classesOf: group(classified.map(({ src, dst }) => [src, dst])),
    classEvidence: group(classified.map(({ dst, evidence }) => [dst, evidence])),
    ofCustomer:
      customer === null
        ? new Map()
        : await holdingOf(view, customer, resources, edges, await contentsOf(view, resources)),
  }
}

export const resourcesOf = ({ couldReach, didTouch, didChange, unknown }: Impact): EntityId[] =>
  [...couldReach, ...didTouch, ...didChange, ...unknown].map(({ resource }) => resource)

/** What lies in each thing, itself among it. */
async function contentsOf(view: EstateView, resources: readonly EntityId[]) {
  const below = new Map<EntityId, EntityId[]>()
  const seen = new Set(resources)
  for (let next = [...seen]; next.length > 0;) {
    const edges = await paged(next, (page) => view.edgesFrom(page, { types: ['CONTAINS'] }))
    for (const { src, dst } of edges) below.set(src, [...(below.get(src) ?? []), dst])
    next = [...new Set(edges.map(({ dst }) => dst))].filter((one) => !seen.has(one))
    for (const one of next) seen.add(one)
  }
  const within = (resource: EntityId): ReadonlySet<EntityId> => {
    const all = new Set([resource])
    for (const one of all) for (const inside of below.get(one) ?? []) all.add(inside)
    return all
  }
  return new Map(resources.map((resource) => [resource, within(resource)]))
}

/** `contents`: what lies in each; when left out, only what holds data itself counts. */
export async function holdingOf(
  view: EstateView,
  customer: EntityId,
  resources: readonly EntityId[],
  edges: readonly { src: EntityId; type: string; dst: EntityId }[],
  contents: ReadonlyMap<EntityId, ReadonlySet<EntityId>> = new Map(),
): Promise<ReadonlyMap<EntityId, Uint32Array>> {
  const found = new Map<EntityId, Uint32Array>()
  const owners = group(
    edges
      .filter(({ type, dst }) => type === 'BELONGS_TO' && kindOf(dst) === 'customer')
      .map(({ src, dst }) => [src, dst]),
  )
  const inside = [...new Set([...resources, ...[...contents.values()].flatMap((all) => [...all])])]
  const postings = new Map(await paged(inside, async (page) => [...(await view.people(page))]))
  for (const resource of resources) {
    const numbers = new Set(
      [...(contents.get(resource) ?? [resource])].flatMap((one) => [...(postings.get(one) ?? [])]),
    )
    if (numbers.size === 0) continue
    const theirs = (await view.customersOf(Uint32Array.from(numbers).toSorted())).get(customer)
    if (theirs !== undefined) found.set(resource, theirs)
  }
  for (const [resource, of] of owners)
    if (of.includes(customer)) found.set(resource, found.get(resource) ?? new Uint32Array())
  // A thing of another customer's alone is never named, whoever's data somebody put there.
  for (const resource of found.keys()) {
    const of = owners.get(resource)
    if (of !== undefined && !of.includes(customer)) found.delete(resource)
  }
  return found
}

function group<Key, Value>(pairs: readonly (readonly [Key, Value])[]): Map<Key, Value[]> {
  const found = new Map<Key, Value[]>()
  for (const [key, value] of pairs) found.set(key, [...(found.get(key) ?? []), value])
  return found
}
