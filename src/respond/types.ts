import type {
  Action,
  ActionId,
  Approval,
  EntityId,
  Exposure,
  FindingId,
  Impact,
  Incident,
  IncidentId,
  IncidentState,
  Interval,
  PeopleConsent,
  PeopleSet,
  Plan,
  Severity,
  Survivor,
  TenantId,
  Trigger,
  Trust,
  Window,
} from '#model'

import type { JoinReason } from './joining/reason.ts'
import type { Task } from './tasks.ts'
import type { Told } from './urgency.ts'

/** Exposure and plan from the same view; making them changes nothing. */
export type Assessment = { exposure: Exposure; plan: Plan }

export type OpenIncident = {
  tenant: TenantId
  title: string
  severity: Severity
  trigger: Trigger
  window: Window
  trust: Trust
  findings: FindingId[]
  /** What the finding names, beside the trigger. */
  about?: readonly EntityId[]
  /** Findings join over the estate; what a person opens joins only what is about the same trigger. */
  joins?: boolean
  /** Made only because there is an incident, which it therefore never names. */
  isDerived?: boolean
  /** The whole incident is to be contained for it. */
  wantsAll?: boolean
  /** What its rule says of urgency; null: found only because there is an incident. */
  told?: Told | null
  /** When the first finding was made, ms UTC; the time of opening stands in. */
  foundAtMs?: number
  /** Who asks for containment at once; the plan then starts in the command that opens the incident. */
  containBy?: string
  /** Bookmark of the consumer that read the findings; moves in the same command, so that none is handled twice or never. */
  cursor?: { consumer: string; offset: number }
}

/** Signed over canonical JSON of `approval` with the approver's enrolled key (Ed25519, base64url). */
export type SignedApproval = { approval: Approval; keyId: string; signature: string }

export type SignedPeopleConsent = { consent: PeopleConsent; keyId: string; signature: string }

/** The state of one incident, as screens and the CLI show it. Times in ms UTC. */
export type IncidentReport = {
  incident: Incident
  /** Set when another id was asked for: since when that incident is part of this one, and why. */
  asked?: { incident: IncidentId; foldedAtMs: number; says: string | null }
  /** Why findings are of this incident that are about something else, the newest last; absent when there are none. */
  joins?: Join[]
  assessment: Assessment | null
  actions: Action[]
  /** Dead, each with its proof. */
  dead: {
    credential: string
    action: ActionId
    proof: Action['proof']
    fromFindingMs: number | null
    fromApprovalMs: number | null
    fromApplyMs: number | null
  }[]
  survivors: Survivor[]
  /** What exposed credentials made and nobody has proven removed (identities, resources; never a credential). */
  descendantsLeft?: { entity: EntityId; why: string; next: string }[]
  approvals: { approver: string; atMs: number; method: string }[]
  /** What only people can do; done by their word, which is no proof. */
  tasks: Task[]
  /** Plain sentences: sources that were lacking and what therefore cannot be told. */
  blindSpots: string[]
  /** Whose data, as the estate knows it now: use goes on after a plan is made. Absent where the plan's own figures stand. */
  impactNow?: ImpactNow
}

export type ImpactNow = { asOf: number; impact: Impact }

/** A finding that came to an incident over the estate, or brought another (`incident`, as it was called then) to it. */
export type Join = { finding: FindingId; incident: IncidentId; atMs: number; says: string; reason: JoinReason }

/** Core's side of response: it decides and records; hands acts. */
export interface Responder {
  assess(tenant: TenantId, trigger: Trigger, window: Window, incident?: IncidentId): Promise<Assessment>
  /** Opens an incident with its intents, or joins the open one about the same trigger. */
  open(request: OpenIncident): Promise<Incident>
  list(tenant: TenantId, states?: readonly IncidentState[]): Incident[]
  report(tenant: TenantId, incident: IncidentId): Promise<IncidentReport>
  /** Makes the newest plan the incident's plan; steps at level 0 start, the others wait for approval. */
  contain(
    tenant: TenantId,
    incident: IncidentId,
    by: string,
  ): Promise<{ plan: Plan; started: ActionId[]; waiting: ActionId[] }>
  approve(
    tenant: TenantId,
    approval: SignedApproval,
  ): Promise<{ started: ActionId[]; stillWaiting: ActionId[]; approvalsMissing: number }>
  undo(tenant: TenantId, action: ActionId, by: string): Promise<Action>
  /** Of one incident, or of all that are not closed. */
  tasks(tenant: TenantId, incident: IncidentId | null): Task[]
  /** A person says that a task is done. Throws ERR_TASK_STATE. */
  taskDone(tenant: TenantId, action: ActionId, by: string, note: string): Promise<Task>
  /** Locators of the people of a set; keys in the systems of record, no name. */
  personsToNotify(
    tenant: TenantId,
    incident: IncidentId,
    set: PeopleSet,
  ): Promise<{ asOf: number; persons: EntityId[]; interval: Interval; blindSpots: string[] }>
  consentPeople(tenant: TenantId, signed: SignedPeopleConsent): Promise<{ missing: number }>
  /** Throws ERR_APPROVAL_MISSING. INVARIANT: called, and kept, before anybody is looked up. */
  beginPeople(tenant: TenantId, incident: IncidentId, people: PeopleSet, by: string, persons: number): Promise<void>
  endPeople(
    tenant: TenantId,
    incident: IncidentId,
    people: PeopleSet,
    counts: { named: number; missing: number; jurisdictions: number },
  ): Promise<void>
  /** One key stops all automation; running calls finish, nothing new starts. */
  stop(tenant: TenantId, by: string, reason: string): Promise<void>
  resume(tenant: TenantId, by: string): Promise<void>
  isStopped(tenant: TenantId): boolean
}

/** What hands asks core for, over the socket. All calls are idempotent by action key and fence. */
export interface ActionDesk {
  /** Claims up to `max` runnable actions under a lease; each comes with the fence that alone may write its outcome. */
  claim(worker: string, max: number, leaseMs: number): Promise<Action[]>
  /** Durable, with what undo needs, before the call goes out: after a crash this attempt is reconciled by read-back. */
  attempt(id: ActionId, fence: number, undoState: string | null): Promise<void>
  applied(id: ActionId, fence: number, says: string, undoState: string | null): Promise<void>
  probed(id: ActionId, fence: number, outcome: ProbeOutcome): Promise<void>
  failed(id: ActionId, fence: number, code: string, says: string, isFinal: boolean): Promise<void>
  /** `proof`: of what was lent, that it is gone. */
  undone(id: ActionId, fence: number, says: string, proof?: NonNullable<Action['proof']>): Promise<void>
  /** Actions whose attempt has no outcome and whose lease has run out: read back before anything else. */
  release(id: ActionId, fence: number, retryAfterMs: number): Promise<void>
}
export type ProbeOutcome =
  | { verdict: 'dead'; proof: NonNullable<Action['proof']> }
  | { verdict: 'alive' | 'unknown'; says: string; expiresAtMs: number | null; isFinal: boolean }
