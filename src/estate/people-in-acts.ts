import type { EntityId, Interval, Touch } from '#model'

import type { EstateView } from './types.ts'

/**
 * How many people these acts touched, by the records they stated. `records` counts rows, and ten rows may be one person or
 * nobody, so it says nothing about people unless the resource's facts state `personPerRecord`: every record is one person's
 * own and one act never counts one twice. At the very least: one act on n records touched n people; acts may repeat people,
 * and resources may share them, so the largest single act is the bound that always holds, never above the people known
 * there. At the very most: n records are at most n people, where every resource states it and every act its records;
 * else no bound (`Number.MAX_SAFE_INTEGER`).
 */
export async function peopleInActs(view: EstateView, acts: readonly Touch[]): Promise<Interval> {
  const names: EntityId[] = [...new Set(acts.map(({ resource }) => resource))]
  const facts = await view.facts(names)
  const countable = new Set(names.filter((name) => facts.get(name)?.['personPerRecord'] === true))
  const postings = countable.size === 0 ? new Map<EntityId, Uint32Array>() : await view.people([...countable])
  let atLeast = 0
  let atMost = countable.size < names.length ? Number.MAX_SAFE_INTEGER : 0
  for (const { resource, records } of acts) {
    if (countable.has(resource))
      atLeast = Math.max(atLeast, Math.min(records ?? 0, postings.get(resource)?.length ?? 0))
    atMost = records === null ? Number.MAX_SAFE_INTEGER : Math.min(Number.MAX_SAFE_INTEGER, atMost + records)
  }
  return { atLeast, atMost }
}
