import { kindOf, type EdgeType, type EntityId } from '#model'
import type { EstateView } from '#estate'

/** Data sets are resources that hold people's data; `resources` counts everything reached. */
export type Reach = { people: number; dataSets: number; resources: number }

/** What is reached through a thing: it may log in, act, become and read. Undecided conditions count: it is an upper bound. */
const ways: readonly EdgeType[] = [
  'AUTHENTICATES_AS',
  'MEMBER_OF',
  'ASSUMES',
  'CAN_READ',
  'CAN_WRITE',
  'CAN_ADMIN',
  'CAN_SHARE',
  'CAN_GRANT',
  'CONTAINS',
  'ACTS_AS',
  'STORES',
  'DERIVES',
  'SAME_AS',
]

export async function reachOf(view: EstateView, thing: EntityId): Promise<Reach> {
  const reached = await view.reach([thing], { types: ways })
  const resources = reached.map(({ entity }) => entity).filter((entity) => kindOf(entity) === 'resource')
  if (kindOf(thing) === 'resource') resources.push(thing)
  const sets = await view.people(resources)
  const people = new Set<number>()
  for (const numbers of sets.values()) for (const number of numbers) people.add(number)
  return { people: people.size, dataSets: sets.size, resources: resources.length }
}
