import { isAbsolute } from 'node:path'

import { z } from 'zod'

const column = z.string().min(1).max(128)

const csv = z.strictObject({
  /** In a folder that `logFolders` of cordon.yaml names. */
  path: z.string().max(4_096).refine(isAbsolute, { error: 'an absolute path of one file' }),
  delimiter: z.enum([',', ';', 'tab', '|']).default(','),
})

const sql = z.strictObject({
  /** Host name, address, or the directory of a unix socket. */
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(5432),
  database: z.string().min(1),
  /** Login that may read the view and nothing else. */
  user: z.string().min(1),
  view: z.string().regex(/^[a-z_][a-z0-9_$]*\.[a-z_][a-z0-9_$]*$/, 'is `schema.view` in lower case'),
  /** `verify-full` proves the server's name; `require` only encrypts; `disable` is for sockets and loopback. */
  ssl: z.enum(['verify-full', 'require', 'disable']).default('verify-full'),
  /** PEM of the authority that signed the server's certificate; absent: the system's. */
  caPem: z.string().optional(),
})

/** Names of columns of the export. What is not mapped is not read. */
const columns = z.strictObject({
  /** The system of record's own key, never given twice: an employee number. */
  person: column,
  /** The work address; accounts are joined by it, whole. */
  mail: column.optional(),
  name: column.optional(),
  /** Staff or contractor; absent: what `worker` says. */
  worker: column.optional(),
  /** The number vendors keep beside an account, where it is not `person`. */
  number: column.optional(),
  project: column.optional(),
  customer: column.optional(),
  manager: column.optional(),
  start: column.optional(),
  /** Last day, or the moment, of the contract; empty: open. */
  end: column.optional(),
  status: column.optional(),
})

export const peopleConfig = z
  .strictObject({
    /** Realm of the keys: a host name of your own. */
    authority: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/, { error: 'a host name, or the id of a realm' }),
    csv: csv.optional(),
    sql: sql.optional(),
    columns,
    /** Columns that name somebody's account where no address does: column → the authority it is in. */
    accounts: z.record(column, z.union([z.string().min(1), z.int().transform(String)])).default({}),
    /** Of people whose row does not say it. */
    worker: z.enum(['staff', 'contractor', 'unknown']).default('unknown'),
    /** What `status` says of who no longer works here, beside `ended`; parted by commas. */
    endedWords: z.string().max(500).default('ended, terminated, left, inactive, offboarded'),
    /** How days are written where they are not 2026-03-24. */
    dates: z.enum(['iso', 'day-first', 'month-first']).default('iso'),
    /** More than this share gone at once, unannounced: the export is held and not believed. */
    dropPercentMax: z.int().min(1).max(100).default(20),
  })
  .refine(({ csv, sql }) => (csv === undefined) !== (sql === undefined), {
    error: 'either `csv` or `sql`, and not both',
    path: ['csv'],
  })
export type PeopleConfig = z.output<typeof peopleConfig>
export type SqlConfig = z.output<typeof sql>
