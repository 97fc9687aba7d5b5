import { parseOwnJson } from '#kit'
import type { EntityId, TenantId } from '#model'
import type { Tx } from '#store'

/** What happened to a key, as the log will hold it. `sha256` is rewritten to a fingerprint at the intake. */
export type KeyRecord =
  | {
      type: 'key.issued'
      atMs: number
      key: string
      owner: EntityId
      /** Who had it issued; null for Cordon itself. */
      by: EntityId | null
      scopes: string[]
      sha256: string
      /** The key whose place this one takes; of a successor only. */
      succeeds?: string
    }
  /** Where its successor goes, by what the configuration of a source says now; null: nowhere. */
  | { type: 'key.placed'; atMs: number; key: string; owner: EntityId; place: EntityId | null }
  | { type: 'key.killed' | 'key.revived'; atMs: number; key: string; owner: EntityId }
  | { type: 'key.used'; atMs: number; key: string; owner: EntityId; scopes: string[]; origin: string | null }
  | {
      type: 'epoch.raised'
      atMs: number
      owner: EntityId | '*'
      epochMs: number
      keys: { key: string; owner: EntityId }[]
    }

export type KeyCall = { tenant: TenantId; id: string; atMs: number }

export type StoredKey = {
  id: string
  owner: EntityId
  hash: string
  scopes: string
  state: 'live' | 'dead'
  created_ms: number
  last_used_ms: number | null
  /** Of a key that is alive for the time of a lease alone: when it is dead again, ms UTC. */
  lent_until_ms: number | null
  /** Highest epoch over this key. */
  epoch_ms: number
}
export const selectKey = `SELECT k.id, k.owner, k.hash, k.scopes, k.state, k.created_ms, k.last_used_ms, k.lent_until_ms,
    coalesce((SELECT max(e.epoch_ms) FROM key_epoch e WHERE e.tenant = k.tenant AND e.owner IN (k.owner, '*')), 0)
      AS epoch_ms
  FROM virtual_key k WHERE k.tenant = ?`

export const find = (tx: Tx, { tenant, id }: KeyCall): StoredKey | undefined =>
  tx.get<StoredKey>(`${selectKey} AND k.id = ?`, tenant, id)

export function record(tx: Tx, tenant: TenantId, entry: KeyRecord): void {
  tx.run(
    `INSERT INTO key_record SELECT ?, coalesce(max(seq), 0) + 1, ? FROM
       (SELECT seq FROM key_record WHERE tenant = ? UNION ALL SELECT seq FROM key_record_cursor WHERE tenant = ?)`,
    tenant,
    JSON.stringify(entry),
    tenant,
    tenant,
  )
}

export function markDead(tx: Tx, { tenant, atMs }: Omit<KeyCall, 'id'>, { id, owner }: StoredKey): void {
  tx.run(`UPDATE virtual_key SET state = 'dead', lent_until_ms = NULL WHERE tenant = ? AND id = ?`, tenant, id)
  record(tx, tenant, { type: 'key.killed', atMs, key: id, owner })
}

/** A lent key is refused from its end on, whoever is there to kill it. */
export const isLive = (key: StoredKey, nowMs: number): boolean =>
  key.state === 'live' && key.created_ms >= key.epoch_ms && nowMs < (key.lent_until_ms ?? Infinity)

export function readScopes({ scopes }: { scopes: string }): string[] {
  return parseOwnJson<string[]>(scopes)
}
