import type { ActionState, IncidentState, LeaseState } from '#model'

import { askedLifeMs, endWithinMs } from './bounds.ts'

/** What is known of a lease: its incident, and the action that gives it. Times in ms UTC. */
export type LeaseFacts = {
  incidentState: IncidentState
  askedAtMs: number
  action: {
    state: ActionState
    level: number | null
    /** When the right ends; null before the action was let out. */
    untilMs: number | null
    /** It may have gone out to the vendor. */
    isSent: boolean
  } | null
}

/** Pure. `nowMs` never goes back: `time.ts`. */
export function leaseStateOf({ incidentState, action }: LeaseFacts, nowMs: number): LeaseState {
  if (action === null || (action.level === null && !action.isSent)) return 'refused'
  const isLate = action.untilMs !== null && nowMs > action.untilMs + endWithinMs
  switch (action.state) {
    case 'undone':
      return 'ended'
    case 'failed':
      return 'failed'
    case 'undo-executing':
      return isLate ? 'survivor' : 'ending'
    case 'proposed':
    case 'awaiting-approval':
      return incidentState === 'closed' ? 'withdrawn' : 'asked'
    case 'approved':
      return incidentState === 'closed' && !action.isSent ? 'withdrawn' : 'granting'
    case 'executing':
    case 'applied':
    case 'probing':
    case 'unknown':
      return isLate ? 'survivor' : 'granting'
    case 'contained':
      return isLate ? 'survivor' : 'held'
  }
}

export const isOver = (state: LeaseState): boolean => over.has(state)
const over: ReadonlySet<LeaseState> = new Set(['ended', 'failed', 'refused', 'withdrawn'])

/** `end`: take the right now. `close`: nothing stands and nothing more will. `tell`: it should be gone, and is not proven so. */
export type LeaseDuty = 'end' | 'close' | 'tell' | 'wait'

/** What is due of an open lease. Pure. */
export function dutiesOf(facts: LeaseFacts, nowMs: number): LeaseDuty[] {
  const { action, askedAtMs, incidentState } = facts
  if (incidentState === 'closed')
    return action?.isSent === true && !isOver(leaseStateOf(facts, nowMs)) ? endOf(facts, nowMs) : []
  const state = leaseStateOf(facts, nowMs)
  if (isOver(state)) return ['close']
  if (action === null || action.untilMs === null || !action.isSent)
    return nowMs > askedAtMs + askedLifeMs && action?.state !== 'approved' ? ['close'] : ['wait']
  return endOf(facts, nowMs)
}

/** What is on its way is undone once it has arrived, or is known not to. */
const undoable: ReadonlySet<ActionState> = new Set(['applied', 'probing', 'contained', 'unknown'])

/** INVARIANT: closing the incident by hand ends no lease: what was given is taken at its end all the same. */
function endOf({ action, incidentState }: LeaseFacts, nowMs: number): LeaseDuty[] {
  if (action?.untilMs == null) return ['wait']
  const isDue = nowMs >= action.untilMs || incidentState === 'closed'
  if (!isDue) return ['wait']
  const isLate = nowMs > action.untilMs + endWithinMs
  return [...(undoable.has(action.state) ? (['end'] as const) : []), ...(isLate ? (['tell'] as const) : [])]
}
