import { toSecondsDown, toSecondsUp } from '#kit'
import type { EntityId, ReasonStep } from '#model'
import type { EstateView } from '#estate'

import { isJoining, joinEdges, type JoinEdge, type JoinTimes } from './edges.ts'

/** From what a finding names; two findings are at most twice as many apart. */
export const joinHopsMax = 2
/** Joined to more than this lately, something is a hub: what goes through it is no story. */
export const hubDegreeMax = 100
/** What is kept of one finding's surroundings, the nearest. */
export const anchorsMax = 256
/** Findings that happened further apart are two stories. */
export const joinGapMs = 7 * 86_400_000

/** Something that a finding names, or that stands close to what it names at that time. */
export type Anchor = {
  entity: EntityId
  /** What the finding names, and the way from there, first step first; each step as the estate states it. */
  named: EntityId
  path: ReasonStep[]
  /** Everybody's: it joins only findings of which one is about this very thing. */
  isHub: boolean
}

/**
 * Pure: the same view, names and times give the same anchors, nearest first. Hubs are reached and never gone through, so
 * that a jump host, a shared role or a store of all keys does not make one incident of everything behind it.
 */
export async function surroundingsOf(
  view: EstateView,
  named: readonly EntityId[],
  { fromMs, atMs }: { fromMs: number; atMs: number },
): Promise<{ anchors: Anchor[]; isCut: boolean }> {
  // A report of what a host holds may come after what happened there, and says so from then on alone.
  const to = toSecondsUp(atMs + joinGapMs)
  const times: JoinTimes = { recent: { from: toSecondsDown(fromMs - joinGapMs), to }, ever: { from: 0, to } }
  const seeds = [...new Set(named.filter(isJoining))].sort()
  const found = new Map<EntityId, Anchor>()
  let isCut = seeds.length > anchorsMax
  let frontier: Anchor[] = seeds
    .slice(0, anchorsMax)
    .map((entity) => ({ entity, named: entity, path: [], isHub: false }))
  for (const seed of frontier) found.set(seed.entity, seed)
  for (let hops = 0; frontier.length > 0; hops++) {
    const groups = await groupsAmong(view, frontier)
    const around = Map.groupBy(
      await joinEdges(
        view,
        frontier.map(({ entity }) => entity),
        times,
      ),
      ({ from }) => from,
    )
    const next = new Map<EntityId, Anchor>()
    for (const anchor of frontier) {
      const edges = (around.get(anchor.entity) ?? []).toSorted(byName)
      anchor.isHub = groups.has(anchor.entity) || new Set(edges.map((edge) => edge.to)).size > hubDegreeMax
      if (anchor.isHub || hops === joinHopsMax) continue
      for (const { to: entity, edge } of edges) {
        if (found.has(entity) || next.has(entity)) continue
        const { src, type, dst, validFrom, validTo, evidence } = edge
        const step = { src, type, dst, validFrom, validTo, evidence }
        next.set(entity, { entity, named: anchor.named, path: [...anchor.path, step], isHub: false })
      }
    }
    const room = anchorsMax - found.size
    if (next.size > room) isCut = true
    frontier = [...next.values()].sort((a, b) => (a.entity < b.entity ? -1 : 1)).slice(0, room)
    for (const anchor of frontier) found.set(anchor.entity, anchor)
  }
  return { anchors: [...found.values()], isCut }
}

/** A group has members and no doings of its own: whoever is in it with somebody is in no story with them. */
async function groupsAmong(view: EstateView, anchors: readonly Anchor[]): Promise<Set<EntityId>> {
  const identities = anchors.map(({ entity }) => entity).filter((entity) => entity.startsWith('identity:'))
  if (identities.length === 0) return new Set()
  const facts = await view.facts(identities)
  return new Set(identities.filter((entity) => facts.get(entity)?.['kind'] === 'group'))
}

const byName = (a: JoinEdge, b: JoinEdge): number =>
  compare(a.to, b.to) || compare(a.edge.type, b.edge.type) || a.edge.validFrom - b.edge.validFrom
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
