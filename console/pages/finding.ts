import { h, type ComponentChild } from 'preact'

import type { ResponseOf } from '#api/contract'

import { findingKind } from '../entity.ts'
import { Entity, SeverityWord } from '../parts/entity.ts'
import { Evidence } from '../parts/evidence.ts'
import { Facts } from '../parts/facts.ts'
import { Heading } from '../parts/heading.ts'
import { readingOf } from '../parts/reading.ts'
import { Time } from '../parts/time.ts'
import { WithCode } from '../parts/with-code.ts'
import { useRead } from '../read.ts'
import { href } from '../route.ts'

type Finding = ResponseOf<'finding.show'>

export function FindingPage({ id }: { id: string }): ComponentChild {
  const read = useRead((api, signal) => api.call('finding.show', { params: { finding: id } }, signal), id)
  return h(
    'section',
    null,
    h('p', { class: 'back' }, h('a', { href: href('findings') }, 'Findings')),
    h(Heading, { title: read.value?.title ?? id }),
    readingOf({ read, what: `the finding ${id}`, show: (finding) => h(Body, { finding }) }),
  )
}

function Body({ finding }: { finding: Finding }): ComponentChild {
  const { severity, rule, atMs, fromMs, opens, late, exception, triage, incidents, weight, place, id } = finding
  const { entities, reasons, group, evidence } = finding
  return [
    h(Facts, {
      facts: [
        ['Severity', h(SeverityWord, { severity })],
        ['Kind', findingKind(rule)],
        [
          'Rule',
          [
            h('a', { class: 'any-break', href: href('findings', null, { rule }) }, rule),
            place === null ? null : h('small', { class: 'dim any-break' }, place),
          ],
        ],
        ['When', fromMs === atMs ? h(Time, { ms: atMs }) : [h(Time, { ms: fromMs }), ' to ', h(Time, { ms: atMs })]],
        [
          'Incident',
          incidents.length > 0
            ? incidents.map((incident) =>
                h('a', { key: incident, class: 'block', href: href('incidents', incident) }, incident),
              )
            : exception !== null
              ? `it falls under the exception ${exception}`
              : opens
                ? 'its incident is about to open'
                : 'it opens none by itself',
        ],
        ['What people said', triageWords(triage)],
        [
          'How often the rule was right',
          weight.judged === 0 ? 'nobody has judged it yet' : `${weight.trues} of ${weight.judged}`,
        ],
        ...(late ? [['Late', 'its event came later than its source declares'] as const] : []),
        ['Id', h('code', null, id)],
      ],
    }),
    h('h2', null, 'About'),
    h(
      'ul',
      { class: 'plain-list' },
      entities.map((entity) => h('li', { key: entity }, h(Entity, { id: entity }))),
    ),
    reasons.length === 0
      ? null
      : [
          h('h2', null, 'Why'),
          h(
            'ul',
            { class: 'plain-list' },
            reasons.map((text) => h('li', { key: text }, h(WithCode, { text }))),
          ),
        ],
    Object.keys(group).length === 0
      ? null
      : [h('h2', null, 'What the events have in common'), h(Facts, { facts: Object.entries(group) })],
    h('h2', null, 'Evidence'),
    h('p', null, h(Evidence, { offsets: evidence, max: evidenceMax })),
    h('h2', null, 'What can be done'),
    h(
      'p',
      null,
      'Say what it was: ',
      h('code', { class: 'any-break' }, `cordon finding triage ${id} --state done --verdict true|false|benign`),
    ),
  ]
}

const evidenceMax = 200

const triageWords = ({ state, verdict, owner, by, note }: Finding['triage']): ComponentChild => [
  verdict === null ? state : `${state}: ${verdict}`,
  owner === null ? '' : `, of ${owner}`,
  by === null ? '' : `, said ${by}`,
  note === null ? null : h('small', null, note),
]
