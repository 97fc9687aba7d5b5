import type { EntityId, Exposure, PeopleSet } from '#model'
import { peopleBehind, type EstateView } from '#estate'
import { toSecondsDown, toSecondsUp } from '#kit'

/**
 * Locators of all who may be meant by one set, as entity ids of kind `person`: the upper end of its interval, since a
 * notice that leaves somebody out is the worse mistake. Keys in the systems of record; no name, no address.
 */
export async function personsToNotify(
  view: EstateView,
  { impact, window }: Exposure,
  set: PeopleSet,
  nowMs: number,
): Promise<EntityId[]> {
  const resources = [...new Set(impact[set].map(({ resource }) => resource))]
  const seconds = { from: toSecondsDown(window.fromMs), to: toSecondsUp(nowMs) }
  const { possible, named } = await peopleBehind(view, resources, seconds)
  return [...new Set([...(await view.personsOf(possible)), ...named.possible])].sort()
}
