import type { EntityId } from '#model'

import type { ActsWith, Member } from './context.ts'

/** A fresh credential, in memory from its making to its writing and nowhere else. `id` is no secret. */
export type Successor = { id: string; values: Readonly<Record<string, string>> }

/**
 * A line of an issuer's configuration: whose successor (`of`, as people call it) goes to which place. `stated`: what the
 * inventory states of that credential as its attribute `successorIn`.
 */
export type Lead = { of: string; place: EntityId; stated: string }

/**
 * Makes successors: credentials of a standby principal that its source's configuration names beside the place, and that
 * nobody but Cordon makes credentials of.
 */
export type Issuer<Config = unknown> = {
  /** Of the hand-over: `vendor.noun.hand-over`. */
  verb: string
  title: string
  scopes: readonly string[]
  /** Names of a successor's values. */
  gives: readonly string[]
  /** Whose source issues. */
  authorityFor(member: Member): string | undefined
  /** Where this member's successor goes, by what the inventory tells of the configuration; undefined: nowhere. Pure. */
  placeFor(member: Member): EntityId | undefined
  /** All places that the configuration leads to, so that what does not fit is said before a breach. Pure. */
  leadsTo(config: Config, authority: string): Lead[]
  /** What is issued, for the plan: `an access key of …`. */
  says(attributes: Member['attributes']): string
  /** Guards, and a session that can do no more than issue for this place. Throws for a place that no successor goes to. */
  open(context: ActsWith<Config>, place: EntityId): Promise<Issuing>
}

export type Issuing = {
  /** What the standby has now that is alive; undefined: nothing. */
  look(): Promise<{ id: string; isUsed: boolean } | undefined>
  issue(): Promise<Successor>
  /** All that the standby has dies. */
  withdraw(): Promise<void>
}
