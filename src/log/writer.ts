import type { SourceId, TenantId } from '#model'
import { command, handler, type Tx, type WriterModule } from '#store'

import { LogError } from './error.ts'
import { idBytes, IdWindow, idWindowMin, viewOf } from './id-window.ts'
import type { AppendAck } from './types.ts'

/** `day` seals that day's arrivals · `held` seals evidence copied out of a day that retention deleted · `dedupe` marks ids. */
export type LogKeyRow = { id: string; day: string; purpose: 'day' | 'held' | 'dedupe'; wrapped: Uint8Array }

/** A sealed batch on its way to W. `marks`: 16 bytes per event (`idMarks`). */
export type SealedBatch = {
  tenant: TenantId
  source: SourceId
  arrivedAtMs: number
  keyId: string
  /** Sent until an append under this key has been acknowledged. */
  newKey?: LogKeyRow
  count: number
  marks: Uint8Array
  body: Uint8Array
  cursor?: { stream: string; value: string }
}

/** A segment that keeps only what a hold needs, under a fresh key. `places` as in the table. */
export type HeldSegment = {
  firstOffset: number
  lastOffset: number
  source: SourceId
  arrivedAtMs: number
  keyId: string
  places: Uint8Array
  body: Uint8Array
}

export const appendBatch = command<SealedBatch, AppendAck>('log.append')
export const addLogKey = command<{ tenant: TenantId; key: LogKeyRow }, null>('log.add-key')
export const expireSegments = command<
  { tenant: TenantId; beforeDay: string; drop: number[]; keep: HeldSegment[]; keys: LogKeyRow[] },
  { keys: number; segments: number }
>('log.expire')
export const rewrapLogKey = command<{ tenant: TenantId; id: string; from: Uint8Array; to: Uint8Array }, boolean>(
  'log.rewrap-key',
)

/**
 * `places`: absent when event i of the body has offset `first_offset + i`; else one int32 (little endian) per event, its
 * distance from `first_offset`, -1 for one that is not in the log (a duplicate, or not held).
 * `marks` stands before `body`, so that the start-up scan of marks does not read the bodies' pages.
 */
const tables = `
  CREATE TABLE log_head (tenant TEXT NOT NULL, head INTEGER NOT NULL, PRIMARY KEY (tenant)) STRICT;
  CREATE TABLE log_key (tenant TEXT NOT NULL, id TEXT NOT NULL, day TEXT NOT NULL, purpose TEXT NOT NULL,
    wrapped BLOB NOT NULL, PRIMARY KEY (tenant, id)) STRICT;
  CREATE INDEX log_key_day ON log_key (tenant, day);
  CREATE TABLE log_segment (tenant TEXT NOT NULL, last_offset INTEGER NOT NULL, first_offset INTEGER NOT NULL,
    source TEXT NOT NULL, arrived_at INTEGER NOT NULL, key_id TEXT NOT NULL, places BLOB, marks BLOB NOT NULL,
    body BLOB NOT NULL, PRIMARY KEY (tenant, last_offset)) STRICT;
  CREATE INDEX log_segment_key ON log_segment (tenant, key_id);
  CREATE TABLE log_cursor (tenant TEXT NOT NULL, source TEXT NOT NULL, stream TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (tenant, source, stream)) STRICT;`

/** The log's share of W. W never sees a key: batches arrive sealed, and it decides only what is new and where it stands. */
export function logWriter(options: { idsPerWindow?: number } = {}): WriterModule {
  const idsPerWindow = options.idsPerWindow ?? idWindowMin
  const windows = new Map<string, IdWindow>()
  const windowOf = (tenant: string): IdWindow => {
    let window = windows.get(tenant)
    if (window === undefined) windows.set(tenant, (window = new IdWindow(idsPerWindow)))
    return window
  }
  return {
    name: 'log',
    migrations: [tables],
    load(tx) {
      windows.clear()
      for (const { tenant } of tx.all<{ tenant: string }>('SELECT tenant FROM log_head')) {
        loadWindow(tx, tenant, windowOf(tenant), idsPerWindow)
      }
    },
    handlers: [
      handler(appendBatch, (tx, batch) => append(tx, batch, windowOf(batch.tenant))),
      handler(addLogKey, (tx, { tenant, key }) => {
        insertKey(tx, tenant, key)
        return null
      }),
      handler(expireSegments, (tx, args) => expire(tx, args)),
      handler(
        rewrapLogKey,
        (tx, { tenant, id, from, to }) =>
          tx.run('UPDATE log_key SET wrapped = ? WHERE tenant = ? AND id = ? AND wrapped = ?', to, tenant, id, from)
            .changes === 1,
      ),
    ],
  }
}

function append(tx: Tx, batch: SealedBatch, window: IdWindow): AppendAck {
  const { tenant, source, count } = batch
  const head = tx.get<{ head: number }>('SELECT head FROM log_head WHERE tenant = ?', tenant)?.head ?? 0
  window.rewind(head)
  const places = Buffer.alloc(count * 4)
  const view = viewOf(batch.marks)
  const kept: Uint8Array[] = []
  let conflicts = 0
  let last = head
  for (let index = 0; index < count; index++) {
    const sighting = window.sight(view, index)
    if (sighting === 'duplicate') {
      places.writeInt32LE(-1, index * 4)
      continue
    }
    if (sighting === 'conflict') conflicts++
    places.writeInt32LE(last - head, index * 4)
    last++
    window.stage(view, index, last)
    kept.push(batch.marks.subarray(index * idBytes, (index + 1) * idBytes))
  }
  if (last > head) {
    if (batch.newKey !== undefined) insertKey(tx, tenant, batch.newKey)
    if (tx.get('SELECT 1 FROM log_key WHERE tenant = ? AND id = ?', tenant, batch.keyId) === undefined) {
      throw new LogError('ERR_LOG_KEY_GONE', 'the key of this batch is deleted', { retryable: true })
    }
    const isWhole = kept.length === count
    tx.run(
      `INSERT INTO log_segment (tenant, last_offset, first_offset, source, arrived_at, key_id, places, marks, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      tenant,
      last,
      head + 1,
      source,
      batch.arrivedAtMs,
      batch.keyId,
      isWhole ? null : places,
      isWhole ? batch.marks : Buffer.concat(kept),
      batch.body,
    )
    tx.run('INSERT INTO log_head VALUES (?, ?) ON CONFLICT (tenant) DO UPDATE SET head = excluded.head', tenant, last)
    tx.afterCommit(() => window.settle(last))
  }
  if (batch.cursor !== undefined) {
    tx.run(
      `INSERT INTO log_cursor VALUES (?, ?, ?, ?)
       ON CONFLICT (tenant, source, stream) DO UPDATE SET value = excluded.value`,
      tenant,
      source,
      batch.cursor.stream,
      batch.cursor.value,
    )
  }
  return { firstOffset: head + 1, lastOffset: last, appended: last - head, duplicates: count - kept.length, conflicts }
}

function insertKey(tx: Tx, tenant: TenantId, key: LogKeyRow): void {
  tx.run(
    'INSERT INTO log_key VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, id) DO NOTHING',
    tenant,
    key.id,
    key.day,
    key.purpose,
    key.wrapped,
  )
}

function expire(
  tx: Tx,
  args: { tenant: TenantId; beforeDay: string; drop: number[]; keep: HeldSegment[]; keys: LogKeyRow[] },
): { keys: number; segments: number } {
  const { tenant } = args
  for (const key of args.keys) insertKey(tx, tenant, key)
  let segments = 0
  for (const lastOffset of args.drop) {
    segments += tx.run('DELETE FROM log_segment WHERE tenant = ? AND last_offset = ?', tenant, lastOffset).changes
  }
  for (const segment of args.keep) {
    tx.run(
      `INSERT INTO log_segment (tenant, last_offset, first_offset, source, arrived_at, key_id, places, marks, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, x'', ?)`,
      tenant,
      segment.lastOffset,
      segment.firstOffset,
      segment.source,
      segment.arrivedAtMs,
      segment.keyId,
      segment.places,
      segment.body,
    )
  }
  // Only the freed bytes of keys must vanish; zeroing the bodies, unreadable without them, would cost a second write.
  tx.get('PRAGMA secure_delete = ON')
  const { changes } = tx.run(
    `DELETE FROM log_key WHERE tenant = ? AND day < ? AND purpose <> 'dedupe'
     AND NOT EXISTS (SELECT 1 FROM log_segment s WHERE s.tenant = log_key.tenant AND s.key_id = log_key.id)`,
    tenant,
    args.beforeDay,
  )
  tx.get('PRAGMA secure_delete = OFF')
  return { keys: changes, segments }
}

function loadWindow(tx: Tx, tenant: string, window: IdWindow, idsPerWindow: number): void {
  const newestFirst: Uint8Array[] = []
  let ids = 0
  let before = Number.MAX_SAFE_INTEGER
  while (ids < 2 * idsPerWindow) {
    const page = tx.all<{ last_offset: number; marks: Uint8Array }>(
      'SELECT last_offset, marks FROM log_segment WHERE tenant = ? AND last_offset < ? ORDER BY last_offset DESC LIMIT 256',
      tenant,
      before,
    )
    for (const { last_offset, marks } of page) {
      newestFirst.push(marks)
      ids += marks.length / idBytes
      before = last_offset
    }
    if (page.length < 256) break
  }
  for (const marks of newestFirst.toReversed()) window.load(marks)
}
