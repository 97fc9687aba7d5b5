import { assert, toHex } from '#kit'
import type { TenantId } from '#model'
import { command, handler, type Tx, type WriterModule } from '#store'
import type { Receipt } from '#model'

import { LedgerError } from './error.ts'
import { encodeLeaf, type ReceiptArgs, type ReceiptSalts } from './leaf.ts'
import {
  appendLeaf,
  decodeFrontier,
  emptyFrontier,
  encodeFrontier,
  leafHash,
  sameHash,
  type Frontier,
} from './merkle/index.ts'
import { tileHeight } from './tiles.ts'
import type { LeafRef } from './types.ts'

export { receiptArgs } from './leaf.ts'

const migrations = [
  `CREATE TABLE ledger_tree (tenant TEXT PRIMARY KEY, size INTEGER NOT NULL, frontier BLOB NOT NULL,
     epoch INTEGER NOT NULL, generation INTEGER NOT NULL) STRICT;
   CREATE TABLE ledger_leaf (tenant TEXT NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, id TEXT NOT NULL,
     entry BLOB NOT NULL, PRIMARY KEY (tenant, idx), UNIQUE (tenant, id)) STRICT;
   CREATE TABLE ledger_node (tenant TEXT NOT NULL, level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
     PRIMARY KEY (tenant, level, idx)) STRICT, WITHOUT ROWID;
   CREATE TABLE ledger_salt (tenant TEXT NOT NULL, idx INTEGER NOT NULL, field TEXT NOT NULL, salt BLOB, value TEXT,
     erased_at_ms INTEGER, PRIMARY KEY (tenant, idx, field)) STRICT;
   CREATE TABLE ledger_checkpoint (tenant TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
     at_ms INTEGER NOT NULL, PRIMARY KEY (tenant, size)) STRICT;
   CREATE TABLE ledger_cosignature (tenant TEXT NOT NULL, witness TEXT NOT NULL, size INTEGER NOT NULL,
     note TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (tenant, witness)) STRICT`,
]

/** Appends one receipt. Idempotent: the same arguments give the same leaf. */
export const appendReceipt = command<ReceiptArgs, LeafRef>('ledger.append-receipt')

/** Makes a committed value unreadable for ever; the tree and every proof stay valid. `field` absent: all of the leaf. */
export const eraseSalt = command<
  { tenant: TenantId; index: number; field?: string; atMs: number },
  { erased: string[] }
>('ledger.erase-salt')

/** Another sequencer takes over (after a restore, or on another node): whoever held the trees is refused from then on. */
export const fenceLedger = command<{ tenant: TenantId }, { epoch: number }>('ledger.fence')

/**
 * After a restore from a backup that is older than an outside checkpoint: the receipts since are lost, and the tree may
 * never be signed again as the one it was. It goes on under a new origin. Loud on purpose: whoever holds the old public
 * key sees another ledger. Append a receipt that says what was lost in the same submission.
 */
export const restartLedger = command<{ tenant: TenantId }, { generation: number }>('ledger.restart')

/** @internal Only the signer sends it. Throws ERR_LEDGER_CONTRADICTION for another root of a size signed before. */
export const storeCheckpoint = command<
  { tenant: TenantId; size: number; root: Uint8Array; note: string; atMs: number },
  null
>('ledger.store-checkpoint')

/** The newest checkpoint a witness cosigned, with its signature: evidence that travels with an export. */
export const storeCosignature = command<
  { tenant: TenantId; witness: string; size: number; note: string; atMs: number },
  null
>('ledger.store-cosignature')

/**
 * For handlers of other modules: the leaf is part of their transaction. Make `salts` with `receiptArgs` outside, or with
 * `saltsFromSeed` from a seed that came with the command. Throws ERR_LEDGER_RECEIPT, ERR_LEDGER_FENCE.
 */
export function appendReceiptIn(tx: Tx, receipt: Receipt, salts: ReceiptSalts): LeafRef {
  const { tenant } = receipt
  const { id, entry, openings } = encodeLeaf(receipt, salts)
  const hash = leafHash(entry)
  const { frontier, epoch } = holdTree(tx, tenant)
  const index = frontier.size
  const { changes: added } = tx.run(
    'INSERT INTO ledger_leaf (tenant, idx, hash, id, entry) VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, id) DO NOTHING',
    tenant,
    index,
    hash,
    id,
    entry,
  )
  if (added === 0) return sameLeaf(tx, tenant, id, hash)
  appendLeaf(frontier, hash, (node) => {
    if (node.level === 0 || node.level % tileHeight !== 0) return
    tx.run('INSERT INTO ledger_node VALUES (?, ?, ?, ?)', tenant, node.level / tileHeight, node.index, node.hash)
  })
  for (const { field, salt, value } of openings) {
    tx.run(
      'INSERT INTO ledger_salt (tenant, idx, field, salt, value) VALUES (?, ?, ?, ?, ?)',
      tenant,
      index,
      field,
      salt,
      value,
    )
  }
  const { changes } = tx.run(
    'UPDATE ledger_tree SET size = ?, frontier = ? WHERE tenant = ? AND size = ? AND epoch = ?',
    frontier.size,
    encodeFrontier(frontier),
    tenant,
    index,
    epoch,
  )
  if (changes !== 1) refuseFence(tenant)
  return { tenant, index, hash: toHex(hash) }
}

/** Sent twice: the answer of the first time. Throws when it is another receipt under a known id. */
function sameLeaf(tx: Tx, tenant: TenantId, id: string, hash: Uint8Array): LeafRef {
  const known = tx.get<{ idx: number; hash: Uint8Array }>(
    'SELECT idx, hash FROM ledger_leaf WHERE tenant = ? AND id = ?',
    tenant,
    id,
  )
  if (known !== undefined && sameHash(known.hash, hash)) return { tenant, index: known.idx, hash: toHex(hash) }
  throw new LedgerError('ERR_LEDGER_RECEIPT', `another receipt has the id \`${id}\` already`, {
    hint: 'make new arguments for each receipt',
  })
}

/**
 * The epoch a sequencer holds lives in a temporary table of its own connection: it ends with the connection, rolls back
 * with the transaction, and cannot be read by another one. A tree made since by somebody else is not ours.
 */
function holdTree(tx: Tx, tenant: TenantId): { frontier: Frontier; epoch: number } {
  const tree = tx.get<{ size: number; frontier: Uint8Array; epoch: number; held: number | null }>(
    `SELECT size, frontier, ledger_tree.epoch AS epoch, ledger_held.epoch AS held FROM ledger_tree
     LEFT JOIN temp.ledger_held USING (tenant) WHERE tenant = ?`,
    tenant,
  )
  if (tree === undefined) {
    tx.run('INSERT INTO ledger_tree VALUES (?, 0, ?, 1, 1)', tenant, new Uint8Array(0))
    tx.run('INSERT OR REPLACE INTO temp.ledger_held VALUES (?, 1)', tenant)
    return { frontier: emptyFrontier(), epoch: 1 }
  }
  if (tree.held !== tree.epoch) refuseFence(tenant)
  const frontier = decodeFrontier(tree.size, tree.frontier)
  assert(frontier !== undefined, `a frontier that fits the ${tree.size} leaves of ${tenant}`)
  return { frontier, epoch: tree.epoch }
}

function refuseFence(tenant: TenantId): never {
  throw new LedgerError('ERR_LEDGER_FENCE', `another sequencer has taken over the ledger of \`${tenant}\``, {
    hint: 'this instance must stop; start it again only when the other one is gone',
  })
}

/** Runs once when W opens the store: takes every tree over. `secure_delete` makes what is erased gone from the pages. */
function takeTrees(tx: Tx): void {
  tx.get('PRAGMA secure_delete = FAST')
  tx.run('CREATE TEMP TABLE IF NOT EXISTS ledger_held (tenant TEXT PRIMARY KEY, epoch INTEGER NOT NULL) STRICT')
  tx.run('UPDATE ledger_tree SET epoch = epoch + 1')
  tx.run('INSERT OR REPLACE INTO temp.ledger_held SELECT tenant, epoch FROM ledger_tree')
}

export const ledgerWriter: WriterModule = {
  name: 'ledger',
  migrations,
  load: takeTrees,
  handlers: [
    handler(appendReceipt, (tx, { receipt, ...salts }) => appendReceiptIn(tx, receipt, salts)),
    handler(eraseSalt, (tx, { tenant, index, field, atMs }) => {
      const fields = tx
        .all<{ field: string }>(
          'SELECT field FROM ledger_salt WHERE tenant = ? AND idx = ? AND erased_at_ms IS NULL ORDER BY field',
          tenant,
          index,
        )
        .filter((row) => field === undefined || row.field === field)
      for (const row of fields) {
        // What an update leaves over in the page is zeroed: `secure_delete`, set when W takes the trees.
        tx.run(
          `UPDATE ledger_salt SET salt = NULL, value = NULL, erased_at_ms = ?
           WHERE tenant = ? AND idx = ? AND field = ?`,
          atMs,
          tenant,
          index,
          row.field,
        )
      }
      return { erased: fields.map((row) => row.field) }
    }),
    handler(fenceLedger, (tx, { tenant }) => {
      tx.run('UPDATE ledger_tree SET epoch = epoch + 1 WHERE tenant = ?', tenant)
      return { epoch: tx.get<{ epoch: number }>('SELECT epoch FROM ledger_tree WHERE tenant = ?', tenant)?.epoch ?? 0 }
    }),
    handler(restartLedger, (tx, { tenant }) => {
      tx.run('UPDATE ledger_tree SET generation = generation + 1 WHERE tenant = ?', tenant)
      const tree = tx.get<{ generation: number }>('SELECT generation FROM ledger_tree WHERE tenant = ?', tenant)
      return { generation: tree?.generation ?? 1 }
    }),
    handler(storeCheckpoint, (tx, { tenant, size, root, note, atMs }) => {
      const last = tx.get<{ size: number; root: Uint8Array }>(
        'SELECT size, root FROM ledger_checkpoint WHERE tenant = ? ORDER BY size DESC LIMIT 1',
        tenant,
      )
      if (last !== undefined && (last.size > size || (last.size === size && toHex(last.root) !== toHex(root)))) {
        throw new LedgerError('ERR_LEDGER_CONTRADICTION', `a checkpoint of ${last.size} leaves was signed before`, {
          hint: 'compare the ledger with its outside checkpoints: `cordon ledger verify`',
        })
      }
      tx.run('INSERT OR REPLACE INTO ledger_checkpoint VALUES (?, ?, ?, ?, ?)', tenant, size, root, note, atMs)
      return null
    }),
    handler(storeCosignature, (tx, { tenant, witness, size, note, atMs }) => {
      tx.run('INSERT OR REPLACE INTO ledger_cosignature VALUES (?, ?, ?, ?, ?)', tenant, witness, size, note, atMs)
      return null
    }),
  ],
}
