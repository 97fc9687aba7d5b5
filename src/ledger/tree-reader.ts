import { assert, fromHex } from '#kit'
import type { TenantId } from '#model'
import type { Reader } from '#store'

import type { Opening } from './leaf.ts'
import { decodeFrontier, hashBytes, nodeHash, rootOf, type Subtree } from './merkle/index.ts'
import { tileHeight } from './tiles.ts'

/** Size and root as the sequencer last committed them. */
export function treeHead(reader: Reader, tenant: TenantId): { size: number; root: Uint8Array } {
  const row = reader.get<{ size: number; frontier: Uint8Array }>(
    'SELECT size, frontier FROM ledger_tree WHERE tenant = ?',
    tenant,
  )
  const frontier = decodeFrontier(row?.size ?? 0, row?.frontier ?? new Uint8Array(0))
  assert(frontier !== undefined, `a frontier that fits the leaves of ${tenant}`)
  return { size: frontier.size, root: rootOf(frontier) }
}

export const treeGeneration = (reader: Reader, tenant: TenantId): number =>
  reader.get<{ generation: number }>('SELECT generation FROM ledger_tree WHERE tenant = ?', tenant)?.generation ?? 1

const hashesSql = {
  leaves: `SELECT group_concat(hex(hash), '') AS hashes FROM
    (SELECT hash FROM ledger_leaf WHERE tenant = ? AND idx >= ? AND idx < ? ORDER BY idx)`,
  nodes: `SELECT group_concat(hex(hash), '') AS hashes FROM
    (SELECT hash FROM ledger_node WHERE tenant = ? AND idx >= ? AND idx < ? AND level = ? ORDER BY idx)`,
} as const

/**
 * Hashes from..to-1 of a tile level, one after the other: level 0 are the leaves, level n the roots of full tiles of
 * level n - 1. One row for all of them: a row each costs several times as much.
 */
export function tileBytes(reader: Reader, tenant: TenantId, level: number, from: number, to: number): Uint8Array {
  const row =
    level === 0
      ? reader.get<{ hashes: string | null }>(hashesSql.leaves, tenant, from, to)
      : reader.get<{ hashes: string | null }>(hashesSql.nodes, tenant, from, to, level)
  const bytes = fromHex(row?.hashes ?? '')
  assert(
    bytes.length === (to - from) * hashBytes,
    `hashes ${from} to ${to} of level ${level} of the ledger of ${tenant}`,
  )
  return bytes
}

/** Perfect subtrees from what is stored: at most half a tile is read and hashed for one. */
export function storedSubtrees(reader: Reader, tenant: TenantId): Subtree {
  return (level, index) => {
    const width = 2 ** (level % tileHeight)
    const bytes = tileBytes(reader, tenant, Math.floor(level / tileHeight), index * width, (index + 1) * width)
    let hashes = Array.from({ length: width }, (_, i) => bytes.subarray(i * hashBytes, (i + 1) * hashBytes))
    while (hashes.length > 1) {
      hashes = Array.from({ length: hashes.length / 2 }, (_, i) => pair(hashes[i * 2], hashes[i * 2 + 1]))
    }
    const [root] = hashes
    assert(root !== undefined, 'a subtree with leaves')
    return root
  }
}

function pair(left: Uint8Array | undefined, right: Uint8Array | undefined): Uint8Array {
  assert(left !== undefined && right !== undefined, 'two halves')
  return nodeHash(left, right)
}

/** What a leaf committed to and has not been erased. */
export const openingsOf = (reader: Reader, tenant: TenantId, index: number): Opening[] =>
  reader.all<Opening>(
    'SELECT field, salt, value FROM ledger_salt WHERE tenant = ? AND idx = ? AND value IS NOT NULL ORDER BY field',
    tenant,
    index,
  )
