import { kindOf, type Edge, type EdgeType, type EntityId, type EntityKind } from '#model'
import type { EstateView } from '#estate'

import { machineEdges } from '../assess/same-machine.ts'

type Seconds = { from: number; to: number }
/** `recent`: what stood, or was made, shortly before or after. `ever`: who made something, and its other names, are so for good. */
export type JoinTimes = { recent: Seconds; ever: Seconds }
const ages = ['recent', 'ever'] as const
type Around = Partial<Record<'out' | 'into', Partial<Record<(typeof ages)[number], readonly EdgeType[]>>>>

/**
 * The facts by which two findings are one story: the same secret, the same machine, and what was made of what. Rights are
 * left out on purpose (membership, assuming a role, reading, sharing, owning): half of a company may read one bucket, and
 * everybody's finding would be one incident. So are addresses: behind one stands a proxy or a whole office.
 */
const joining: Partial<Record<EntityKind, Around>> = {
  credential: {
    out: { recent: ['DERIVES', 'CREATED'], ever: ['AUTHENTICATES_AS', 'SAME_AS'] },
    into: { recent: ['STORES'], ever: ['SAME_AS', 'DERIVES', 'CREATED'] },
  },
  identity: {
    out: { recent: ['RUNS_ON', 'CREATED'], ever: ['SAME_AS'] },
    into: { recent: ['AUTHENTICATES_AS'], ever: ['SAME_AS', 'CREATED'] },
  },
  app: { out: { recent: ['DERIVES', 'CREATED'] }, into: { ever: ['CREATED'] } },
  host: { out: { recent: ['STORES'] }, into: { recent: ['RUNS_ON'] } },
  // From a bad package to its hosts; never from a host to all that is installed there.
  package: { out: { recent: ['INSTALLED_ON'] } },
  // A place that holds secrets, such as a repository's, leads from one to the other.
  resource: { out: { recent: ['STORES'] }, into: { ever: ['CREATED'] } },
}

/** What a finding may be joined by where it names it; data is read by many, so a resource is none. */
export const isJoining = (entity: EntityId): boolean => {
  const kind = kindOf(entity)
  return kind !== 'resource' && joining[kind] !== undefined
}

/** An edge as it is seen from `from`. */
export type JoinEdge = { from: EntityId; to: EntityId; edge: Edge }

/** Joining edges around each of the entities. Inferred and conditional ones join nothing. */
export async function joinEdges(
  view: EstateView,
  entities: readonly EntityId[],
  times: JoinTimes,
): Promise<JoinEdge[]> {
  const found: JoinEdge[] = []
  const outOf = (edge: Edge): JoinEdge => ({ from: edge.src, to: edge.dst, edge })
  const inTo = (edge: Edge): JoinEdge => ({ from: edge.dst, to: edge.src, edge })
  for (const [kind, group] of Map.groupBy(entities, kindOf)) {
    for (const age of ages) {
      const [from = [], to = []] = [joining[kind]?.out?.[age], joining[kind]?.into?.[age]]
      const query = { window: times[age], unconditionalOnly: true }
      const stated = from.length === 0 ? [] : await view.edgesFrom(group, { ...query, types: from })
      const heard = to.length === 0 ? [] : await view.edgesTo(group, { ...query, types: to })
      const isRecent = (edge: Edge): boolean => age === 'ever' || !isMaking(edge) || edge.validFrom >= times.recent.from
      found.push(...stated.filter(isRecent).map(outOf), ...heard.map(inTo))
    }
    if (kind !== 'host') continue
    const { out, into } = await machineEdges(view, group, times.ever)
    const isSure = ({ conditional }: Edge): boolean => !conditional
    found.push(...out.filter(isSure).map(outOf), ...into.filter(isSure).map(inTo))
  }
  return found
}

/** What is made once stands for good: only what was made lately is of a story. */
const isMaking = ({ type }: Edge): boolean => type === 'CREATED' || type === 'DERIVES'
