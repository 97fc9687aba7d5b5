import { h, type ComponentChild } from 'preact'

import type { Health } from '../api.ts'
import { Facts } from '../parts/facts.ts'
import { Heading } from '../parts/heading.ts'
import { PagedTable } from '../parts/paged-table.ts'
import { tableOf, type Column } from '../parts/table.ts'
import { WithCode } from '../parts/with-code.ts'
import { Word } from '../parts/word.ts'
import { useDesk } from '../read.ts'
import { href } from '../route.ts'
import { isWell, lostOf, type Lost } from '../well.ts'

type Source = Health['sources'][number]
type Refused = Health['detection']['refused'][number]

/** What `cordon status` says. It comes by the stream that keeps the console live, so nothing more is asked. */
export function HealthPage(): ComponentChild {
  const { health } = useDesk().live
  return h(
    'section',
    null,
    h(Heading, { title: 'Health' }),
    health === null ? h('p', { class: 'dim' }, 'Reading …') : h(Body, { health }),
  )
}

function Body({ health }: { health: Health }): ComponentChild {
  const { version, head, projected, hands, automationStopped, warnings, detection, behaviour, sources } = health
  const behind = Math.max(0, head - projected)
  return [
    h(Facts, {
      facts: [
        ['Cordon', h(Word, isWell(health) ? { word: 'well', tone: 'plain' } : { word: 'needs somebody', tone: 'bad' })],
        ['Version', version],
        ['Log', `${head.toLocaleString('en')} events`],
        ['Estate', behind === 0 ? 'has read all of the log' : `${behind.toLocaleString('en')} events behind the log`],
        ['Hands', h(Word, hands ? { word: 'up', tone: 'plain' } : { word: 'down', tone: 'bad' })],
        [
          'Automation',
          h(Word, automationStopped ? { word: 'stopped', tone: 'warn' } : { word: 'runs', tone: 'plain' }),
        ],
        [
          'Rules',
          `${detection.rules.toLocaleString('en')}, and ${detection.correlations.toLocaleString('en')} correlations`,
        ],
        [
          'Actors known',
          `${behaviour.actors.toLocaleString('en')}, ${behaviour.warm.toLocaleString('en')} past their warm-up`,
        ],
      ],
    }),
    h('h2', null, 'Warnings'),
    warnings.length === 0
      ? h('p', { class: 'empty' }, 'Nothing is held back.')
      : h(
          'ul',
          { class: 'plain-list' },
          warnings.map(({ code, hint }) =>
            h('li', { key: code }, h('code', null, code), ': ', h(WithCode, { text: hint })),
          ),
        ),
    h('h2', null, 'Sources'),
    h(PagedTable<Source>, {
      caption: 'Sources, and whether each is read',
      columns: sourceColumns,
      rows: sources,
      keyOf: ({ id }) => id,
      empty: 'No sources yet.',
    }),
    h('h2', null, 'What detection lost'),
    tableOf<Lost>({
      caption: 'Since the start: what is lost makes findings fewer',
      columns: lostColumns,
      rows: lostOf(health),
      keyOf: ({ of, what }) => `${of} ${what}`,
      empty: 'Nothing was lost.',
    }),
    detection.refusedCount === 0
      ? null
      : [
          h('h2', null, 'Rules that were refused'),
          h(PagedTable<Refused>, {
            caption: `${detection.refusedCount.toLocaleString('en')} refused; the first of them`,
            columns: refusedColumns,
            rows: detection.refused,
            keyOf: ({ rule, place }) => `${rule} ${place}`,
            empty: '',
          }),
        ],
  ]
}

const sourceColumns: readonly Column<Source>[] = [
  { head: 'Source', isHead: true, cell: ({ id }) => h('a', { href: href('sources', id) }, id) },
  { head: 'State', cell: ({ ok }) => h(Word, ok ? { word: 'ok', tone: 'plain' } : { word: 'not ok', tone: 'bad' }) },
]
const lostColumns: readonly Column<Lost>[] = [
  { head: 'What', isHead: true, cell: ({ what }) => what },
  { head: 'Of', cell: ({ of }) => of },
  { head: 'How many', isNumber: true, cell: ({ count }) => count.toLocaleString('en') },
]
const refusedColumns: readonly Column<Refused>[] = [
  { head: 'Rule', isHead: true, cell: ({ rule }) => (rule === '' ? '-' : rule) },
  { head: 'Where', cell: ({ place }) => place },
  { head: 'Because', cell: ({ message }) => h(WithCode, { text: message }) },
]
