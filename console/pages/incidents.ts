import { h, type ComponentChild } from 'preact'

import type { Api } from '../api.ts'
import type { PageProps } from '../app.ts'
import { byUrgency, type Incident } from '../entity.ts'
import { Concern, SeverityWord, UrgencyWord } from '../parts/entity.ts'
import { Heading } from '../parts/heading.ts'
import { PagedTable } from '../parts/paged-table.ts'
import { readingOf } from '../parts/reading.ts'
import type { Column } from '../parts/table.ts'
import { Tabs } from '../parts/tabs.ts'
import { Time } from '../parts/time.ts'
import { useRead } from '../read.ts'
import { href } from '../route.ts'

const columns: readonly Column<Incident>[] = [
  { head: 'Call', cell: ({ urgency }) => h(UrgencyWord, { urgency }) },
  {
    head: 'Incident',
    isHead: true,
    cell: ({ id, title }) => [h('a', { href: href('incidents', id) }, title), h('small', { class: 'dim' }, id)],
  },
  { head: 'Severity', cell: ({ severity }) => h(SeverityWord, { severity }) },
  { head: 'State', cell: ({ state }) => state },
  { head: 'About', cell: (incident) => h(Concern, { incident }) },
  { head: 'Findings', isNumber: true, cell: ({ findings }) => findings.length.toLocaleString('en') },
  { head: 'Opened', cell: ({ openedAtMs }) => h(Time, { ms: openedAtMs }) },
]

const groups = {
  Open: { states: ['open', 'containing'], empty: 'No incident is open.' },
  Contained: { states: ['contained'], empty: 'No incident is contained and waits to be closed.' },
  Closed: { states: ['closed'], empty: 'No incident was closed yet.' },
} as const
const groupOf = (text: string | undefined): keyof typeof groups =>
  text === 'Contained' || text === 'Closed' ? text : 'Open'

const list = async (api: Api, states: readonly string[], signal: AbortSignal): Promise<Incident[]> => {
  const answers = await Promise.all(states.map((state) => api.call('incident.list', { query: { state } }, signal)))
  return answers.flatMap(({ incidents }) => incidents).sort(byUrgency)
}

export function IncidentsPage({ route }: PageProps): ComponentChild {
  const group = groupOf(route.query['show'])
  const { states, empty } = groups[group]
  const read = useRead((api, signal) => list(api, states, signal), `incidents ${group}`)
  const tabs = Object.keys(groups).map((name) => [name, href('incidents', null, { show: name })] as const)
  return h(
    'section',
    null,
    h(Heading, { title: 'Incidents' }),
    h(Tabs, { label: 'Incidents by state', tabs, now: group }),
    readingOf({
      read,
      what: 'the incidents',
      show: (incidents) =>
        h(PagedTable<Incident>, {
          key: group,
          caption: `${group} incidents: those that somebody is called for first`,
          columns,
          rows: incidents,
          keyOf: ({ id }) => id,
          empty,
        }),
    }),
  )
}
