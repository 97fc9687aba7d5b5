import type {
  Action,
  ActionId,
  EntityId,
  FindingId,
  Incident,
  IncidentId,
  PeopleSet,
  Proof,
  Severity,
  TenantId,
  Trigger,
  Trust,
  Window,
} from '#model'
import { command } from '#store'

import type { Claiming } from './claiming.ts'
import type { Naming } from './joining/naming.ts'
import type { JoinReason } from './joining/reason.ts'
import type { Anchor } from './joining/surroundings.ts'
import type { Told } from './urgency.ts'
import type { Assessment, ProbeOutcome, SignedApproval, SignedPeopleConsent } from './types.ts'

export const rungs = ['observe', 'recommend', 'ask', 'auto'] as const
export type Rung = (typeof rungs)[number]
/** Rollout of one verb of one connector for one population; `*` stands for everybody. */
export type LadderRung = { connector: string; verb: string; population: string; rung: Rung }

export type ProtectedWhy = 'break-glass' | 'own'
export type ProtectedEntity = { entity: EntityId; why: ProtectedWhy }

/** A change that gives automation or people more power: it waits, or two approvers sign it. */
export type Loosening =
  | { kind: 'ladder'; rung: LadderRung; from: Rung }
  | { kind: 'approver'; keyId: string; name: string }
  | { kind: 'unprotect'; entity: EntityId; why: ProtectedWhy }
export type PendingLoosening = {
  id: string
  loosening: Loosening
  askedBy: string
  askedAtMs: number
  effectiveAtMs: number
  consents: string[]
}
/** What an approver signs (canonical JSON) to let a loosening take effect before its wait is over. */
export type Consent = { loosening: string; approver: string; nonce: string; atMs: number }
export type SignedConsent = { consent: Consent; keyId: string; signature: string }

export type Approver = { name: string; keyId: string; method: string; state: 'pending' | 'active' | 'retired' }
export type Change = { effective: boolean; effectiveAtMs: number | null; loosening: string | null }

type Scope = { tenant: TenantId; atMs: number }
type By = Scope & { by: string }
type Fenced = { id: ActionId; fence: number; atMs: number; monoMs: number; boot: string }
export type StartResult = { started: ActionId[]; waiting: ActionId[] }
export type ApproveResult = { started: ActionId[]; stillWaiting: ActionId[]; approvalsMissing: number }

/** Also the way an assessment becomes the incident's plan; `start` false leaves its intents proposed. */
export type RecordPlan = By & {
  incident: IncidentId
  assessment: Assessment
  protectedTargets: ProtectedEntity[]
  start: boolean
  /** Steps that serve only what nobody asked to contain: planned, and not started by this. */
  held?: ActionId[]
}
export type RecordIncident = Scope & {
  id: IncidentId
  title: string
  severity: Severity
  trigger: Trigger
  window: Window
  trust: Trust
  findings: FindingId[]
  foundAtMs: number
  containBy: string | null
  /** Null: found only because there is an incident. Absent: nothing is known of its rule. */
  told?: Told | null
  cursor: { consumer: string; offset: number } | null
  naming: Naming
  /** What it names and what stands close to that: what later findings join by. */
  anchors: Anchor[]
  /** Incidents that it was found to be of, and why. */
  joins: { incident: IncidentId; reason: JoinReason }[]
  /** Where the caller saw it belong, null: a new incident; ERR_PLAN_STALE when that has changed. */
  place: { into: IncidentId | null; folds: IncidentId[] }
  /** The whole incident is to be contained for it, not only what it is about itself. */
  wantsAll: boolean
}

export const recordIncident = command<RecordIncident, Incident>('respond.record-incident')
export const recordPlan = command<RecordPlan, StartResult>('respond.record-plan')
export const closeIncident = command<By & { incident: IncidentId; reason: string }, null>('respond.close-incident')

export const approvePlan = command<Scope & { signed: SignedApproval }, ApproveResult>('respond.approve-plan')
export const enrollApprover = command<By & { name: string; publicKey: string; method: string; id: string }, Approver>(
  'respond.enroll-approver',
)
export const retireApprover = command<By & { keyId: string }, null>('respond.retire-approver')

export const stopAutomation = command<By & { reason: string }, null>('respond.stop-automation')
export const resumeAutomation = command<By, null>('respond.resume-automation')
export const setLadder = command<By & { rung: LadderRung; id: string }, Change>('respond.set-ladder')
export const protectEntity = command<By & ProtectedEntity, null>('respond.protect-entity')
export const unprotectEntity = command<By & { entity: EntityId; id: string }, Change>('respond.unprotect-entity')
export const consentLoosening = command<Scope & { signed: SignedConsent }, Change>('respond.consent-loosening')
export const cancelLoosening = command<By & { id: string }, null>('respond.cancel-loosening')
/** Lets loosenings whose wait is over take effect, all tenants. */
export const settleLoosenings = command<{ atMs: number }, { effective: string[] }>('respond.settle-loosenings')

export const claimActions = command<Claiming, Action[]>('respond.claim-actions')
export const refuseAction = command<Fenced & { code: string; says: string }, null>('respond.refuse-action')
export const attemptAction = command<Fenced & { undoState?: string | null }, null>('respond.attempt-action')
export const appliedAction = command<Fenced & { says: string; undoState: string | null }, null>(
  'respond.applied-action',
)
export const probedAction = command<Fenced & { outcome: ProbeOutcome }, null>('respond.probed-action')
export const failedAction = command<Fenced & { code: string; says: string; isFinal: boolean }, null>(
  'respond.failed-action',
)
/** `proof`: of what was lent, that it is gone. */
export const undoneAction = command<Fenced & { says: string; proof?: Proof | null }, null>('respond.undone-action')
export const releaseAction = command<Fenced & { retryAfterMs: number }, null>('respond.release-action')
/** A signature of one of the two; `missing`: how many more people must sign. */
export const consentPeople = command<Scope & { signed: SignedPeopleConsent }, { missing: number }>(
  'respond.consent-people',
)
/** Uses the signatures up, and keeps that it was asked for how many, before anybody is looked up. */
export const beginPeople = command<By & { incident: IncidentId; people: PeopleSet; persons: number }, null>(
  'respond.begin-people',
)
export const endPeople = command<
  Scope & { incident: IncidentId; people: PeopleSet; named: number; missing: number; jurisdictions: number },
  null
>('respond.end-people')
export const doneTask = command<By & { id: ActionId; note: string }, null>('respond.done-task')
export const askUndo = command<By & { id: ActionId }, Action & { resurrects: EntityId[] }>('respond.ask-undo')

/** After a restore: old fences die, and every open intent is read back before anything is sent again. */
export const raiseFenceEpoch = command<{ restore: string; atMs: number }, { fenceEpoch: number; toReconcile: number }>(
  'respond.raise-fence-epoch',
)
