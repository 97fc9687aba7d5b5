import { h, type ComponentChild } from 'preact'

import type { ResponseOf } from '#api/contract'

import { Evidence } from '../parts/evidence.ts'
import { Facts } from '../parts/facts.ts'
import { Heading } from '../parts/heading.ts'
import { readingOf } from '../parts/reading.ts'
import { tableOf, type Column } from '../parts/table.ts'
import { Time } from '../parts/time.ts'
import { WithCode } from '../parts/with-code.ts'
import { Word } from '../parts/word.ts'
import { useRead } from '../read.ts'
import { href } from '../route.ts'
import { cannotSee, sourceStanding, streamStanding, type Stream } from '../sight.ts'
import { RightsCheck } from './rights-check.ts'
import { BlindUntil } from './sources.ts'

type Shown = ResponseOf<'source.show'>

const orNone = (ms: number | null): ComponentChild => (ms === null ? h('span', { class: 'dim' }, '-') : h(Time, { ms }))

const streamColumns: readonly Column<Stream>[] = [
  {
    head: 'Stream',
    isHead: true,
    cell: ({ name, kind }) => [h('span', null, name), h('small', { class: 'dim' }, kind)],
  },
  {
    head: 'State',
    cell: (stream) => {
      const { word, tone, why } = streamStanding(stream)
      return [h(Word, { word, tone }), why === null ? null : h('small', null, h(WithCode, { text: why }))]
    },
  },
  {
    head: 'Sight',
    cell: ({ blindUntilMs, kind }) =>
      kind === 'output'
        ? h('span', { class: 'dim' }, 'reads nothing')
        : blindUntilMs === null
          ? h('strong', null, 'nobody can say')
          : h('span', null, 'blind until ', h('strong', null, h(Time, { ms: blindUntilMs }))),
  },
  { head: 'Last read', cell: ({ lastSuccessAtMs }) => orNone(lastSuccessAtMs) },
  { head: 'Newest event', cell: ({ lastEventAtMs }) => orNone(lastEventAtMs) },
  {
    head: 'Cannot be told meanwhile',
    cell: ({ blind }) => {
      const untold = [...new Set(blind.flatMap((one) => one.untold))]
      return untold.length === 0 ? h('span', { class: 'dim' }, '-') : untold.join(', ')
    },
  },
]

type Gap = Shown['gaps'][number]
const gapColumns: readonly Column<Gap>[] = [
  { head: 'Stream', isHead: true, cell: ({ stream }) => stream },
  { head: 'From', cell: ({ fromMs }) => h(Time, { ms: fromMs }) },
  { head: 'To', cell: ({ toMs }) => h(Time, { ms: toMs }) },
  { head: 'Because', cell: ({ reason }) => reason },
  {
    head: 'Read again',
    cell: ({ recovered }) => (recovered ? 'yes' : h(Word, { word: 'no', tone: 'warn' })),
  },
  { head: 'Evidence', cell: ({ evidence }) => h(Evidence, { offsets: [evidence] }) },
]

type Refusal = Stream['refused'][number] & { stream: string }
const refusalColumns: readonly Column<Refusal>[] = [
  { head: 'Stream', isHead: true, cell: ({ stream }) => stream },
  { head: 'Times', isNumber: true, cell: ({ count }) => count.toLocaleString('en') },
  { head: 'Because', cell: ({ reason }) => reason },
  { head: 'Last at', cell: ({ place }) => place },
  { head: 'When', cell: ({ atMs }) => h(Time, { ms: atMs }) },
]

export function SourcePage({ id }: { id: string }): ComponentChild {
  const read = useRead((api, signal) => api.call('source.show', { params: { source: id } }, signal), `source ${id}`)
  return h(
    'section',
    null,
    h('p', { class: 'back' }, h('a', { href: href('sources') }, 'Sources')),
    h(Heading, { title: id }),
    readingOf({ read, what: `the source ${id}`, show: (shown) => h(Body, { shown }) }),
    h(RightsCheck, { id }),
  )
}

function Body({ shown }: { shown: Shown }): ComponentChild {
  const { source, gaps, logged, backfillSinceMs } = shown
  const { word, tone, why } = sourceStanding(source)
  const unseen = cannotSee(source)
  const refused = source.streams.flatMap(({ name, refused }) => refused.map((one) => ({ ...one, stream: name })))
  return h(
    'div',
    null,
    h(Facts, {
      facts: [
        ['State', [h(Word, { word, tone }), why === null ? null : h('small', null, h(WithCode, { text: why }))]],
        ['Sight', h(BlindUntil, { streams: source.streams })],
        ['Connector', source.connector],
        ['Authority', source.authority ?? 'not known yet'],
        ['Trusted as', source.trust === 'vendor' ? 'a vendor, of its own realm' : 'a host, of itself'],
        ['Can contain', source.canContain ? 'yes' : 'no'],
        ['Logged for each resource', logged.join(', ') || 'nothing'],
        ['History', backfillSinceMs === null ? 'none asked for' : ['from ', h(Time, { ms: backfillSinceMs }), ' on']],
      ],
    }),
    h('h2', null, 'Streams'),
    tableOf<Stream>({
      caption: `Streams of ${source.id}`,
      columns: streamColumns,
      rows: source.streams,
      keyOf: ({ name }) => name,
      empty: 'It has no streams.',
    }),
    h('h2', null, 'What it cannot see'),
    unseen.length === 0
      ? h('p', { class: 'empty' }, 'Nothing is known that it cannot see.')
      : h(
          'ul',
          { class: 'plain-list' },
          unseen.map((text) => h('li', { key: text }, h(WithCode, { text }))),
        ),
    h('h2', null, 'Gaps'),
    tableOf<Gap>({
      caption: `What ${source.id} missed, newest first`,
      columns: gapColumns,
      rows: gaps,
      keyOf: ({ evidence }) => evidence,
      empty: 'It missed nothing that it knows of.',
    }),
    refused.length === 0
      ? null
      : [
          h('h2', null, 'Turned away since the start'),
          tableOf<Refusal>({
            caption: `Records turned away from ${source.id}`,
            columns: refusalColumns,
            rows: refused,
            keyOf: ({ stream, reason }) => `${stream} ${reason}`,
            empty: '',
          }),
        ],
  )
}
