import { oids } from './ids.ts'
import { roleFlags, type MembershipRow, type RelationRow, type SchemaRow } from './rows.ts'
import { statedMemberships } from './stated-memberships.ts'

/**
 * The server's own rules for who may do what (src/backend/utils/adt/acl.c, src/backend/catalog/aclchk.c of PostgreSQL
 * 15), over inventory rows instead of the catalog. Pure; checked against `has_*_privilege` on random role graphs.
 */
export type RoleGraph = {
  flags: ReadonlyMap<number, number>
  /** Role → roles whose rights it has without an act. */
  inherits: ReadonlyMap<number, readonly number[]>
  /** Role → roles it belongs to at all: those it can become by SET ROLE. */
  belongs: ReadonlyMap<number, readonly number[]>
  /** `inherits`, turned round. */
  heirs: ReadonlyMap<number, readonly number[]>
  /** Role → roles that the estate is told it is a member of: `grantsOn` states what these do not bring. */
  parents: ReadonlyMap<number, readonly number[]>
  /** Role → roles that come to it by what the estate is told, acts of their own among them. */
  comers: ReadonlyMap<number, readonly number[]>
  /** `comers`, turned round. */
  goes: ReadonlyMap<number, readonly number[]>
}

export const readPrivileges = ['SELECT'] as const
export const writePrivileges = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const
export type Privilege = (typeof readPrivileges)[number] | (typeof writePrivileges)[number]

const versionWithGrantOptions = 160_000

export const hasFlag = (flags: number | undefined, flag: number): boolean => ((flags ?? 0) & flag) !== 0

/** `databaseOwner`: member of pg_database_owner without a row saying so, in that database only. */
export function roleGraph(
  roles: readonly (readonly [oid: number, flags: number])[],
  memberships: readonly MembershipRow[],
  databaseOwner?: { oid: number; version: number },
): RoleGraph {
  const flags = new Map(roles)
  const inherits = new Map<number, number[]>()
  const belongs = new Map<number, number[]>()
  const heirs = new Map<number, number[]>()
  const parents = new Map<number, number[]>()
  const comers = new Map<number, number[]>()
  const goes = new Map<number, number[]>()
  const add = (map: Map<number, number[]>, from: number, to: number): void => {
    const list = map.get(from)
    if (list === undefined) map.set(from, [to])
    else list.push(to)
  }
  const superusers = new Set([...flags].filter(([, of]) => hasFlag(of, roleFlags.super)).map(([role]) => role))
  const come = (from: number, to: number): void => {
    add(comers, to, from)
    add(goes, from, to)
  }
  for (const { member, role, inherits: isInherited, sets } of memberships) {
    if (sets) add(belongs, member, role)
    if (!isInherited) continue
    add(inherits, member, role)
    add(heirs, role, member)
  }
  const hasPower = (role: number): boolean => hasFlag(flags.get(role), roleFlags.super | roleFlags.bypassRls)
  for (const { member, role, type } of statedMemberships(memberships, (of) => superusers.has(of), hasPower)) {
    if (type === 'MEMBER_OF') add(parents, member, role)
    come(member, role)
  }
  if (databaseOwner !== undefined) {
    const { oid, version } = databaseOwner
    // What that role has in this database is stated as its owner's.
    come(oid, oids.pgDatabaseOwner)
    add(belongs, oid, oids.pgDatabaseOwner)
    if (version >= versionWithGrantOptions || hasFlag(flags.get(oid), roleFlags.inherit)) {
      add(inherits, oid, oids.pgDatabaseOwner)
      add(heirs, oids.pgDatabaseOwner, oid)
      add(parents, oid, oids.pgDatabaseOwner)
    }
    // Before 16 CREATEROLE grants itself any role that is no superuser.
    const creators = [...flags].filter(([, of]) => hasFlag(of, roleFlags.createRole) && !hasFlag(of, roleFlags.super))
    if (version < versionWithGrantOptions) {
      for (const role of flags.keys()) {
        if (superusers.has(role)) continue
        for (const [one] of creators) come(one, role)
      }
    }
  }
  return { flags, inherits, belongs, heirs, parents, comers, goes }
}

export const closure = (from: Iterable<number>, next: ReadonlyMap<number, readonly number[]>): Set<number> => {
  const seen = new Set(from)
  for (const role of seen) for (const other of next.get(role) ?? []) seen.add(other)
  return seen
}

/** Roles whose rights this role has right now, itself and PUBLIC among them (has_privs_of_role). */
export const rightsOf = (graph: RoleGraph, role: number): Set<number> => closure([role, oids.public], graph.inherits)
/** Roles it can become (is_member_of_role); a superuser can become any. */
export const becomes = (graph: RoleGraph, role: number): Set<number> =>
  isSuper(graph, role) ? new Set(graph.flags.keys()) : closure([role], graph.belongs)

export const isSuper = (graph: RoleGraph, role: number): boolean => hasFlag(graph.flags.get(role), roleFlags.super)

const predefined: Partial<Record<string, readonly number[]>> = {
  SELECT: [oids.pgReadAllData],
  INSERT: [oids.pgWriteAllData],
  UPDATE: [oids.pgWriteAllData],
  DELETE: [oids.pgWriteAllData],
  USAGE: [oids.pgReadAllData, oids.pgWriteAllData],
}

/** Grantees of a right, the predefined roles that hold it everywhere included. */
export function grantees(acl: readonly (readonly [number, string, ...unknown[]])[], privilege: string): Set<number> {
  const found = new Set(predefined[privilege] ?? [])
  for (const [grantee, granted] of acl) if (granted === privilege) found.add(grantee)
  return found
}

const holds = (graph: RoleGraph, role: number, holders: Set<number>): boolean => {
  if (isSuper(graph, role)) return true
  for (const other of rightsOf(graph, role)) if (holders.has(other)) return true
  return false
}

export const hasTablePrivilege = (
  graph: RoleGraph,
  relation: RelationRow,
  role: number,
  privilege: Privilege,
): boolean => holds(graph, role, grantees(relation.acl, privilege))
export const hasAnyColumnPrivilege = (
  graph: RoleGraph,
  relation: RelationRow,
  role: number,
  privilege: Privilege,
): boolean =>
  hasTablePrivilege(graph, relation, role, privilege) || holds(graph, role, grantees(relation.columns, privilege))
export const hasSchemaUsage = (graph: RoleGraph, schema: SchemaRow, role: number): boolean =>
  holds(graph, role, grantees(schema.acl, 'USAGE'))

/** Whether policies filter what this role sees (check_enable_rls). */
export function rowSecurityApplies(graph: RoleGraph, relation: RelationRow, role: number): boolean {
  if (!relation.rowSecurity || hasFlag(graph.flags.get(role), roleFlags.super | roleFlags.bypassRls)) return false
  return relation.forceRowSecurity || !rightsOf(graph, role).has(relation.owner)
}

/** Most relations of a schema share their grantees: each set is walked once. */
const heirsSeen = new WeakMap<RoleGraph, Map<string, ReadonlySet<number>>>()

/** Every role that has the rights of one of these; of PUBLIC: all. */
export function heirsOf(graph: RoleGraph, roles: ReadonlySet<number>): ReadonlySet<number> {
  const seen = heirsSeen.get(graph) ?? new Map<string, ReadonlySet<number>>()
  heirsSeen.set(graph, seen)
  const key = [...roles].sort((a, b) => a - b).join(',')
  const known = seen.get(key)
  if (known !== undefined) return known
  const found = roles.has(oids.public) ? new Set([oids.public, ...graph.flags.keys()]) : closure(roles, graph.heirs)
  seen.set(key, found)
  return found
}
