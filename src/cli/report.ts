import { formatTime } from '#kit'
import type { Interval } from '#model'
import type { AssessmentBody, ReportBody } from '#api/contract'

import { duration, plural, table, wrap } from './table.ts'

/** Plain-text forms of what the API says. Pure: the same report gives the same lines. */
export function renderAssessment({ exposure, plan }: AssessmentBody): string {
  const lines: string[] = []
  const { impact } = exposure
  lines.push(
    `Exposure as of log offset ${exposure.asOf}: ${plural(exposure.hosts.length, 'host')}, ${plural(exposure.credentials.length, 'credential')}, ${plural(exposure.descendants.length, 'descendant')}`,
  )
  if (exposure.credentials.length > 0) {
    lines.push(
      '',
      table(
        ['credential', 'kind', 'how', 'since'],
        exposure.credentials.map(({ credential, kind, role, epoch }) => [
          credential,
          kind,
          role,
          formatTime(epoch * 1000),
        ]),
      ),
    )
  }
  lines.push('', renderPlan(plan), '', ...renderImpact(impact))
  return lines.join('\n')
}

export function renderPlan(plan: AssessmentBody['plan']): string {
  if (plan.steps.length === 0 && plan.survivorsForeseen.length === 0) return 'Plan: nothing to do'
  const rows = plan.steps.map(({ phase, verb, target, level, preview, cutsOff }) => [
    phase,
    verb,
    target,
    level === null ? 'never by policy' : level === 0 ? 'by itself' : plural(level, 'approval'),
    preview.reversible ? 'reversible' : 'IRREVERSIBLE',
    cutsOff.length === 0 ? '-' : String(cutsOff.length),
  ])
  const lines = [`Plan ${plan.hash}`, '', table(['phase', 'verb', 'target', 'needs', 'undo', 'cuts off'], rows)]
  if (plan.survivorsForeseen.length > 0) {
    lines.push('', 'Cannot be killed from here:')
    for (const { credential, why, next } of plan.survivorsForeseen) lines.push(...block(credential, why, next, []))
  }
  return lines.join('\n')
}

export function renderImpact(impact: AssessmentBody['exposure']['impact']): string[] {
  const { people } = impact
  const lines = [
    table(
      ['', 'resources', 'people', 'customers'],
      [
        [
          'could reach',
          String(impact.couldReach.length),
          interval(people.couldReach),
          String(impact.customers.filter((c) => c.couldReach).length),
        ],
        [
          'did touch',
          String(impact.didTouch.length),
          interval(people.didTouch),
          String(impact.customers.filter((c) => c.didTouch).length),
        ],
        [
          'did change',
          String(impact.didChange.length),
          interval(people.didChange),
          String(impact.customers.filter((c) => c.didChange).length),
        ],
        [
          'cannot tell',
          String(impact.unknown.length),
          interval(people.unknown),
          String(impact.customers.filter((c) => c.unknown).length),
        ],
      ],
    ),
  ]
  if (impact.blindSpots.length > 0)
    lines.push('', 'What the sources could not show:', ...impact.blindSpots.map((says) => `  - ${says}`))
  return lines
}

export const interval = ({ atLeast, atMost }: Interval): string =>
  atLeast === atMost
    ? atMost.toLocaleString('en-US')
    : `${atLeast.toLocaleString('en-US')} to ${atMost.toLocaleString('en-US')}`

export function renderReport(report: ReportBody): string {
  const { incident, dead, survivors, actions, approvals, assessment, descendantsLeft = [] } = report
  const lines = [
    `${incident.id}  ${incident.severity}  ${incident.state}`,
    `${incident.title} (opened ${formatTime(incident.openedAtMs)})`,
    ...renderJoins(report),
    '',
    `Dead: ${dead.length}   Survivors: ${survivors.length}   Actions: ${actions.length}   Approvals: ${approvals.length}`,
  ]
  if (dead.length > 0) {
    lines.push(
      '',
      table(
        ['dead', 'proof', 'after apply', 'what answered'],
        dead.map(({ credential, proof, fromApplyMs }) => [
          credential,
          proof?.kind ?? '-',
          fromApplyMs === null ? '-' : duration(fromApplyMs),
          proof?.says ?? '',
        ]),
      ),
    )
  }
  if (survivors.length > 0) {
    lines.push(
      '',
      'SURVIVORS (not proven dead)',
      ...survivors.flatMap(({ credential, why, next, expiresAtMs }) =>
        block(credential, why, next, expiresAtMs === null ? [] : [`dies by itself at ${formatTime(expiresAtMs)}`]),
      ),
    )
  }
  if (descendantsLeft.length > 0) {
    lines.push(
      '',
      'MADE BY THEM AND LEFT',
      ...descendantsLeft.flatMap(({ entity, why, next }) => block(entity, why, next, [])),
    )
  }
  if (actions.length > 0) {
    lines.push(
      '',
      table(
        ['action', 'phase', 'verb', 'target', 'state'],
        actions.map(({ id, phase, verb, target, state }) => [id, phase, verb, target, state]),
      ),
    )
  }
  if (report.tasks.length > 0) {
    lines.push('', 'TASKS FOR PEOPLE (their word is no proof)', ...renderTasks(report.tasks))
  }
  const impact = report.impactNow?.impact ?? assessment?.exposure.impact
  if (impact !== undefined) lines.push('', ...renderImpact(impact))
  const more = report.blindSpots.filter((says) => impact?.blindSpots.includes(says) !== true)
  if (more.length > 0) lines.push('', 'Not seen:', ...more.map((says) => `  - ${says}`))
  return lines.join('\n')
}

const joinsShown = 10

/** Why other findings are of this incident, the newest first; JSON has all. */
function renderJoins({ asked, joins = [] }: ReportBody): string[] {
  const lines: string[] = []
  if (asked !== undefined)
    lines.push(`${asked.incident} is part of this incident since ${formatTime(asked.foldedAtMs)}`)
  const newest = joins.toReversed()
  if (newest.length > 0) lines.push('', 'JOINED OVER THE ESTATE')
  lines.push(...newest.slice(0, joinsShown).flatMap(({ says }) => indented(says, '  ')))
  if (newest.length > joinsShown) lines.push(`  and ${newest.length - joinsShown} more: --json`)
  return lines
}

const indented = (text: string, by: string): string[] => {
  const [first = '', ...rest] = wrap(text, textColumns)
  return [`${by}- ${first}`, ...rest.map((line) => `${by}  ${line}`)]
}

/** `nowMs`: also says what is overdue. */
export function renderTasks(tasks: ReportBody['tasks'], nowMs?: number): string[] {
  return tasks.flatMap(({ action, phase, target, says, owner, dueAtMs, done }) => {
    const late =
      done === null && nowMs !== undefined && nowMs > dueAtMs ? ` (${duration(nowMs - dueAtMs)} overdue)` : ''
    const stands =
      done === null
        ? `Due ${formatTime(dueAtMs)}${late}, owner ${owner ?? 'not known'}. Then: cordon task done ${action} --note …`
        : `Done by ${done.by} at ${formatTime(done.atMs)}: ${done.note}`
    return [
      `  ${action}  ${phase}  ${target}`,
      ...[...says, stands].flatMap((text) => wrap(text, textColumns).map((line) => `      ${line}`)),
    ]
  })
}

const textColumns = 100
/** What a person must read whole stands on lines of its own, never in a column that a terminal would cut. */
const block = (entity: string, why: string, next: string, facts: readonly string[]): string[] => [
  `  ${entity}`,
  ...[...facts, why, `Next: ${next}`].flatMap((says) => wrap(says, textColumns).map((text) => `      ${text}`)),
]
