import { comersTo, nobody, type Need } from './acts.ts'
import { oids } from './ids.ts'
import { grantees, hasAnyColumnPrivilege, hasFlag, heirsOf, isSuper, type Privilege, type RoleGraph } from './rights.ts'
import { roleFlags, type RelationRow, type SchemaRow } from './rows.ts'

/** `whole`: all of it for sure. `some`: on columns, row security or the definition of a view. */
export type Degree = 'whole' | 'some'
export type Known = ReadonlyMap<number, RelationRow>

/** Bits of `pg_relation_is_updatable`: one for a kind of statement (src/include/nodes/nodes.h, CmdType). */
const statementBits: Partial<Record<Privilege, number>> = { UPDATE: 4, INSERT: 8, DELETE: 16 }

const usages = new WeakMap<RoleGraph, Map<SchemaRow, Need>>()

/** USAGE of the schema, which its owner, and whoever may grant it on, gives to anybody. Worked out once a schema. */
export const usageOf = (graph: RoleGraph, schema: SchemaRow): Need => {
  const seen = usages.get(graph) ?? new Map<SchemaRow, Need>()
  usages.set(graph, seen)
  const known = seen.get(schema)
  if (known !== undefined) return known
  const givers = heirsOf(graph, new Set([schema.owner, ...(schema.grantors ?? [])]))
  const holders = new Set([...heirsOf(graph, grantees(schema.acl, 'USAGE')), ...givers])
  const need = { holders, given: comersTo(graph, givers) }
  seen.set(schema, need)
  return need
}

/** Who can act as the owner of a relation: they grant it to anybody, and lift its row security. */
export const ownersOf = (graph: RoleGraph, relation: RelationRow, usage: Need): ReadonlySet<number> => {
  const owners = heirsOf(graph, new Set([relation.owner]))
  const withUsage = comersTo(graph, new Set([...owners].filter((role) => usage.holders.has(role))))
  for (const role of comersTo(graph, owners)) if (usage.given.has(role)) withUsage.add(role)
  return withUsage
}

const rightOn = ({ acl, columns }: RelationRow, name: Privilege, degree: Degree): Set<number> =>
  degree === 'whole' ? grantees(acl, name) : new Set([...grantees(acl, name), ...grantees(columns, name)])

/** To be above row security. BYPASSRLS is a role's own, and not inherited. */
function aboveRowSecurity(graph: RoleGraph, relation: RelationRow, given: ReadonlySet<number>): Need {
  const owning = relation.forceRowSecurity ? [] : heirsOf(graph, new Set([relation.owner]))
  const above = [...graph.flags].filter(([, flags]) => hasFlag(flags, roleFlags.super | roleFlags.bypassRls))
  return { holders: new Set([...owning, ...above.map(([role]) => role)]), given }
}

/**
 * What it takes to do that to a relation, USAGE aside; undefined where nobody can. A view's tables are read by its
 * owner's rights, or, with `security_invoker`, by the reader's, however the view was come to
 * (https://www.postgresql.org/docs/15/sql-createview.html).
 */
export function needsOf(
  graph: RoleGraph,
  relation: RelationRow,
  known: Known,
  privilege: Privilege,
  degree: Degree,
  owners: ReadonlySet<number> = nobody,
): Need[] | undefined {
  const through = needsThrough(graph, relation, known, privilege, degree)
  return through === undefined ? undefined : [...needsAt(graph, relation, privilege, degree, owners), ...through]
}

function needsAt(
  graph: RoleGraph,
  relation: RelationRow,
  privilege: Privilege,
  degree: Degree,
  owners: ReadonlySet<number>,
): Need[] {
  const right = { holders: heirsOf(graph, rightOn(relation, privilege, degree)), given: owners }
  const isFiltered = relation.rowSecurity && degree === 'whole' && privilege !== 'TRUNCATE'
  return isFiltered ? [right, aboveRowSecurity(graph, relation, owners)] : [right]
}

/** What it takes beside the right on the view itself. */
export function needsThrough(
  graph: RoleGraph,
  view: RelationRow,
  known: Known,
  privilege: Privilege,
  degree: Degree,
): Need[] | undefined {
  if (view.kind !== 'v') return []
  if (privilege === 'TRUNCATE') return undefined
  const bit = statementBits[privilege]
  if (bit !== undefined && typeof view.updatable === 'number' && (view.updatable & bit) === 0) return undefined
  const isRead = privilege === 'SELECT'
  // A statement changes one of the tables a view shows, and only its definition says which.
  if (!isRead && view.readsFrom.length > 1) return degree === 'whole' ? undefined : []
  const needs: Need[] = []
  for (const oid of view.readsFrom) {
    const source = known.get(oid)
    if (source === undefined) {
      if (degree === 'whole') return undefined
      continue
    }
    const own = needsAt(graph, source, privilege, degree, nobody)
    const further = needsThrough(graph, source, known, privilege, degree)
    if (further === undefined) return undefined
    // Could somebody mend a view whose owner reads nothing, they would read its tables, too.
    if (!view.asInvoker && !own.every(({ holders }) => hasIt(graph, view.owner, holders))) return undefined
    needs.push(...(view.asInvoker ? own : []), ...further)
  }
  return needs
}

const hasIt = (graph: RoleGraph, role: number, holders: ReadonlySet<number>): boolean =>
  isSuper(graph, role) || holders.has(role) || holders.has(oids.public)

/** Relations whose data a view shows to whoever may read it, and not only to whom they are open anyway. */
export function sourcesShown(graph: RoleGraph, view: RelationRow, known: Known): readonly number[] {
  // A materialised view holds a copy.
  if (view.kind === 'm') return view.readsFrom
  if (view.asInvoker) return []
  const names = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const
  return view.readsFrom.filter((oid) => {
    const source = known.get(oid)
    return source === undefined || names.some((name) => hasAnyColumnPrivilege(graph, source, view.owner, name))
  })
}
