import type { EntityId, TenantId } from '#model'
import type { Reader } from '#store'

import { intoOf, type Words } from './words.ts'

/** What a vendor may be asked for. `rotation`: that it has made anew what a breach of it exposed. */
export const claimKinds = ['soc2', 'iso27001', 'dpa', 'questionnaire', 'pen-test', 'rotation', 'other'] as const
export type ClaimKind = (typeof claimKinds)[number]

/** The furthest end of a claim: whoever takes one in looks at it again. */
export const claimDaysMax = 5 * 366
/** Asked for again while it still holds. */
export const endsSoonMs = 30 * 86_400_000

/**
 * What somebody outside says of a vendor, as a document that we were given: its SHA-256, and never the document. INVARIANT: a
 * claim is shown as a claim: that it is fresh says that it has not run out, and not that it is so.
 */
export type Claim = {
  number: number
  vendor: EntityId
  kind: ClaimKind
  /** SHA-256 of the file, hex. */
  digest: string
  says: string
  issuer: string
  validUntilMs: number
  by: string
  atMs: number
  state: 'fresh' | 'ends-soon' | 'lapsed' | 'withdrawn'
  withdrawnAtMs: number | null
}

type ClaimRow = {
  number: number
  vendor: EntityId
  kind: ClaimKind
  digest: string
  says: string
  issuer: string
  valid_until_ms: number
  by_user: string
  at_ms: number
  withdrawn_ms: number | null
}

/** All of a tenant, newest first, each under the vendor it is now of. */
export function readClaims(reader: Reader, tenant: TenantId, words: Words, atMs: number): Claim[] {
  const rows = reader.all<ClaimRow>('SELECT * FROM vendor_claim WHERE tenant = ? ORDER BY number DESC', tenant)
  return rows.map((row) => ({
    number: row.number,
    vendor: intoOf(words, row.vendor),
    kind: row.kind,
    digest: row.digest,
    says: row.says,
    issuer: row.issuer,
    validUntilMs: row.valid_until_ms,
    by: row.by_user,
    atMs: row.at_ms,
    state: stateOf(row, atMs),
    withdrawnAtMs: row.withdrawn_ms,
  }))
}

function stateOf({ withdrawn_ms: withdrawn, valid_until_ms: untilMs }: ClaimRow, atMs: number): Claim['state'] {
  if (withdrawn !== null) return 'withdrawn'
  if (untilMs <= atMs) return 'lapsed'
  return untilMs - atMs <= endsSoonMs ? 'ends-soon' : 'fresh'
}

export const holds = ({ state }: Claim): boolean => state === 'fresh' || state === 'ends-soon'
