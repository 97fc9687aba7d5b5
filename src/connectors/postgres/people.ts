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

/** What was read so far: people, relations that are mapped and not seen, and of which database. */
type Read = { total: number; unseen: number; database: number }
const partOf = (
  authority: string | null,
  database: number,
  relation: number | null,
  persons: readonly z.infer<typeof person>[],
): JsonObject => ({
  kind: 'people',
  authority,
  database,
  relation,
  first: true,
  persons: persons.map(({ person: key, customer }) => [key, customer]),
})

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
  const read = { total: 0, unseen: 0, database: 0 }
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
  // What is not seen has not ended: nobody is taken away where something that is mapped was not read.
  const ends = !isCut && read.unseen === 0
  if (ends) held ??= partOf(authority ?? null, read.database, null, [])
  if (isCut) diagnose('warn', 'postgres.people.cut', { peopleMax: max })
  const says = `the view maps more than ${max} people: the rest of them are not read, nor relations behind; map fewer, or by a second source`
  const many = read.unseen === 1 ? '1 relation that' : `${read.unseen} relations that`
  const unseen = `the view maps people to ${many} this login does not see: who was there before still counts; grant SELECT, or take out what is gone`
  const blind = [
    ...(isCut ? [{ of: 'people', says }] : []),
    ...(read.unseen > 0 ? [{ of: 'people/relations', says: unseen }] : []),
  ]
  if (held === undefined) yield { events: [], cursor: null, blind }
  else yield { events: [record({ ...held, ends }, !isCut)], cursor: null, blind }
}

async function* peoplePages(
  query: Query,
  view: string,
  authority: string | null,
  diagnose: PullContext<PostgresConfig>['diagnose'],
  read: Read,
  max: number,
): AsyncIterable<JsonObject> {
  const { database } = await readServer(query)
  read.database = database
  const rows = await ask(
    query,
    mapping,
    `select relation, coalesce(to_regclass(relation)::oid, 0)::int8::float8 as oid
       from (select distinct relation from ${view}) v`,
  )
  for (const { relation, oid } of rows) {
    if (oid === 0) {
      read.unseen++
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
      yield { ...partOf(authority, database, oid, page), first }
      // What of the others was read before stands.
      if (read.total > max) return
      if (page.length < pageRows) break
    }
    await query('close cordon_people')
  }
}
