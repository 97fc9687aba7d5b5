import { z } from 'zod'

/** Where the server writes its log, as this machine sees it. `path`: a file, or `*` in the last part (rotation makes new names). */
const logs = z.strictObject({
  format: z.enum(['jsonlog', 'csvlog']),
  path: z.string().min(1),
})

const column = z.string().regex(/^[a-z_][a-z0-9_$]{0,62}$/, 'is a column name in lower case')

/**
 * Who these people are, looked up for a notice that two people signed and at no other time: columns of a view that also
 * has `person` (text) and, where people lie in several tables, a row for each. Give it a login of its own.
 */
const contacts = z.strictObject({
  view: z.string().regex(/^[a-z_][a-z0-9_$]*\.[a-z_][a-z0-9_$]*$/, 'is `schema.view` in lower case'),
  /** Login that may read the view, with the secret `contactsPassword`; absent: the one that looks. */
  user: z.string().min(1).optional(),
  name: column,
  /** Mail address, telephone or postal address. */
  contact: column,
  /** State or country. */
  jurisdiction: column.optional(),
  /** What is held about somebody, `name, email, bank account`. */
  elements: column.optional(),
})

/**
 * Whose rows a table holds, as the customer maps it: a view (or table) with the columns `relation` (text,
 * `schema.table`), `person` (text, the system of record's key) and `customer` (text or null).
 */
const people = z.strictObject({
  database: z.string().min(1),
  view: z.string().regex(/^[a-z_][a-z0-9_$]*\.[a-z_][a-z0-9_$]*$/, 'is `schema.view` in lower case'),
  /** Realm of the person keys; default: this cluster. */
  authority: z.string().min(1).optional(),
  contacts: contacts.optional(),
})

export const postgresConfig = z.strictObject({
  /** Host name, address, or the directory of a unix socket. */
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(5432),
  /** First database to connect to; the others are found from there. */
  database: z.string().min(1).default('postgres'),
  /** Login that looks. */
  user: z.string().min(1),
  /** Login that contains; absent: this source can look only. */
  containUser: z.string().min(1).optional(),
  /** `verify-full` proves the server's name; `require` only encrypts; `disable` is for sockets and loopback. */
  ssl: z.enum(['verify-full', 'require', 'disable']).default('verify-full'),
  /** PEM of the authority that signed the server's certificate; absent: the system's. */
  caPem: z.string().optional(),
  logs: z.union([logs, z.literal('none')]).default('none'),
  people: people.optional(),
})
export type PostgresConfig = z.output<typeof postgresConfig>
