import type { Impact, Interval } from '#model'

const none: Interval = { atLeast: 0, atMost: 0 }

/** Where nothing was stolen, nobody asks whose data somebody touched; `why` says so. */
export const notAssessed = (blindSpots: readonly string[], why: string): Impact => ({
  couldReach: [],
  didTouch: [],
  didChange: [],
  unknown: [],
  people: { couldReach: none, didTouch: none, didChange: none, unknown: none },
  customers: [],
  blindSpots: [...blindSpots, why],
})
