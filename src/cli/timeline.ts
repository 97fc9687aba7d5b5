import { formatTime } from '#kit'
import type { ResponseOf } from '#api/contract'

import { duration, wrap } from './table.ts'

export type TimelineBody = ResponseOf<'incident.timeline'>
type Line = TimelineBody['lines'][number]

const textColumns = 100
/** The beginning tells what it is about, the end where it stands. */
const [headLines, tailLines] = [12, 28]

/** Day by day; beside each time, how long it took until Cordon was told. Pure. */
export function renderTimeline(lines: readonly Line[], says: readonly string[] = []): string[] {
  let day = ''
  const rows = lines.flatMap((line) => {
    const at = formatTime(line.fromMs)
    const heading = at.slice(0, 10) === day ? [] : [at.slice(0, 10)]
    day = at.slice(0, 10)
    const told = line.arrivedAtMs === null ? '' : `+${duration(Math.max(0, line.arrivedAtMs - line.fromMs))}`
    const lead = `  ${at.slice(11, 19)}  ${told.padEnd(8)}  ${line.kind.padEnd(8)}  `
    const [first = '', ...rest] = wrap(line.says, textColumns)
    return [...heading, `${lead}${first}`, ...rest.map((text) => `${' '.repeat(lead.length)}${text}`)]
  })
  return [...rows, ...says.map((text) => `  (${text})`)]
}

/** In the middle of a report: what fits on a screen. */
export function renderShort({ incident, lines, says }: Pick<TimelineBody, 'incident' | 'lines' | 'says'>): string[] {
  if (lines.length <= headLines + tailLines) return renderTimeline(lines, says)
  return [
    ...renderTimeline(lines.slice(0, headLines)),
    `  … ${(lines.length - headLines - tailLines).toLocaleString('en-US')} lines between: cordon incident timeline ${incident}`,
    ...renderTimeline(lines.slice(-tailLines), says),
  ]
}
