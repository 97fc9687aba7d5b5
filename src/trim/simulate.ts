import { kindOf, type EntityId } from '#model'

import { givenBy, holdersOf, isSomebody, standingOf, type Deed, type Right, type Rights } from './rights.ts'
import type { RightUse } from './attribute.ts'
import { dayMs } from './use.ts'

/** Somebody who would lose something. `lastUsedMs`: the day they last used it, as far back as is known; never in the window. */
export type Loser = { entity: EntityId; name: string | null; lastUsedMs: number | null }

/**
 * What would be lost: by whom, and to what. `keeps`: so many of those who have it keep all of it another way.
 * `people`: whose data nobody of the losers could read, change or share by it any more.
 */
export type Loss = {
  losers: Loser[]
  losersTotal: number
  keeps: number
  things: number
  dataSets: number
  people: number
}

export type Contents = {
  contentsOf: (resource: EntityId) => ReadonlySet<EntityId>
  /** People by resource, as the estate numbers them. */
  people: ReadonlyMap<EntityId, Uint32Array>
}

const losersShownMax = 50

/** One right left out of the estate: what whoever has it can no longer do. */
export function lossOf(
  rights: Rights,
  right: Right,
  use: RightUse | undefined,
  containersOf: (resource: EntityId) => ReadonlySet<EntityId>,
  { contentsOf, people }: Contents,
): Loss {
  const given = givenBy(rights, right)
  const holders = [...holdersOf(rights, right.of)].filter((one) => isSomebody(rights, one))
  // What signs in as somebody loses what they lose: one line for both. Of a key, whom it serves.
  const lead =
    right.kind === 'credential'
      ? [kindOf(right.on) === 'identity' ? right.on : right.of]
      : holders.filter((one) => kindOf(one) !== 'credential' && kindOf(one) !== 'app')
  const lost = new Set<EntityId>()
  const losers: Loser[] = []
  let keeps = 0
  for (const entity of lead.length > 0 ? lead : holders) {
    const standing = standingOf(rights, [entity], new Set([right]))
    const gone =
      right.kind === 'credential' ? given : given.filter((one) => !keepsIt(rights, right, one, standing, containersOf))
    if (gone.length === 0 && right.kind !== 'credential') {
      keeps++
      continue
    }
    for (const { on } of gone) lost.add(on)
    const day = use?.lastBy.get(entity)
    const name = rights.facts.get(entity)?.['name']
    losers.push({
      entity,
      name: typeof name === 'string' ? name : null,
      lastUsedMs: day === undefined ? null : day * dayMs,
    })
  }
  losers.sort((a, b) => (b.lastUsedMs ?? 0) - (a.lastUsedMs ?? 0) || (a.entity < b.entity ? -1 : 1))
  const things = new Set<EntityId>()
  for (const on of lost) for (const one of contentsOf(on)) things.add(one)
  const numbers = new Set<number>()
  let dataSets = 0
  for (const thing of things) {
    const held = people.get(thing)
    if (held === undefined) continue
    dataSets++
    for (const number of held) numbers.add(number)
  }
  return {
    losers: losers.slice(0, losersShownMax),
    losersTotal: losers.length,
    keeps,
    things: things.size,
    dataSets,
    people: numbers.size,
  }
}

/** What gives as much as each, or more. */
const covers: Readonly<Record<Deed, readonly Deed[]>> = {
  read: ['read', 'share', 'admin'],
  write: ['write', 'admin'],
  share: ['share', 'admin'],
  admin: ['admin'],
}

/** Another right that holds for sure, on the same or on what holds it, and as wide. */
export function keepsIt(
  { grantsOn }: Rights,
  taken: Right,
  { deed, on }: Right,
  standing: ReadonlySet<EntityId>,
  containersOf: (resource: EntityId) => ReadonlySet<EntityId>,
): boolean {
  return [...containersOf(on)].some((one) =>
    (grantsOn.get(one) ?? []).some(
      (other) =>
        other !== taken &&
        other.certain &&
        standing.has(other.of) &&
        covers[deed ?? 'read'].includes(other.deed ?? 'read'),
    ),
  )
}
