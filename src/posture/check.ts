import type { Edge, EntityId, mendings, Severity, Topic } from '#model'

import type { Scene } from './scene.ts'

/**
 * `revoke`: a credential ends for good. `disable`: something is switched off and can be switched on. `remove`: a right, a
 * membership or a share is taken away. `task`: a person does it, since no vendor lets a program.
 */
export type FixKind = (typeof mendings)[number]
/** `preview`: what would happen. `undo`: the way back. Both plain sentences. */
export type Fix = { kind: FixKind; target: EntityId; preview: string; undo: string }

/** One weak thing. `why`: a plain sentence without names. `evidence`: edges it rests on, beside those of the thing itself. */
export type Found = {
  on: EntityId
  sinceMs: number | null
  why: string
  fix: Fix
  also?: readonly EntityId[]
  /** Where the check knows better than the estate's owner of the thing. */
  owner?: EntityId
  evidence?: readonly Edge[]
  /** Log offsets of further records it rests on. */
  records?: readonly number[]
}

/** `looked`: things of the sort there are. `untold`: of these by authority, whose vendor does not tell what decides. */
export type Outcome = {
  found: Found[]
  looked: number
  untold: ReadonlyMap<string, number>
  /** What was not looked at, though it is told: plain sentences. */
  cut?: readonly string[]
}

/**
 * One kind of weakness: a rule as data, and a function of the estate alone. It knows attributes and edges in normalised
 * words, and no vendor. INVARIANT: what is not told is counted as untold, and never taken for fine or for weak.
 */
export type Check = {
  kind: string
  title: string
  /** The whole rule, with its numbers. */
  rule: string
  severity: Severity
  /** Without a source for each of these the check is blind. */
  needs: readonly Topic[]
  /** It goes by what logs tell of so many days: a log that is read from later on tells a part. */
  historyDays?: number
  /** Completes "of N things their vendor does not tell …"; absent where nothing can be untold. */
  untold?: string
  look(scene: Scene): Promise<Outcome>
}

/** Collects what a check finds, thing by thing. */
export function outcomeOf(looked: number) {
  const found: Found[] = []
  const untold = new Map<string, number>()
  return {
    found,
    looked,
    untold,
    say: (one: Found): void => void found.push(one),
    cannotTell: (authority: string): void => void untold.set(authority, (untold.get(authority) ?? 0) + 1),
  }
}
