import { formatTime } from '#kit'
import type { ResponseOf } from '#api/contract'

import { plural, table } from './table.ts'

/** Plain-text forms of what the API says of weak things. Pure. */
type Finding = ResponseOf<'posture.show'>['finding']
type Listed = ResponseOf<'posture.list'>['findings'][number]
type Exception = NonNullable<Listed['exception']>
type Kind = ResponseOf<'posture.kinds'>['kinds'][number]

const dayOf = (ms: number | null): string => (ms === null ? 'not known' : formatTime(ms).slice(0, 10))

export const endOfException = ({ untilMs }: Pick<Exception, 'untilMs'>): string =>
  formatTime(untilMs)
    .replace(/:00\.000Z$/, 'Z')
    .replace('T00:00Z', '')
export const daysLeft = ({ daysLeft: days }: Pick<Exception, 'daysLeft'>): string => plural(days, 'day')

const rowOf = ({ id, severity, kind, owner, ownerName, name, on, why }: Listed): string[] => [
  id,
  severity,
  kind,
  ownerName ?? owner ?? 'nobody',
  name ?? on,
  why,
]

export const renderOpen = (findings: readonly Listed[]): string =>
  table(['finding', 'severity', 'kind', 'owner', 'on', 'why'], findings.map(rowOf))

/** Those that somebody answers for; its owner is the one of the exception. */
export const renderExcepted = (findings: readonly Listed[]): string =>
  table(
    ['excepted', 'severity', 'kind', 'answers for it', 'until', 'left', 'on', 'reason'],
    findings.flatMap(({ id, severity, kind, name, on, exception: one }) =>
      one === null ? [] : [[id, severity, kind, one.owner, endOfException(one), daysLeft(one), name ?? on, one.reason]],
    ),
  )

export function renderFinding(finding: Finding): string[] {
  const { id, severity, title, on, name, owner, ownerName, sinceMs, why, also, evidence, reach, fix, exception } =
    finding
  return [
    `${id}  ${severity}  ${title}`,
    `${on}  ${name ?? ''}`.trimEnd(),
    why,
    ...(exception === null
      ? []
      : [
          `EXCEPTED until ${endOfException(exception)}: ${exception.owner} answers for it, says ${exception.by}: ${exception.reason}`,
        ]),
    '',
    `since    ${dayOf(sinceMs)}`,
    `owner    ${owner === null ? 'nobody is known to answer for it' : [ownerName, owner].filter((one) => one !== null).join('  ')}`,
    `reaches  ${plural(reach.people, 'person', 'people')} in ${plural(reach.dataSets, 'data set')}, ${recordsOf(reach)}, ${plural(reach.resources, 'resource')} in all`,
    ...(also.length === 0 ? [] : [`with     ${also.join(', ')}`]),
    `evidence ${evidence.length === 0 ? 'none' : `log ${evidence.join(', ')}`}`,
    '',
    `fix      ${fix.kind} ${fix.target}`,
    `         ${fix.preview}`,
    `undo     ${fix.undo}`,
    ...(fix.verbs.length === 0 ? [byHand(fix.kind)] : []),
    ...fix.verbs.map(({ source, verb, title: says }) => `by       ${verb} of \`${source}\`: ${says}`),
  ]
}

function recordsOf({ records, uncounted, dataSets }: Finding['reach']): string {
  if (uncounted > 0 && uncounted === dataSets) return 'records not told'
  return `${plural(records, 'record')}${uncounted === 0 ? '' : ` or more (of ${plural(uncounted, 'data set')} not told)`}`
}

/** Nothing here starts it: for want of an action at all, or of a source that has one. */
const byHand = (kind: Finding['fix']['kind']): string =>
  kind === 'task'
    ? 'by       hand: a person does it, Cordon has no action for it'
    : 'by       hand: no connected source has an action for this thing'

const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${Math.floor((100 * part) / whole)} %`)

export function renderKind({ kind, title, rule, state, why, looked, found, measured }: Kind): string[] {
  const figures =
    measured === null
      ? 'not measured'
      : `precision ${percent(measured.right, measured.said)}, recall ${percent(measured.right, measured.weak)} of ${measured.weak}`
  const says = state === 'blind' ? 'BLIND: not said' : `${found} of ${looked}`
  return [`${kind}  ${title}  ${says}  (${figures})`, `  ${rule}`, ...why.map((line) => `  ${line}`)]
}
