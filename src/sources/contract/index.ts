import type { z } from 'zod'

import type { Clock, Diagnose, Http, Json } from '#kit'
import type { Normalized, SourceId, TouchVerb } from '#model'

/** Unsealed, for the pull or action in hand; never kept. Names are the connector's own (`password`, `clientSecret`). */
export type Secrets = Readonly<Record<string, string>>

/** What this source can see on this plan and scope. What it cannot see is said in every verdict. */
export type Coverage = {
  sees: ('identities' | 'grants' | 'resources' | 'sessions' | 'reads' | 'writes' | 'admin' | 'logins')[]
  /** Verbs logged per resource; a reachable resource whose reads are not logged is "unknown", not "untouched". */
  logged: TouchVerb[]
  /** Plain sentences. */
  blind: string[]
}

export type StreamEvent = {
  /** The vendor's own immutable event id, or file and offset. */
  native: string
  eventAtMs: number | null
  raw: Json
}

/** Events and the cursor behind them are committed together. */
export type Page = { events: StreamEvent[]; cursor: string | null }

export type PullContext<Config> = {
  config: Config
  see: Secrets
  http: Http
  clock: Clock
  signal: AbortSignal
  diagnose: Diagnose
}

/**
 * `snapshot`: all there is, each time; its records are `SnapshotPart`s and only a complete one closes edges.
 * `feed`: events from a cursor on, at least once.
 */
export type Stream<Config> = {
  name: string
  kind: 'snapshot' | 'feed'
  /** Time from the act until this stream shows it, expected and at worst. */
  delayMs: { typical: number; worst: number }
  everyMs: number
  pull(context: PullContext<Config>, cursor: string | null): AsyncIterable<Page>
}

/** Raw form of a snapshot record. `part` counts from 0; edges stated by earlier snapshots and absent here close at `takenAtMs` once `complete` arrived. */
export type SnapshotPart = { snapshot: { id: string; part: number; complete: boolean; takenAtMs: number }; rows: Json }

export type NormalizeInput = {
  stream: string
  raw: Json
  eventAtMs: number | null
  arrivedAtMs: number
  source: SourceId
  authority: string
}

/** Who one person is, as their system of record says now. `elements`: what is held about them, by name of the field. */
export type ResolvedPerson = {
  person: string
  name: string | null
  contact: string | null
  /** State or country. */
  jurisdiction: string | null
  elements: string[]
}

/** One vendor, one folder: this value is its `index.ts`. Adding one touches no other file but `app/registry.ts`. */
export type Connector<Config = unknown> = {
  /** Folder name. */
  id: string
  /** Rises when `normalize` gives other results: projections are then recomputed. */
  version: number
  title: string
  config: z.ZodType<Config>
  /** Names of secrets: to look, and to act. */
  secrets: { see: readonly string[]; contain: readonly string[] }
  streams: readonly Stream<Config>[]
  coverage(config: Config): Coverage
  /** Asks the vendor who it is: the authority in entity ids, and what is missing or excessive. Throws CordonError when it cannot be reached. */
  check(
    context: PullContext<Config>,
  ): Promise<{ authority: string; missing: string[]; excess: string[]; says: string[] }>
  /**
   * Who people are, asked live for a notice that two people signed. INVARIANT: what it answers is never kept, logged or
   * put in an error. `realm`: authority of the person keys it knows; undefined when this source is not set up to tell.
   */
  people?: {
    realm(config: Config, authority: string): string | undefined
    resolve(context: PullContext<Config>, persons: readonly string[]): Promise<ResolvedPerson[]>
  }
  /** Pure: no clock, network, randomness. Vendor JSON dies here. */
  normalize(input: NormalizeInput): Normalized
}

/** Identity function whose only work is inference. */
export const defineConnector = <Config>(connector: Connector<Config>): Connector<Config> => connector
