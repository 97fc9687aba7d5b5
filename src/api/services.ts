import type { Bell, Clock, JsonObject, RandomBytes } from '#kit'
import type { EntityId, IncidentId, PeopleSet, Receipt, TenantId } from '#model'
import type { Command, Reader, Writer } from '#store'
import type { EventLog } from '#log'
import type { EstateView } from '#estate'
import type { Ledger } from '#ledger'
import type { Policy, Principal } from '#policy'
import type { ResponseCore } from '#respond'
import type { Scim } from '#scim'
import type { StreamApi } from '#signals'

import type { BodyOf, QueryOf, ResponseOf } from './contract/index.ts'

export type ReceiptOf = (what: string, facts: Receipt['facts'], sealed: Receipt['sealed']) => Command<unknown>

/** What core hands to the API. Everything is the stage's own interface, or a narrow one named here. */
export type ApiServices = {
  tenant: TenantId
  version: string
  clock: Clock
  random: RandomBytes
  writer: Writer
  /** A leaf for the ledger: part of the submission of the change it speaks of. People and names are sealed. */
  receipt: ReceiptOf
  reader: Reader
  log: EventLog
  ledger: Ledger
  ledgerPublicKey: string
  policy: Policy
  policies: { id: string; text: string }[]
  responder: ResponseCore
  view(): Promise<EstateView>
  bell: Bell
  sources: SourceDesk
  keys: KeyDesk
  people: PeopleDesk
  identities: IdentityDesk
  posture: PostureDesk
  access: AccessDesk
  leases: LeaseDesk
  reviews: ReviewDesk
  controls: ControlDesk
  reports: ReportDesk
  vendors: VendorDesk
  behaviour: BehaviourAsking
  scim: Scim
  signals: SignalDesk
  lend(incident: IncidentId, values: string[]): Promise<{ matched: EntityId[]; unmatched: number }>
  /** Throws ERR_APPROVAL_MISSING unless two people have signed. What it answers is kept nowhere. */
  exportPeople(incident: IncidentId, people: PeopleSet, by: string): Promise<ResponseOf<'people.export'>>
  approvers: {
    list(): ResponseOf<'approver.list'>['approvers']
    enroll(name: string, publicKey: string, by: string): Promise<string>
  }
  ladder: {
    list(): ResponseOf<'automation.show'>['ladder']
    set(rung: BodyOf<'ladder.set'>, by: string): Promise<ResponseOf<'ladder.set'>>
  }
  reporter: { file: string; text: string; sha256: string }
  health(): ResponseOf<'system.health'>
  backtests: BacktestDesk
  /** Rules are read anew before the next event. */
  reloadRules(): void
  /** Called once, when the first administrator exists: the bootstrap token dies. */
  endBootstrap(): void
  /** Free text without the secrets somebody may have pasted into it. */
  scrub(text: string): string
}

export type HookAnswer = ResponseOf<'event.receive'>
/** A webhook whose headers are good; `take` reads the body, and answers once its events are on disk. */
export type OpenHook = { take(body: Uint8Array, contentType: string | undefined): Promise<HookAnswer> }

export interface SourceDesk {
  list(): ResponseOf<'source.list'>['sources']
  /** `host`: what the caller calls this Cordon, for addresses that others shall call. */
  add(body: BodyOf<'source.add'>, by: string, host?: string): Promise<ResponseOf<'source.add'>>
  check(source: string): Promise<ResponseOf<'source.check'>>
  remove(source: string, by: string): Promise<void>
  show(source: string): ResponseOf<'source.show'>
  role(of: BodyOf<'source.role'>): ResponseOf<'source.role'>
  rotate(source: string, body: BodyOf<'source.rotate'>, by: string, host?: string): Promise<ResponseOf<'source.rotate'>>
  backfill(source: string, body: BodyOf<'source.backfill'>, by: string): Promise<ResponseOf<'source.backfill'>>
  /** Every credential this Cordon holds, and what it is good for. */
  held(): ResponseOf<'recall.self'>['sources']
  createIngestToken(
    source: string,
    binding: BodyOf<'ingest-token.create'>,
    by: string,
  ): Promise<{ id: string; token: string }>
  /** The source a token may write to, or undefined. */
  verifyIngestToken(token: string): { source: string; principal: Principal; host: string | null } | undefined
  /** Throws ERR_INTAKE_SIGNATURE for all that cannot be a call of a webhook of that source. */
  openHook(source: string, header: (name: string) => string | undefined): Promise<OpenHook>
  ingest(upload: {
    source: string
    stream: string
    partial: QueryOf<'event.ingest'>['partial']
    batch: string | undefined
    bytes: Uint8Array
    encoding: string | undefined
    contentType: string | undefined
    token: { host: string | null } | null
  }): Promise<ResponseOf<'event.ingest'>>
  /** What a vendor pushes and signs. Resolves once it is on disk; throws ERR_VENDOR_DELIVERY for what is not its word. */
  receive(source: string, delivery: { contentType: string | null; text: string }): Promise<void>
}

/** Shared Signals to others; all of it throws ERR_SIGNAL_OFF where it is not configured. `owner`: the receiver's user. */
export interface SignalDesk {
  metadata(): JsonObject
  keySet(): JsonObject
  streams: Omit<StreamApi, 'need' | 'noteVerification'>
  poll(owner: string, stream: string, value: unknown): Promise<{ sets: Record<string, string>; moreAvailable: boolean }>
  verify(owner: string, value: unknown): Promise<void>
  /** A user is gone, and with it whom it was told. Works where nothing is configured, too. */
  removalsOf(owner: string): Command<unknown>[]
  /** The id of the new key. */
  rotateKey(by: string): Promise<string>
  show(): ResponseOf<'signal.show'>
}

/** Who works here, as registers of people say, and what is theirs. Named people must be one each: ERR_PEOPLE_UNKNOWN. */
export interface PeopleDesk {
  list(query: QueryOf<'people.list'>): Promise<ResponseOf<'people.list'>>
  ended(): Promise<ResponseOf<'people.ended'>>
  show(person: string): Promise<ResponseOf<'people.show'>>
  offboard(body: BodyOf<'people.offboard'>, by: string): Promise<ResponseOf<'people.offboard'>>
  /** A held export of that very content is taken at the next look. */
  believe(source: string, digest: string, by: string): Promise<void>
}

/** Who and what acts here, and who answers for it. Names as in `AccessDesk`; who cannot own: ERR_IDENTITY_OWNER. */
export interface IdentityDesk {
  list(query: QueryOf<'identity.list'>): Promise<ResponseOf<'identity.list'>>
  show(identity: string): Promise<ResponseOf<'identity.show'>>
  own(body: BodyOf<'identity.own'>, by: string): Promise<ResponseOf<'identity.own'>>
  /** `onlyLikely`: nothing where nobody could know; it would be a task without a name. */
  ask(body: BodyOf<'identity.ask'>, by: string, onlyLikely?: boolean): Promise<ResponseOf<'identity.ask'>>
}

/** Rules over the past, one look at a time; the newest is kept until the next begins. */
export interface BacktestDesk {
  /** ERR_API_BUSY while one runs. */
  start(body: BodyOf<'backtest.start'>): ResponseOf<'backtest.start'>
  show(): ResponseOf<'backtest.show'> | undefined
  /** False: none runs. */
  stop(): boolean
}

/** What is weak in the estate, and what of it somebody answers for. Unknown kinds and ids: ERR_POSTURE_UNKNOWN. */
export interface PostureDesk {
  list(query: QueryOf<'posture.list'>): Promise<ResponseOf<'posture.list'>>
  show(finding: string): Promise<ResponseOf<'posture.show'>>
  kinds(): Promise<ResponseOf<'posture.kinds'>>
  /** Of an excepted finding that is named: ERR_POSTURE_EXCEPTED. */
  fix(body: BodyOf<'posture.fix'>, by: string): Promise<ResponseOf<'posture.fix'>>
  exceptions(query: QueryOf<'posture.exceptions'>): Promise<ResponseOf<'posture.exceptions'>>
  except(finding: string, body: BodyOf<'posture.except'>, by: string): Promise<ResponseOf<'posture.except'>>
  unexcept(finding: string, by: string): Promise<void>
}

/** Apps and vendors, and what people said of them. Unknown: ERR_VENDOR_UNKNOWN; several of one name: ERR_VENDOR_AMBIGUOUS. */
export interface VendorDesk {
  list(query: QueryOf<'vendor.list'>): Promise<ResponseOf<'vendor.list'>>
  show(query: QueryOf<'vendor.show'>): Promise<ResponseOf<'vendor.show'>>
  name(body: BodyOf<'vendor.name'>, by: string): Promise<ResponseOf<'vendor.name'>>
  claims(query: QueryOf<'vendor.claims'>): Promise<ResponseOf<'vendor.claims'>>
  /** ERR_VENDOR_CLAIM where it has run out, or would hold for longer than any may. */
  claim(body: BodyOf<'vendor.claim'>, by: string): Promise<ResponseOf<'vendor.claim'>>
  withdraw(claim: number, by: string): Promise<void>
  /** ERR_VENDOR_STATE where it is paused already, or nothing of it could be. */
  pause(body: BodyOf<'vendor.pause'>, by: string): Promise<ResponseOf<'vendor.pause'>>
  /** ERR_VENDOR_STATE where it is not paused. */
  resume(body: BodyOf<'vendor.resume'>, by: string): Promise<ResponseOf<'vendor.resume'>>
}

/**
 * Who can read what, and what somebody can reach. Names nobody knows: ERR_ACCESS_UNKNOWN; names of several things:
 * ERR_ACCESS_AMBIGUOUS; times to come: ERR_ACCESS_TIME. More rights than can be held at once: ERR_TRIM_TOO_MANY.
 */
export interface AccessDesk {
  readers(query: QueryOf<'access.readers'>): Promise<ResponseOf<'access.readers'>>
  reach(query: QueryOf<'access.reach'>): Promise<ResponseOf<'access.reach'>>
  gaps(query: QueryOf<'access.gaps'>): Promise<ResponseOf<'access.gaps'>>
  trim(query: QueryOf<'access.trim'>): Promise<ResponseOf<'access.trim'>>
  /** Unknown proposals, and what cannot be given back: ERR_TRIM_UNKNOWN. While an earlier stage is not over: ERR_TRIM_STAGE. */
  trimStage(body: BodyOf<'access.trim-stage'>, by: string): Promise<ResponseOf<'access.trim-stage'>>
  giveBack(right: string, by: string): Promise<ResponseOf<'access.give-back'>>
}

/**
 * Rights for a time. Unknown names as in `AccessDesk`; what nothing lends: ERR_LEASE_UNLEASABLE; what somebody has anyway:
 * ERR_LEASE_HELD; break-glass and Cordon's own: ERR_LEASE_PROTECTED; too long or too many: ERR_LEASE_TERM, ERR_LEASE_FULL.
 */
export interface LeaseDesk {
  ask(body: BodyOf<'lease.ask'>, by: string): Promise<ResponseOf<'lease.ask'>>
  list(query: QueryOf<'lease.list'>): Promise<ResponseOf<'lease.list'>>
  show(lease: string): Promise<ResponseOf<'lease.show'>>
  /** One that is over already: ERR_LEASE_STATE. */
  end(lease: string, reason: string, by: string): Promise<ResponseOf<'lease.end'>>
}

/**
 * People decide who keeps which right. Unknown names as in `AccessDesk`; nobody to decide: ERR_REVIEW_REVIEWER; one's own:
 * ERR_REVIEW_OWN; what is closed: ERR_REVIEW_STATE.
 */
export interface ReviewDesk {
  open(body: BodyOf<'review.open'>, by: string): Promise<ResponseOf<'review.open'>>
  list(query: QueryOf<'review.list'>): ResponseOf<'review.list'>
  show(review: string, query: QueryOf<'review.show'>, by: string): ResponseOf<'review.show'>
  decide(review: string, body: BodyOf<'review.decide'>, by: string): Promise<ResponseOf<'review.decide'>>
  remind(review: string, by: string): Promise<ResponseOf<'review.remind'>>
  close(review: string, by: string): Promise<ResponseOf<'review.close'>>
}

/** Pages for people outside. What does not fit together: ERR_REPORT_ASKED. Names as in `AccessDesk`. */
export interface ReportDesk {
  report(query: QueryOf<'report.make'>): Promise<ResponseOf<'report.make'>>
  answer(query: QueryOf<'answer.make'>): Promise<ResponseOf<'answer.make'>>
}

/** What frameworks ask, and how it stands here. Unknown names: ERR_CONTROL_UNKNOWN. */
export interface ControlDesk {
  list(query: QueryOf<'control.list'>): Promise<ResponseOf<'control.list'>>
  show(query: QueryOf<'control.show'>): Promise<ResponseOf<'control.show'>>
  history(query: QueryOf<'control.history'>): ResponseOf<'control.history'>
}

/** What actors usually do, and how they stand out. Names as in `AccessDesk`. */
export interface BehaviourAsking {
  list(query: QueryOf<'behaviour.list'>): Promise<ResponseOf<'behaviour.list'>>
  show(query: QueryOf<'behaviour.show'>): Promise<ResponseOf<'behaviour.show'>>
}

export interface KeyDesk {
  list(): ResponseOf<'key.list'>['keys']
  issue(owner: string): Promise<{ id: string; token: string }>
  verify(token: string): Promise<ResponseOf<'key.verify'>>
  kill(key: string): Promise<void>
}
