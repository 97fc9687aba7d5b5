import { z } from 'zod'

import { hbaRow } from './hba.ts'

/** What the snapshot streams write into the log, and what `normalize` reads back. Adding a field: optional here. */
const oid = z.int().min(0)
const grants = z.array(z.tuple([oid, z.string()]))

export const roleRow = z.object({
  oid,
  name: z.string(),
  super: z.boolean(),
  inherit: z.boolean(),
  createRole: z.boolean(),
  createDb: z.boolean(),
  canLogin: z.boolean(),
  replication: z.boolean(),
  bypassRls: z.boolean(),
  connLimit: z.int(),
  validUntilMs: z.number().nullable(),
})
export const membershipRow = z.object({
  role: oid,
  member: oid,
  admin: z.boolean(),
  inherits: z.boolean(),
  sets: z.boolean(),
})
export const databaseRow = z.object({
  oid,
  name: z.string(),
  owner: oid,
  allowsConnections: z.boolean(),
  canConnect: z.boolean(),
})
/** `grantors`: who may hand USAGE on; absent in records of before. */
export const schemaRow = z.object({
  oid,
  name: z.string(),
  owner: oid,
  acl: grants,
  grantors: z.array(oid).optional(),
})
export const relationRow = z.object({
  oid,
  schema: oid,
  name: z.string(),
  kind: z.enum(['r', 'p', 'v', 'm', 'f']),
  owner: oid,
  rowSecurity: z.boolean(),
  forceRowSecurity: z.boolean(),
  rows: z.number(),
  policies: z.number(),
  asInvoker: z.boolean(),
  /** Of a view, what `pg_relation_is_updatable` says; absent in records of before. */
  updatable: z.int().nullish(),
  acl: grants,
  columns: z.array(z.tuple([oid, z.string(), z.number()])),
  parents: z.array(oid),
  readsFrom: z.array(oid),
})
export const defaultRow = z.object({ role: oid, schema: oid, acl: grants })

export type RoleRow = z.output<typeof roleRow>
export type MembershipRow = z.output<typeof membershipRow>
export type SchemaRow = z.output<typeof schemaRow>
export type RelationRow = z.output<typeof relationRow>

/** `own`: names of the logins Cordon itself uses here. `successors`: what the configuration says; absent in records of before. */
export const rolesPart = z.object({
  kind: z.literal('roles'),
  version: z.int(),
  own: z.array(z.string()),
  roles: z.array(roleRow),
  memberships: z.array(membershipRow),
  databases: z.array(databaseRow),
  successors: z.array(z.object({ role: z.string(), standby: z.string(), place: z.string() })).optional(),
})

/** Roles go along with every part, so that each record can be understood alone. `roles`: [oid, flags], see `roleFlags`. */
export const relationsPart = z.object({
  kind: z.literal('relations'),
  version: z.int(),
  database: z.object({ oid, name: z.string(), owner: oid }),
  roles: z.array(z.tuple([oid, z.int()])),
  memberships: z.array(membershipRow),
  schemas: z.array(schemaRow),
  relations: z.array(relationRow),
  defaults: z.array(defaultRow),
})

export const unseenPart = z.object({ kind: z.literal('unseen'), databases: z.array(z.string()) })
export const inventoryPart = z.discriminatedUnion('kind', [rolesPart, relationsPart, unseenPart])

/** `pg_hba.conf` with the roles and databases that its words mean; `tls`: whether the server offers it. */
export const signInPart = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('sign-in'),
    rules: z.array(hbaRow),
    tls: z.boolean(),
    roles: z.array(roleRow),
    memberships: z.array(membershipRow),
    databases: z.array(databaseRow),
  }),
  unseenPart,
])

export const sessionRow = z.object({
  pid: z.int(),
  startMs: z.number(),
  roleOid: oid,
  role: z.string().nullable(),
  databaseOid: oid.nullable(),
  client: z.string().nullable(),
  application: z.string(),
  pooled: z.boolean(),
  own: z.boolean(),
  /** Relations that the statement now or last run names; counts are not known. */
  reads: z.array(oid),
  sinceMs: z.number().nullable(),
})
export const sessionsPart = z.object({ kind: z.literal('sessions'), sessions: z.array(sessionRow) })

export const peoplePart = z.object({
  kind: z.literal('people'),
  authority: z.string().nullable(),
  database: oid,
  /** Null: the mapping names no relation at all. */
  relation: oid.nullable(),
  /** First page of this relation: it replaces what was known. */
  first: z.boolean(),
  persons: z.array(z.tuple([z.string(), z.string().nullable()])),
  /** All that is mapped came with this snapshot; absent in records of earlier versions. */
  ends: z.boolean().default(false),
})

export const roleFlags = { super: 1, inherit: 2, bypassRls: 4, createRole: 8 } as const
export const flagsOf = (role: Pick<RoleRow, 'super' | 'inherit' | 'bypassRls' | 'createRole'>): number =>
  (role.super ? roleFlags.super : 0) |
  (role.inherit ? roleFlags.inherit : 0) |
  (role.bypassRls ? roleFlags.bypassRls : 0) |
  (role.createRole ? roleFlags.createRole : 0)
