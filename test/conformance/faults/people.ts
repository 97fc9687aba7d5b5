import { isObject } from '#kit'
import { peopleConnectorIn } from '#connectors/people'

import { allBut } from './scratch.ts'
import type { FaultPlug } from './plug.ts'

/** The connector as the suite can watch it; `folders`: where exports may lie. */
export function watchedPeople(folders: readonly string[]): ReturnType<typeof peopleConnectorIn> {
  const base = peopleConnectorIn(folders)
  return {
    ...base,
    streams: base.streams.map((stream) => {
      if (!('pull' in stream)) return stream
      return {
        ...stream,
        // An export changes with every row: more often looked at, more of the schedule is seen.
        everyMs: 60_000,
        /** The suite knows rows by their place in a part and an `id`: they are put there beside the connector's own. */
        async *pull(context, cursor) {
          for await (const page of stream.pull(context, cursor)) {
            for (const event of page.events) {
              const part = isObject(event.raw) && isObject(event.raw['rows']) ? event.raw['rows'] : {}
              const persons = Array.isArray(part['persons']) ? part['persons'] : []
              part['rows'] = persons.map((row) => ({ id: isObject(row) ? (row['key'] ?? null) : null }))
            }
            yield page
          }
        },
      } satisfies typeof stream
    }),
  }
}

export const peopleColumns = { person: 'key', mail: 'mail', name: 'name' }
/** Of sixty made-up people a fifth leaves within an hour. */
export const dropPercentMax = 100

/** What a file and a view have in common. */
export const peopleParts = {
  stream: 'people',
  record: ({ id, n }) => ({ id, mail: `u${n}@people.example` }),
  keeps: ['id'],
  answer: () => ({ status: 404, body: null }),
  without: allBut(['clock-ahead', 'clock-behind', 'late'], 'no vendor hands it out'),
} satisfies Partial<FaultPlug>
