import { currentRun, type LabState, type Loot, type Run } from './state.ts'
import {
  count,
  duration,
  fit,
  interval,
  line,
  paintOf,
  stamp,
  timeAhead,
  tint,
  wrap,
  type Color,
  type Line,
  type Span,
} from './text.ts'
import type { ContainmentView } from './view.ts'

export type Screen = { columns: number; rows: number; isColored: boolean; nowMs: number }

/** Below this width two panes would cut what matters: plain lines are shown instead. */
export const columnsMin = 100

/** The whole screen, at most `rows` lines of exactly `columns` columns. Pure. */
export function render(state: LabState, screen: Screen): string[] {
  const { columns, rows } = screen
  const paint = paintOf(screen.isColored)
  const run = currentRun(state)
  const left = Math.floor((columns - 3) * 0.44)
  const right = columns - 3 - left
  const head = [
    line(tint('bold', 'Cordon lab'), `  Brightwater Data, a made-up data contractor (seed ${state.seed})`),
    ...state.parts.map(({ label, what, version }) =>
      line(tint(label === 'real' ? 'green' : 'yellow', label), `  ${what}`, tint('dim', `  ${version}`)),
    ),
    line(run === undefined ? state.progress : tint('bold', run.says)),
    line(tint('dim', '─'.repeat(columns))),
  ]
  const bodyRows = Math.max(0, rows - head.length)
  const thief = run === undefined ? [] : thiefPane(run, bodyRows)
  const cordon = run === undefined ? [] : newest(cordonPane(run, right, screen.nowMs), bodyRows)
  const body = Array.from({ length: Math.min(bodyRows, Math.max(thief.length, cordon.length)) }, (_, index) => {
    const separator = paint('dim', '│')
    return `${fit(thief[index] ?? [], left, paint)} ${separator} ${fit(cordon[index] ?? [], right, paint)}`
  })
  return [...head.map((parts) => fit(parts, columns, paint)), ...body].slice(0, rows)
}

/** A pane longer than the screen keeps its title and its end: what was proven and what survives stands there. */
const newest = (lines: Line[], rows: number): Line[] =>
  lines.length <= rows ? lines : [...lines.slice(0, 1), [tint('dim', '…')], ...lines.slice(lines.length - rows + 2)]

function thiefPane(run: Run, rows: number): Line[] {
  const loot = lootLines(run)
  const attemptRows = Math.max(3, rows - loot.length - 3)
  return [
    line(tint('bold', "THIEF'S CLIENT"), ` holds ${count(run.people)} people's records`),
    ...run.attempts
      .slice(-attemptRows)
      .map(({ atMs, request, answer, isOpen, people }) =>
        line(
          tint('dim', stamp(atMs)),
          `  ${request}  `,
          tint(isOpen ? 'red' : 'green', answer),
          isOpen && people > 0 ? `  ${count(people)} people` : '',
        ),
      ),
    [],
    ...loot,
  ]
}

function lootLines({ loot }: Run): Line[] {
  if (loot.length === 0) return []
  const width = Math.max(...loot.map(({ name }) => name.length))
  return [line(tint('bold', 'WHAT THE STOLEN CREDENTIALS OPEN NOW')), ...loot.map((item) => lootLine(item, width))]
}

const lootLine = ({ name, answer, isOpen, refusedAtMs }: Loot, width: number): Line =>
  line(
    `  ${name.padEnd(width)}  `,
    tint(isOpen ? 'red' : 'green', answer),
    refusedAtMs === null ? '' : tint('dim', `  since ${stamp(refusedAtMs).trim()}`),
  )

const stateColors: Record<string, Color> = {
  contained: 'green',
  failed: 'yellow',
  unknown: 'yellow',
  'awaiting-approval': 'yellow',
}

function cordonPane(run: Run, width: number, nowMs: number): Line[] {
  if (run.name === 'without') {
    return [
      line(tint('bold', 'NO CORDON')),
      ...run.notes.flatMap(({ says }) => wrap(says, width).map((text) => line(text))),
    ]
  }
  const notes = run.notes.slice(-3).map(({ atMs, says }) => line(tint('dim', stamp(atMs)), `  ${says}`))
  const view = run.containment
  return [
    line(tint('bold', 'CORDON')),
    ...notes,
    ...(view === null ? [] : [[], ...containmentLines(view, width, nowMs)]),
  ]
}

export function containmentLines(view: ContainmentView, width: number, nowMs: number): Line[] {
  return [
    line(tint('bold', 'EXPOSED '), `${view.exposed.length} credentials on ${view.hosts.join(', ')}`),
    ...wrap(view.exposed.join(', '), width - 2).map((text) => line(`  ${text}`)),
    ...planLines(view),
    ...deadLines(view),
    ...survivorLines(view, width, nowMs),
    ...impactLines(view, width),
  ]
}

function stateSpan(state: string): Span {
  const color = stateColors[state]
  return color === undefined ? { text: state } : { text: state, color }
}

function planLines({ plan, steps, approvals }: ContainmentView): Line[] {
  if (steps.length === 0) return []
  const approval = approvals.map(({ by }) => by).join(', ')
  const target = Math.max(...steps.map((step) => step.target.length))
  const phase = Math.max(...steps.map((step) => step.phase.length))
  return [
    line(tint('bold', 'PLAN '), `${(plan ?? '').slice(0, 10)}  `, approval === '' ? '' : `approved by ${approval}`),
    ...steps.map((step) =>
      line(
        `  ${step.phase.padEnd(phase)}  ${step.target.padEnd(target)}  `,
        stateSpan(step.state),
        step.proof === null ? '' : `  ${step.proof}`,
        step.tookMs === null ? '' : tint('dim', `  ${duration(step.tookMs)}`),
      ),
    ),
  ]
}

function deadLines({ dead }: ContainmentView): Line[] {
  if (dead.length === 0) return []
  const width = Math.max(...dead.map(({ name }) => name.length))
  return [
    line(tint('bold', 'PROVEN DEAD'), tint('dim', '  (how, and how long after approval)')),
    ...dead.map(({ name, proof, tookMs }) =>
      line(
        `  ${name.padEnd(width)}  `,
        tint('green', proof.padEnd(12)),
        tookMs === null ? '' : `  ${duration(tookMs)}`,
      ),
    ),
  ]
}

function survivorLines({ survivors }: ContainmentView, width: number, nowMs: number): Line[] {
  if (survivors.length === 0) return []
  return [
    line(tint('bold', 'SURVIVORS'), tint('dim', '  (not proven dead)')),
    ...survivors.flatMap(({ name, why, next, expiresAtMs }) => [
      line(
        tint('yellow', `  ${name}`),
        expiresAtMs === null ? '' : `  dies by itself ${timeAhead(expiresAtMs, nowMs)}`,
      ),
      ...wrap(`${why}. Next: ${next}`, width - 4).map((text) => line(tint('dim', `    ${text}`))),
    ]),
  ]
}

function impactLines({ impact, blindSpots }: ContainmentView, width: number): Line[] {
  if (impact === null) return []
  return [
    line(tint('bold', 'WHOSE DATA'), '  people: ', `could reach ${interval(impact.reach)}`),
    line(
      `  touched ${interval(impact.touched)} · changed ${interval(impact.changed)} · cannot tell ${interval(impact.unknown)}`,
    ),
    line(`  customers: ${impact.customers.length === 0 ? 'none' : impact.customers.join(', ')}`),
    ...blindSpots.slice(0, 2).flatMap((says) => wrap(says, width - 2).map((text) => line(tint('dim', `  ${text}`)))),
  ]
}
