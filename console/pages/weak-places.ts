import { h, type ComponentChild } from 'preact'

import type { ResponseOf } from '#api/contract'

import { Entity, Owner, SeverityWord } from '../parts/entity.ts'
import { readingOf } from '../parts/reading.ts'
import { tableOf, type Column } from '../parts/table.ts'
import { Time } from '../parts/time.ts'
import { WithCode } from '../parts/with-code.ts'
import { useRead } from '../read.ts'
import { href, type Route } from '../route.ts'

type Answer = ResponseOf<'posture.list'>
type Weak = Answer['findings'][number]

const weakMax = 100
/** The whole estate is looked at for an answer. */
const everyMs = 30_000

const columns: readonly Column<Weak>[] = [
  { head: 'Severity', cell: ({ severity }) => h(SeverityWord, { severity }) },
  {
    head: 'Weakness',
    isHead: true,
    cell: ({ id, title, kind }) => [h('a', { href: href('weak', id) }, title), h('small', { class: 'dim' }, kind)],
  },
  {
    head: 'State',
    cell: ({ exception }) => (exception === null ? 'open' : ['excepted until ', h(Time, { ms: exception.untilMs })]),
  },
  {
    head: 'On',
    cell: ({ on, name }) => h(Entity, { id: on, name }),
  },
  {
    head: 'Owner',
    cell: ({ owner, ownerName }) => h(Owner, { owner, name: ownerName }),
  },
  { head: 'Fix', cell: ({ fix }) => h(WithCode, { text: fix.preview }) },
]

export function WeakTable({ route }: { route: Route }): ComponentChild {
  const { after } = route.query
  const query = { after, max: String(weakMax) }
  const read = useRead((api, signal) => api.call('posture.list', { query }, signal), `weak ${after ?? ''}`, everyMs)
  return readingOf({
    read,
    what: 'what is weak',
    show: ({ findings, total, excepted, blind, atMs }) => {
      const last = findings.at(-1)
      return [
        h(
          'p',
          { class: 'lead' },
          `${total.toLocaleString('en')} open${excepted === 0 ? '' : `, ${excepted.toLocaleString('en')} that somebody answers for`}, as of `,
          h(Time, { ms: atMs }),
          '.',
        ),
        tableOf<Weak>({
          caption: 'What is weak, gravest first',
          columns,
          rows: findings,
          keyOf: ({ id }) => id,
          empty:
            blind.length === 0
              ? 'Nothing is weak that Cordon can tell.'
              : 'Nothing is known to be weak; below is what cannot be told.',
        }),
        h(
          'p',
          { class: 'steps' },
          after === undefined ? null : h('a', { href: href('findings', null, { show: 'weak' }) }, 'Gravest'),
          last === undefined || findings.length < weakMax
            ? null
            : h('a', { href: href('findings', null, { show: 'weak', after: last.id }) }, 'Next'),
        ),
        h(Blind, { blind }),
      ]
    },
  })
}

function Blind({ blind }: Pick<Answer, 'blind'>): ComponentChild {
  if (blind.length === 0) return null
  return [
    h('h2', null, 'What cannot be told'),
    tableOf<Answer['blind'][number]>({
      caption: 'Kinds of weakness that no source tells here',
      columns: [
        { head: 'Kind', isHead: true, cell: ({ kind }) => kind },
        { head: 'Because', cell: ({ why }) => why.map((text) => h('div', { key: text }, h(WithCode, { text }))) },
      ],
      rows: blind,
      keyOf: ({ kind }) => kind,
      empty: '',
    }),
  ]
}
