import { z } from 'zod'

import { assert } from '#kit'
import { isEntityId, kindOf, type EntityId } from '#model'
import { secureUrl } from '#sources/contract'

/** Where the server writes its log, as this machine sees it. `path`: a file, or `*` in the last part (rotation makes new names). */
const logs = z.strictObject({
  format: z.enum(['jsonlog', 'csvlog']),
  path: z.string().min(1),
})

/**
 * Amazon RDS and Aurora, which keep their log files to themselves: read by RDS's API, as CSV (`log_destination = csvlog`).
 * The secrets `awsAccessKeyId` and `awsSecretAccessKey` are of a user that may do that and nothing else.
 */
const rds = z.strictObject({
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region like eu-west-1'),
  /** Of an Aurora cluster all of them: the log is of an instance, and another takes over. */
  instances: z
    .array(z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,62}$/, 'is the name of an instance'))
    .min(1)
    .max(16),
  /** In place of AWS's own address (a proxy, a test). */
  endpoint: secureUrl.optional(),
})
export type RdsLogs = z.output<typeof rds>

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

const successorsMax = 100
const groupsMax = 20
/** As the server takes it: 63 bytes at most, in any letters. */
const roleName = z
  .string()
  .min(1)
  .refine((name) => Buffer.byteLength(name) <= 63 && !name.includes('\0'), 'is the name of a role')
const isPlace = (text: string): boolean => isEntityId(text) && kindOf(text) === 'resource'

/** Whose successor is handed over, who logs in with it, and where its consumers read it. */
const successor = z.strictObject({
  /** The login whose password may leak. */
  role: roleName,
  /** The login that takes its place: one of a pair that is there, without LOGIN; with `memberOf` one that Cordon makes. */
  standby: roleName,
  /** What the made one is a member of, and all its rights: the same roles as `role`. */
  memberOf: z.array(roleName).min(1).max(groupsMax).optional(),
  /** Of another source, which names it among its own places. */
  place: z.string().refine(isPlace, 'the entity id of a place, `resource:…`'),
})
export type RoleSuccessor = z.output<typeof successor>

const config = z.strictObject({
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
  logs: z.union([logs, z.strictObject({ rds }), z.literal('none')]).default('none'),
  people: people.optional(),
  /** Logins that Cordon may hand successors over for; absent: a task for a person. */
  successors: z.array(successor).max(successorsMax).default([]),
})

export const postgresConfig = config
  .refine(
    ({ successors: list }) =>
      [list.flatMap(({ role, standby }) => [role, standby]), list.map(({ place }) => place)].every(
        (names) => new Set(names).size === names.length,
      ),
    { error: 'each role, standby and place stands in `successors` once', path: ['successors'] },
  )
  .refine(
    ({ user, containUser, successors: list }) =>
      list.every(({ role, standby, memberOf = [] }) =>
        [role, standby, ...memberOf].every((name) => name !== user && name !== containUser),
      ),
    { error: "`successors` names one of Cordon's own logins", path: ['successors'] },
  )
export type PostgresConfig = z.output<typeof postgresConfig>

/** A place as its entity id; the schema let no other text through. */
export const placeOf = ({ place }: Pick<RoleSuccessor, 'place'>): EntityId => {
  assert(isEntityId(place), 'the schema takes entity ids only')
  return place
}

/** The log as files on this machine, where that is the way it is read. */
export const fileLogs = ({ logs: given }: PostgresConfig): z.output<typeof logs> | undefined =>
  given === 'none' || 'rds' in given ? undefined : given
export const rdsLogs = ({ logs: given }: PostgresConfig): RdsLogs | undefined =>
  given !== 'none' && 'rds' in given ? given.rds : undefined

/** Origins that this source's `Http` must allow: none but where the log is read over it. */
export const postgresOrigins = (config: PostgresConfig): string[] => {
  const given = rdsLogs(config)
  return given === undefined ? [] : [originOf(given)]
}
export const originOf = ({ region, endpoint }: RdsLogs): string =>
  endpoint === undefined ? `https://rds.${region}.amazonaws.com` : new URL(endpoint).origin
