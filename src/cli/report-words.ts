import { formatTime } from '#kit'
import type { ResponseOf } from '#api/contract'

export type ReportDocument = ResponseOf<'report.make'>['documents'][number]
export type ReportFigure = ReportDocument['figures'][number]
export type ReportEvidence = ReportFigure['evidence']

/** `120`, `0 to 3,000`, `at least 5`. */
export function figureInWords({ atLeast, atMost }: Pick<ReportFigure, 'atLeast' | 'atMost'>): string {
  const least = atLeast.toLocaleString('en-US')
  if (atMost === null) return `at least ${least}`
  return atLeast === atMost ? least : `${least} to ${atMost.toLocaleString('en-US')}`
}

/** What people write down: to the minute, in UTC. */
export const momentInWords = (ms: number): string => `${formatTime(ms).slice(0, 16).replace('T', ' ')} UTC`

const refShownMax = 44
const words: Readonly<Record<string, string>> = { estate: 'estate at log offset' }
export const evidenceInWords = (evidence: ReportEvidence): string =>
  [...Map.groupBy(evidence, ({ kind }) => kind)]
    .map(([kind, all]) => `${words[kind] ?? kind} ${all.map(({ ref }) => short(ref)).join(', ')}`)
    .join('; ')

const short = (ref: string): string => (ref.length <= refShownMax ? ref : `${ref.slice(0, refShownMax - 1)}…`)
