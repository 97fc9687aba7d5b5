import { z } from 'zod'

/** Where the server writes its log, as this machine sees it. `path`: a file, or `*` in the last part (rotation makes new names). */
const logs = z.strictObject({
  format: z.enum(['jsonlog', 'csvlog']),
  path: z.string().min(1),
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
