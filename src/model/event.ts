import type { Id } from '#kit'

import type { EdgeStatement, Touch } from './edge.ts'
import type { EntityFact, EntityId } from './entity.ts'
import type { Severity } from './severity.ts'
import type { OcsfEvent } from './ocsf/event.ts'
import type { TenantId } from './tenant.ts'

export type EventId = Id<'evt'>
export type SourceId = string

/** A vendor's record as it arrived, after scrubbing, before the log gives it an offset. */
export type RawEvent = {
  id: EventId
  /** Stream of the connector it came from: `log`, `roles`, `report`. */
  stream: string
  /** Vendor's event time; null where the record has none (arrival time stands in). */
  eventAtMs: number | null
  /** The vendor's record, JSON text. Secrets in it are already fingerprints. */
  raw: string
  /** Set by intake when the sender's token is bound to one host or job: the event may speak about that alone. */
  boundTo?: EntityId
  /** Read out of the vendor's history, not as it happened: it teaches, and no response starts from it. */
  backfill?: true
}

/**
 * A stretch of a feed that was not read in order. `recovered`: read again from `fromMs` on, within what the vendor still
 * keeps; otherwise events between the two times may never have been seen, and every verdict over them says so.
 */
export type Gap = {
  fromMs: number
  toMs: number
  reason: 'cursor-expired' | 'beyond-history' | 'vendor-said' | 'file-gone' | 'object-lost' | 'not-notified'
  recovered: boolean
}

/** Streams with this prefix are Cordon's own words about a source; nobody can push into them. */
export const ownStreamPrefix = 'cordon.'
/** Stream of gap records: `{stream, gap}`. */
export const gapStream = `${ownStreamPrefix}gap`

/** An event in the log. `offset` is its place in the tenant's one total order, from 1, without holes. */
export type LoggedEvent = RawEvent & {
  tenant: TenantId
  offset: number
  source: SourceId
  arrivedAtMs: number
}

/** What a connector's pure `normalize` makes of one raw event. */
export type Normalized = {
  ocsf: OcsfEvent[]
  edges: EdgeStatement[]
  touches: Touch[]
  facts: EntityFact[]
  /** Whose data a resource holds; `complete` replaces the whole set, otherwise it adds. */
  people?: PeopleStatement[]
  /** Set for records of snapshot streams: edges of earlier snapshots not stated again close once `complete` arrived. */
  /** `scope`: a source with many hosts or projects snapshots each apart; only edges stated under the same scope close. */
  /** `allPeople`: once it is whole, a resource that it named nobody of holds nobody, as far as this source says. */
  snapshot?: { id: string; part: number; complete: boolean; takenAtMs: number; scope?: string; allPeople?: true }
  /** What the source says befell somebody, in its own judgement: the basis of findings that rest on another's word. */
  signals?: SignalStatement[]
  /**
   * Who acted and with what, the narrower first, of an event of which nothing else may be stated: what was refused, only looked
   * at, or told by the vendor of somebody. What a rule finds in it is about them.
   */
  actors?: EntityId[]
  /** Acts that the vendor refused because somebody has no right to the thing; not for a wrong password, or a lock. */
  refusals?: Refusal[]
  /** Set when the record's type is unknown to the connector: mapped to the base event and counted as debt. */
  unmapped?: string
}

/**
 * One logged event after projection: what the estate, detection and the log's readers share. `unmapped` is set when the
 * connector does not know the record or failed on it; the event itself stays in the log either way.
 */
export type ProjectionItem = Normalized & {
  offset: number
  event: EventId
  source: SourceId
  stream: string
  eventAtMs: number | null
  arrivedAtMs: number
  backfill?: true
  /** Of a gap record: which stream, and what it missed. */
  gap?: Gap & { of: string }
}

/** Person ids are the system of record's own keys, never names or addresses. */
export type PeopleStatement = {
  resource: EntityId
  complete: boolean
  persons: { person: EntityId; customer: EntityId | null }[]
}

/** Whom a signal is about: by id, or by a dated attribute of an identity of one realm, looked up where the estate is. */
export type SubjectRef = { entity: EntityId } | { find: { authority: string; attribute: 'email'; value: string } }

/**
 * A sender's word that an account or credential may be in other hands. `subjects` are names of the same being. `title`
 * holds no name or address.
 */
export type SignalStatement = {
  /** What was said, short: `credential-compromise`. */
  what: string
  severity: Severity
  title: string
  subjects: SubjectRef[]
  atMs: number
}

/** Somebody was refused at a thing for want of a right. */
export type Refusal = { identity: EntityId; resource: EntityId; atMs: number }

export const nothingNormalized = (): Normalized => ({ ocsf: [], edges: [], touches: [], facts: [] })
