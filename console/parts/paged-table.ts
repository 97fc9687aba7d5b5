import { h, type ComponentChild } from 'preact'
import { useState } from 'preact/hooks'

import { tableOf, type TableProps } from './table.ts'

/** More rows at once serve nobody, and ten thousand would hang a browser. */
export const rowsMax = 50

/** A table of what the page holds already, a screenful at a time. */
export function PagedTable<Row>(props: TableProps<Row>): ComponentChild {
  const [wanted, setPage] = useState(0)
  const { rows } = props
  const pages = Math.max(1, Math.ceil(rows.length / rowsMax))
  const page = Math.min(wanted, pages - 1)
  const shown = tableOf({ ...props, rows: rows.slice(page * rowsMax, (page + 1) * rowsMax) })
  if (pages === 1) return shown
  return [
    shown,
    h(Steps, {
      says: `${(page * rowsMax + 1).toLocaleString('en')} to ${Math.min(rows.length, (page + 1) * rowsMax).toLocaleString('en')} of ${rows.length.toLocaleString('en')}`,
      back: page === 0 ? null : () => setPage(page - 1),
      on: page === pages - 1 ? null : () => setPage(page + 1),
      of: props.caption,
    }),
  ]
}

type Step = (() => void) | null

/** Back and on; a step that is not there is said so, and stays where it was for whoever stands on it. */
export const Steps = ({ says, back, on, of }: { says: string; back: Step; on: Step; of: string }): ComponentChild =>
  h(
    'nav',
    { class: 'steps', 'aria-label': `Pages of: ${of}` },
    h('button', { type: 'button', 'aria-disabled': back === null, onClick: () => back?.() }, 'Back'),
    h('button', { type: 'button', 'aria-disabled': on === null, onClick: () => on?.() }, 'On'),
    h('span', { role: 'status', class: 'dim' }, says),
  )
