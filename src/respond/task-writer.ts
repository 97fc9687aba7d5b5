import { handler, type Handler } from '#store'

import { doneTask } from './commands.ts'
import { RespondError } from './error.ts'
import type { Journal } from './journal.ts'
import { tellAction } from './moves.ts'
import { needAction } from './rows.ts'
import type { TaskRow } from './tasks.ts'

/**
 * INVARIANT 3: a person's word moves no action. Its state stays `unknown`, it has no proof, and whatever the task served
 * is as alive as before until something else proves it dead.
 */
export const taskHandlers = (journal: Journal): Handler[] => [
  handler(doneTask, (tx, { tenant, id, by, note, atMs }) => {
    const row = needAction(tx, tenant, id)
    const task = tx.get<TaskRow>('SELECT * FROM task WHERE tenant = ? AND action = ?', tenant, id)
    if (task === undefined) {
      throw new RespondError('ERR_TASK_STATE', `action \`${id}\` is no open task of a person: it is \`${row.verb}\``, {
        hint: '`cordon task list` shows the tasks',
      })
    }
    if (task.done_by !== null) {
      throw new RespondError('ERR_TASK_STATE', `\`${task.done_by}\` has done this task already`, {
        hint: `\`cordon incident show ${row.incident}\` says when, and with which note`,
      })
    }
    tx.run(
      'UPDATE task SET done_at_ms = ?, done_by = ?, note = ? WHERE tenant = ? AND action = ?',
      atMs,
      by,
      note,
      tenant,
      id,
    )
    const facts = { phase: row.phase, isInTime: atMs <= task.due_at_ms }
    tellAction(tx, journal, row, 'task.done', atMs, facts, { by, note })
    return null
  }),
]
