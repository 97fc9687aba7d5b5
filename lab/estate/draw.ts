import { seededInt, seededRandom } from 'cordon/kit'

/** Choices from a seed. Each place in the estate draws by its own name, so that a new one changes no other. */
export type Draw = {
  unit(): number
  /** From 0 up to, and without, the bound. */
  int(bound: number): number
  chance(share: number): boolean
  pick<T>(from: readonly T[]): T
  /** So many different ones, in the order of the list; all of them when there are no more. */
  some<T>(from: readonly T[], count: number): T[]
  hex(length: number): string
}

export function drawOf(seed: number, place: string): Draw {
  const unit = seededRandom(hash32(`${seed}/${place}`))
  const int = (bound: number): number => seededInt(unit, bound)
  return {
    unit,
    int,
    chance: (share) => unit() < share,
    pick(from) {
      const one = from[int(from.length)]
      if (one === undefined) throw new Error(`nothing to pick from at ${place}`)
      return one
    },
    some(from, count) {
      const left = Math.min(count, from.length)
      const chosen = new Set<number>()
      while (chosen.size < left) chosen.add(int(from.length))
      return from.filter((_, at) => chosen.has(at))
    },
    hex: (length) => Array.from({ length }, () => int(16).toString(16)).join(''),
  }
}

/** FNV-1a: spreads names over seeds; nothing secret hangs on it. */
function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
