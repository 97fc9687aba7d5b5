import { isEntityId, kindOf, type EntityFact, type EntityId } from '#model'
import { paged, pagedFacts, type EstateView } from '#estate'

/** `way`: how it is known. A source states it, it is whom it acts for, or a person said so. `ended`: they no longer work here. */
export type Owner = { owner: EntityId; way: 'stated' | 'person'; says: string }

type Known = {
  also: ReadonlyMap<EntityId, readonly EntityId[]>
  facts: ReadonlyMap<EntityId, EntityFact['attributes']>
}

/**
 * Who answers for each, as sources state it: whom an edge names, else the attribute. Who made something, or uses it, is
 * likely and no owner: they are asked. A human answers for themselves and needs nobody.
 */
export async function ownersOf(
  view: EstateView,
  entities: readonly EntityId[],
  { also, facts }: Known,
): Promise<Map<EntityId, Owner>> {
  const own = new Map(entities.flatMap((one) => [one, ...(also.get(one) ?? [])].map((name) => [name, one] as const)))
  const edges = await paged([...own.keys()], (page) => view.edgesFrom(page, { types: ['OWNED_BY'] }))
  const owners = new Map<EntityId, Owner>()
  const put = (of: EntityId, owner: EntityId, says: string): void => {
    const entity = own.get(of)
    if (entity !== undefined && owner !== entity && !owners.has(entity))
      owners.set(entity, { owner, way: 'stated', says })
  }
  for (const { src, dst, note } of edges) put(src, dst, note ?? 'its source names an owner')
  for (const name of own.keys()) {
    const owner = facts.get(name)?.['owner']
    if (typeof owner === 'string' && isEntityId(owner)) put(name, owner, 'its source names an owner')
  }
  return owners
}

/** How likely somebody is the owner, and why; the likeliest first. */
export type Likely = { who: EntityId; why: string }
const likelyMax = 3

/** Humans of whom it may be asked: who made it, who let it in or holds its credential, who owns where it lies or runs. */
export async function likelyOwners(view: EstateView, identity: EntityId, also: readonly EntityId[]): Promise<Likely[]> {
  const own = [identity, ...also]
  const keys = (await view.edgesTo(own, { types: ['AUTHENTICATES_AS'] })).map(({ src }) => src)
  const steps: readonly [EntityId[], string][] = [
    [(await view.edgesTo(own, { types: ['CREATED'] })).map(({ src }) => src), 'made it'],
    [(await view.edgesTo(keys, { types: ['CREATED'] })).map(({ src }) => src), 'made its credential'],
    [(await view.edgesFrom(keys, { types: ['OWNED_BY'] })).map(({ dst }) => dst), 'answers for its credential'],
    [await holdersOf(view, own, keys), 'owns where it runs, or where its credential lies'],
    [(await view.edgesTo(own, { types: ['ASSUMES'] })).map(({ src }) => src), 'may become it'],
    [await administrators(view, own), 'administers what it works in'],
  ]
  const found = new Map<EntityId, Likely>()
  for (const [who, why] of steps) {
    const humans = new Set<EntityId>()
    for await (const [entity, facts] of pagedFacts(view, [...new Set(who)]))
      if (facts['kind'] === 'human' && facts['enabled'] !== false) humans.add(entity)
    for (const one of [...humans].sort()) if (!found.has(one)) found.set(one, { who: one, why })
  }
  return [...found.values()].slice(0, likelyMax)
}

/** More administrators than that are no hint at anybody. */
const administratorsMax = 10

/** Of what it has rights in itself: by their own right, or as members of a role that has it. */
async function administrators(view: EstateView, own: readonly EntityId[]): Promise<EntityId[]> {
  const rights = await view.edgesFrom(own, { types: ['CAN_READ', 'CAN_WRITE', 'CAN_ADMIN'] })
  const resources = [...new Set(rights.map(({ dst }) => dst))].slice(0, 1_000)
  const holders = [...new Set((await view.edgesTo(resources, { types: ['CAN_ADMIN'] })).map(({ src }) => src))]
  const members = (await view.edgesTo(holders, { types: ['MEMBER_OF'] })).map(({ src }) => src)
  const all = [...new Set([...holders, ...members])].filter((one) => !own.includes(one))
  return all.length > administratorsMax ? [] : all
}

async function holdersOf(view: EstateView, own: readonly EntityId[], keys: readonly EntityId[]): Promise<EntityId[]> {
  const runs = (await view.edgesFrom(own, { types: ['RUNS_ON'] })).map(({ dst }) => dst)
  const lies = (await view.edgesTo(keys, { types: ['STORES'] })).map(({ src }) => src)
  const places = [...new Set([...runs, ...lies])]
  const owned = (await view.edgesFrom(places, { types: ['OWNED_BY'] })).map(({ dst }) => dst)
  const admins = (await view.edgesTo(places, { types: ['CAN_ADMIN'] })).map(({ src }) => src)
  return [...owned, ...admins].filter((one) => kindOf(one) === 'identity')
}
