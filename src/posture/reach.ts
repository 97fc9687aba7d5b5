import { kindOf, type EdgeType, type EntityId } from '#model'
import { pagedFacts, type EstateView } from '#estate'

/**
 * Data sets are resources that hold people's data; `resources` counts everything reached. `records`: rows of the data sets by
 * their sources' estimates; `uncounted`: data sets of which no source tells how many there are.
 */
export type Reach = { people: number; dataSets: number; resources: number; records: number; uncounted: number }

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
  const found = await view.reach([thing], { types: ways })
  const resources = found.map(({ entity }) => entity).filter((entity) => kindOf(entity) === 'resource')
  if (kindOf(thing) === 'resource') resources.push(thing)
  const sets = await view.people(resources)
  const people = new Set<number>()
  for (const numbers of sets.values()) for (const number of numbers) people.add(number)
  let [records, counted] = [0, 0]
  for await (const [, { rowsEstimate }] of pagedFacts(view, [...sets.keys()])) {
    if (typeof rowsEstimate !== 'number') continue
    records += rowsEstimate
    counted++
  }
  const reached = { people: people.size, dataSets: sets.size, resources: resources.length }
  return { ...reached, records, uncounted: sets.size - counted }
}
