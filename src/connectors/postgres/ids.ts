import { entityId, nativeOf, parseEntityId, type EntityId } from '#model'

/** Object ids the server ships with (src/include/catalog/pg_authid.dat, pg_namespace.dat). */
export const oids = {
  public: 0,
  bootstrapSuperuser: 10,
  pgCatalog: 11,
  pgMonitor: 3373,
  pgReadServerFiles: 4569,
  pgWriteServerFiles: 4570,
  pgExecuteServerProgram: 4571,
  pgSignalBackend: 4200,
  pgDatabaseOwner: 6171,
  pgReadAllData: 6181,
  pgWriteAllData: 6182,
} as const
/** Ids from here on belong to objects that users made. */
export const firstUserOid = 16_384

export const roleId = (authority: string, oid: number): EntityId => entityId('identity', authority, `role/${oid}`)
/** For a role that was gone before anyone could ask its oid: joins nothing, and no action takes it. */
export const namedRoleId = (authority: string, name: string): EntityId =>
  entityId('identity', authority, `role/name=${name}`)
/** What a role with CREATEROLE can become before PostgreSQL 16: every role that is no superuser. */
export const belowSuperuserId = (authority: string): EntityId =>
  entityId('identity', authority, 'roles/below-superuser')
export const passwordId = (authority: string, oid: number): EntityId =>
  entityId('credential', authority, `role/${oid}/password`)
export const databaseId = (authority: string, oid: number): EntityId => entityId('resource', authority, `db/${oid}`)
export const namedDatabaseId = (authority: string, name: string): EntityId =>
  entityId('resource', authority, `db/name=${name}`)
export const schemaId = (authority: string, database: number, oid: number): EntityId =>
  entityId('resource', authority, `db/${database}/ns/${oid}`)
export const relationId = (authority: string, database: number, oid: number): EntityId =>
  entityId('resource', authority, `db/${database}/rel/${oid}`)
export const namedRelationId = (authority: string, database: string, name: string): EntityId =>
  entityId('resource', authority, `db/name=${database}/rel/name=${name}`)

/** Rules of pg_hba.conf have no id: they are called by their place in it. Without one, the file. */
export const hbaId = (authority: string, place?: number): EntityId =>
  entityId('resource', authority, place === undefined ? 'hba' : `hba/${place}`)
export const hbaNetworkId = (authority: string, network: string): EntityId =>
  entityId('resource', authority, `hba-network/${network}`)

export type Pair = { role: number; member: number }
/** One role's place in another. */
export const membershipId = (authority: string, { role, member }: Pair): EntityId =>
  entityId('resource', authority, `membership/${role}/${member}`)
export function membershipIn(entity: EntityId): Pair | undefined {
  const [, role, member] = /^membership\/(\d{1,10})\/(\d{1,10})$/.exec(nativeOf(entity)) ?? []
  return role === undefined || member === undefined ? undefined : { role: Number(role), member: Number(member) }
}

export type GrantOf = { database: number; relation: number; role: number }
/** What one role was granted on one relation itself. */
export const grantId = (authority: string, { database, relation, role }: GrantOf): EntityId =>
  entityId('resource', authority, `db/${database}/rel/${relation}/grant/${role}`)
export function grantIn(entity: EntityId): GrantOf | undefined {
  const [, thing = '', role] = /^(db\/\d+\/rel\/\d+)\/grant\/(\d{1,10})$/.exec(nativeOf(entity)) ?? []
  const on = role === undefined ? undefined : numbersIn(thing)
  return on === undefined ? undefined : { ...on, role: Number(role) }
}
export const relationIn = (entity: EntityId): Omit<GrantOf, 'role'> | undefined =>
  entity.startsWith('resource:') ? numbersIn(nativeOf(entity)) : undefined
function numbersIn(native: string): Omit<GrantOf, 'role'> | undefined {
  const [, database, relation] = /^db\/(\d{1,10})\/rel\/(\d{1,10})$/.exec(native) ?? []
  return database === undefined ? undefined : { database: Number(database), relation: Number(relation) }
}

/**
 * The server's log knows a session's start only to the second, so the id rounds down: `pg_stat_activity` and log give
 * the same id. A process id used twice within one second would share it.
 */
export const sessionId = (authority: string, pid: number, startMs: number): EntityId =>
  entityId('credential', authority, `session/${pid}.${Math.floor(startMs / 1000) * 1000}`)

export type Target = { kind: 'role'; oid: number } | { kind: 'session'; pid: number; startMs: number }

/** Reads back what the builders above made; a password stands for its role. Undefined for anything else. */
export function targetOf(id: EntityId): Target | undefined {
  const kind = parseEntityId(id)?.kind
  const native = nativeOf(id)
  const role = /^role\/(\d{1,10})(\/password)?$/.exec(native)
  if (role !== null && (kind === 'identity') === (role[2] === undefined)) return { kind: 'role', oid: Number(role[1]) }
  const session = kind === 'credential' ? /^session\/(\d{1,10})\.(\d{1,15})$/.exec(native) : null
  return session === null ? undefined : { kind: 'session', pid: Number(session[1]), startMs: Number(session[2]) }
}
