import type { EntityId, TouchVerb, Trust } from '#model'

/** What can be met for the first time. `recipient`: the mail domain that something went to. */
export const features = ['network', 'country', 'agent', 'app', 'resource', 'tool', 'recipient'] as const
export type Feature = (typeof features)[number]

/**
 * What is counted over a day (UTC). `people`: distinct persons whose data was read; `resources`: distinct resources;
 * `rights`: rights gained and credentials made.
 */
export const volumes = ['people', 'records', 'bytes', 'resources', 'rights'] as const
export type Volume = (typeof volumes)[number]

/** Where in time an item stands; `id` orders items of one time, the same whenever it is read. */
type Placed = { timeMs: number; id: string; offset: number }

/** One thing that somebody did, as behaviour sees it. */
export type Act = Placed & {
  kind: 'act'
  trust: Trust
  /** Whose behaviour it is, the narrowest first: credential, identity, app. */
  actors: readonly EntityId[]
  verb: TouchVerb
  values: { readonly [Name in Feature]?: string }
  resource: EntityId | null
  records: number
  bytes: number
  /** Something was opened to whoever has its link. */
  widened: boolean
  /** The account or recipient is a mailbox of a public provider. */
  personal: boolean
  /** Rights gained and credentials made, each by a hash of what it is. */
  rights: readonly number[]
  /** It befell the actor: it was given rights, and did nothing by that. */
  passive: boolean
  /** Out of history: it teaches, and is never judged. */
  teaches: boolean
}

/** What is stated of entities, as far as behaviour needs it; takes effect at its own time. */
export type Told = Placed & {
  kind: 'told'
  machines: readonly EntityId[]
  members: readonly { who: EntityId; of: EntityId; isEnd: boolean }[]
  apps: readonly { app: EntityId; actsAs: EntityId }[]
  /** The vendor's own word of the last use, where it is long ago. */
  idle: readonly { entity: EntityId; lastUsedMs: number }[]
  people: readonly { resource: EntityId; complete: boolean; persons: readonly EntityId[] }[]
}

export type Item = Act | Told

export const dayMs = 86_400_000
export const hourMs = 3_600_000
export const dayOf = (ms: number): number => Math.floor(ms / dayMs)
/** Of a day since 1970, Monday being 0: the first day of 1970 was a Thursday. */
export const weekday = (day: number): number => (day + 3) % 7
