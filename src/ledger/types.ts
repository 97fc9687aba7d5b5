import type { Receipt, TenantId } from '#model'

/** Where a leaf stands. `hash` is the RFC 6962 leaf hash, hex. */
export type LeafRef = { tenant: TenantId; index: number; hash: string }

/** C2SP signed note (https://c2sp.org/tlog-checkpoint): origin, tree size, root hash, signatures. */
export type SignedCheckpoint = { tenant: TenantId; size: number; rootHash: string; note: string; atMs: number }

/** A place outside this house that remembers checkpoints, so that a holder of our key cannot rewrite history unseen. */
export interface Witness {
  readonly name: string
  deposit(checkpoint: SignedCheckpoint): Promise<void>
  /**
   * Of the notes it remembers and `isOurs` accepts, the one of the largest tree; asked before the first signature after a
   * start. It filters itself, so that a note planted by somebody else cannot hide ours.
   */
  latest?(tenant: TenantId, isOurs: (note: string) => boolean): Promise<string | undefined>
}

export type VerifyFault = { index: number | null; what: string }
export type VerifyReport = {
  ok: boolean
  size: number
  rootHash: string
  checkpoints: number
  witnessed: number
  faults: VerifyFault[]
}

/** Reading side; appending is `appendReceipt` inside a command's transaction. */
export interface Ledger {
  size(tenant: TenantId): number
  leaf(tenant: TenantId, index: number): { receipt: Receipt; hash: string; disclosed: boolean } | undefined
  inclusionProof(tenant: TenantId, index: number, size: number): string[]
  consistencyProof(tenant: TenantId, from: number, to: number): string[]
  checkpoint(tenant: TenantId): Promise<SignedCheckpoint>
}
