import { h, type ComponentChildren, type ComponentChild } from 'preact'

export type Column<Row> = {
  head: string
  cell: (row: Row) => ComponentChildren
  /** Names the row. */
  isHead?: boolean
  /** Digits below each other. */
  isNumber?: boolean
}

export type TableProps<Row> = {
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string | number
  empty: ComponentChildren
}

/**
 * Rows below their heads; on a narrow screen each row becomes a block of its own, with the heads inside it. The roles say
 * again what the elements are: a browser forgets that a table is one once it is laid out otherwise.
 */
export function tableOf<Row>(props: TableProps<Row>): ComponentChild {
  const { caption, columns, rows, keyOf, empty } = props
  if (rows.length === 0) return h('p', { class: 'empty' }, empty)
  return h(
    'table',
    { role: 'table' },
    h('caption', null, caption),
    h(
      'thead',
      { role: 'rowgroup' },
      h(
        'tr',
        { role: 'row' },
        columns.map(({ head, isNumber }) =>
          h(
            'th',
            { key: head, scope: 'col', role: 'columnheader', class: isNumber === true ? 'number' : undefined },
            head,
          ),
        ),
      ),
    ),
    h(
      'tbody',
      { role: 'rowgroup' },
      rows.map((row) =>
        h(
          'tr',
          { key: keyOf(row), role: 'row' },
          columns.map((column) => cellOf(column, row)),
        ),
      ),
    ),
  )
}

function cellOf<Row>({ head, cell, isHead, isNumber }: Column<Row>, row: Row): ComponentChild {
  const inside = [h('span', { class: 'label', 'aria-hidden': true }, head), h('div', null, cell(row))]
  const kind = isNumber === true ? 'number' : undefined
  return isHead === true
    ? h('th', { key: head, scope: 'row', role: 'rowheader', class: kind }, inside)
    : h('td', { key: head, role: 'cell', class: kind }, inside)
}
