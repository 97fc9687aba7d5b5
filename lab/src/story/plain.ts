import { currentRun, type LabEvent, type LabState } from './state.ts'
import { count, fit, paintOf, stamp, type Line } from './text.ts'
import { containmentLines } from './panes.ts'
import type { ContainmentView } from './view.ts'

const paint = paintOf(false)
const text = (parts: Line): string =>
  fit(
    parts,
    parts.reduce((sum, part) => sum + part.text.length, 0),
    paint,
  ).trimEnd()
export const plainColumns = 96
/** Of a client that loops, one success in this many is a line of its own; the first answer, and each change, always are. */
export const plainAttemptEvery = 10

/** Lines for an event where no screen can be drawn. `before` is the state that the event found. Pure. */
export function plainLines(before: LabState, event: LabEvent, after: LabState, nowMs: number): string[] {
  switch (event.kind) {
    case 'composition':
      return [
        `Cordon lab: Brightwater Data, a made-up data contractor (seed ${event.seed})`,
        ...event.parts.map(({ label, what, version }) => `  ${label}  ${what}  (${version})`),
      ]
    case 'progress':
      return [event.says]
    case 'run':
      return ['', `== ${event.says}`]
    case 'note':
      return [`${stamp(event.atMs)}  ${event.says}`]
    case 'attempt':
      return attemptLine(before, event, after)
    case 'containment':
      return containmentChange(before, event, nowMs)
  }
}

function attemptLine(before: LabState, event: Extract<LabEvent, { kind: 'attempt' }>, after: LabState): string[] {
  const was = currentRun(before)?.loot.find(({ name }) => name === event.loot)
  const now = currentRun(after)?.loot.find(({ name }) => name === event.loot)
  const isChange = was === undefined || was.answer !== event.answer
  if (!isChange && (!event.isOpen || (now?.tries ?? 0) % plainAttemptEvery !== 0)) return []
  const taken = event.isOpen && event.people > 0 ? `  (${count(event.people)} people taken)` : ''
  return [`${stamp(event.atMs)}  thief: ${event.loot}: ${event.request} -> ${event.answer}${taken}`]
}

/** Only what is new since the last view: steps that moved, deaths, survivors, then the rest once it is over. */
function containmentChange(
  before: LabState,
  { atMs, view }: Extract<LabEvent, { kind: 'containment' }>,
  nowMs: number,
): string[] {
  const old = currentRun(before)?.containment
  const lines: string[] = []
  const add = (says: string): number => lines.push(`${stamp(atMs)}  cordon: ${says}`)
  if (old?.exposed.join() !== view.exposed.join() && view.exposed.length > 0) {
    add(`exposed on ${view.hosts.join(', ')}: ${view.exposed.join(', ')}`)
  }
  for (const { by } of view.approvals.slice(old?.approvals.length ?? 0)) add(`plan approved by ${by}`)
  for (const step of view.steps) {
    const was = old?.steps.find((other) => other.verb === step.verb && other.target === step.target)
    if (was?.state === step.state) continue
    add(`${step.phase}: ${step.verb} ${step.target}: ${step.state}${step.proof === null ? '' : ` (${step.proof})`}`)
  }
  return isOver(view) && (old == null || !isOver(old))
    ? [...lines, ...containmentLines(view, plainColumns, nowMs).map((parts) => `         ${text(parts)}`)]
    : lines
}

const settled = new Set(['contained', 'failed', 'unknown', 'undone'])
/** Every step that may run has come to its end. */
export const isOver = ({ steps, approvals }: ContainmentView): boolean =>
  steps.length > 0 &&
  approvals.length > 0 &&
  steps.every(({ state, verb }) => settled.has(state) || verb === 'manual.task')
