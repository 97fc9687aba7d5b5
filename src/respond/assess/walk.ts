import {
  authorityOf,
  kindOf,
  type Edge,
  type EdgeType,
  type EntityId,
  type EntityKind,
  type ExposureRole,
} from '#model'
import type { EstateView } from '#estate'

import { isHardware, machineEdges } from './same-machine.ts'

/** Entities a walk may hold; beyond it stops and says so. Nearest first, so what is cut off lies farthest. */
export const exposureEntitiesMax = 200_000
const batchEntitiesMax = 2_000
export const fingerprintAuthority = 'fp'

/**
 * `held`: the attacker has one way in. `owned`: the whole thing is the attacker's (a host that ran the artefact, an
 * identity taken over or made by the attacker), so every credential of it counts.
 */
export type Standing = 'held' | 'owned'

/** What may be done to a resource, as bits. */
export const mode = { read: 1, write: 2, admin: 4, share: 8 } as const
const allModes = mode.read | mode.write | mode.admin | mode.share
const modesOf: Partial<Record<EdgeType, number>> = {
  CAN_READ: mode.read,
  CAN_WRITE: mode.write,
  CAN_SHARE: mode.read | mode.share,
  CAN_ADMIN: allModes,
  CAN_GRANT: allModes,
}

/** How the attacker came to stand somewhere. Times are seconds UTC. */
export type Arrival = {
  entity: EntityId
  standing: Standing
  since: number
  hops: number
  role: ExposureRole
  modes: number
  /** Held by itself, and not only for being the same as something held: may be followed to its other names. */
  joins: boolean
  /** The edge that led here and the arrival it led from; null at the trigger. */
  by: { edge: Edge; isTurned: boolean; from: string } | null
}

/** `until`: the last moment at which the host was bad, or the artefact was installed; absent: the bounds' own. */
export type Start = { entity: EntityId; standing: Standing; since: number; until?: number }
export type WalkBounds = {
  /** The window in which the artefact was installed or the host was bad. */
  from: number
  to: number
  /** Until when a credential, once held, may have been used. */
  now: number
  isConditionalIncluded: boolean
  entitiesMax: number
}
export type Walked = {
  arrivals: Map<string, Arrival>
  /** Credentials whose own authority had ended them before they could be read: they open nothing. */
  dead: Set<EntityId>
  /** Things made by what was held, credentials left out: the earliest making of each. */
  made: Map<EntityId, Arrival>
  metConditional: boolean
  isTruncated: boolean
}

const rights = ['CAN_READ', 'CAN_WRITE', 'CAN_ADMIN', 'CAN_SHARE', 'CAN_GRANT'] as const
const forward: Partial<Record<EntityKind, readonly EdgeType[]>> = {
  package: ['INSTALLED_ON'],
  host: ['STORES', 'CONTAINS'],
  credential: ['AUTHENTICATES_AS', 'DERIVES', 'CREATED', 'SAME_AS', ...rights],
  identity: ['MEMBER_OF', 'ASSUMES', 'CREATED', ...rights],
  app: ['ACTS_AS', 'STORES', 'DERIVES', 'CREATED', ...rights],
  resource: ['CONTAINS', 'STORES'],
}
/** Kinds whose edges are asked for from the beginning of time: ends and joins in the past matter there. */
const kindsWithPast: ReadonlySet<EntityKind> = new Set(['package', 'host', 'credential'])

export const nodeKey = (entity: EntityId, standing: Standing): string => `${standing} ${entity}`

/**
 * Earliest arrival over validity intervals, in rounds of one more edge. A node is looked at again whenever it turns out
 * to be reached earlier or with more rights, so the answer does not depend on the order of edges.
 * INVARIANT: inferred edges are never asked for; every arrival but the first stands on an edge with evidence.
 */
export async function walkExposure(view: EstateView, starts: readonly Start[], bounds: WalkBounds): Promise<Walked> {
  const walked: Walked = {
    arrivals: new Map(),
    dead: new Set(),
    made: new Map(),
    metConditional: false,
    isTruncated: false,
  }
  const hostUntil = new Map<EntityId, number>()
  let fresh = new Map<string, Arrival>()

  const arrive = (next: Arrival): void => {
    const key = nodeKey(next.entity, next.standing)
    const known = walked.arrivals.get(key)
    if (known === undefined && walked.arrivals.size >= bounds.entitiesMax) {
      walked.isTruncated = true
      return
    }
    const modes = next.modes | (known?.modes ?? 0)
    const joins = next.joins || known?.joins === true
    const order = known === undefined ? -1 : compareArrivals(next, known)
    const isBetter = known === undefined || order < 0 || (order === 0 && next.role !== known.role)
    const best = { ...(isBetter ? next : known), modes, joins }
    walked.arrivals.set(key, best)
    if (isBetter || modes !== known.modes || joins !== known.joins) fresh.set(key, best)
  }

  for (const { entity, standing, since, until } of starts) {
    if (until !== undefined) hostUntil.set(entity, Math.max(until, hostUntil.get(entity) ?? until))
    arrive({ entity, standing, since, hops: 0, role: 'trigger', modes: allModes, joins: true, by: null })
  }
  while (fresh.size > 0) {
    const frontier = fresh
    fresh = new Map()
    for (const [kind, group] of groupByKind(frontier)) {
      for (let at = 0; at < group.length; at += batchEntitiesMax) {
        const batch = group.slice(at, at + batchEntitiesMax)
        const nodes = new Map<EntityId, Arrival[]>()
        for (const node of batch) nodes.set(node.entity, [...(nodes.get(node.entity) ?? []), node])
        const { out, into } = await edgesAround(view, kind, batch, bounds)
        if (kind === 'credential') markDead(walked.dead, batch, out, await expiriesOf(view, batch))
        for (const { edge, isTurned } of [...out.map(asStated), ...into.map(asTurned)]) {
          if (edge.conditional) walked.metConditional = true
          if (edge.conditional && !bounds.isConditionalIncluded) continue
          for (const node of nodes.get(isTurned ? edge.dst : edge.src) ?? []) {
            const next = step(node, edge, isTurned, { ...bounds, hostUntil, dead: walked.dead })
            if (next === undefined) continue
            if (edge.type === 'CREATED') noteMade(walked.made, next)
            arrive(next)
            const until =
              edge.type === 'INSTALLED_ON'
                ? untilOnHost(edge, next.since, hostUntil.get(node.entity) ?? bounds.to, bounds.now)
                : edge.type === 'SAME_AS'
                  ? hostUntil.get(node.entity)
                  : undefined
            if (until === undefined || until <= (hostUntil.get(next.entity) ?? -1)) continue
            hostUntil.set(next.entity, until)
            const host = walked.arrivals.get(nodeKey(next.entity, 'owned'))
            if (host !== undefined) fresh.set(nodeKey(next.entity, 'owned'), host)
          }
        }
      }
    }
  }
  return walked
}

const asStated = (edge: Edge) => ({ edge, isTurned: false })
const asTurned = (edge: Edge) => ({ edge, isTurned: true })

/** Earlier first, then fewer steps, then names and evidence, so that ties fall the same way each time. */
export function compareArrivals(a: Arrival, b: Arrival): number {
  return a.since - b.since || a.hops - b.hops || compareText(tieKey(a), tieKey(b))
}
const tieKey = ({ by }: Arrival): string =>
  by === null ? '' : `${by.from} ${by.edge.type} ${String(by.edge.evidence).padStart(16, '0')} ${by.edge.src}`
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function groupByKind(nodes: ReadonlyMap<string, Arrival>): Map<EntityKind, Arrival[]> {
  const groups = new Map<EntityKind, Arrival[]>()
  for (const node of nodes.values()) {
    const kind = kindOf(node.entity)
    const group = groups.get(kind)
    if (group === undefined) groups.set(kind, [node])
    else group.push(node)
  }
  return groups
}

async function edgesAround(view: EstateView, kind: EntityKind, batch: readonly Arrival[], bounds: WalkBounds) {
  const types = forward[kind] ?? []
  const from = kindsWithPast.has(kind) ? 0 : batch.reduce((least, { since }) => Math.min(least, since), bounds.now)
  const window = { from, to: bounds.now }
  const entities = [...new Set(batch.map(({ entity }) => entity))]
  const owned = [...new Set(batch.filter(({ standing }) => standing === 'owned').map(({ entity }) => entity))]
  const isBeing = kind === 'identity' || kind === 'app'
  const stated = types.length === 0 ? [] : await view.edgesFrom(entities, { types, window })
  if (kind === 'host') {
    const { out, into } = await machineEdges(view, entities, window)
    return { out: [...stated, ...out], into }
  }
  return {
    out: stated,
    into:
      kind === 'credential'
        ? await view.edgesTo(entities, { types: ['SAME_AS'], window })
        : isBeing && owned.length > 0
          ? await view.edgesTo(owned, { types: ['AUTHENTICATES_AS'], window })
          : [],
  }
}

/** The arrival one edge further on, or undefined when the edge does not serve from here at that time. */
function step(
  node: Arrival,
  edge: Edge,
  isTurned: boolean,
  context: WalkBounds & { hostUntil: ReadonlyMap<EntityId, number>; dead: ReadonlySet<EntityId> },
): Arrival | undefined {
  const entity = isTurned ? edge.src : edge.dst
  const kind = kindOf(entity)
  const by = { edge, isTurned, from: nodeKey(node.entity, node.standing) }
  const next = { entity, standing: 'held', hops: node.hops + 1, modes: 0, joins: true, by } as const
  const since = Math.max(node.since, edge.validFrom)
  if (edge.type === 'SAME_AS') {
    if (!node.joins) return undefined
    // From a host to a name of its hardware, and to the hosts that bear the same: no further.
    if (kind === 'host') {
      return { ...next, standing: node.standing, since: node.since, role: node.role, joins: isHardware(entity) }
    }
    // INVARIANT: one hop. A vendor that claims another's fingerprint as its own must not carry exposure on to that other.
    if (kind !== 'credential') return undefined
    return { ...next, since: node.since, role: node.role, joins: false }
  }
  if (context.dead.has(node.entity)) return undefined
  if (edge.type === 'CREATED') {
    if (edge.validFrom < node.since || edge.validFrom > context.now) return undefined
    const standing = kind === 'identity' || kind === 'app' ? 'owned' : 'held'
    return { ...next, standing, since: edge.validFrom, role: 'descendant', modes: kind === 'resource' ? allModes : 0 }
  }
  const isOwnedHost = kindOf(node.entity) === 'host' && node.standing === 'owned'
  const end = edge.type === 'INSTALLED_ON' || isOwnedHost ? believedEnd(edge, since) : (edge.validTo ?? Infinity)
  const latest =
    edge.type === 'INSTALLED_ON'
      ? (context.hostUntil.get(node.entity) ?? context.to)
      : isOwnedHost
        ? (context.hostUntil.get(node.entity) ?? context.now)
        : context.now
  if (since > end || since > latest) return undefined
  if (edge.type === 'INSTALLED_ON') return { ...next, standing: 'owned', since, role: node.role }
  const role = roleOver(edge.type, node, isTurned)
  const modes = edge.type === 'CONTAINS' ? node.modes : (modesOf[edge.type] ?? 0)
  return { ...next, since, role, modes }
}

function roleOver(type: EdgeType, node: Arrival, isTurned: boolean): ExposureRole {
  if (type === 'DERIVES') return 'session'
  if (type === 'STORES') return 'readable'
  if (type === 'AUTHENTICATES_AS' && isTurned) return node.role === 'descendant' ? 'descendant' : 'readable'
  return node.role
}

/**
 * INVARIANT: what the host's report ended after the host was the attacker's counts as still there: a report that leaves
 * a credential out, dated back or not, hides nothing that an earlier one named.
 */
function believedEnd(edge: Edge, since: number): number {
  if (edge.validTo === null) return Infinity
  return edge.endHeardAtMs !== undefined && edge.endHeardAtMs > since * 1000 ? Infinity : edge.validTo
}

/** While the artefact stays it keeps reading, past the window in which it came; removed, the window still counts. */
const untilOnHost = (edge: Edge, since: number, to: number, now: number): number =>
  Math.max(to, Math.min(now, believedEnd(edge, since)))

/**
 * Dead before it could be held, by its own authority's word: every login of it had ended, or, for a session or token,
 * it had expired. A key's expiry is not taken for its end, since vendors renew keys; nor is what a trigger names. A
 * fingerprint is nobody's realm: whoever knows the hash could state its end, so nobody's word counts.
 */
function markDead(
  dead: Set<EntityId>,
  batch: readonly Arrival[],
  out: readonly Edge[],
  expiries: ReadonlyMap<EntityId, number>,
): void {
  const lastUsable = new Map<EntityId, number>()
  for (const edge of out) {
    if (edge.type !== 'AUTHENTICATES_AS') continue
    lastUsable.set(edge.src, Math.max(lastUsable.get(edge.src) ?? 0, edge.validTo ?? Infinity))
  }
  for (const { entity, since, role } of batch) {
    const end = Math.min(lastUsable.get(entity) ?? Infinity, expiries.get(entity) ?? Infinity)
    if (end < since && role !== 'trigger' && authorityOf(entity) !== fingerprintAuthority) dead.add(entity)
    else dead.delete(entity)
  }
}

/** Seconds UTC, rounded up, of the derived sessions and tokens among the batch whose authority states an end. */
async function expiriesOf(view: EstateView, batch: readonly Arrival[]): Promise<Map<EntityId, number>> {
  const derived = batch.filter(({ by }) => by?.edge.type === 'DERIVES').map(({ entity }) => entity)
  const expiries = new Map<EntityId, number>()
  if (derived.length === 0) return expiries
  for (const [entity, { expiresAtMs }] of await view.facts(derived)) {
    if (typeof expiresAtMs === 'number') expiries.set(entity, Math.ceil(expiresAtMs / 1000))
  }
  return expiries
}

function noteMade(made: Map<EntityId, Arrival>, arrival: Arrival): void {
  if (kindOf(arrival.entity) === 'credential') return
  const known = made.get(arrival.entity)
  if (known === undefined || compareArrivals(arrival, known) < 0) made.set(arrival.entity, arrival)
}
