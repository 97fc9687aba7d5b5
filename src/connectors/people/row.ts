import { z } from 'zod'

import { parseTimeMs } from '#kit'

import type { PeopleConfig } from './config.ts'
import { PeopleError } from './error.ts'

/** People of one source. */
export const peopleMax = 200_000
/** Bad rows named in one message. */
const namedMax = 5
const textCharsMax = 320
const dayMs = 86_400_000

/** An export as it lies there: names of columns, and cells. `place` says where, for people. */
export type Table = { names: string[]; rows: { place: string; cells: string[] }[] }

const text = z.string().nullable()
/** What is kept of a row. A column that is not mapped is absent: it says nothing, and erases nothing. */
export const personRow = z.object({
  key: z.string().min(1),
  worker: z.enum(['staff', 'contractor', 'unknown']),
  mail: text.optional(),
  name: text.optional(),
  number: text.optional(),
  project: text.optional(),
  manager: text.optional(),
  customers: z.array(z.string()),
  startAtMs: z.number().nullable().optional(),
  endAtMs: z.number().nullable().optional(),
  status: z.enum(['here', 'ended']),
  accounts: z.record(z.string(), text),
})
export type PersonRow = z.output<typeof personRow>

type Columns = PeopleConfig['columns']
const columnOf = (columns: Columns): [keyof Columns, string][] =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of this very object
  (Object.entries(columns) as [keyof Columns, string | undefined][]).flatMap(([key, name]) =>
    name === undefined ? [] : [[key, name]],
  )

/** Columns that the mapping names, each once, the person's first. */
export const mappedColumns = ({ columns, accounts }: PeopleConfig): string[] => [
  ...new Set([columns.person, ...columnOf(columns).map(([, name]) => name), ...Object.keys(accounts)]),
]

/**
 * Rows → people, or an error that names rows and columns. INVARIANT: one bad row refuses the whole export: a person left
 * out for a bad date would read as one who is gone.
 */
export function readRows(table: Table, config: PeopleConfig): PersonRow[] {
  const at = placesOf(table, config)
  if (table.rows.length > peopleMax) throw tooMany()
  const bad: string[] = []
  const people = new Map<string, PersonRow>()
  for (const { place, cells } of table.rows) {
    const found =
      cells.length === table.names.length
        ? readRow(cells, at, config)
        : { bad: `has ${cells.length} cells for ${table.names.length} columns` }
    if ('bad' in found) bad.push(`${place}: ${found.bad}`)
    else people.set(found.key, merged(people.get(found.key), found))
  }
  if (bad.length > 0) throw badRows(bad, table.rows.length)
  return [...people.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

type Places = { of: ReadonlyMap<keyof Columns, number>; accounts: readonly (readonly [string, number])[] }

function placesOf({ names }: Table, config: PeopleConfig): Places {
  const lacking = mappedColumns(config).filter((name) => !names.includes(name))
  const twice = mappedColumns(config).filter((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (lacking.length + twice.length > 0) {
    const list = (some: readonly string[]): string => some.map((name) => `\`${name}\``).join(', ')
    const what = lacking.length > 0 ? `has no column ${list(lacking)}` : `has ${list(twice)} twice`
    throw new PeopleError('ERR_PEOPLE_COLUMN', `the export ${what}; it has ${list(names.slice(0, 40)) || 'none'}`, {
      place: 'config: columns',
      hint: 'map the columns that there are, or have the export made anew',
      retryable: true,
    })
  }
  return {
    of: new Map(columnOf(config.columns).map(([key, name]) => [key, names.indexOf(name)])),
    accounts: Object.entries(config.accounts).map(([name, authority]) => [authority, names.indexOf(name)]),
  }
}

function readRow(
  cells: readonly string[],
  { of, accounts }: Places,
  config: PeopleConfig,
): PersonRow | { bad: string } {
  const cell = (key: keyof Columns): string | null | undefined => {
    const place = of.get(key)
    return place === undefined ? undefined : told(cells[place])
  }
  const bad = (key: keyof Columns, what: string): { bad: string } => ({
    bad: `\`${config.columns[key] ?? key}\` ${what}`,
  })
  const key = cell('person') ?? null
  if (key === null) return bad('person', 'is empty')
  for (const [name, place] of of)
    if ((cells[place] ?? '').length > textCharsMax) return bad(name, `has over ${textCharsMax} characters`)
  const mail = cell('mail')
  if (mail !== undefined && mail !== null && !/^[^\s@,;<>]+@[^\s@,;<>]+$/.test(mail))
    return bad('mail', 'is no one address')
  const startAtMs = timeOf(cell('start'), config, 0)
  if (startAtMs === 'bad') return bad('start', dateForm(config))
  // The last day is worked to its end.
  const endAtMs = timeOf(cell('end'), config, dayMs)
  if (endAtMs === 'bad') return bad('end', dateForm(config))
  if (typeof startAtMs === 'number' && typeof endAtMs === 'number' && endAtMs < startAtMs)
    return bad('end', 'is before its start')
  const customer = cell('customer')
  return {
    key,
    worker: workerOf(cell('worker')) ?? config.worker,
    ...(mail === undefined ? {} : { mail: mail?.toLowerCase() ?? null }),
    ...(of.has('name') ? { name: cell('name') ?? null } : {}),
    ...(of.has('number') ? { number: cell('number') ?? null } : {}),
    ...(of.has('project') ? { project: cell('project') ?? null } : {}),
    ...(of.has('manager') ? { manager: cell('manager') ?? null } : {}),
    customers: customer === undefined || customer === null ? [] : [customer],
    ...(startAtMs === undefined ? {} : { startAtMs }),
    ...(endAtMs === undefined ? {} : { endAtMs }),
    status: endedWords(config).has((cell('status') ?? '').toLowerCase()) ? 'ended' : 'here',
    accounts: Object.fromEntries(accounts.map(([authority, place]) => [authority, told(cells[place])])),
  }
}

const told = (text: string | undefined): string | null => {
  const trimmed = text?.trim() ?? ''
  return trimmed === '' ? null : trimmed
}

/** Somebody on several projects has several rows: what ends last counts, and every customer. */
function merged(before: PersonRow | undefined, row: PersonRow): PersonRow {
  if (before === undefined) return row
  const isOpen = before.endAtMs === null || row.endAtMs === null
  const [a, b] = [before.endAtMs ?? undefined, row.endAtMs ?? undefined]
  const isLater =
    row.status === before.status ? (row.endAtMs ?? Infinity) > (before.endAtMs ?? Infinity) : row.status === 'here'
  return {
    ...(isLater ? row : before),
    customers: [...new Set([...before.customers, ...row.customers])].sort(),
    ...(a === undefined && b === undefined && !isOpen ? {} : { endAtMs: isOpen ? null : Math.max(a ?? 0, b ?? 0) }),
    status: before.status === 'here' || row.status === 'here' ? 'here' : 'ended',
  }
}

const endedWords = ({ endedWords: words }: PeopleConfig): ReadonlySet<string> =>
  new Set(['ended', ...words.split(',').map((word) => word.trim().toLowerCase())].filter(Boolean))

function workerOf(said: string | null | undefined): PersonRow['worker'] | undefined {
  if (said === undefined || said === null) return undefined
  if (/contract|vendor|extern|freelanc|temp|agency|crew/i.test(said)) return 'contractor'
  return /staff|employ|perman|intern|regular/i.test(said) ? 'staff' : undefined
}

const dateForm = ({ dates }: PeopleConfig): string => {
  const forms = { iso: '2026-03-24', 'day-first': '24.03.2026 or 24/03/2026', 'month-first': '03/24/2026' } as const
  return `is no day such as ${forms[dates]}`
}

/** A day is that day in UTC, plus `ofDayMs`; a time of day is taken as it stands. */
function timeOf(
  said: string | null | undefined,
  config: PeopleConfig,
  ofDayMs: number,
): number | null | undefined | 'bad' {
  if (said === undefined || said === null) return said
  const day = isoDay(said, config)
  if (day !== undefined) {
    const ms = parseTimeMs(day)
    // The 30th of February is no day, and not the second of March.
    return ms === undefined || new Date(ms).toISOString().slice(0, 10) !== day ? 'bad' : ms + ofDayMs
  }
  // PostgreSQL writes whole hours of a zone alone.
  return parseTimeMs(said.replace(/(:\d{2}(?:\.\d+)?[+-]\d{2})$/, '$1:00')) ?? 'bad'
}

function isoDay(said: string, { dates }: PeopleConfig): string | undefined {
  if (/^\d{4}-\d{2}-\d{2}$/.test(said)) return said
  const [, first = '', second = '', year = ''] = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})$/.exec(said) ?? []
  if (year === '' || dates === 'iso') return undefined
  const [day, month] = dates === 'day-first' ? [first, second] : [second, first]
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

function badRows(bad: readonly string[], rows: number): PeopleError {
  const more = bad.length > namedMax ? ` and ${bad.length - namedMax} more` : ''
  return new PeopleError('ERR_PEOPLE_ROW', `${bad.slice(0, namedMax).join('; ')}${more}`, {
    place: bad[0]?.split(':')[0] ?? '',
    hint: `none of the ${rows} rows was taken, since who is left out would read as gone: mend the export`,
    retryable: true,
  })
}

export const tooMany = (): PeopleError =>
  new PeopleError('ERR_PEOPLE_SIZE', `the export has more than ${peopleMax} rows`, {
    hint: 'split it over several sources, or leave out who ended years ago',
    retryable: true,
  })
