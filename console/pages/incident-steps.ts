import { h, type ComponentChild } from 'preact'

import type { ResponseOf } from '#api/contract'

import { Entity } from '../parts/entity.ts'
import { PagedTable } from '../parts/paged-table.ts'
import type { Column } from '../parts/table.ts'
import { Time } from '../parts/time.ts'
import { WithCode } from '../parts/with-code.ts'
import { Word } from '../parts/word.ts'
import type { Tone } from '../sight.ts'

type Report = ResponseOf<'incident.show'>
type Action = Report['actions'][number]
type Task = Report['tasks'][number]

/** What was done and waits, and what only people can do. */
export function Steps({ report }: { report: Report }): ComponentChild {
  const { incident, assessment, actions, tasks } = report
  const waiting = actions.filter(({ state }) => state === 'awaiting-approval').length
  const plan = incident.plan ?? assessment?.plan.hash ?? null
  return [
    h('h2', null, 'Steps'),
    waiting === 0 || plan === null
      ? null
      : h(
          'p',
          { class: 'lead' },
          `${waiting} ${waiting === 1 ? 'step waits' : 'steps wait'} for approval, which is signed where the approver's key is: `,
          h('code', { class: 'any-break' }, `cordon contain ${incident.id} --approve ${plan}`),
        ),
    actions.length === 0 && plan !== null
      ? h(
          'p',
          { class: 'empty' },
          'Nothing was done yet: ',
          h('code', null, `cordon contain ${incident.id}`),
          ' starts the plan.',
        )
      : h(PagedTable<Action>, {
          caption: 'Steps, in the order of their phases',
          columns: actionColumns,
          rows: actions,
          keyOf: ({ id }) => id,
          empty: 'There is no plan yet.',
        }),
    tasks.length === 0
      ? null
      : [
          h('h2', null, 'Tasks for people'),
          h(PagedTable<Task>, {
            caption: 'What only people can do; their word is no proof',
            columns: taskColumns,
            rows: tasks,
            keyOf: ({ action }) => action,
            empty: '',
          }),
        ],
  ]
}

const tones: Partial<Record<Action['state'], Tone>> = { failed: 'bad', unknown: 'warn', 'awaiting-approval': 'warn' }

const actionColumns: readonly Column<Action>[] = [
  { head: 'Phase', cell: ({ phase }) => phase },
  {
    head: 'Step',
    isHead: true,
    cell: ({ verb, source }) => [
      h('span', null, verb),
      source === null ? null : h('small', { class: 'dim' }, `by ${source}`),
    ],
  },
  { head: 'On', cell: ({ target }) => h(Entity, { id: target }) },
  {
    head: 'State',
    cell: ({ state, lastError }) => [
      h(Word, { word: state, tone: tones[state] ?? 'plain' }),
      lastError === null ? null : h('small', { class: 'clamp' }, h(WithCode, { text: lastError })),
    ],
  },
  {
    head: 'Proof',
    cell: ({ proof }) =>
      proof === null
        ? h('span', { class: 'dim' }, '-')
        : [proof.kind, h('small', { class: 'dim' }, h(Time, { ms: proof.atMs }))],
  },
]

const taskColumns: readonly Column<Task>[] = [
  {
    head: 'Task',
    isHead: true,
    cell: ({ target, phase }) => [h(Entity, { id: target }), h('small', { class: 'dim' }, phase)],
  },
  { head: 'What to do', cell: ({ says }) => says.map((text) => h('p', { key: text }, h(WithCode, { text }))) },
  {
    head: 'Owner',
    cell: ({ owner }) => (owner === null ? h('span', { class: 'dim' }, 'not known') : h(Entity, { id: owner })),
  },
  {
    head: 'Due',
    cell: ({ dueAtMs, done }) =>
      done === null ? h(Time, { ms: dueAtMs }) : ['done by ', done.by, ', ', h(Time, { ms: done.atMs })],
  },
]
