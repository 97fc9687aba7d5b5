import type { TenantId } from '#model'
import { command, handler, type WriterModule } from '#store'

import type { ControlState, Standing } from './types.ts'

/** Days that are remembered: three years and a bit, as long as audits look back. */
export const daysKeptMax = 1_100

/** How a control stood on a day. */
export type DayRow = Pick<Standing, 'framework' | 'control' | 'open' | 'excepted'> & { state: ControlState }
/** `day`: UTC, `2026-03-24`. */
export type Day = { tenant: TenantId; day: string; rows: readonly DayRow[] }

/** How all controls stand, once a day: the first word about a day stands. Older days than are kept go. */
export const noteDay = command<Day, null>('control.note-day')

export const controlsWriter: WriterModule = {
  name: 'control',
  migrations: [
    `CREATE TABLE control_day (tenant TEXT NOT NULL, day TEXT NOT NULL, framework TEXT NOT NULL, control TEXT NOT NULL,
       state TEXT NOT NULL, open INTEGER NOT NULL, excepted INTEGER NOT NULL,
       PRIMARY KEY (tenant, day, framework, control)) STRICT, WITHOUT ROWID;`,
  ],
  handlers: [
    handler(noteDay, (tx, { tenant, day, rows }) => {
      if (tx.get('SELECT 1 FROM control_day WHERE tenant = ? AND day = ? LIMIT 1', tenant, day) !== undefined)
        return null
      for (const { framework, control, state, open, excepted } of rows)
        tx.run(
          'INSERT INTO control_day VALUES (?, ?, ?, ?, ?, ?, ?)',
          tenant,
          day,
          framework,
          control,
          state,
          open,
          excepted,
        )
      tx.run(
        `DELETE FROM control_day WHERE tenant = ? AND day <= (SELECT DISTINCT day FROM control_day WHERE tenant = ?
           ORDER BY day DESC LIMIT 1 OFFSET ?)`,
        tenant,
        tenant,
        daysKeptMax,
      )
      return null
    }),
  ],
}
