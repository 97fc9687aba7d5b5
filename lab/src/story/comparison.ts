import type { Run } from './state.ts'
import { count, duration, interval, wrap } from './text.ts'

/** The closing table: the same theft twice. Pure. */
export function comparison(
  withCordon: Run,
  without: Run,
  facts: { peopleTotal: number; quickening: number; columns: number },
): string[] {
  const view = withCordon.containment
  const stillOpen = (run: Run): number => run.loot.filter(({ isOpen }) => isOpen).length
  const main = withCordon.loot[0]
  const slowest = Math.max(0, ...(view?.dead.map(({ tookMs }) => tookMs ?? 0) ?? []))
  const rows: [string, string, string][] = [
    ['', 'with Cordon', 'without'],
    [
      "people's records taken",
      `${count(withCordon.people)} of ${count(facts.peopleTotal)}`,
      `${count(without.people)} of ${count(facts.peopleTotal)}`,
    ],
    [
      'stolen token refused',
      main?.refusedAtMs == null ? 'not yet' : `after ${duration(main.refusedAtMs)}`,
      'when it expires, after 60 min; its refresh token after 14 days',
    ],
    ['stolen credentials that still open something', String(stillOpen(withCordon)), String(stillOpen(without))],
    ['proven dead', `${view?.dead.length ?? 0}, the last ${duration(slowest)} after approval`, 'none'],
    ['survivors, named with the next step', String(view?.survivors.length ?? 0), 'nobody knows'],
    [
      'whose data',
      view?.impact == null
        ? 'unknown'
        : `touched: ${interval(view.impact.touched)} people; ${view.impact.customers.join(', ')}`,
      'nobody knows',
    ],
  ]
  const natural = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const widths = fitted(natural, Math.max(columnsMin, facts.columns))
  return [
    ...rows.flatMap((row) => {
      const cells = row.map((cell, column) => wrap(cell, widths[column] ?? 0))
      return Array.from({ length: Math.max(...cells.map(({ length }) => length)) }, (_, line) =>
        cells
          .map((lines, column) => (lines[line] ?? '').padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
    }),
    `(the run without Cordon is shown ${facts.quickening} times faster than it happens)`,
  ]
}

const columnsMin = 60

/** Takes from the widest column until all fit: what is short already stays on one line. */
function fitted(natural: readonly number[], columns: number): number[] {
  const widths = [...natural]
  const gaps = 2 * (widths.length - 1)
  while (widths.reduce((sum, width) => sum + width, gaps) > columns) {
    const widest = Math.max(...widths)
    widths[widths.indexOf(widest)] = widest - 1
  }
  return widths
}
