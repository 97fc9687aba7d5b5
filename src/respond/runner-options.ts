import type { Clock, Diagnose, Http } from '#kit'
import type { Action, ActionId, EntityId, SourceId } from '#model'

import type { ContainAction, Holder, Home } from '#respond/contract'
import type { SourcePace } from './pace.ts'
import type { ActionDesk } from './types.ts'

/** What hands know of the source an action goes to. */
export type SourceHandle = {
  config: unknown
  authority: string
  http: Http
  /** Cordon's own identity or credential there: never a target. */
  isOwn(entity: EntityId): boolean
  /** Break-glass there, as `ActionContext` hands it on. */
  spared?: readonly EntityId[]
}

/** Who writes at the place of a hand-over, and the source it is in. */
export type PlaceHandle = { holder: Holder; source: SourceHandle }

export type RunnerLimits = {
  /** Actions in hand at a time. */
  actionsAtOnceMax: number
  /**
   * At least three times `requestTimeoutMs`: one for a call that starts late, one for the call, one for a vendor that goes
   * on working after we gave up. Only then may another read back.
   */
  leaseMs: number
  requestTimeoutMs: number
  /** Pause between claims when there was nothing to do; `wake` cuts it short. */
  idleMs: number
  /** Waits between probes up to this long are spent holding the action; longer ones give it back. */
  probeHoldMs: number
  retryFirstMs: number
  retryMaxMs: number
  /** Applies of one action before a person must look. */
  attemptsMax: number
}
export const runnerLimits: RunnerLimits = {
  actionsAtOnceMax: 16,
  leaseMs: 30_000,
  requestTimeoutMs: 10_000,
  idleMs: 250,
  probeHoldMs: 2_000,
  retryFirstMs: 500,
  retryMaxMs: 60_000,
  attemptsMax: 5,
}

/** Throws where nothing that is known opens it any more. */
export type UndoSeal = { seal(plain: string, action: ActionId): string; open(sealed: string, action: ActionId): string }

export type RunnerOptions = {
  desk: ActionDesk
  /** Unique per process: two runners of one name would share a claim. */
  worker: string
  /** From the registry of connectors; undefined when no connector has this verb. */
  actionFor(connector: string, verb: string): ContainAction | undefined
  sourceFor(action: Action): SourceHandle | undefined | Promise<SourceHandle | undefined>
  /** The place that core names in a hand-over; undefined when its source is gone, or holds no such place. */
  placeFor?(action: Action): PlaceHandle | undefined | Promise<PlaceHandle | undefined>
  /** The contain credential, for this action only. */
  unseal(source: SourceId | null, action: Action): Promise<Readonly<Record<string, string>>>
  home: Home
  /** Of actions that say so, what undo needs leaves hands sealed; absent: none of those is applied. */
  undoSeal?: UndoSeal
  lent(credential: EntityId): string | undefined
  clock: Clock
  /** A number in [0, 1), for the jitter of retries. */
  unit: () => number
  limits?: Partial<RunnerLimits>
  paceOf?: (source: string) => SourcePace
  diagnose?: Diagnose
}
