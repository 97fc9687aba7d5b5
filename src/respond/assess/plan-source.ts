import type { SourceId } from '#model'
import type { StepRequest } from '#policy'
import type { ContainAction, PlannedPlace } from '#respond/contract'

export type Ladder = StepRequest['ladder']
/** The pure part of an action: all that planning needs. */
export type PlanAction = Pick<
  ContainAction,
  | 'verb'
  | 'phase'
  | 'title'
  | 'targetFor'
  | 'takesRight'
  | 'lends'
  | 'authorityFor'
  | 'scopes'
  | 'proofs'
  | 'preview'
  | 'needsPlace'
>
/** A configured source with a contain credential, and what its connector can do. */
export type PlanSource = {
  source: SourceId
  connector: string
  connectorVersion: number
  authority: string
  actions: readonly PlanAction[]
  /** Where successors may be written with its contain credential. */
  places?: readonly PlannedPlace[]
  ladder: Ladder
  /** Rollout of single verbs, where it differs. */
  ladderByVerb?: Readonly<Record<string, Ladder>>
}
