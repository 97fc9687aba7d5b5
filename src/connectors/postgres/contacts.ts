import { z } from 'zod'

import type { PullContext, ResolvedPerson } from '#sources/contract'

import { ask, connect, PostgresError, quoteIdent } from './client.ts'
import type { PostgresConfig } from './config.ts'

/** Rows of one person are bounded by the tables that hold them. */
const rowsPerCallMax = 20_000

const row = z.object({
  person: z.string(),
  name: z.string().nullable(),
  contact: z.string().nullable(),
  jurisdiction: z.string().nullable(),
  elements: z.string().nullable(),
})

/** Asks the mapped view who these people are. The keys go as a parameter, in a read-only transaction. */
export async function resolvePeople(
  { config, see }: PullContext<PostgresConfig>,
  persons: readonly string[],
): Promise<ResolvedPerson[]> {
  const contacts = config.people?.contacts
  if (contacts === undefined || config.people === undefined) return []
  const login =
    contacts.user === undefined
      ? { user: config.user, password: see['password'] ?? '' }
      : { user: contacts.user, password: see['contactsPassword'] ?? '' }
  const connection = await connect(config, { ...login, database: config.people.database })
  try {
    const view = contacts.view.split('.').map(quoteIdent).join('.')
    const text = (name: string | undefined): string => (name === undefined ? 'null' : `${quoteIdent(name)}::text`)
    await connection.query('begin read only')
    const rows = await ask(
      connection.query,
      row,
      `select person::text as person, ${text(contacts.name)} as name, ${text(contacts.contact)} as contact,
              ${text(contacts.jurisdiction)} as jurisdiction, ${text(contacts.elements)} as elements
         from ${view} where person::text = any($1::text[]) limit ${rowsPerCallMax + 1}`,
      [persons],
    )
    if (rows.length > rowsPerCallMax) {
      throw new PostgresError('ERR_POSTGRES_QUERY', 'the view of contacts has far more rows than people', {
        hint: 'give it one row for each person and table',
      })
    }
    return merged(rows)
  } finally {
    await connection.close()
  }
}

/** One answer for each person: the first name and address stated, every element of every row. */
function merged(rows: readonly z.output<typeof row>[]): ResolvedPerson[] {
  const found = new Map<string, ResolvedPerson>()
  for (const { person, name, contact, jurisdiction, elements } of rows) {
    const known = found.get(person) ?? { person, name, contact, jurisdiction, elements: [] }
    const more = (elements ?? '').split(',').map((element) => element.trim())
    found.set(person, {
      person,
      name: known.name ?? name,
      contact: known.contact ?? contact,
      jurisdiction: known.jurisdiction ?? jurisdiction,
      elements: [...new Set([...known.elements, ...more.filter(Boolean)])].sort(),
    })
  }
  return [...found.values()]
}
