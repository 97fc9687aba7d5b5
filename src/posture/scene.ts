import {
  edgeTypes,
  isEdgeType,
  kindOf,
  type Edge,
  type EdgeType,
  type EntityId,
  type EntityKind,
  type Topic,
} from '#model'
import { paged, pagedFacts, type EstateView } from '#estate'
import { readPeople, type People } from '#people'

import type { Coverage } from './coverage.ts'
import type { Attributes } from './words.ts'

export type Thing = { entity: EntityId; facts: Attributes }

/** What checks look at: the estate as it stands, and `atMs` for ages. What one of them has read the next does not read again. */
export type Scene = {
  readonly view: EstateView
  readonly atMs: number
  readonly memory: Memory
  tells(authority: string, topic: Topic): boolean
  /** Of a kind, those whose attributes equal all of `where` and that still exist. Cordon's own are in no answer. */
  find(kind: EntityKind, where: Record<string, string | boolean>): Promise<readonly Thing[]>
  /** As `find`, where no edge says whether it exists: of such things the check asks their end. */
  findStated(kind: EntityKind, where: Record<string, string | boolean>): Promise<readonly Thing[]>
  facts(entities: readonly EntityId[]): Promise<ReadonlyMap<EntityId, Attributes>>
  /** Edges that stand, by the entity they start from (or end at). */
  from(entities: readonly EntityId[], ...types: EdgeType[]): Promise<ReadonlyMap<EntityId, readonly Edge[]>>
  to(entities: readonly EntityId[], ...types: EdgeType[]): Promise<ReadonlyMap<EntityId, readonly Edge[]>>
  people(): Promise<People>
  /** Accounts for emergencies: named so by somebody in Cordon, or told so by their vendor. */
  breakGlass(): Promise<readonly Thing[]>
}

/** By account and day: log offsets of sign-ins from too many places. `cut`: as in an outcome. */
export type SharedAccounts = { shared: ReadonlyMap<EntityId, ReadonlyMap<string, number[]>>; cut: readonly string[] }
/** What one look leaves to the next of the same tenant: what is dear to read and may be some minutes old. */
export type Memory = { sharedAccounts?: { atMs: number; all: Promise<SharedAccounts> } }
/** `breakGlass`: what somebody named so in Cordon. */
export type SceneOptions = { breakGlass?: readonly EntityId[]; memory?: Memory }

/** More than that of one kind is refused by the estate, never cut. */
const thingsMax = 1_000_000
const everyType = Object.keys(edgeTypes).filter(isEdgeType)
/** Edges into a thing that show that it exists; others may be many. */
const holding: readonly EdgeType[] = ['AUTHENTICATES_AS', 'STORES', 'CONTAINS', 'ACTS_AS']

export function openScene(
  view: EstateView,
  atMs: number,
  coverage: Coverage,
  { breakGlass = [], memory = {} }: SceneOptions = {},
): Scene {
  const known = new Map<EntityId, Attributes>()
  const stated = new Map<string, Promise<readonly Thing[]>>()
  const found = new Map<string, Promise<readonly Thing[]>>()
  let people: Promise<People> | undefined

  async function facts(entities: readonly EntityId[]): Promise<ReadonlyMap<EntityId, Attributes>> {
    const fresh = entities.filter((entity) => !known.has(entity))
    for await (const [entity, attributes] of pagedFacts(view, fresh)) known.set(entity, attributes)
    return new Map(entities.map((entity) => [entity, known.get(entity) ?? {}]))
  }
  async function from(entities: readonly EntityId[], ...types: EdgeType[]) {
    const edges = await paged(entities, (page) => view.edgesFrom(page, { types }))
    return Map.groupBy(edges, ({ src }) => src)
  }
  async function to(entities: readonly EntityId[], ...types: EdgeType[]) {
    const edges = await paged(entities, (page) => view.edgesTo(page, { types }))
    return Map.groupBy(edges, ({ dst }) => dst)
  }
  const once = (
    kept: Map<string, Promise<readonly Thing[]>>,
    key: string,
    read: () => Promise<readonly Thing[]>,
  ): Promise<readonly Thing[]> => {
    const first = kept.get(key) ?? read()
    kept.set(key, first)
    return first
  }
  const findStated: Scene['findStated'] = (kind, where) =>
    once(stated, `${kind} ${JSON.stringify(where)}`, async () => {
      const entities = await view.find(kind, where, thingsMax)
      const all = await facts(entities)
      return entities
        .map((entity) => ({ entity, facts: all.get(entity) ?? {} }))
        .filter((thing) => thing.facts['own'] !== true)
    })
  const find: Scene['find'] = (kind, where) =>
    once(found, `${kind} ${JSON.stringify(where)}`, async () => {
      const things = await findStated(kind, where)
      const out = await from(entitiesOf(things), ...everyType)
      const rest = things.filter(({ entity }) => !out.has(entity))
      const into = await to(entitiesOf(rest), ...holding)
      return things.filter(({ entity }) => out.has(entity) || into.has(entity))
    })

  return {
    view,
    atMs,
    memory,
    tells: (authority, topic) =>
      coverage.some((one) => one.isRead && one.authority === authority && one.topics.includes(topic)),
    find,
    findStated,
    facts,
    from,
    to,
    people: () => (people ??= readPeople(view, atMs)),
    async breakGlass() {
      const told = [
        ...(await find('identity', { breakGlass: true })),
        ...(await find('identity', { forEmergencies: true })),
      ]
      const named = breakGlass.filter((entity) => kindOf(entity) === 'identity')
      const all = new Set([...entitiesOf(told), ...named])
      const theirs = await facts([...all])
      return [...all].map((entity) => ({ entity, facts: theirs.get(entity) ?? {} }))
    },
  }
}

export const entitiesOf = (things: readonly Thing[]): EntityId[] => things.map(({ entity }) => entity)
