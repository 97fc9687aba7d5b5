import type { Exposure, Trigger, Window } from '#model'
import type { EstateView } from '#estate'

import { notAssessed } from './not-assessed.ts'

/** A right that is given for a time: nothing was stolen, nothing dies, and nobody's data is asked about. Pure. */
export const exposeLease = (
  view: EstateView,
  trigger: Extract<Trigger, { kind: 'lease' }>,
  window: Window,
  blindSpots: readonly string[],
): Exposure => ({
  trigger,
  window,
  asOf: view.asOf,
  hosts: [],
  credentials: [],
  descendants: [],
  impact: notAssessed(
    blindSpots,
    'a lease does not ask whose data somebody touched: `cordon access of` says what it opens',
  ),
})
