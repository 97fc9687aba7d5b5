import type { Tx } from './command.ts'
import type { Reader } from './reader.ts'

/**
 * A number that only rises, once per restore. Whoever claims work writes it into the claim and checks it with every
 * outcome: a worker of the time before the restore is refused, for the restored store knows nothing of what it did.
 */
export function fenceEpoch(store: Pick<Reader, 'get'>): number {
  return Number(store.get<{ value: string }>(`SELECT value FROM store_meta WHERE key = 'fence_epoch'`)?.value ?? 1)
}

/** Seconds of the wall clock, at least one more than before: two restores of one backup do not meet. */
export function raiseFence(tx: Tx, nowMs: number): number {
  const epoch = Math.max(fenceEpoch(tx) + 1, Math.floor(nowMs / 1000))
  tx.run(
    `INSERT INTO store_meta VALUES ('fence_epoch', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    String(epoch),
  )
  return epoch
}
