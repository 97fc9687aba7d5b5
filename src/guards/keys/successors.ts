import type { EntityId, TenantId } from '#model'
import { command, handler, type Reader, type Tx } from '#store'

import { find, isLive, markDead, readScopes, record, selectKey, type KeyCall, type StoredKey } from './rows.ts'

/** Where a key's successor goes: one key a place, one place a key. */
export type KeyPlace = { key: string; place: EntityId }

/**
 * A successor of the key that goes to `place`: same owner, same scopes. INVARIANT: one live successor a place, decided here,
 * where nobody else writes: two processes that believe the action theirs cannot both have one.
 */
export const issueSuccessor = command<KeyCall & { place: EntityId; hash: string }, 'issued' | 'no-key' | 'has-live'>(
  'keys.issue-successor',
)
export const withdrawSuccessor = command<{ tenant: TenantId; place: EntityId; atMs: number }, null>(
  'keys.withdraw-successor',
)
/** All places there are from now on. Lines of keys that do not exist count for nothing. */
export const placeKeys = command<{ tenant: TenantId; lines: KeyPlace[]; atMs: number }, null>('keys.place')

/** Live successors of whichever key goes to the place, one in use first; undefined: no key does. */
export function liveSuccessors(
  reader: Reader | Tx,
  tenant: TenantId,
  place: EntityId,
  nowMs: number,
): StoredKey[] | undefined {
  const placed = reader.get<{ key: string }>('SELECT key FROM key_place WHERE tenant = ? AND place = ?', tenant, place)
  if (placed === undefined) return undefined
  return reader
    .all<StoredKey>(
      `${selectKey} AND k.succeeds = ? AND k.state = 'live' ORDER BY k.last_used_ms IS NULL, k.id`,
      tenant,
      placed.key,
    )
    .filter((key) => isLive(key, nowMs))
}

export const successorHandlers = [
  handler(issueSuccessor, (tx, { tenant, id, place, hash, atMs }) => {
    const placed = tx.get<{ key: string }>('SELECT key FROM key_place WHERE tenant = ? AND place = ?', tenant, place)
    const old = placed && find(tx, { tenant, id: placed.key, atMs })
    if (old === undefined) return 'no-key'
    if ((liveSuccessors(tx, tenant, place, atMs) ?? []).length > 0) return 'has-live'
    const { owner, scopes } = old
    tx.run(
      `INSERT INTO virtual_key VALUES (?, ?, ?, ?, ?, 'live', ?, NULL, ?, NULL)`,
      tenant,
      id,
      owner,
      hash,
      scopes,
      atMs,
      old.id,
    )
    record(tx, tenant, {
      type: 'key.issued',
      atMs,
      key: id,
      owner,
      by: null,
      scopes: readScopes(old),
      sha256: `sha256:${hash}`,
      succeeds: old.id,
    })
    return 'issued'
  }),
  handler(withdrawSuccessor, (tx, { tenant, place, atMs }) => {
    for (const key of liveSuccessors(tx, tenant, place, atMs) ?? []) markDead(tx, { tenant, atMs }, key)
    return null
  }),
  handler(placeKeys, (tx, { tenant, lines, atMs }) => {
    const before = placesOf(tx, tenant)
    const now = lines.filter(({ key }) => find(tx, { tenant, id: key, atMs }) !== undefined)
    tx.run('DELETE FROM key_place WHERE tenant = ?', tenant)
    for (const { key, place } of now) tx.run('INSERT INTO key_place VALUES (?, ?, ?)', tenant, place, key)
    const placeNow = new Map(now.map(({ key, place }) => [key, place]))
    const placeBefore = new Map(before.map(({ key, place }) => [key, place]))
    for (const key of new Set([...placeBefore.keys(), ...placeNow.keys()])) {
      const place = placeNow.get(key) ?? null
      const owner = find(tx, { tenant, id: key, atMs })?.owner
      if (owner === undefined || place === (placeBefore.get(key) ?? null)) continue
      record(tx, tenant, { type: 'key.placed', atMs, key, owner, place })
    }
    return null
  }),
]

export const placesOf = (reader: Reader | Tx, tenant: TenantId): KeyPlace[] =>
  reader
    .all<KeyPlace>('SELECT key, place FROM key_place WHERE tenant = ? ORDER BY place', tenant)
    .map(({ key, place }) => ({ key, place }))
