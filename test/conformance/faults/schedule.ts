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
}

/** Share of requests that go wrong, chosen per schedule up to this: from almost calm to hardly anything gets through. */
const faultShareMax = 0.6
const effectsMax = 90

export function scheduleOf(seed: number, without: ReadonlySet<string>): Schedule {
  const random = seededRandom(seed * 2_654_435_761 + 1)
  const kinds = faultKinds.filter((kind) => !without.has(kind))
  const share = random() * faultShareMax
  const holds = new Set(conditions.filter((one) => !without.has(one) && random() < 0.5))
  if (holds.has('clock-ahead')) holds.delete('clock-behind')
  return {
    seed,
    random,
    next: () => (random() < share ? kinds[seededInt(random, kinds.length)] : undefined),
    has: (condition) => holds.has(condition),
    crashAfter: seededInt(random, effectsMax),
  }
}
