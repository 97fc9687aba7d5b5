import { phases, type ActionState, type EntityId, type Phase } from '#model'

import { settledStates } from './states.ts'

/** Isolation comes first because some malware wipes the machine when its token dies: how long to wait, and then what. */
export type IsolationRule = { waitMs: number; after: 'go-on' | 'hold' }
export const isolationWaitMs = 30_000
export const isolationRuleDefault: IsolationRule = { waitMs: isolationWaitMs, after: 'go-on' }
/** How long an unproven deny or hand-over keeps the revocations behind it waiting. */
export const denyWaitMs = 20_000
export const handOverWaitMs = 60_000

export type Ordered = {
  phase: Phase
  state: ActionState
  proposedAtMs: number
  approvedAtMs: number | null
  startedAtMs: number | null
  /** Credentials it is about; empty stands for all. */
  serves: ReadonlySet<EntityId>
}

export type Hold = 'free' | 'holds' | 'waived'

const landed: readonly ActionState[] = [...settledStates, 'applied', 'probing']
const unapproved: readonly ActionState[] = ['proposed', 'awaiting-approval']

/**
 * Must `later` wait for `earlier`? Isolation holds back everything, whoever it serves, even while it awaits approval.
 * Other phases hold back only steps about the same credential, and only once somebody approved them: a step nobody
 * wants must not keep a key alive. `waived`: the wait is over by declared rule, which the report says.
 */
export function holdsBack(earlier: Ordered, later: Ordered, atMs: number, isolation: IsolationRule): Hold {
  if (phases.indexOf(earlier.phase) >= phases.indexOf(later.phase)) return 'free'
  if (settledStates.includes(earlier.state)) return 'free'
  if (earlier.phase === 'isolate') {
    if (isolation.after === 'hold') return 'holds'
    return atMs - (earlier.approvedAtMs ?? earlier.proposedAtMs) < isolation.waitMs ? 'holds' : 'waived'
  }
  if (unapproved.includes(earlier.state) || !meets(earlier.serves, later.serves)) return 'free'
  const waitedMs = earlier.startedAtMs === null ? 0 : atMs - earlier.startedAtMs
  if (earlier.phase === 'deny') return waitedMs < denyWaitMs ? 'holds' : 'free'
  if (earlier.phase === 'hand-over') return waitedMs < handOverWaitMs ? 'holds' : 'free'
  return landed.includes(earlier.state) ? 'free' : 'holds'
}

function meets(a: ReadonlySet<EntityId>, b: ReadonlySet<EntityId>): boolean {
  return a.size === 0 || b.size === 0 || [...a].some((entity) => b.has(entity))
}
