import type { Json } from '#kit'

/** One permission in the vendor's words, and what Cordon does with it. */
export type Scope = { name: string; why: string }

/** The least a credential needs, ready to be made at the vendor. */
export type Role = {
  scopes: readonly Scope[]
  /** Steps for a person, one a line. */
  text: readonly string[]
  /** What the vendor takes: a policy document, an app manifest, SQL statements. */
  json: Json
  terraform?: string
}

/** `survives`: what a revocation leaves alive, in plain sentences; docs and verdicts show it. */
export type Survival = { what: string; until: string }
