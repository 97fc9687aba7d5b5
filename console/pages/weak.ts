import { h, type ComponentChild } from 'preact'

import type { ResponseOf } from '#api/contract'

import { Entity, Owner, SeverityWord } from '../parts/entity.ts'
import { Evidence } from '../parts/evidence.ts'
import { Facts } from '../parts/facts.ts'
import { Heading } from '../parts/heading.ts'
import { readingOf } from '../parts/reading.ts'
import { Time } from '../parts/time.ts'
import { WithCode } from '../parts/with-code.ts'
import { useRead } from '../read.ts'
import { href } from '../route.ts'

type Weak = ResponseOf<'posture.show'>['finding']
const everyMs = 30_000

/** One weak thing: what it reaches, and the one fix with the way back. */
export function WeakPage({ id }: { id: string }): ComponentChild {
  const read = useRead(
    (api, signal) => api.call('posture.show', { params: { finding: id } }, signal),
    `weak ${id}`,
    everyMs,
  )
  return h(
    'section',
    null,
    h('p', { class: 'back' }, h('a', { href: href('findings', null, { show: 'weak' }) }, 'What is weak')),
    h(Heading, { title: read.value?.finding.title ?? id }),
    readingOf({ read, what: `the finding ${id}`, show: ({ finding }) => h(Body, { finding }) }),
  )
}

function Body({ finding }: { finding: Weak }): ComponentChild {
  const { severity, on, name, owner, ownerName, sinceMs, why, also, evidence, fix, reach, exception, id, kind } =
    finding
  return [
    h(Facts, {
      facts: [
        ['Severity', h(SeverityWord, { severity })],
        ['On', h(Entity, { id: on, name })],
        ['Owner', h(Owner, { owner, name: ownerName })],
        ['Since', sinceMs === null ? 'not told' : h(Time, { ms: sinceMs })],
        [
          'Reaches',
          `${reach.people.toLocaleString('en')} people, ${reach.dataSets.toLocaleString('en')} data sets, ${reach.resources.toLocaleString('en')} resources`,
        ],
        [
          'State',
          exception === null
            ? 'open'
            : ['excepted until ', h(Time, { ms: exception.untilMs }), ` by ${exception.owner}: ${exception.reason}`],
        ],
        ['Evidence', h(Evidence, { offsets: evidence })],
        ['Kind', kind],
      ],
    }),
    h('h2', null, 'Why'),
    h('p', { class: 'lead' }, h(WithCode, { text: why })),
    also.length === 0
      ? null
      : h(
          'ul',
          { class: 'plain-list' },
          also.map((entity) => h('li', { key: entity }, h(Entity, { id: entity }))),
        ),
    h('h2', null, 'The fix'),
    h(Facts, {
      facts: [
        ['What it does', h(WithCode, { text: fix.preview })],
        ['The way back', h(WithCode, { text: fix.undo })],
        ['On', h(Entity, { id: fix.target })],
        [
          'Done by',
          fix.verbs.length === 0
            ? 'a person: no connected source has an action for it'
            : fix.verbs.map(({ source, verb, title }) =>
                h('div', { key: `${source} ${verb}` }, `${title} (${source}, ${verb})`),
              ),
        ],
        ['Command', h('code', { class: 'any-break' }, `cordon posture fix ${id}`)],
      ],
    }),
  ]
}
