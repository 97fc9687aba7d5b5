import { toSecondsDown, toSecondsUp } from '#kit'
import { kindOf, type EdgeType, type EntityId, type Exposure, type Trigger, type Window } from '#model'
import type { EstateView } from '#estate'

import { notAssessed } from './not-assessed.ts'

/** Of one membership: people who have it, and things that it opens; more, and any refusal of anybody counts. */
export const trimmedNamesMax = 5_000

const hops: readonly EdgeType[] = ['MEMBER_OF', 'ASSUMES', 'ACTS_AS']
const givings: readonly EdgeType[] = ['CAN_READ', 'CAN_WRITE', 'CAN_SHARE', 'CAN_ADMIN', 'CAN_GRANT']

/**
 * Rights that are to end because nobody uses them. Nothing was stolen: no credential dies, nothing they opened is
 * looked at for harm. What they opened, and for whom, is kept, so that a refusal can be told to be theirs. Pure, as
 * `expose` is.
 */
export async function exposeTrim(
  view: EstateView,
  trigger: Extract<Trigger, { kind: 'trim' }>,
  window: Window,
  nowMs: number,
  blindSpots: readonly string[],
): Promise<Exposure> {
  const at = toSecondsUp(nowMs)
  const onward = async (page: EntityId[], types: readonly EdgeType[]): Promise<EntityId[]> =>
    (await view.edgesFrom(page, { types, at })).map(({ dst }) => dst)
  const trimmed = []
  for (const membership of trigger.memberships) {
    const { member, group } = membership
    const roles = await closure([group], (page) => onward(page, hops))
    // What was given on a thing itself opens that thing.
    const own = kindOf(group) === 'identity' ? [] : [group]
    const given = roles === null ? [] : [...own, ...(await onward(roles, givings))]
    const opens = roles === null ? null : await closure([...new Set(given)], (page) => onward(page, ['CONTAINS']))
    const holders = await closure([member], async (page) =>
      (await view.edgesTo(page, { types: [...hops, 'AUTHENTICATES_AS'], at })).map(({ src }) => src),
    )
    trimmed.push({
      ...membership,
      // Nothing gives back what is ended for good: nobody's refusal is watched for.
      holders: membership.forGood === true ? [] : (holders?.filter((one) => kindOf(one) === 'identity').sort() ?? null),
      opens: opens?.sort() ?? null,
      epoch: toSecondsDown(window.fromMs),
    })
  }
  return {
    trigger,
    window,
    asOf: view.asOf,
    hosts: [],
    credentials: [],
    descendants: [],
    trimmed,
    impact: notAssessed(blindSpots, 'a trim does not ask whose data somebody touched: nobody used what it takes'),
  }
}

/** These and all beyond them; null: more than can be listed. */
async function closure(
  starts: readonly EntityId[],
  beyond: (page: EntityId[]) => Promise<EntityId[]>,
): Promise<EntityId[] | null> {
  const seen = new Set(starts)
  for (let page = [...seen]; page.length > 0;) {
    const found = (await beyond(page)).filter((one) => !seen.has(one))
    for (const one of found) seen.add(one)
    if (seen.size > trimmedNamesMax) return null
    page = [...new Set(found)]
  }
  return [...seen]
}
