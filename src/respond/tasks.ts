import type { ActionId, EntityId, IncidentId, Phase, Severity, TenantId } from '#model'
import type { Tx } from '#store'

import type { Journal } from './journal.ts'
import { tellAction } from './moves.ts'
import { previewOf, stepColumns, type ActionRow, type Rows, type StepRow } from './rows.ts'

const minuteMs = 60_000
/** A host on the network goes on being read: taking it off is due before anything else. */
export const isolationDueMs = 15 * minuteMs
/** From the moment a task is opened. */
export const taskDueMs: Record<Severity, number> = {
  critical: 60 * minuteMs,
  high: 4 * 60 * minuteMs,
  medium: 24 * 60 * minuteMs,
  low: 72 * 60 * minuteMs,
}
/** Tasks of one list. */
export const tasksMax = 1_000

/** A step that no connector can do. `done` is somebody's word: it proves nothing of any credential. */
export type Task = {
  action: ActionId
  incident: IncidentId
  phase: Phase
  target: EntityId
  says: string[]
  owner: EntityId | null
  openedAtMs: number
  dueAtMs: number
  done: { by: string; atMs: number; note: string } | null
}

export type TaskRow = { opened_at_ms: number; due_at_ms: number; done_at_ms: number | null } & (
  | { done_by: string; note: string }
  | { done_by: null; note: null }
)

export function openTask(tx: Tx, journal: Journal, row: ActionRow, severity: Severity, atMs: number): void {
  const dueAtMs = atMs + (row.phase === 'isolate' ? Math.min(isolationDueMs, taskDueMs[severity]) : taskDueMs[severity])
  tx.run('INSERT OR IGNORE INTO task VALUES (?, ?, ?, ?, NULL, NULL, NULL)', row.tenant, row.id, atMs, dueAtMs)
  tellAction(tx, journal, row, 'task.opened', atMs, { dueAtMs })
}

/** Of one incident, or of all that are not closed; what is open and due first comes first. */
export function tasksOf(rows: Rows, tenant: TenantId, incident: IncidentId | null): Task[] {
  const found = rows.all<StepRow & TaskRow>(
    `SELECT t.opened_at_ms, t.due_at_ms, t.done_at_ms, t.done_by, t.note, ${stepColumns}
       JOIN task t ON t.tenant = a.tenant AND t.action = a.id
       JOIN incident i ON i.tenant = s.tenant AND i.id = s.incident
     WHERE s.tenant = ? AND (s.incident = ? OR (? IS NULL AND i.state <> 'closed')) AND (s.is_current = 1 OR t.done_at_ms IS NOT NULL)
     ORDER BY t.done_at_ms IS NOT NULL, t.due_at_ms, a.id, s.incident LIMIT ?`,
    tenant,
    incident,
    incident,
    tasksMax,
  )
  return found.map((row) => {
    const { effects, owner = null } = previewOf(row)
    return {
      action: row.id,
      incident: row.step_incident,
      phase: row.phase,
      target: row.target,
      says: effects,
      owner,
      openedAtMs: row.opened_at_ms,
      dueAtMs: row.due_at_ms,
      done: row.done_by === null ? null : { by: row.done_by, atMs: row.done_at_ms ?? 0, note: row.note },
    }
  })
}
