import { oids } from './ids.ts'
import { closure, type RoleGraph } from './rights.ts'

/**
 * One thing that has to be had for a deed: USAGE of the schema, the right on the table, to be above its row security.
 * `holders`: roles that have it. `given`: who can give it to whatever role they come to, as the owner of the thing may.
 */
export type Need = { holders: ReadonlySet<number>; given: ReadonlySet<number> }

export const nobody: ReadonlySet<number> = new Set()

/** Who comes to one of these by what the estate is told. */
export const comersTo = (graph: RoleGraph, roles: ReadonlySet<number>): Set<number> =>
  roles.has(oids.public) ? new Set([oids.public, ...graph.flags.keys()]) : closure(roles, graph.comers)

/** Who has all of it at once, without an act. */
export function holdersOf(needs: readonly Need[]): Set<number> {
  const [first, ...rest] = needs.toSorted((a, b) => a.holders.size - b.holders.size)
  const found = new Set<number>()
  for (const role of first?.holders ?? []) if (rest.every(({ holders }) => holders.has(role))) found.add(role)
  return found
}

/** Who comes to have all of it by acts of their own: they come to a role that has some, and give it the rest. */
export function doersOf(graph: RoleGraph, needs: readonly Need[], others: ReadonlySet<number>): Set<number> {
  const found = new Set<number>()
  for (const who of new Set(needs.flatMap(({ given }) => [...given]))) {
    // Who has it anyway needs no act.
    if (!graph.flags.has(who) || others.has(who)) continue
    const has = (role: number) => (need: Need) =>
      need.holders.has(role) || need.holders.has(oids.public) || need.given.has(who)
    for (const role of wentFrom(graph, who)) {
      if (!needs.every(has(role))) continue
      found.add(who)
      break
    }
  }
  return found
}

const journeys = new WeakMap<RoleGraph, Map<number, Set<number>>>()

function wentFrom(graph: RoleGraph, who: number): Set<number> {
  const seen = journeys.get(graph) ?? new Map<number, Set<number>>()
  journeys.set(graph, seen)
  const known = seen.get(who) ?? closure([who], graph.goes)
  seen.set(who, known)
  return known
}
