import type { Tx } from './command.ts'
import type { Reader } from './reader.ts'

/**
 * A number that only rises, once per restore. Whoever claims work writes it into the claim and checks it with every
 * outcome: a worker of the time before the restore is refused, for the restored store knows nothing of what it did.
 */
export function fenceEpoch(store: Pick<Reader, 'get'>): number {
  return Number(store.get<{ value: string }>(`SELECT value FROM store_meta WHERE key = 'fence_epoch'`)?.value ?? 0)
}

const fenceStartMs = Date.UTC(2026, 0)

/**
 * Minutes since 2026, at least one more than before: restores of one backup do not meet, and the number stays small, for
 * claims multiply it by a billion to make room for their own count (exact up to 9 million: the year 2043).
 */
export function raiseFence(tx: Tx, nowMs: number): number {
  const epoch = Math.max(fenceEpoch(tx) + 1, Math.floor((nowMs - fenceStartMs) / 60_000))
  tx.run(
    `INSERT INTO store_meta VALUES ('fence_epoch', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    String(epoch),
  )
  return epoch
}
