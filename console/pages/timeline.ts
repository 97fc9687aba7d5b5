import { h, type ComponentChild } from 'preact'
import { useState } from 'preact/hooks'

import type { ResponseOf } from '#api/contract'

import { Evidence } from '../parts/evidence.ts'
import { Steps } from '../parts/paged-table.ts'
import { readingOf } from '../parts/reading.ts'
import { tableOf, type Column } from '../parts/table.ts'
import { Time } from '../parts/time.ts'
import { WithCode } from '../parts/with-code.ts'
import { useRead } from '../read.ts'
import { href } from '../route.ts'
import { duration } from '../time.ts'

type Page = ResponseOf<'incident.timeline'>
type Line = Page['lines'][number]

const linesMax = 100
const everyMs = 5_000
const caption = 'What happened, was found, decided, done and proven, in the order in which it happened'

/** One incident, line by line; pages are known by where they begin. */
export function Timeline({ id }: { id: string }): ComponentChild {
  const [starts, setStarts] = useState<readonly string[]>([])
  const after = starts.at(-1)
  const query = { max: String(linesMax), after }
  const ask = { params: { incident: id }, query }
  const read = useRead(
    (api, signal) => api.call('incident.timeline', ask, signal),
    `timeline ${id} ${after ?? ''}`,
    everyMs,
  )
  return h(
    'section',
    { 'aria-labelledby': 'timeline' },
    h('h2', { id: 'timeline' }, 'Timeline'),
    readingOf({
      read,
      what: 'the timeline',
      show: ({ lines, next, says }) => [
        says.map((text) => h('p', { key: text, class: 'dim' }, h(WithCode, { text }))),
        tableOf<Line & { place: number }>({
          caption,
          columns,
          rows: lines.map((line, place) => ({ ...line, place })),
          keyOf: ({ place }) => place,
          empty: 'Nothing happened yet.',
        }),
        next === null && starts.length === 0
          ? null
          : h(Steps, {
              says: `page ${starts.length + 1}`,
              of: caption,
              back: starts.length === 0 ? null : () => setStarts(starts.slice(0, -1)),
              on: next === null ? null : () => setStarts([...starts, next]),
            }),
      ],
    }),
  )
}

const placeOf = (id: string): string | null =>
  id.startsWith('fnd_') ? 'findings' : id.startsWith('inc_') ? 'incidents' : null
/** Actions and plans stand in the tables above. */
const Refs = ({ ids }: { ids: readonly string[] }): ComponentChild => {
  const links = ids.flatMap((id) => {
    const page = placeOf(id)
    return page === null ? [] : [h('a', { key: id, href: href(page, id) }, id)]
  })
  return links.length === 0 ? null : h('small', { class: 'evidence' }, links.slice(0, refsShown))
}

const columns: readonly Column<Line>[] = [
  {
    head: 'When',
    isHead: true,
    cell: ({ fromMs, arrivedAtMs }) => [
      h(Time, { ms: fromMs, exact: true }),
      arrivedAtMs === null || arrivedAtMs - fromMs < 1000
        ? null
        : h('small', { class: 'dim' }, `told ${duration(arrivedAtMs - fromMs)} later`),
    ],
  },
  { head: 'Kind', cell: ({ kind }) => kind },
  {
    head: 'What',
    cell: ({ says, count, refs }) => [
      h(WithCode, { text: says }),
      count > 1 ? h('small', { class: 'dim' }, `${count.toLocaleString('en')} like it within a minute`) : null,
      h(Refs, { ids: refs }),
    ],
  },
  { head: 'Evidence', cell: ({ evidence }) => h(Evidence, { offsets: evidence }) },
]
const refsShown = 3
