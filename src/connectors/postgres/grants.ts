import { comersTo, doersOf, holdersOf, nobody, type Need } from './acts.ts'
import { oids } from './ids.ts'
import { needsOf, needsThrough, ownersOf, usageOf, type Degree, type Known } from './needs.ts'
import {
  grantees,
  heirsOf,
  isSuper,
  readPrivileges,
  rowSecurityApplies,
  writePrivileges,
  type Privilege,
  type RoleGraph,
} from './rights.ts'
import type { RelationRow, SchemaRow } from './rows.ts'

export type Grant = {
  role: number
  type: 'CAN_READ' | 'CAN_WRITE' | 'CAN_ADMIN'
  /** Some columns, rows that a policy lets through, what a view shows, or only to drop it: an upper bound. */
  conditional: boolean
  note: string
}
type Holding = { now: Set<number>; byActs: Set<number> }
type Held = Record<Degree, Holding>

/**
 * The fewest grants that, walked along stated memberships, give every role exactly what it may do. A right on a table
 * counts only with USAGE on its schema, so a role that gets the two from different parents has a grant of its own; and so
 * has who comes to have both by granting what they may grant. Superusers are left out: they hold the whole database.
 * `known`: relations that views may read.
 */
export function grantsOn(
  graph: RoleGraph,
  schema: SchemaRow,
  relation: RelationRow,
  known: Known = new Map(),
): Grant[] {
  if (relation.kind === 'v') return workedOut(graph, schema, relation, known)
  const { kind, owner, rowSecurity, forceRowSecurity, acl, columns } = relation
  const key = JSON.stringify([kind, owner, rowSecurity, forceRowSecurity, acl, columns])
  const schemas = alike.get(graph) ?? new Map<SchemaRow, Map<string, Grant[]>>()
  alike.set(graph, schemas)
  const seen = schemas.get(schema) ?? new Map<string, Grant[]>()
  schemas.set(schema, seen)
  const grants = seen.get(key) ?? workedOut(graph, schema, relation, known)
  seen.set(key, grants)
  return grants
}

/** Most tables of a schema are granted alike. A graph is of one record, and so are its schemas. */
const alike = new WeakMap<RoleGraph, Map<SchemaRow, Map<string, Grant[]>>>()

function workedOut(graph: RoleGraph, schema: SchemaRow, relation: RelationRow, known: Known): Grant[] {
  const usage = usageOf(graph, schema)
  const owners = ownersOf(graph, relation, usage)
  const owning = ownerGrants(graph, usage, relation, known)
  const administer = comersTo(graph, new Set(owning.flatMap(({ role, conditional }) => (conditional ? [] : [role]))))
  const grants: Grant[] = []
  for (const [type, privileges] of [
    ['CAN_READ', readPrivileges],
    ['CAN_WRITE', relation.kind === 'm' ? [] : writePrivileges],
  ] as const) {
    const forAll = privileges.filter((privilege) => grantees(relation.acl, privilege).has(oids.public))
    if (forAll.length > 0 && usage.holders.has(oids.public) && !relation.rowSecurity && relation.kind !== 'v') {
      grants.push({ role: oids.public, type, conditional: false, note: forAll.join(', ').toLowerCase() })
      continue
    }
    const ways = privileges.map((privilege) => (degree: Degree) => {
      const needs = needsOf(graph, relation, known, privilege, degree, owners)
      return needs === undefined ? undefined : [usage, ...needs]
    })
    // Whoever administers it needs no word more.
    const holding = held(graph, ways, administer)
    grants.push(...grantsFor(graph, type, holding, (role) => inWords(graph, relation, role, privileges)))
  }
  return [...grants, ...owning]
}

/** Who owns it may grant themselves all, and lift its row security, where they may use the schema; elsewhere drop it. */
function ownerGrants(graph: RoleGraph, usage: Need, relation: RelationRow, known: Known): Grant[] {
  const owning = heirsOf(graph, new Set([relation.owner]))
  const own: Need = { holders: owning, given: new Set() }
  const way = (degree: Degree): Need[] | undefined => {
    const through = needsThrough(graph, relation, known, 'SELECT', degree)
    return through === undefined ? undefined : [usage, own, ...through]
  }
  const grants = grantsFor(graph, 'CAN_ADMIN', held(graph, [way], nobody), () => 'owner')
  const reached = comersTo(graph, new Set(grants.map(({ role }) => role)))
  for (const role of droppers(graph, relation.owner)) {
    if (!reached.has(role)) grants.push({ role, type: 'CAN_WRITE', conditional: true, note: 'owner: may drop' })
  }
  return grants
}

/** Who can drop what this role owns: itself, and who inherits from it without being able to come to it. */
export function droppers(graph: RoleGraph, owner: number): number[] {
  const comers = comersTo(graph, new Set([owner]))
  const heirs = [...heirsOf(graph, new Set([owner]))].filter((role) => role === owner || !comers.has(role))
  return heirs.filter((role) => !isSuper(graph, role))
}

/** Any of several ways will do. `others`: who can do more, and is left out of acts. */
function held(
  graph: RoleGraph,
  ways: readonly ((degree: Degree) => Need[] | undefined)[],
  others: ReadonlySet<number>,
): Held {
  const of = (degree: Degree): Holding => {
    const all = ways.flatMap((way) => {
      const needs = way(degree)
      return needs === undefined ? [] : [needs]
    })
    const now = new Set<number>()
    for (const role of all.flatMap((needs) => [...holdersOf(needs)]))
      if (role === oids.public || graph.flags.has(role)) now.add(role)
    const byActs = new Set<number>()
    if (!all.some((needs) => needs.some(({ given }) => given.size > 0))) return { now, byActs }
    const without = new Set([...others, ...comersTo(graph, now)])
    for (const needs of all) for (const role of doersOf(graph, needs, without)) byActs.add(role)
    return { now, byActs }
  }
  return { whole: of('whole'), some: of('some') }
}

/** Of those who hold it, whom no stated membership brings it already. */
function grantsFor(graph: RoleGraph, type: Grant['type'], { whole, some }: Held, words: (role: number) => string) {
  const grants: Grant[] = []
  for (const role of [...some.now].sort((a, b) => a - b)) {
    const isWhole = whole.now.has(role)
    const parents = [...(graph.parents.get(role) ?? []), ...(role === oids.public ? [] : [oids.public])]
    if (isSuper(graph, role) || parents.some((parent) => (isWhole ? whole : some).now.has(parent))) continue
    grants.push({ role, type, conditional: !isWhole, note: words(role) })
  }
  for (const { now, byActs } of [whole, some]) {
    if (byActs.size === 0) continue
    const isWhole = now === whole.now
    const stated = grants.filter(({ conditional }) => !isWhole || !conditional).map(({ role }) => role)
    const reached = comersTo(graph, new Set([...now, ...stated]))
    for (const role of byActs) {
      if (reached.has(role) || isSuper(graph, role)) continue
      grants.push({ role, type, conditional: !isWhole, note: 'may grant itself what it lacks' })
      for (const one of comersTo(graph, new Set([role]))) reached.add(one)
    }
  }
  return grants
}

function inWords(graph: RoleGraph, relation: RelationRow, role: number, privileges: readonly Privilege[]): string {
  const words = privileges.flatMap((privilege) => {
    const isAll = heirsOf(graph, grantees(relation.acl, privilege)).has(role)
    if (!isAll && !heirsOf(graph, grantees(relation.columns, privilege)).has(role)) return []
    const isFiltered = privilege !== 'TRUNCATE' && rowSecurityApplies(graph, relation, role)
    return [`${privilege.toLowerCase()}${isAll ? '' : ' (columns)'}${isFiltered ? ' (row security)' : ''}`]
  })
  return words.join(', ')
}
