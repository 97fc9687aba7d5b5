import type { Id } from '#kit'

import type { EntityId } from './entity.ts'
import type { IncidentId } from './finding.ts'
import type { TenantId } from './tenant.ts'
import type { SourceId } from './event.ts'

/** In the order in which they run; inside a phase steps run in parallel under each vendor's limits. */
export const phases = [
  'isolate',
  'deny',
  'hand-over',
  'revoke',
  'end-sessions',
  'uninstall',
  'remove-descendants',
  'release',
] as const
export type Phase = (typeof phases)[number]

/** Strongest first. Silence in the logs is evidence, never proof. */
export const proofKinds = ['probed', 'introspected', 'read-back', 'expired'] as const
export type ProofKind = (typeof proofKinds)[number]

export type ActionId = Id<'act'>

/** What a step will do, as the connector's pure `preview` states it before anything happens. */
export type StepPreview = {
  /** Plain sentences: what happens, to whom. */
  effects: string[]
  reversible: boolean
  /** How long an undo works; null when for ever or not at all. */
  undoWithinMs: number | null
  /** How long something may stay alive after a success; 0 when nothing does; null when the vendor does not say. */
  residualMs: number | null
  scopes: string[]
  proofs: ProofKind[]
  /** Of a lease: so long the right is given. Undo ends it before, and then. */
  lentForMs?: number
  /** Of a task for a person: whose it is, where a source names them. */
  owner?: EntityId
}

export type PlanStep = {
  /** H(tenant, authority, verb, canonical target id, generation): the cause is not in it, so a second incident joins the action. */
  key: Id<'act'>
  phase: Phase
  source: SourceId | null
  /** Of a hand-over: the source that holds the place, whose contain credential the step needs beside that of `source`. */
  placeSource?: SourceId
  connector: string
  /** `vendor.noun.verb`, stable for ever; `manual.task` where no connector can act. */
  verb: string
  target: EntityId
  /** Credentials whose death this step serves. */
  serves: EntityId[]
  generation: number
  preview: StepPreview
  /** Identities, hosts and people cut off, from DEPENDS_ON and real use. */
  cutsOff: EntityId[]
  /** Approvals needed: 0 runs by itself, null = policy never allows it. */
  level: 0 | 1 | 2 | null
  /** Why that level: ids of deciding policies, or the rule in code that stands before policy. */
  decidedBy: string[]
}

export type Plan = {
  /** SHA-256 (hex) over the canonical JSON of everything else in the plan. */
  hash: string
  tenant: TenantId
  incident: IncidentId | null
  /** Inputs that make it reproducible. */
  inputs: { asOf: number; policyVersion: string; connectorVersions: Record<string, number>; epoch: number }
  steps: PlanStep[]
  /** Credentials no step can kill, with the next step for a person. */
  survivorsForeseen: { credential: EntityId; why: string; next: string }[]
}

/** What an approver's key signs (canonical JSON). Amendments inside the envelope run; anything outside asks for the difference. */
export type Approval = {
  plan: string
  incident: IncidentId
  approver: string
  envelope: { verbs: string[]; connectors: string[]; furtherTargetsMax: number; expiresAtMs: number }
  nonce: string
  atMs: number
}
