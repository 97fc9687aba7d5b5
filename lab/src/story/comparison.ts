import type { Run } from './state.ts'
import { count, duration, interval } from './text.ts'

/** The closing table: the same theft twice. Pure. */
export function comparison(
  withCordon: Run,
  without: Run,
  facts: { peopleTotal: number; quickening: number },
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
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return [
    ...rows.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    `(the run without Cordon is shown ${facts.quickening} times faster than it happens)`,
  ]
}
