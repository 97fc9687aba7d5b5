import { toHex } from '#kit'
import type { Receipt, TenantId } from '#model'
import type { Reader } from '#store'

import { LedgerError } from './error.ts'
import { decodeLeaf, type ReceiptId } from './leaf.ts'
import { leafHash, sameHash } from './merkle/index.ts'

export type PublicLeafRow = {
  index: number
  id: ReceiptId
  what: string
  atMs: number
  facts: Receipt['facts']
  hash: string
}

/**
 * The public part of leaves from `from` on, in order. INVARIANT: openings are not read here, so nothing sealed can leave
 * by this way. Throws ERR_LEDGER_CONTRADICTION of a leaf that is not what its hash says.
 */
export function publicLeaves(reader: Reader, tenant: TenantId, from: number, max: number): PublicLeafRow[] {
  return reader
    .all<{ idx: number; hash: Uint8Array; entry: Uint8Array }>(
      'SELECT idx, hash, entry FROM ledger_leaf WHERE tenant = ? AND idx >= ? ORDER BY idx LIMIT ?',
      tenant,
      from,
      max,
    )
    .map(({ idx, hash, entry }) => {
      const record = decodeLeaf(entry)
      if (record === undefined || !sameHash(leafHash(entry), hash)) {
        throw new LedgerError('ERR_LEDGER_CONTRADICTION', `leaf ${idx} of \`${tenant}\` is not what its hash says`, {
          hint: 'the store is damaged or was changed; compare it with the outside checkpoints',
        })
      }
      const { id, what, atMs, facts } = record
      return { index: idx, id, what, atMs, facts, hash: toHex(hash) }
    })
}
