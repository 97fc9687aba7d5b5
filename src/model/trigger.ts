import type { Id } from '#kit'

import type { EntityId } from './entity.ts'

/** How far a statement is believed: by whom could it have been forged? */
export type Trust = {
  /** `person` an authenticated user said so · `vendor` the vendor's own log · `host` an agent on a host the attacker may own. */
  origin: 'person' | 'vendor' | 'host'
  /** Sources the finding rests on. */
  sources: string[]
  /** Set when every one of those sources can be written from inside the exposed scope: automatic steps stay inside it. */
  confinedTo: EntityId[] | null
}

/** What went bad. Every trigger takes the same path: exposure → plan → run → proof. */
export type Trigger =
  | { kind: 'artefact'; purl: string; versions: string[] }
  | { kind: 'host'; host: EntityId }
  | { kind: 'credential'; credential: EntityId }
  | { kind: 'identity'; identity: EntityId }
  | { kind: 'app'; app: EntityId }
  /** Something was done to a thing, or somewhere in a realm (`resource:REALM:realm`), and no source says by whom: people look. */
  | { kind: 'resource'; resource: EntityId }
  /** People whose work here is over, each with their accounts: nothing was stolen, and all of theirs must die. */
  | { kind: 'offboarding'; people: OffboardedPerson[] }
  /** Weak things of one kind, before anything happened: to each its own fix, and no more. */
  | { kind: 'weakness'; weakness: string; things: WeakThing[] }
  /**
   * Somebody asks that a vendor have no access for a while, or none to one data class: what is done can be put back, unless
   * `forGood` lets what cannot be.
   */
  | { kind: 'pause'; vendor: EntityId; class: EntityId | null; things: MendedThing[]; forGood: boolean }
  /**
   * Rights that nobody uses: nothing went bad, and each is taken so that it can be given back, but for what somebody wanted
   * ended for good.
   */
  | { kind: 'trim'; memberships: UnusedMembership[]; stage: TrimStage }
  /** A right that somebody is given for a time: nothing went bad, and the end of it is the undo of what gave it. */
  | { kind: 'lease'; lease: Lease }

export type OffboardedPerson = { person: EntityId; accounts: EntityId[] }
/** `task`: a person does it, since no vendor lets a program. */
export const mendings = ['revoke', 'disable', 'remove', 'task'] as const
/** `does`: what is done to it, in a plain sentence. `owner`: who answers for the thing, where a source says so. */
export type MendedThing = {
  target: EntityId
  mending: (typeof mendings)[number]
  does: string
  owner: EntityId | null
}
export type WeakThing = MendedThing & { finding: Id<'fnd'> }
/** Things that somebody switches off, ends or leaves to a person, each by itself. */
export type MendingTrigger = Extract<Trigger, { kind: 'weakness' | 'pause' }>
export const isMending = (trigger: Trigger): trigger is MendingTrigger =>
  trigger.kind === 'weakness' || trigger.kind === 'pause'
/** Weak things of one incident, or things of a pause; more are several, each with an approval of its own. */
export const weakThingsMax = 500

/** People of one incident; more are several, each with an approval of its own. */
export const offboardedPeopleMax = 250

/**
 * `right`: the proposal's id. `group`: the group or role, or the thing that `member` was given something on; `takes`: what an
 * action acts on to take it. `forGood`: a grant that `member` gave the app `group`; it is ended, and nothing gives it back.
 */
export type UnusedMembership = {
  right: `trm_${string}`
  member: EntityId
  group: EntityId
  takes: EntityId
  forGood?: true
}
/** Rights taken in one stage. */
export const trimmedMembershipsMax = 100
/**
 * One stage of a trim. `waitMs`: so long nothing further is taken, and it is watched who is refused. `most`: so many may be
 * wanted back, as was stated beforehand; more, and people decide how to go on. Null: nothing could be stated.
 */
export type TrimStage = { number: number; waitMs: number; most: number | null }

/**
 * `gives`: what an action acts on to give `thing` to `member`. `forMs` counts from the moment the action starts. `notBy`: names,
 * in small letters, whose approval counts for nothing: who asked, and every name of whom it is for.
 */
export type Lease = {
  id: Id<'lse'>
  member: EntityId
  thing: EntityId
  gives: EntityId
  forMs: number
  why: string
  askedBy: string
  notBy: string[]
}

export const leaseStates = [
  'asked',
  'granting',
  'held',
  'ending',
  'ended',
  'survivor',
  'failed',
  'refused',
  'withdrawn',
] as const
/**
 * `asked`: waits for approvals. `survivor`: its end came, and nothing proves that it is gone. `failed`: it never came to
 * stand. `refused`: no approval is enough by policy, or no source can give it. `withdrawn`: ended before it began.
 */
export type LeaseState = (typeof leaseStates)[number]

export type ReviewId = Id<'rev'>

/** Milliseconds UTC, inclusive; `toMs` null means "until now". */
export type Window = { fromMs: number; toMs: number | null }

/** One thing that went bad, and when. */
export type Scope = { trigger: Trigger; window: Window }
