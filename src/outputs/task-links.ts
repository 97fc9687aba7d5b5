import type { SourceId, TenantId } from '#model'
import { command, handler, type Handler, type Reader, type Tx } from '#store'

type Of = { tenant: TenantId; source: SourceId; action: string }
/** `key` null: an issue was about to be made. `closedAtMs`: closed on both sides, or there first. */
export type TaskLink = {
  action: string
  intentAtMs: number
  key: string | null
  url: string | null
  closedAtMs: number | null
  seenAtMs: number
}

/** Which issue of which tracker a task is. */
export const taskLinkTable = `
  CREATE TABLE output_task (tenant TEXT NOT NULL, source TEXT NOT NULL, action TEXT NOT NULL, intent_at INTEGER NOT NULL,
    key TEXT, url TEXT, closed_at INTEGER, seen_at INTEGER NOT NULL, PRIMARY KEY (tenant, source, action)) STRICT;`

export const linkOpening = command<Of & { atMs: number }, null>('outputs.task-opening')
/** The first key stays: one that is heard of later is another issue, which nobody here made. */
export const linkOpened = command<Of & { key: string; url: string; atMs: number }, null>('outputs.task-opened')
export const linkClosed = command<Of & { atMs: number }, null>('outputs.task-closed')
export const linksSeen = command<{ tenant: TenantId; source: SourceId; actions: string[]; atMs: number }, null>(
  'outputs.tasks-seen',
)

export const taskLinkHandlers: readonly Handler[] = [
  handler(linkOpening, (tx, { tenant, source, action, atMs }) => {
    tx.run(
      `INSERT INTO output_task VALUES (?, ?, ?, ?, NULL, NULL, NULL, 0)
       ON CONFLICT (tenant, source, action) DO UPDATE SET intent_at = excluded.intent_at WHERE key IS NULL`,
      tenant,
      source,
      action,
      atMs,
    )
    return null
  }),
  handler(linkOpened, (tx, { tenant, source, action, key, url, atMs }) => {
    tx.run(
      `UPDATE output_task SET key = ?, url = ?, seen_at = ? WHERE tenant = ? AND source = ? AND action = ? AND key IS NULL`,
      key,
      url,
      atMs,
      tenant,
      source,
      action,
    )
    return null
  }),
  handler(linkClosed, (tx, { tenant, source, action, atMs }) => {
    tx.run(
      'UPDATE output_task SET closed_at = ? WHERE tenant = ? AND source = ? AND action = ? AND closed_at IS NULL',
      atMs,
      tenant,
      source,
      action,
    )
    return null
  }),
  handler(linksSeen, (tx, { tenant, source, actions, atMs }) => {
    for (const action of actions)
      tx.run(
        'UPDATE output_task SET seen_at = ? WHERE tenant = ? AND source = ? AND action = ?',
        atMs,
        tenant,
        source,
        action,
      )
    return null
  }),
]

export const dropLinks = (tx: Tx, tenant: TenantId, source: SourceId): void =>
  void tx.run('DELETE FROM output_task WHERE tenant = ? AND source = ?', tenant, source)

/** Seen longest ago first. */
export const linksOf = (reader: Reader, tenant: TenantId, source: SourceId): TaskLink[] =>
  reader.all<TaskLink>(
    `SELECT action, intent_at AS intentAtMs, key, url, closed_at AS closedAtMs, seen_at AS seenAtMs FROM output_task
     WHERE tenant = ? AND source = ? ORDER BY seen_at, action`,
    tenant,
    source,
  )
