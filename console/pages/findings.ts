import { h, type ComponentChild } from 'preact'

import type { ResponseOf } from '#api/contract'

import type { PageProps } from '../app.ts'
import { findingKind } from '../entity.ts'
import { Entities, SeverityWord } from '../parts/entity.ts'
import { Heading } from '../parts/heading.ts'
import { readingOf } from '../parts/reading.ts'
import { tableOf, type Column } from '../parts/table.ts'
import { Tabs } from '../parts/tabs.ts'
import { Time } from '../parts/time.ts'
import { useRead } from '../read.ts'
import { href, type Route } from '../route.ts'
import { WeakTable } from './weak-places.ts'

type Finding = ResponseOf<'finding.list'>['findings'][number]

/** What happened, and what is weak before anything happens. */
export function FindingsPage({ route }: PageProps): ComponentChild {
  const isWeak = route.query['show'] === 'weak'
  const tabs = [
    ['What happened', href('findings')],
    ['What is weak', href('findings', null, { show: 'weak' })],
  ] as const
  return h(
    'section',
    null,
    h(Heading, { title: 'Findings' }),
    h(Tabs, { label: 'Kinds of findings', tabs, now: isWeak ? 'What is weak' : 'What happened' }),
    isWeak ? h(WeakTable, { route }) : h(FoundTable, { route }),
  )
}

export const findingsMax = 100

const columns: readonly Column<Finding>[] = [
  { head: 'Severity', cell: ({ severity }) => h(SeverityWord, { severity }) },
  {
    head: 'Finding',
    isHead: true,
    cell: ({ id, title, rule }) => [
      h('a', { href: href('findings', id) }, title),
      h('small', null, h('a', { class: 'dim', href: href('findings', null, { rule }) }, rule)),
    ],
  },
  { head: 'Kind', cell: ({ rule }) => findingKind(rule) },
  { head: 'State', cell: (finding) => h(FindingState, { finding }) },
  { head: 'About', cell: ({ entities }) => h(Entities, { ids: entities }) },
  {
    head: 'Like it that day',
    isNumber: true,
    cell: ({ like }) =>
      (like?.count ?? 1) === 1 ? h('span', { class: 'dim' }, '-') : (like?.count ?? 1).toLocaleString('en'),
  },
  { head: 'When', cell: ({ atMs }) => h(Time, { ms: atMs }) },
]

export const FindingState = ({ finding }: { finding: Finding }): ComponentChild => {
  const { triage, incidents, exception, opens } = finding
  const [incident] = incidents
  return [
    h('span', null, triage.verdict === null ? triage.state : `${triage.state}: ${triage.verdict}`),
    h(
      'small',
      null,
      exception !== null
        ? h('span', { class: 'dim' }, 'excepted')
        : incident !== undefined
          ? h('a', { href: href('incidents', incident) }, 'its incident')
          : h('span', { class: 'dim' }, opens ? 'its incident is about to open' : 'opens no incident'),
    ),
  ]
}

function FoundTable({ route }: { route: Route }): ComponentChild {
  const { rule, before } = route.query
  const query = { rule, before, grouped: 'true', max: String(findingsMax) }
  const read = useRead(
    (api, signal) => api.call('finding.list', { query }, signal),
    `findings ${rule ?? ''} ${before ?? ''}`,
  )
  return readingOf({
    read,
    what: 'the findings',
    show: ({ findings }) => {
      const last = findings.at(-1)
      const kept = rule === undefined ? {} : { rule }
      return [
        rule === undefined
          ? null
          : h(
              'p',
              { class: 'lead' },
              'Of the rule ',
              h('code', { class: 'any-break' }, rule),
              ' alone. ',
              h('a', { href: href('findings') }, 'Show all'),
            ),
        tableOf<Finding>({
          caption: 'What rules found, newest first; what is alike on one day is one line',
          columns,
          rows: findings,
          keyOf: ({ id }) => id,
          empty: before === undefined ? 'Nothing was found yet.' : 'Nothing older was found.',
        }),
        h(
          'p',
          { class: 'steps' },
          before === undefined ? null : h('a', { href: href('findings', null, kept) }, 'Newest'),
          last === undefined || findings.length < findingsMax
            ? null
            : h('a', { href: href('findings', null, { ...kept, before: String(last.number) }) }, 'Older'),
        ),
      ]
    },
  })
}
