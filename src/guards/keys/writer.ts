import type { EntityId, TenantId } from '#model'
import { command, handler, type WriterModule } from '#store'

import { find, isLive, markDead, readScopes, record, type KeyCall } from './rows.ts'
import { successorHandlers } from './successors.ts'

export const issue = command<KeyCall & { owner: EntityId; by: EntityId | null; scopes: string[]; hash: string }, null>(
  'keys.issue',
)
export const kill = command<KeyCall, 'killed' | 'was-dead' | 'unknown-key'>('keys.kill')
export const revive = command<KeyCall, 'revived' | 'was-live' | 'under-epoch' | 'unknown-key'>('keys.revive')
/** A dead key is alive until then, and dead again by itself. */
export const lend = command<KeyCall & { untilMs: number }, 'lent' | 'was-live' | 'under-epoch' | 'unknown-key'>(
  'keys.lend',
)
export const used = command<KeyCall & { origin: string | null }, null>('keys.used')
/** Keys of `owner` (`*`: all) issued before `epochMs` are dead from now on; the epoch never goes back. Returns their ids. */
export const raiseEpoch = command<{ tenant: TenantId; owner: EntityId | '*'; epochMs: number; atMs: number }, string[]>(
  'keys.raise-epoch',
)
/** Records up to and with `upTo` are in the log: their outbox rows go. */
export const keyRecordsDelivered = command<{ tenant: TenantId; upTo: number }, null>('keys.records-delivered')

/** Cordon's own virtual keys. The state change and the record of it commit together, so that neither is ever alone. */
export const keysWriter: WriterModule = {
  name: 'keys',
  migrations: [
    `CREATE TABLE virtual_key (tenant TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, hash TEXT NOT NULL,
       scopes TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('live', 'dead')), created_ms INTEGER NOT NULL,
       last_used_ms INTEGER, PRIMARY KEY (tenant, id)) STRICT, WITHOUT ROWID;
     CREATE INDEX virtual_key_owner ON virtual_key (tenant, owner);
     CREATE TABLE key_epoch (tenant TEXT NOT NULL, owner TEXT NOT NULL, epoch_ms INTEGER NOT NULL,
       PRIMARY KEY (tenant, owner)) STRICT, WITHOUT ROWID;
     CREATE TABLE key_record (tenant TEXT NOT NULL, seq INTEGER NOT NULL, record TEXT NOT NULL,
       PRIMARY KEY (tenant, seq)) STRICT, WITHOUT ROWID;
     CREATE TABLE key_record_cursor (tenant TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
    `ALTER TABLE virtual_key ADD COLUMN succeeds TEXT;
     CREATE INDEX virtual_key_succeeds ON virtual_key (tenant, succeeds) WHERE succeeds IS NOT NULL;
     CREATE TABLE key_place (tenant TEXT NOT NULL, place TEXT NOT NULL, key TEXT NOT NULL,
       PRIMARY KEY (tenant, place), UNIQUE (tenant, key)) STRICT, WITHOUT ROWID`,
    'ALTER TABLE virtual_key ADD COLUMN lent_until_ms INTEGER',
  ],
  handlers: [
    handler(issue, (tx, { tenant, id, owner, by, scopes, hash, atMs }) => {
      tx.run(
        `INSERT INTO virtual_key VALUES (?, ?, ?, ?, ?, 'live', ?, NULL, NULL, NULL)`,
        tenant,
        id,
        owner,
        hash,
        JSON.stringify(scopes),
        atMs,
      )
      record(tx, tenant, { type: 'key.issued', atMs, key: id, owner, by, scopes, sha256: `sha256:${hash}` })
      return null
    }),
    ...successorHandlers,
    handler(kill, (tx, call) => {
      const key = find(tx, call)
      if (key === undefined) return 'unknown-key'
      if (key.state === 'dead') return 'was-dead'
      markDead(tx, call, key)
      return 'killed'
    }),
    handler(revive, (tx, call) => {
      const key = find(tx, call)
      if (key === undefined) return 'unknown-key'
      if (key.created_ms < key.epoch_ms) return 'under-epoch'
      if (key.state === 'live' && key.lent_until_ms === null) return 'was-live'
      tx.run(
        `UPDATE virtual_key SET state = 'live', lent_until_ms = NULL WHERE tenant = ? AND id = ?`,
        call.tenant,
        call.id,
      )
      record(tx, call.tenant, { type: 'key.revived', atMs: call.atMs, key: key.id, owner: key.owner })
      return 'revived'
    }),
    handler(lend, (tx, { untilMs, ...call }) => {
      const key = find(tx, call)
      if (key === undefined) return 'unknown-key'
      if (key.created_ms < key.epoch_ms) return 'under-epoch'
      if (isLive(key, call.atMs) && key.lent_until_ms !== untilMs) return 'was-live'
      const { tenant, id } = call
      tx.run(
        `UPDATE virtual_key SET state = 'live', lent_until_ms = ? WHERE tenant = ? AND id = ?`,
        untilMs,
        tenant,
        id,
      )
      record(tx, tenant, { type: 'key.revived', atMs: call.atMs, key: key.id, owner: key.owner })
      return 'lent'
    }),
    handler(used, (tx, call) => {
      const key = find(tx, call)
      if (key === undefined) return null
      tx.run(`UPDATE virtual_key SET last_used_ms = ? WHERE tenant = ? AND id = ?`, call.atMs, call.tenant, call.id)
      const { atMs, origin } = call
      record(tx, call.tenant, {
        type: 'key.used',
        atMs,
        key: key.id,
        owner: key.owner,
        scopes: readScopes(key),
        origin,
      })
      return null
    }),
    handler(raiseEpoch, (tx, { tenant, owner, epochMs, atMs }) => {
      tx.run(
        `INSERT INTO key_epoch VALUES (?, ?, ?)
         ON CONFLICT (tenant, owner) DO UPDATE SET epoch_ms = max(epoch_ms, excluded.epoch_ms)`,
        tenant,
        owner,
        epochMs,
      )
      const keys = tx.all<{ key: string; owner: EntityId }>(
        `SELECT id AS key, owner FROM virtual_key WHERE tenant = ? AND created_ms < ? AND (? = '*' OR owner = ?)
         ORDER BY id`,
        tenant,
        epochMs,
        owner,
        owner,
      )
      record(tx, tenant, { type: 'epoch.raised', atMs, owner, epochMs, keys: keys.map((row) => ({ ...row })) })
      return keys.map(({ key }) => key)
    }),
    handler(keyRecordsDelivered, (tx, { tenant, upTo }) => {
      tx.run(
        `INSERT INTO key_record_cursor VALUES (?, ?) ON CONFLICT (tenant) DO UPDATE SET seq = max(seq, excluded.seq)`,
        tenant,
        upTo,
      )
      tx.run('DELETE FROM key_record WHERE tenant = ? AND seq <= ?', tenant, upTo)
      return null
    }),
  ],
}
