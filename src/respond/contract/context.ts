import type { Clock, Http } from '#kit'
import type { CredentialKind, EntityId, ExposureRole } from '#model'

/** Something the plan may have to act on: a member of the exposure with what the estate knows of it. */
export type Member = {
  entity: EntityId
  /**
   * `unused`: what a trim takes; no action is asked about it but one that takes memberships and gives them back. `lent`: what
   * a lease gives; none is asked but one that lends.
   */
  role: ExposureRole | 'host' | 'descendant-entity' | 'unused' | 'lent'
  credentialKind: CredentialKind | null
  identity: EntityId | null
  attributes: Record<string, string | number | boolean | null>
}

/** What broke, or what it made: the thing itself is to go, and not only what it holds. */
export const isWhole = (role: Member['role']): boolean => role === 'trigger' || role === 'descendant-entity'

/** What only Cordon itself can do, for its own credentials. */
export type Home = {
  killKey(keyId: string): Promise<'killed' | 'was-dead' | 'unknown-key'>
  reviveKey(keyId: string): Promise<void>
  /** A dead key is alive until then (ms UTC), and dead again by itself. Throws for one that is alive. */
  lendKey(keyId: string, untilMs: number): Promise<void>
  keyState(keyId: string): Promise<'live' | 'dead' | 'unknown-key'>
  /** What was issued for a place and is live, one in use first. Throws where no key's successor goes to that place. */
  keySuccessor(place: EntityId): Promise<{ id: string; isUsed: boolean } | null>
  /** Same owner and scopes as the key whose successor goes there; refused while another one is live. The one time the token is seen. */
  issueSuccessor(place: EntityId): Promise<{ id: string; token: string }>
  withdrawSuccessor(place: EntityId): Promise<void>
}

/** What a part of a connector acts with: its source's configuration and contain credential, and nothing of another's. */
export type ActsWith<Config> = {
  config: Config
  authority: string
  /** The contain credential, unsealed for this action only. */
  contain: Readonly<Record<string, string>>
  http: Http
  clock: Clock
  signal: AbortSignal
  /** Of a lease: when the right ends, ms UTC; told to a vendor that can end it by itself. */
  untilMs?: number
  /** The action key: send it wherever the vendor takes an idempotency key. */
  key: string
  home: Home
  /** A secret's value lent for this run by the person on call, held in memory only; undefined when none was. */
  lent(credential: EntityId): string | undefined
  /** Cordon's own identity or credential in this authority, where known: never a target. */
  isOwn(entity: EntityId): boolean
  /** Break-glass there: never cut off by way of another target either (a member of a group, a session on a host). */
  spared?: readonly EntityId[]
}
