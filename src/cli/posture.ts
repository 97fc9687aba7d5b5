import { formatTime } from '#kit'
import type { ResponseOf } from '#api/contract'

import { plural } from './table.ts'

/** Plain-text forms of what the API says of weak things. Pure. */
type Finding = ResponseOf<'posture.show'>['finding']
type Kind = ResponseOf<'posture.kinds'>['kinds'][number]

const dayOf = (ms: number | null): string => (ms === null ? 'not known' : formatTime(ms).slice(0, 10))

export function renderFinding(finding: Finding): string[] {
  const { id, severity, title, on, name, owner, sinceMs, why, also, evidence, reach, fix } = finding
  return [
    `${id}  ${severity}  ${title}`,
    `${on}  ${name ?? ''}`.trimEnd(),
    why,
    '',
    `since    ${dayOf(sinceMs)}`,
    `owner    ${owner ?? 'nobody is known to answer for it'}`,
    `reaches  ${plural(reach.people, 'person', 'people')} in ${plural(reach.dataSets, 'data set')}, ${plural(reach.resources, 'resource')} in all`,
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
