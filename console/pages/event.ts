import { h, type ComponentChild } from 'preact'

import type { ResponseOf } from '#api/contract'

import { Facts } from '../parts/facts.ts'
import { Heading } from '../parts/heading.ts'
import { readingOf } from '../parts/reading.ts'
import { Time } from '../parts/time.ts'
import { useRead } from '../read.ts'
import { href } from '../route.ts'

/** More of one record than this is for a file, not for a screen. */
export const rawCharsMax = 100_000

/** The record behind a claim, as it arrived. */
export function EventPage({ id }: { id: string }): ComponentChild {
  const read = useRead((api, signal) => api.call('event.show', { params: { offset: id } }, signal), `event ${id}`)
  return h(
    'section',
    null,
    h(Heading, { title: `Event ${id}` }),
    readingOf({ read, what: `event ${id}`, show: (event) => h(Shown, { event }) }),
  )
}

function Shown({ event }: { event: ResponseOf<'event.show'> }): ComponentChild {
  const text = JSON.stringify(event.raw, null, 2) ?? ''
  const isLong = text.length > rawCharsMax
  return h(
    'div',
    null,
    h(Facts, {
      facts: [
        ['Source', h('a', { href: href('sources', event.source) }, event.source)],
        ['Stream', event.stream],
        [
          'Happened',
          event.eventAtMs === null ? 'its record does not say' : h(Time, { ms: event.eventAtMs, exact: true }),
        ],
        ['Arrived', h(Time, { ms: event.arrivedAtMs, exact: true })],
        ['Id', h('code', null, event.id)],
      ],
    }),
    h('h2', null, 'As it arrived, without its secrets'),
    h('pre', { tabIndex: 0, 'aria-label': 'record' }, isLong ? text.slice(0, rawCharsMax) : text),
    isLong
      ? h(
          'p',
          null,
          `The first ${rawCharsMax} of ${text.length} characters; GET /v1/events/${event.offset} answers all.`,
        )
      : null,
  )
}
