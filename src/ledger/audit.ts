import { toHex } from '#kit'
import type { TenantId } from '#model'
import type { Reader } from '#store'

import { appendLeaf, emptyFrontier, leafHash, rootOf, sameHash } from './merkle/index.ts'
import { tileWidth } from './tiles.ts'
import { treeHead } from './tree-reader.ts'
import type { VerifyFault } from './types.ts'

/**
 * Builds the tree of one tenant anew from its entries and compares it with what is stored: at start and after a restore.
 * Undefined when all fits; else the first bad index. It shows damage, not an owner's rewriting: that takes the outside.
 */
export function auditTree(reader: Reader, tenant: TenantId): VerifyFault | undefined {
  const head = treeHead(reader, tenant)
  const frontier = emptyFrontier()
  while (frontier.size < head.size) {
    const rows = reader.all<{ idx: number; hash: Uint8Array; entry: Uint8Array }>(
      'SELECT idx, hash, entry FROM ledger_leaf WHERE tenant = ? AND idx >= ? AND idx < ? ORDER BY idx',
      tenant,
      frontier.size,
      Math.min(head.size, frontier.size + tileWidth),
    )
    if (rows.length === 0) return { index: frontier.size, what: 'the leaf is missing' }
    for (const { idx, hash, entry } of rows) {
      if (idx !== frontier.size) return { index: frontier.size, what: 'the leaf is missing' }
      const own = leafHash(entry)
      if (!sameHash(own, hash)) return { index: idx, what: 'the leaf does not have its hash' }
      appendLeaf(frontier, own)
    }
  }
  if (sameHash(rootOf(frontier), head.root)) return undefined
  return { index: null, what: `the leaves give root ${toHex(rootOf(frontier))}, the store says ${toHex(head.root)}` }
}
