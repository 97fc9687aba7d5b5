import type { EntityKind, SourceId, TenantId } from '#model'
import { sealContext, type SealedText } from '#vault'

/** Who could write what this source says: the vendor's own log, an agent on a host the attacker may own, or a person. */
export type SourceTrust = 'vendor' | 'host' | 'person'

/** All that is given must match. `nativePrefix` ends at a boundary of its own choosing: `i-abc/` not `i-abc`. */
export type EntityPattern = { kind?: EntityKind; authority?: string; native?: string; nativePrefix?: string }

/**
 * What a source may speak about. A statement needs one end inside `about`, and every other end inside `about`, inside
 * `mentions`, or among the neutral ones (fingerprints, packages): a report of host A can say what A stores and runs, and
 * nothing about host B or about who holds which right elsewhere.
 */
export type SourceScope = { about: EntityPattern[]; mentions?: EntityPattern[] }

export type SourceState = 'active' | 'paused'

export type Source = {
  tenant: TenantId
  id: SourceId
  connector: string
  config: unknown
  /** The vendor's own realm, as the connector's `check` found it; null until it first answered. */
  authority: string | null
  /** Sealed for hands; context as `sealContext` gives it. */
  sealedSee: SealedText | null
  sealedContain: SealedText | null
  trust: SourceTrust
  scope: SourceScope
  state: SourceState
  createdAtMs: number
  /** History is wanted from here on; null: none but what the live feeds read. */
  backfillSinceMs: number | null
  /** Rises with every change: a change made against an older one is refused. */
  revision: number
}

/** What a secret of a source is sealed to: sealed text copied to another source, or from see to contain, does not open. */
export const sourceContext = (tenant: TenantId, source: SourceId, use: 'see' | 'contain'): string =>
  sealContext(tenant, 'source', source, use)
