import type { EntityId } from '#model'

import type { ActsWith } from './context.ts'
import type { Successor } from './issuer.ts'

/** Where consumers read a credential, as the configuration of the place's own source says. */
export type Place = {
  place: EntityId
  /** Names of a successor's values that are written there. */
  takes: readonly string[]
  /** Within how many seconds a consumer reads the place anew (its cache, its restart). */
  rereadSeconds: number
  /** What stands beside it for the plan: what a write does there that nobody takes back. */
  says: readonly string[]
  /** What writing at this very place needs, where places of one holder differ; absent: the holder's. */
  scopes?: readonly string[]
}

/** `absent`: what was never written there; `replaced`: written, and another came since. */
export type Held = {
  state: 'current' | 'replaced' | 'absent'
  /** Where the place keeps what was there: the version now, and the one that an undo would put back. */
  version?: string
  before?: string
  changedMs?: number
}

/** Writes at places. INVARIANT: it reads no value, not even the one it wrote: a token beside it says which one is there. */
export type Holder<Config = unknown> = {
  scopes: readonly string[]
  /** All places that the configuration lets Cordon write at; at no other is ever written. Pure. */
  places(config: Config, authority: string): Place[]
  /** Does the place keep what it held, so that undo can put it back? */
  keepsBefore: boolean
  /** Guards, and a session that can touch no other place. `token` comes from the action's key. */
  open(context: ActsWith<Config>, place: EntityId, token: string): Promise<Holding>
}

export type Holding = {
  look(): Promise<Held>
  /** Throws without `retryable` only where nothing was written. */
  write(successor: Successor): Promise<void>
  putBack?(version: string): Promise<void>
}

/** What a plan needs of a place. */
export type PlannedPlace = Place & { scopes: readonly string[]; keepsBefore: boolean }

export const plannedPlaces = <Config>(
  holder: Holder<Config> | undefined,
  config: Config,
  authority: string,
): PlannedPlace[] =>
  holder === undefined
    ? []
    : holder
        .places(config, authority)
        .map((place) => ({ ...place, scopes: place.scopes ?? holder.scopes, keepsBefore: holder.keepsBefore }))
