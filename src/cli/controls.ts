import type { ResponseOf } from '#api/contract'

import { plural, table } from './table.ts'

/** Plain-text forms of how controls stand. Pure. */
type Listed = ResponseOf<'control.list'>
type Shown = ResponseOf<'control.show'>['control']
type History = ResponseOf<'control.history'>

const words = {
  met: 'met',
  excepted: 'met but for exceptions',
  partly: 'met as far as can be said',
  unsaid: 'cannot be said',
  unmet: 'NOT MET',
} as const
const states = ['unmet', 'unsaid', 'partly', 'excepted', 'met'] as const

const numbers = ({ open, excepted }: { open: number; excepted: number }): string[] => [
  open === 0 ? '' : open.toLocaleString('en-US'),
  excepted === 0 ? '' : excepted.toLocaleString('en-US'),
]

export function renderControls({ frameworks, controls }: Listed): string {
  return frameworks
    .map(({ id, title, edition }) => {
      const own = controls.filter(({ framework }) => framework === id)
      const rows = own.map(({ control, state, open, excepted, asks }) => [
        control,
        words[state],
        ...numbers({ open, excepted }),
        asks,
      ])
      return `${title}, ${edition} (${id}): ${summary(own)}\n${table(['control', 'state', 'against', 'excepted', 'asks that'], rows)}`
    })
    .join('\n\n')
}

/** `3 not met, 2 cannot be said, 8 met`, worst first. */
const summary = (controls: readonly { state: keyof typeof words }[]): string =>
  states
    .map((state) => [controls.filter((one) => one.state === state).length, state] as const)
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${count} ${words[state].toLowerCase()}`)
    .join(', ')

export function renderControl({ framework, control, asks, state, evidence }: Shown): string[] {
  return [
    `${framework} ${control}: ${words[state]}`,
    asks,
    '',
    table(
      ['evidence', 'state', 'against', 'excepted', 'what'],
      evidence.map(({ evidence: name, title, state: own, open, excepted }) => [
        name,
        words[own],
        ...numbers({ open, excepted }),
        title,
      ]),
    ),
    ...evidence.flatMap(({ evidence: name, why }) => why.map((says) => `${name}: ${says}`)),
  ]
}

export function renderHistory({ days, changes }: History): string {
  const first = days[0]
  const last = days.at(-1)
  if (first === undefined || last === undefined) return 'No day is noted yet: the first is within an hour of the start.'
  const began = changes.filter(({ from }) => from !== null)
  return [
    `${plural(days.length, 'day')} noted, ${days.length === 1 ? first.day : `${first.day} to ${last.day}`}; on the last: ${states
      .filter((state) => last.counts[state] > 0)
      .map((state) => `${last.counts[state]} ${words[state].toLowerCase()}`)
      .join(', ')}.`,
    began.length === 0
      ? 'No control changed.'
      : table(
          ['day', 'framework', 'control', 'from', 'to'],
          began.map(({ day, framework, control, from, to }) => [
            day,
            framework,
            control,
            from === null ? '' : words[from],
            words[to],
          ]),
        ),
  ].join('\n')
}
