import type { EntityId } from '#model'

/** Whose data a change protects, person by person for each who could come to it. */
export type Protects = ReadonlyMap<EntityId, ReadonlySet<number>>
/** `newly`: pairs of somebody and a person that no earlier change protects. `people`: distinct people protected so far. */
export type Ranked<T> = { change: T; newly: number; peopleSoFar: number }

/**
 * Greedy: each time the change that protects most of what no earlier one does; of equals the one that stands first. As
 * gains only shrink, a change is counted anew only while its last count leads (Minoux' accelerated greedy algorithm).
 * The result protects at least 1 - 1/e of what the best choice of as many changes would (Nemhauser, Wolsey, Fisher 1978).
 */
export function rankByProtection<T>(changes: readonly { change: T; protects: Protects }[], most: number): Ranked<T>[] {
  const covered = new Map<EntityId, Set<number>>()
  const people = new Set<number>()
  const gainOf = (protects: Protects): number => {
    let gain = 0
    for (const [holder, numbers] of protects) {
      const known = covered.get(holder)
      if (known === undefined) gain += numbers.size
      else for (const number of numbers) if (!known.has(number)) gain++
    }
    return gain
  }
  // Ascending, so that the best is taken from the end.
  const waiting = changes.map((one, place) => ({ ...one, place, gain: gainOf(one.protects), round: 0 }))
  const before = (a: (typeof waiting)[number], b: (typeof waiting)[number]): number =>
    a.gain - b.gain || b.place - a.place
  waiting.sort(before)
  const ranked: Ranked<T>[] = []
  while (ranked.length < most) {
    const best = waiting.pop()
    if (best === undefined || best.gain === 0) break
    if (best.round < ranked.length) {
      best.gain = gainOf(best.protects)
      best.round = ranked.length
      insert(waiting, best, before)
      continue
    }
    for (const [holder, numbers] of best.protects) {
      const known = covered.get(holder) ?? new Set<number>()
      covered.set(holder, known)
      for (const number of numbers) {
        known.add(number)
        people.add(number)
      }
    }
    ranked.push({ change: best.change, newly: best.gain, peopleSoFar: people.size })
  }
  return ranked
}

function insert<T>(into: T[], one: T, before: (a: T, b: T) => number): void {
  let [low, high] = [0, into.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const other = into[middle]
    if (other !== undefined && before(other, one) < 0) low = middle + 1
    else high = middle
  }
  into.splice(low, 0, one)
}
