import type { EntityId } from './entity.ts'
import type { SourceId } from './event.ts'
import type { IncidentId } from './finding.ts'
import type { ActionId, Phase, ProofKind } from './plan.ts'
import type { TenantId } from './tenant.ts'

export const actionStates = [
  'proposed',
  'awaiting-approval',
  'approved',
  'executing',
  'applied',
  'probing',
  'contained',
  'failed',
  'unknown',
  'undo-executing',
  'undone',
] as const
export type ActionState = (typeof actionStates)[number]

/** What hands must do next with an action they claimed. `reconcile`: an attempt has no outcome, so read back first. */
export const errands = ['apply', 'reconcile', 'probe', 'recheck', 'undo', 'undo-reconcile'] as const
export type Errand = (typeof errands)[number]

export type Action = {
  id: ActionId
  tenant: TenantId
  incident: IncidentId
  plan: string
  phase: Phase
  source: SourceId | null
  /** Of a hand-over: the source whose contain credential writes at the place. */
  placeSource?: SourceId
  connector: string
  verb: string
  target: EntityId
  serves: EntityId[]
  generation: number
  state: ActionState
  /** Times in ms UTC; null until reached. */
  proposedAtMs: number
  approvedAtMs: number | null
  appliedAtMs: number | null
  provenAtMs: number | null
  proof: Proof | null
  attempts: number
  /** Fencing token of the claim that may write; rises with each claim. */
  fence: number
  lastError: string | null
  /** Opaque to all but the connector: what undo needs. Never a secret. */
  undoState: string | null
  /** Of a lease: when the right ends, ms UTC; known from the start of the action on. */
  untilMs?: number
  /** Set on claimed actions only. */
  errand?: Errand
}

/** Why a credential is called dead, or why it is not. */
export type Proof = {
  kind: ProofKind
  atMs: number
  /** Plain sentence: what was tried and what answered. */
  says: string
  /** Regions or replicas that refused. */
  where: string[]
}

/** A credential not proven dead. `quiet`: no use seen since; evidence, not proof. */
export type Survivor = {
  credential: EntityId
  why: string
  next: string
  owner: EntityId | null
  quiet: boolean
  /** When it dies by itself; null when it does not or is not known. */
  expiresAtMs: number | null
}
