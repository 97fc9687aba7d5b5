import { z } from 'zod'

import type { JsonObject } from '#kit'
import type { Page, PullContext, Stream } from '#sources/contract'

import { ask, connect, quoteIdent, type Query } from './client.ts'
import type { PostgresConfig } from './config.ts'
import { readServer } from './catalog.ts'
import { snapshotRecorder } from './inventory.ts'

/** People mapped over all relations of one source. */
export const peopleMax = 5_000_000
const pageRows = 5_000
const hourMs = 3_600_000

const mapping = z.object({ relation: z.string(), oid: z.number() })
const person = z.object({ person: z.string(), customer: z.string().nullable() })

/** Whose rows a relation holds, by the customer's own mapping. Keys only: no name, no address. */
export const people: Stream<PostgresConfig> = {
  name: 'people',
  kind: 'snapshot',
  delayMs: { typical: hourMs, worst: 2 * hourMs },
  everyMs: hourMs,
  covers: ['resources'],
  scopes: ['LOGIN'],
  isOn: ({ people: mapped }) => mapped !== undefined,
  async *pull({ config, see, clock, diagnose }: PullContext<PostgresConfig>) {
    const mapped = config.people
    if (mapped === undefined) return
    const login = { user: config.user, password: see['password'] ?? '', database: mapped.database }
    const connection = await connect(config, login)
    try {
      await connection.query('begin isolation level repeatable read read only')
      yield* readPeople(connection.query, mapped, clock.nowMs(), diagnose)
    } finally {
      await connection.close()
    }
  },
}

type Mapped = Pick<NonNullable<PostgresConfig['people']>, 'view' | 'authority'>

/** INVARIANT: a mapping of more than `max` is never called complete, and the source says that people are not seen. */
export async function* readPeople(
  query: Query,
  { view, authority }: Mapped,
  takenAtMs: number,
  diagnose: PullContext<PostgresConfig>['diagnose'],
  max = peopleMax,
): AsyncIterable<Page> {
  const record = snapshotRecorder('people', takenAtMs)
  const read = { total: 0 }
  let held: JsonObject | undefined
  for await (const page of peoplePages(
    query,
    view.split('.').map(quoteIdent).join('.'),
    authority ?? null,
    diagnose,
    read,
    max,
  )) {
    if (held !== undefined) yield { events: [record(held, false)], cursor: null }
    held = page
  }
  const isCut = read.total > max
  if (isCut) diagnose('warn', 'postgres.people.cut', { peopleMax: max })
  const says = `the view maps more than ${max} people: the rest of them are not read, nor relations behind; map fewer, or by a second source`
  const blind = isCut ? [{ of: 'people', says }] : []
  if (held !== undefined) yield { events: [record(held, !isCut)], cursor: null, blind }
}

async function* peoplePages(
  query: Query,
  view: string,
  authority: string | null,
  diagnose: PullContext<PostgresConfig>['diagnose'],
  read: { total: number },
  max: number,
): AsyncIterable<JsonObject> {
  const { database } = await readServer(query)
  const rows = await ask(
    query,
    mapping,
    `select relation, coalesce(to_regclass(relation)::oid, 0)::int8::float8 as oid
       from (select distinct relation from ${view}) v`,
  )
  for (const { relation, oid } of rows) {
    if (oid === 0) {
      diagnose('warn', 'postgres.people.unknown-relation', {})
      continue
    }
    await query(
      `declare cordon_people no scroll cursor for
        select distinct person::text as person, customer::text as customer from ${view} where relation = $1`,
      [relation],
    )
    for (let first = true; ; first = false) {
      const page = await ask(query, person, `fetch ${pageRows} from cordon_people`)
      read.total += page.length
      yield {
        kind: 'people',
        authority,
        database,
        relation: oid,
        first,
        persons: page.map(({ person: key, customer }) => [key, customer]),
      }
      // What of the others was read before stands.
      if (read.total > max) return
      if (page.length < pageRows) break
    }
    await query('close cordon_people')
  }
}
