import { formatTime } from '#kit'
import type { ResponseOf } from '#api/contract'

import { plural, table } from './table.ts'

/** Plain-text form of what the API says of gaps. Pure. */
type GapsAnswer = ResponseOf<'access.gaps'>
export type Gap = GapsAnswer['gaps'][number]

const called = (entity: string, name: string | null): string => (name === null ? entity : `${name}  ${entity}`)
const says: Readonly<Record<Gap['kind'], string>> = {
  standing: 'standing access',
  factor: 'no factor',
  condition: 'no network or device condition',
}
const dayMs = 86_400_000

/** `read on people held by analysts`, `grace`, `key AKIA… of robot`. */
export const gapInWords = ({ kind, of, name, on, onName, deed }: Gap): string => {
  const who = called(of, name)
  if (on === null) return who
  if (kind === 'condition') return `${who} of ${called(on, onName)}`
  return deed === null ? `${who} in ${called(on, onName)}` : `\`${deed}\` of ${who} on ${called(on, onName)}`
}

const noticedInWords = ({ noticedBy, noticedTotal, daysUsed }: Gap): string => {
  const [first] = noticedBy
  if (first === undefined) return 'nobody: not used'
  const more = noticedTotal > 1 ? ` and ${noticedTotal - 1} more` : ''
  const last = first.lastUsedMs === null ? '' : `, last ${formatTime(first.lastUsedMs).slice(0, 10)}`
  return `${first.name ?? first.entity}${more}: ${plural(daysUsed, 'day')}${last}`
}

export function renderGaps({ gaps, total, found, window, rareDays, untold, lacking }: GapsAnswer): string[] {
  const days = Math.round((window.toMs - window.fromMs) / dayMs)
  const rows = gaps.map((gap, n) => [
    String(n + 1),
    String(gap.newly),
    String(gap.peopleSoFar),
    says[gap.kind],
    gapInWords(gap),
    gap.change,
    noticedInWords(gap),
  ])
  const head = ['', 'protects', 'people so far', 'gap', 'of', 'change', 'who notices']
  return [
    ...(rows.length === 0 ? [] : [table(head, rows), '']),
    `${plural(found, 'gap')}; ${plural(total, 'change')} protect something that no change before them does`,
    'protects: people times those who could come to their data in this way, what an earlier change protects left out',
    `rarely needed: used on at most ${plural(rareDays, 'day')} of ${days}`,
    ...(gaps.length < total ? [`${gaps.length} of ${total} shown: --max shows more`] : []),
    ...untold.map(({ kind, authority, why, count }) => `not told (${says[kind]}) of ${count} in ${authority}: ${why}`),
    ...lacking.map((line) => `lacking: ${line}`),
  ]
}
