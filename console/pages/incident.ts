import { h, type ComponentChild } from 'preact'

import type { ResponseOf } from '#api/contract'

import { Concern, Entity, SeverityWord, UrgencyWord } from '../parts/entity.ts'
import { Facts } from '../parts/facts.ts'
import { Heading } from '../parts/heading.ts'
import { PagedTable } from '../parts/paged-table.ts'
import { readingOf } from '../parts/reading.ts'
import type { Column } from '../parts/table.ts'
import { Time } from '../parts/time.ts'
import { WithCode } from '../parts/with-code.ts'
import { useRead } from '../read.ts'
import { href } from '../route.ts'
import { duration } from '../time.ts'
import { WhoseData } from './impact.ts'
import { Steps } from './incident-steps.ts'
import { Timeline } from './timeline.ts'

type Report = ResponseOf<'incident.show'>
type Survivor = Report['survivors'][number]
type Dead = Report['dead'][number]

/** A report walks the estate: often enough to follow a containment, and no oftener. */
const everyMs = 5_000

export function IncidentPage({ id }: { id: string }): ComponentChild {
  const read = useRead((api, signal) => api.call('incident.show', { params: { incident: id } }, signal), id, everyMs)
  return h(
    'section',
    null,
    h('p', { class: 'back' }, h('a', { href: href('incidents') }, 'Incidents')),
    h(Heading, { title: read.value?.incident.title ?? id }),
    readingOf({ read, what: `the incident ${id}`, show: (report) => h(Body, { report }) }),
    h(Timeline, { id }),
  )
}

function Body({ report }: { report: Report }): ComponentChild {
  const { incident, asked, dead, survivors, approvals, joins = [] } = report
  const impact = report.impactNow?.impact ?? report.assessment?.exposure.impact
  const unseen = [...new Set([...(impact?.blindSpots ?? []), ...report.blindSpots])]
  return h(
    'div',
    null,
    asked === undefined
      ? null
      : h(
          'p',
          { class: 'lead' },
          `${asked.incident} is part of this incident since `,
          h(Time, { ms: asked.foldedAtMs }),
          '.',
        ),
    h(Facts, {
      facts: [
        ['Call', h(UrgencyWord, { urgency: incident.urgency })],
        ['Severity', h(SeverityWord, { severity: incident.severity })],
        ['State', incident.state],
        ['Opened', h(Time, { ms: incident.openedAtMs })],
        ['About', h(Concern, { incident })],
        [
          'Looks at',
          [
            h(Time, { ms: incident.window.fromMs }),
            ' to ',
            incident.window.toMs === null ? 'now' : h(Time, { ms: incident.window.toMs }),
          ],
        ],
        ['Proven dead', h('strong', null, dead.length)],
        ['Survivors', h('strong', { class: survivors.length > 0 ? 'word bad' : undefined }, survivors.length)],
        ['Approved by', approvals.map(({ approver }) => approver).join(', ') || 'nobody yet'],
        ['Findings', h(FindingLinks, { ids: incident.findings })],
        ['Id', h('code', null, incident.id)],
      ],
    }),
    h('h2', null, 'Survivors'),
    h(PagedTable<Survivor>, {
      caption: 'Credentials not proven dead',
      columns: survivorColumns,
      rows: survivors,
      keyOf: ({ credential }) => credential,
      empty:
        report.assessment === null
          ? 'There is no plan yet, so nothing was looked for.'
          : 'None: all that is exposed is proven dead.',
    }),
    h(Steps, { report }),
    h('h2', null, 'Proven dead'),
    h(PagedTable<Dead>, {
      caption: 'Credentials with a proof',
      columns: deadColumns,
      rows: dead,
      keyOf: ({ credential }) => credential,
      empty: 'Nothing is proven dead yet.',
    }),
    impact === undefined ? null : h(WhoseData, { impact }),
    unseen.length === 0
      ? null
      : [
          h('h2', null, 'What the sources could not show'),
          h(
            'ul',
            { class: 'plain-list' },
            unseen.map((text) => h('li', { key: text }, h(WithCode, { text }))),
          ),
        ],
    joins.length === 0
      ? null
      : [
          h('h2', null, 'Why it is one incident'),
          h(
            'ul',
            { class: 'plain-list' },
            joins
              .toReversed()
              .slice(0, joinsShown)
              .map(({ finding, says }) => h('li', { key: finding }, h(WithCode, { text: says }))),
          ),
        ],
  )
}

const joinsShown = 10
const findingsShown = 3
const FindingLinks = ({ ids }: { ids: readonly string[] }): ComponentChild =>
  ids.length === 0
    ? 'a person opened it'
    : [
        ids.slice(0, findingsShown).map((id) => h('a', { key: id, class: 'block', href: href('findings', id) }, id)),
        ids.length > findingsShown
          ? h('small', { class: 'dim' }, `and ${ids.length - findingsShown} more in the timeline`)
          : null,
      ]

const survivorColumns: readonly Column<Survivor>[] = [
  { head: 'Credential', isHead: true, cell: ({ credential }) => h(Entity, { id: credential }) },
  { head: 'Why it lives', cell: ({ why }) => h(WithCode, { text: why }) },
  { head: 'Next step', cell: ({ next }) => h(WithCode, { text: next }) },
  {
    head: 'Owner',
    cell: ({ owner }) => (owner === null ? h('span', { class: 'dim' }, 'not known') : h(Entity, { id: owner })),
  },
  {
    head: 'Dies by itself',
    cell: ({ expiresAtMs, quiet }) => [
      expiresAtMs === null ? h('span', { class: 'dim' }, 'no') : h(Time, { ms: expiresAtMs }),
      quiet ? h('small', { class: 'dim' }, 'quiet: not seen in use since') : null,
    ],
  },
]

const deadColumns: readonly Column<Dead>[] = [
  { head: 'Credential', isHead: true, cell: ({ credential }) => h(Entity, { id: credential }) },
  { head: 'Proof', cell: ({ proof }) => proof?.kind ?? '-' },
  { head: 'What answered', cell: ({ proof }) => (proof === null ? '-' : h(WithCode, { text: proof.says })) },
  { head: 'Proven', cell: ({ proof }) => (proof === null ? '-' : h(Time, { ms: proof.atMs })) },
  {
    head: 'After apply',
    isNumber: true,
    cell: ({ fromApplyMs }) =>
      fromApplyMs === null ? '-' : fromApplyMs < 1000 ? `${fromApplyMs} ms` : duration(fromApplyMs),
  },
]
