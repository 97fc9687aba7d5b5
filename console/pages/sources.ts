import { h, type ComponentChild } from 'preact'

import { Heading } from '../parts/heading.ts'
import { readingOf } from '../parts/reading.ts'
import { tableOf, type Column } from '../parts/table.ts'
import { Time } from '../parts/time.ts'
import { WithCode } from '../parts/with-code.ts'
import { Word } from '../parts/word.ts'
import { useRead } from '../read.ts'
import { href } from '../route.ts'
import { blindUntil, bySourceStanding, cannotSee, lastRead, sourceStanding, type Source } from '../sight.ts'

export const BlindUntil = ({ streams }: Pick<Source, 'streams'>): ComponentChild => {
  const blind = blindUntil(streams)
  if (blind.is === 'nothing') return h('span', { class: 'dim' }, 'reads nothing')
  if (blind.is === 'until') return h('span', null, 'blind until ', h('strong', null, h(Time, { ms: blind.ms })))
  return h(
    'span',
    null,
    h('strong', null, 'nobody can say'),
    h('small', { class: 'dim' }, `for ${blind.streams.join(', ')}`),
  )
}

const columns: readonly Column<Source>[] = [
  {
    head: 'Source',
    isHead: true,
    cell: ({ id, connector, authority }) => [
      h('a', { href: href('sources', id) }, id),
      h('small', { class: 'dim' }, authority === null ? connector : `${connector} · ${authority}`),
    ],
  },
  {
    head: 'State',
    cell: (source) => {
      const { word, tone, why } = sourceStanding(source)
      return [h(Word, { word, tone }), why === null ? null : h('small', { class: 'clamp' }, h(WithCode, { text: why }))]
    },
  },
  { head: 'Sight', cell: ({ streams }) => h(BlindUntil, { streams }) },
  {
    head: 'Last read',
    cell: ({ streams }) => {
      const ms = lastRead(streams)
      return ms === null ? h('span', { class: 'dim' }, '-') : h(Time, { ms })
    },
  },
  {
    head: 'Reads',
    cell: ({ streams }) =>
      streams.length === 0 ? '-' : h('span', { class: 'clamp' }, streams.map(({ name }) => name).join(', ')),
  },
  {
    head: 'Cannot see',
    cell: (source) => {
      const [first, ...rest] = cannotSee(source)
      if (first === undefined) return h('span', { class: 'dim' }, 'nothing known')
      return [
        h('span', { class: 'clamp' }, h(WithCode, { text: first })),
        rest.length === 0
          ? null
          : h('small', null, h('a', { href: href('sources', source.id) }, `and ${rest.length} more`)),
      ]
    },
  },
  {
    head: 'Gaps',
    isNumber: true,
    cell: ({ openGaps }) => (openGaps === 0 ? h('span', { class: 'dim' }, '0') : h('strong', null, openGaps)),
  },
]

export function SourcesPage(): ComponentChild {
  const read = useRead((api, signal) => api.call('source.list', {}, signal), 'sources')
  return h(
    'section',
    null,
    h(Heading, { title: 'Sources' }),
    readingOf({
      read,
      what: 'the sources',
      show: ({ sources }) =>
        h(
          'div',
          null,
          h(Summary, { sources }),
          tableOf<Source>({
            caption: 'Sources: those that need somebody first',
            columns,
            rows: sources.toSorted(bySourceStanding),
            keyOf: ({ id }) => id,
            empty: ['No sources yet: ', h('code', null, 'cordon source add'), ' connects the first.'],
          }),
        ),
    }),
  )
}

function Summary({ sources }: { sources: readonly Source[] }): ComponentChild {
  if (sources.length === 0) return null
  const failing = sources.filter((source) => sourceStanding(source).tone === 'bad')
  const unsaid = sources.filter(({ streams }) => blindUntil(streams).is === 'nobody')
  const until = Math.max(
    0,
    ...sources.flatMap(({ streams }) => {
      const blind = blindUntil(streams)
      return blind.is === 'until' ? [blind.ms] : []
    }),
  )
  return h(
    'p',
    { class: 'lead' },
    until === 0 ? '' : ['What happens now is seen everywhere it can be by ', h('strong', null, h(Time, { ms: until }))],
    until === 0
      ? ''
      : unsaid.length === 0
        ? '.'
        : `, but for ${unsaid.map(({ id }) => id).join(', ')}, of which nobody can say.`,
    failing.length === 0
      ? ''
      : ` ${failing.length === 1 ? '1 source needs' : `${failing.length} sources need`} somebody now.`,
  )
}
