import { assert } from '#kit'
import type { ActionState } from '#model'

/** The whole state machine (containment §5). What is not listed cannot happen: `move` asserts it inside W. */
const transitions: Record<ActionState, readonly ActionState[]> = {
  proposed: ['awaiting-approval', 'approved', 'unknown'],
  'awaiting-approval': ['approved', 'proposed'],
  approved: ['executing', 'applied', 'awaiting-approval', 'proposed', 'failed', 'unknown'],
  executing: ['executing', 'applied', 'failed', 'unknown'],
  applied: ['probing', 'contained', 'failed', 'unknown', 'undo-executing'],
  probing: ['probing', 'contained', 'failed', 'unknown', 'undo-executing'],
  contained: ['contained', 'unknown', 'undo-executing'],
  failed: ['awaiting-approval'],
  unknown: ['unknown', 'contained', 'awaiting-approval', 'undo-executing'],
  'undo-executing': ['undo-executing', 'undone', 'unknown'],
  undone: [],
}

export const canMove = (from: ActionState, to: ActionState): boolean => transitions[from].includes(to)

export function assertMove(from: ActionState, to: ActionState): void {
  assert(canMove(from, to), `an action moves from ${from} to ${to}`)
}

/** Nothing went out to a vendor yet. */
export const unstartedStates: readonly ActionState[] = ['proposed', 'awaiting-approval', 'approved']
/** Nothing more will happen by itself. */
export const settledStates: readonly ActionState[] = ['contained', 'failed', 'unknown', 'undone']
/** Running, or about to. */
export const activeStates: readonly ActionState[] = ['approved', 'executing', 'applied', 'probing']
