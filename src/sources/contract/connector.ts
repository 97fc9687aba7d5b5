import type { z } from 'zod'

import type { Json } from '#kit'
import type { Normalized, SourceId, TouchVerb } from '#model'

import type { Asker } from './asker.ts'
import type { AuthByName } from './auth.ts'
import type { Limits } from './limits.ts'
import type { Output } from './output.ts'
import type { RightTries } from './right-try.ts'
import type { Role, Survival } from './role.ts'
import type { PullContext, Sight, Stream } from './stream.ts'
import type { Tracker } from './tracker.ts'

/** What this source can see on this plan and scope. What it cannot see is said in every verdict. */
export type Coverage = {
  sees: Sight[]
  /** Verbs logged per resource; a reachable resource whose reads are not logged is "unknown", not "untouched". */
  logged: TouchVerb[]
  /** Of these, verbs of which some ways are logged nowhere, and which: silence is no sign that a right is not used. */
  partly?: Partial<Record<TouchVerb, string>>
  /** Plain sentences. */
  blind: string[]
}

export type NormalizeInput = {
  stream: string
  raw: Json
  eventAtMs: number | null
  arrivedAtMs: number
  source: SourceId
  authority: string
}

/** Which of a source's two credentials: the one that looks, or the one that acts. */
export type CredentialUse = 'see' | 'contain'

/** `missing` and `excess` in words; the runtime adds what it finds by comparing declared scopes with `scopes`. */
export type Checked = { authority: string; missing: string[]; excess: string[]; says: string[] }

/** Who one person is, as their system of record says now. `elements`: what is held about them, by name of the field. */
export type ResolvedPerson = {
  person: string
  name: string | null
  contact: string | null
  /** State or country. */
  jurisdiction: string | null
  elements: string[]
}

/** One vendor, one folder: this value is its `index.ts`. Of the product, adding one touches `app/connectors.ts` and no other file. */
export type Connector<Config = unknown> = {
  /** Folder name. */
  id: string
  /** Rises when `normalize` gives other results: projections are then recomputed. */
  version: number
  title: string
  config: z.ZodType<Config>
  /** A configuration with everything on, for its page in docs/connectors; absent: `{}` is one. */
  example?: Config
  /** Names of secrets: to look, and to act. */
  secrets: { see: readonly string[]; contain: readonly string[] }
  /** How requests sign in; absent: the connector puts its own headers. */
  auth?(config: Config, use: CredentialUse): AuthByName
  limits?: Limits
  /** PEM of the authority that signs the system's certificates, where it is none that everybody trusts. */
  trusts?(config: Config): string | undefined
  streams: readonly Stream<Config>[]
  /** It takes what Cordon found and did, with the credential to look. */
  output?: Output<Config>
  /** Tasks of people become issues there, with the credential to look; whoever closes one there has done it here. */
  tracker?: Tracker<Config>
  /** People are asked there who answers for what, with the credential to look; an answer is the word of whom it was asked. */
  asker?: Asker<Config>
  coverage(config: Config): Coverage
  /** The exact least role of each credential; undefined where there is no such credential. */
  role?(config: Config, use: CredentialUse): Role | undefined
  /** Outlives a revocation here. */
  survives?: readonly Survival[]
  /** Asks the vendor who it is: the authority in entity ids, and what is missing or excessive. Throws CordonError when it cannot be reached. */
  check(context: PullContext<Config>): Promise<Checked>
  /** The permissions a credential has, in the words of `role`; null when the vendor does not tell. `see` of the context holds that credential. */
  scopes?(context: PullContext<Config>, use: CredentialUse): Promise<readonly string[] | null>
  /** Where the vendor does not tell: changes asked of things that cannot be, with the credential to contain and no other. */
  rightTries?: RightTries<Config>
  /** Does a held permission include a needed one? Default: equal names. */
  implies?(held: string, needed: string): boolean
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
