import { z } from 'zod'

import type { PullContext, Stream } from '#sources/contract'

import { inTransaction, quoteIdent, withConnection, type Query } from './client.ts'
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
  async *pull({ config, see, clock, diagnose }: PullContext<PostgresConfig>) {
    const mapped = config.people
    if (mapped === undefined) return
    const login = { user: config.user, password: see['password'] ?? '', database: mapped.database }
    const record = snapshotRecorder('people', clock.nowMs())
    const view = mapped.view.split('.').map(quoteIdent).join('.')
    const pages = await withConnection(config, login, (query) =>
      inTransaction(query, true, () => readPeople(query, view, mapped.authority ?? null, diagnose)),
    )
    for (const [at, page] of pages.entries()) {
      yield { events: [record(page, at === pages.length - 1)], cursor: null }
    }
  },
}

async function readPeople(
  query: Query,
  view: string,
  authority: string | null,
  diagnose: PullContext<PostgresConfig>['diagnose'],
) {
  const { database } = await readServer(query)
  const rows = await query(
    `select to_jsonb(q) as row from (select distinct relation, coalesce(to_regclass(relation)::oid, 0)::int8 as oid from ${view}) q`,
  )
  const pages = []
  let total = 0
  for (const { relation, oid } of rows.map(({ row }) => mapping.parse(row))) {
    if (oid === 0) {
      diagnose('warn', 'postgres.people.unknown-relation', {})
      continue
    }
    for (let after = { person: '', customer: '' }, first = true; ; first = false) {
      const page = (
        await query(
          `select to_jsonb(q) as row from (
             select distinct person::text collate "C" as person, customer::text collate "C" as customer from ${view}
              where relation = $1
                and ($5 or (person::text collate "C", coalesce(customer::text, '') collate "C") > ($2, $3))
              order by 1, coalesce(customer::text, '') collate "C" limit $4) q`,
          [relation, after.person, after.customer, pageRows, first],
        )
      ).map(({ row }) => person.parse(row))
      total += page.length
      pages.push({
        kind: 'people',
        authority,
        database,
        relation: oid,
        first,
        persons: page.map(({ person: key, customer }) => [key, customer]),
      })
      const last = page.at(-1)
      if (last === undefined || page.length < pageRows || total > peopleMax) break
      after = { person: last.person, customer: last.customer ?? '' }
    }
  }
  if (total > peopleMax) diagnose('warn', 'postgres.people.cut', { peopleMax })
  return pages
}
