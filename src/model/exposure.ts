import type { CredentialKind, EntityId } from './entity.ts'
import type { EdgeType, TouchVerb } from './edge.ts'
import type { IncidentId } from './finding.ts'
import type { Scope, Trigger, UnusedMembership, Window } from './trigger.ts'

/** One step of a reason: this edge led here. `evidence` is a log offset. */
export type ReasonStep = {
  src: EntityId
  type: EdgeType
  dst: EntityId
  validFrom: number
  validTo: number | null
  evidence: number
}

/** How a credential came into the set. */
export type ExposureRole = 'readable' | 'session' | 'descendant' | 'trigger'

export type ExposedCredential = {
  credential: EntityId
  kind: CredentialKind
  /** Identity it logs in as, where known. */
  identity: EntityId | null
  role: ExposureRole
  /** From when on the attacker could hold it, seconds UTC: what was issued before this must die. */
  epoch: number
  /** Path from the trigger, first step first; empty for the trigger itself. */
  reason: ReasonStep[]
  /** True when the path crosses a conditional edge only: shown apart, never acted on by itself. */
  conditional: boolean
  /** Other names of the same credential (its fingerprint), joined by asserted SAME_AS; absent when there are none. */
  aliases?: EntityId[]
  /** Milliseconds UTC at which its own authority said it ended (signed out, deleted); absent while it stands. */
  endedAtMs?: number
  /** Of an offboarding: what works by this credential. It is handed over first, never killed blindly. */
  usedBy?: EntityId[]
}

/**
 * Of a trim: a membership that is to end. A refusal of one of `holders` at one of `opens` is the use that was not foreseen;
 * null: more than could be listed, and any refusal in that authority counts.
 */
export type TrimmedMembership = UnusedMembership & {
  holders: EntityId[] | null
  opens: EntityId[] | null
  epoch: number
}

/** Of an offboarding: an account that must not sign in any more, and what it leaves behind for others to answer for. */
export type LeavingAccount = {
  account: EntityId
  person: EntityId
  epoch: number
  /** What works by the account, itself or by a credential of its own; with any, nothing is done to the account itself. */
  usedBy: EntityId[]
  /** Apps, services and machines that answer to it. */
  owns: EntityId[]
}

/** Other things an exposed credential made: identities, resources (workflow files, nodes), to be removed too. */
export type Descendant = { entity: EntityId; epoch: number; reason: ReasonStep[] }

export type TouchedResource = {
  resource: EntityId
  verbs: TouchVerb[]
  firstAtMs: number
  lastAtMs: number
  /** Sum of records the source stated; null when it stated none. */
  records: number | null
  by: EntityId[]
  evidence: number[]
}

/** Four sets, never merged. `unknown` is reachable where the source does not log that kind of act. */
export type Impact = {
  couldReach: { resource: EntityId; reason: ReasonStep[] }[]
  didTouch: TouchedResource[]
  didChange: TouchedResource[]
  unknown: { resource: EntityId; why: string }[]
  people: PeopleImpact
  customers: CustomerImpact[]
  /** Sources that were lacking, and what therefore cannot be told. */
  blindSpots: string[]
}

/** Whose contacts a notice may ask for: the people behind one of the sets. */
export const peopleSets = ['couldReach', 'didTouch', 'didChange', 'unknown'] as const
export type PeopleSet = (typeof peopleSets)[number]

/** What each of two people signs (canonical JSON) before `requester` is given who the people of a set are. */
export type PeopleConsent = {
  incident: IncidentId
  people: PeopleSet
  requester: string
  approver: string
  nonce: string
  atMs: number
  expiresAtMs: number
}

/** Counts of distinct people; exact when `atLeast` = `atMost`. */
export type Interval = { atLeast: number; atMost: number }
export type PeopleImpact = { couldReach: Interval; didTouch: Interval; didChange: Interval; unknown: Interval }
export type CustomerImpact = {
  customer: EntityId
  couldReach: boolean
  didTouch: boolean
  didChange: boolean
  unknown: boolean
  people: Interval
}

export type Exposure = {
  trigger: Trigger
  window: Window
  /** What else the incident is about; its exposure is in the sets, too. */
  further?: Scope[]
  /** Log offset the estate stood at: the same view and trigger give the same exposure. */
  asOf: number
  /** A machine each; `sameAs`: the names other sources give it, joined by its hardware. */
  hosts: { host: EntityId; since: number; reason: ReasonStep[]; sameAs?: EntityId[] }[]
  credentials: ExposedCredential[]
  descendants: Descendant[]
  /** Of an offboarding alone. */
  accounts?: LeavingAccount[]
  /** Of a trim alone. */
  trimmed?: TrimmedMembership[]
  impact: Impact
  /** Set when the walk met its bound: what lies beyond is not in the sets, and `impact.blindSpots` says so. */
  truncated?: true
}
