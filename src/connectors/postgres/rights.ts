import { oids } from './ids.ts'
import { roleFlags, type MembershipRow, type RelationRow, type SchemaRow } from './rows.ts'

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
}

export const readPrivileges = ['SELECT'] as const
export const writePrivileges = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const
export type Privilege = (typeof readPrivileges)[number] | (typeof writePrivileges)[number]

const versionWithGrantOptions = 160_000

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
  const add = (map: Map<number, number[]>, from: number, to: number): void => {
    const list = map.get(from)
    if (list === undefined) map.set(from, [to])
    else list.push(to)
  }
  for (const { member, role, inherits: isInherited, sets } of memberships) {
    if (sets) add(belongs, member, role)
    if (!isInherited) continue
    add(inherits, member, role)
    add(heirs, role, member)
  }
  if (databaseOwner !== undefined) {
    const { oid, version } = databaseOwner
    add(belongs, oid, oids.pgDatabaseOwner)
    if (version >= versionWithGrantOptions || ((flags.get(oid) ?? 0) & roleFlags.inherit) !== 0) {
      add(inherits, oid, oids.pgDatabaseOwner)
      add(heirs, oids.pgDatabaseOwner, oid)
    }
  }
  return { flags, inherits, belongs, heirs }
}

const closure = (from: Iterable<number>, next: ReadonlyMap<number, readonly number[]>): Set<number> => {
  const seen = new Set(from)
  for (const role of seen) for (const other of next.get(role) ?? []) seen.add(other)
  return seen
}

/** Roles whose rights this role has right now, itself and PUBLIC among them (has_privs_of_role). */
export const rightsOf = (graph: RoleGraph, role: number): Set<number> => closure([role, oids.public], graph.inherits)
/** Roles it can become (is_member_of_role); a superuser can become any. */
export const becomes = (graph: RoleGraph, role: number): Set<number> =>
  isSuper(graph, role) ? new Set(graph.flags.keys()) : closure([role], graph.belongs)

export const isSuper = (graph: RoleGraph, role: number): boolean =>
  ((graph.flags.get(role) ?? 0) & roleFlags.super) !== 0

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
  if (!relation.rowSecurity || ((graph.flags.get(role) ?? 0) & (roleFlags.super | roleFlags.bypassRls)) !== 0)
    return false
  return relation.forceRowSecurity || !rightsOf(graph, role).has(relation.owner)
}

export type Grant = {
  role: number
  type: 'CAN_READ' | 'CAN_WRITE' | 'CAN_ADMIN'
  /** Some columns, or rows that a policy lets through: an upper bound. */
  conditional: boolean
  note: string
}

/**
 * The fewest grants that, walked along inherited memberships, give every role exactly what it may do. A right on a
 * table counts only with USAGE on its schema, so a role that gets the two from different parents has a grant of its own.
 * Superusers are left out: they hold the whole database.
 */
export function grantsOn(graph: RoleGraph, schema: SchemaRow, relation: RelationRow): Grant[] {
  const usage = heirsOf(graph, grantees(schema.acl, 'USAGE'))
  const grants: Grant[] = []
  for (const [type, privileges] of [
    ['CAN_READ', readPrivileges],
    ['CAN_WRITE', writePrivileges],
  ] as const) {
    const forAll = privileges.filter((privilege) => grantees(relation.acl, privilege).has(oids.public))
    if (forAll.length > 0 && usage.has(oids.public) && !relation.rowSecurity) {
      grants.push({ role: oids.public, type, conditional: false, note: forAll.join(', ').toLowerCase() })
      continue
    }
    const whole = new Set<number>()
    const some = new Set<number>()
    const words = new Map<number, Set<string>>()
    for (const privilege of privileges) {
      const all = heirsOf(graph, grantees(relation.acl, privilege))
      const columns = heirsOf(graph, grantees(relation.columns, privilege))
      for (const role of new Set([...all, ...columns])) {
        if (!usage.has(role) || (role !== oids.public && !graph.flags.has(role))) continue
        some.add(role)
        const filtered = privilege !== 'TRUNCATE' && rowSecurityApplies(graph, relation, role)
        if (all.has(role) && !filtered) whole.add(role)
        const word = privilege.toLowerCase() + (all.has(role) ? '' : ' (columns)') + (filtered ? ' (row security)' : '')
        words.set(role, (words.get(role) ?? new Set()).add(word))
      }
    }
    for (const role of some) {
      const parents = [...(graph.inherits.get(role) ?? []), ...(role === oids.public ? [] : [oids.public])]
      const isWhole = whole.has(role)
      if (isSuper(graph, role) || parents.some((parent) => (isWhole ? whole : some).has(parent))) continue
      grants.push({ role, type, conditional: !isWhole, note: [...(words.get(role) ?? [])].join(', ') })
    }
  }
  if (!isSuper(graph, relation.owner)) {
    grants.push({ role: relation.owner, type: 'CAN_ADMIN', conditional: false, note: 'owner' })
  }
  return grants
}

/** Most relations of a schema share their grantees: each set is walked once. */
const heirsSeen = new WeakMap<RoleGraph, Map<string, Set<number>>>()

/** Every role that has the rights of one of these; of PUBLIC: all. */
function heirsOf(graph: RoleGraph, roles: Set<number>): Set<number> {
  const seen = heirsSeen.get(graph) ?? new Map<string, Set<number>>()
  heirsSeen.set(graph, seen)
  const key = [...roles].sort((a, b) => a - b).join(',')
  const known = seen.get(key)
  if (known !== undefined) return known
  const found = roles.has(oids.public) ? new Set([oids.public, ...graph.flags.keys()]) : closure(roles, graph.heirs)
  seen.set(key, found)
  return found
}
