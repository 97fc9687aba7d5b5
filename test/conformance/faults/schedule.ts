import { seededInt, seededRandom } from '#kit'

/** What goes wrong with one request. */
export const faultKinds = [
  'limit-seconds',
  'limit-date',
  'limit-bare',
  'limit-403',
  'status-500',
  'status-502',
  'status-503',
  'timeout',
  'reset',
  'reset-mid-page',
  'truncated',
  'empty-page',
  'repeated-page',
  'expired-cursor',
  'duplicates',
  'out-of-order',
  'token-expiry',
] as const
/** What is so for a whole schedule, or for an event. */
export const conditions = [
  'clock-ahead',
  'clock-behind',
  'late',
  'future-dated',
  'drift',
  'reread-differs',
  'page-shift',
] as const
export type FaultKind = (typeof faultKinds)[number] | (typeof conditions)[number]

export type Schedule = {
  seed: number
  random: () => number
  /** Fault of the next request; undefined: none. */
  next(): FaultKind | undefined
  has(condition: (typeof conditions)[number]): boolean
  /** Effects (requests, waits, appends) before the process dies, once. */
  crashAfter: number
  /** How long the vendor takes for an answer at most. A hunt has it slow: more changes while a list is read. */
  answerMsMax: number
  /** Rows a snapshot keeps in hand before it writes a page: with few of them it goes on, after a death, where it was cut off. */
  heldRowsMax: number | undefined
}

/** Share of requests that go wrong, chosen per schedule up to this: from almost calm to hardly anything gets through. */
const faultShareMax = 0.6
const effectsMax = 90
const heldRows = [undefined, 0, undefined, 10]

/** What a schedule is for that goes after what chance left out: faults, and await points as `file:line`. */
export type Hunt = { faults: ReadonlySet<FaultKind>; places: Set<string> }

/** `hunted`: faults that come first while there are any. */
export function scheduleOf(seed: number, without: ReadonlySet<string>, hunted?: ReadonlySet<FaultKind>): Schedule {
  const random = seededRandom(seed * 2_654_435_761 + 1)
  const kinds = faultKinds.filter((kind) => !without.has(kind))
  const share = random() * faultShareMax
  const holds = new Set(conditions.filter((one) => !without.has(one) && random() < 0.5))
  for (const one of conditions) if (hunted?.has(one) === true) holds.add(one)
  if (holds.has('clock-ahead')) holds.delete('clock-behind')
  const wanted = (): FaultKind[] => kinds.filter((kind) => hunted?.has(kind))
  const pick = <T>(list: readonly T[]): T | undefined => list[seededInt(random, list.length)]
  return {
    seed,
    random,
    next: () => (random() < share ? pick(wanted().length > 0 ? wanted() : kinds) : undefined),
    has: (condition) => holds.has(condition),
    crashAfter: hunted === undefined ? seededInt(random, effectsMax) : Infinity,
    answerMsMax: hunted === undefined ? 400 : 30_000,
    heldRowsMax: heldRows[seed % heldRows.length],
  }
}
