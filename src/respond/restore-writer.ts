import { handler, type Handler } from '#store'

import { raiseFenceEpoch } from './commands.ts'
import type { Journal } from './journal.ts'
import { fenceEpoch } from './rows.ts'
import type { TenantId } from '#model'

/** How long after a restore an intent waits before it is read back: calls of the old hands must have ended. */
export const restoreHoldMs = 30_000

export const restoreHandlers = (journal: Journal): Handler[] => [
  handler(raiseFenceEpoch, (tx, { restore, atMs }) => {
    const known = tx.get<{ fence_epoch: number }>('SELECT fence_epoch FROM respond_restore WHERE id = ?', restore)
    const epoch = known?.fence_epoch ?? fenceEpoch(tx) + 1
    if (known === undefined) {
      tx.run(`INSERT OR REPLACE INTO store_meta VALUES ('fence_epoch', ?)`, String(epoch))
      tx.run('INSERT INTO respond_restore VALUES (?, ?, ?)', restore, epoch, atMs)
      tx.run(
        `UPDATE action SET reads_back_first = 1 WHERE state IN ('proposed', 'awaiting-approval', 'approved', 'failed')`,
      )
      tx.run(
        `UPDATE action SET worker = NULL, errand = NULL, held_boot = 'restore', held_until_ms = 1, held_for_ms = ?
         WHERE state IN ('approved', 'executing', 'applied', 'probing', 'undo-executing')`,
        restoreHoldMs,
      )
      for (const { tenant } of tx.all<{ tenant: TenantId }>('SELECT DISTINCT tenant FROM incident')) {
        journal(tx, tenant, 'store.restored', atMs, { restore, fenceEpoch: epoch })
      }
    }
    const open = tx.get<{ n: number }>(
      `SELECT count(*) AS n FROM action WHERE state IN ('approved', 'executing', 'applied', 'probing', 'undo-executing')`,
    )
    return { fenceEpoch: epoch, toReconcile: open?.n ?? 0 }
  }),
]
