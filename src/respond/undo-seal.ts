import type { ActionId, TenantId } from '#model'
import { command, handler, type Handler, type Reader } from '#store'

/** What an undo needs, as hands sealed it; other undo states are JSON objects. */
export type SealedUndo = { id: ActionId; sealed: string }

/** The same under a newer key of hands; what changed meanwhile is left as it is. */
export const resealUndos = command<{ tenant: TenantId; undos: { id: ActionId; from: string; to: string }[] }, null>(
  'respond.reseal-undos',
)

/** A page of them behind `after`, by id; empty at the end. */
export const sealedUndos = (reader: Reader, tenant: TenantId, after: ActionId | null, max: number): SealedUndo[] =>
  reader.all<SealedUndo>(
    `SELECT id, undo_state AS sealed FROM action
      WHERE tenant = ? AND id > ? AND undo_state IS NOT NULL AND substr(undo_state, 1, 1) <> '{' ORDER BY id LIMIT ?`,
    tenant,
    after ?? '',
    max,
  )

export const undoSealHandlers: readonly Handler[] = [
  handler(resealUndos, (tx, { tenant, undos }) => {
    for (const { id, from, to } of undos)
      tx.run('UPDATE action SET undo_state = ? WHERE tenant = ? AND id = ? AND undo_state = ?', to, tenant, id, from)
    return null
  }),
]
