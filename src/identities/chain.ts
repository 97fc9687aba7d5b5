import { kindOf, type Edge, type EntityId } from '#model'
import { paged, type EstateView } from '#estate'

/** One step from who wants something to what it opens. `evidence`: log offset. `inferred`: joined by likeness, not asserted. */
export type Link = { src: EntityId; link: string; dst: EntityId; says: string; inferred: boolean; evidence: number }
/** `ends`: plain sentences, where nothing more is told and by whom it could be. */
export type Chain = { links: Link[]; ends: string[] }

/** Links shown, steps in each direction. More is no chain that anybody reads. */
const linksMax = 200
const depthMax = 4

type Way = { type: Edge['type']; says: string }
/** Who stands behind: edges into it, and its own that name them. */
const behind: readonly Way[] = [
  { type: 'ACTS_AS', says: 'acts as' },
  { type: 'ASSUMES', says: 'may become' },
  { type: 'CREATED', says: 'made' },
  { type: 'AUTHENTICATES_AS', says: 'logs in as' },
  { type: 'DERIVES', says: 'gave out' },
]
const named: readonly Way[] = [
  { type: 'OWNED_BY', says: 'answers for' },
  { type: 'RUNS_ON', says: 'runs' },
]
/** What it acts through. */
const through: readonly Way[] = [
  { type: 'ACTS_AS', says: 'acts as' },
  { type: 'ASSUMES', says: 'may become' },
  { type: 'DEPENDS_ON', says: 'works by' },
  { type: 'CREATED', says: 'made' },
  { type: 'DERIVES', says: 'gave out' },
  { type: 'AUTHENTICATES_AS', says: 'logs in as' },
]

/**
 * Human → agent → tool → credential, as far as records say it: who made, owns or may become an identity, which credentials
 * and other identities it acts by, and what its last use was of. Nothing is guessed, and where it stops is said.
 */
export async function chainOf(
  view: EstateView,
  identity: EntityId,
  also: readonly EntityId[],
  atMs: number,
): Promise<Chain> {
  const own = [identity, ...also]
  const links = new Map<string, Link>()
  const humans = new Set<EntityId>()
  await walk(view, own, { links, humans, direction: 'behind' })
  const before = links.size
  await walk(view, own, { links, humans: new Set(), direction: 'through' })
  const hasKey = [...links.values()].some(({ link, dst }) => link === 'AUTHENTICATES_AS' && own.includes(dst))
  const used = await lastUses(view, own, atMs)
  for (const one of used.links) if (links.size < linksMax) links.set(`${one.src} ${one.dst} ${one.says}`, one)
  const ends: string[] = []
  if (humans.size === 0)
    ends.push('no source tells which human stands behind it: nobody made, owns or may become it on record')
  if (links.size === before && !hasKey)
    ends.push('no source tells what it acts through: no credential, app or further identity of its own is on record')
  if (links.size >= linksMax) ends.push(`more than ${linksMax} links: only the nearest are shown`)
  ends.push(used.end)
  return { links: [...links.values()], ends }
}

const dayMs = 86_400_000
/** Looked at one after the other: a busy one is told by its last day. */
const useWindowsMs = [dayMs, 30 * dayMs]
const usesMax = 20

/** The newest use of each thing by each credential. The record of a use may name for whom it was: no edge keeps that. */
async function lastUses(
  view: EstateView,
  own: readonly EntityId[],
  atMs: number,
): Promise<{ links: Link[]; end: string }> {
  const newest = new Map<string, { link: Link; atMs: number }>()
  for (const windowMs of useWindowsMs) {
    const touches = await touchesIn(view, own, atMs - windowMs, atMs)
    if (touches === undefined)
      return { links: [], end: 'for whom it acts: it is used too often for a list; the log has each use' }
    for (const { identity, credential, resource, verb, atMs: usedAtMs, offset: evidence } of touches) {
      const src = credential ?? identity
      const key = `${src} ${resource}`
      if (src === null || (newest.get(key)?.atMs ?? 0) > usedAtMs) continue
      const link = { src, link: 'USED', dst: resource, says: `was last used to ${verb}`, inferred: false, evidence }
      newest.set(key, { link, atMs: usedAtMs })
    }
    if (newest.size > 0) break
  }
  const links = [...newest.values()].sort((a, b) => b.atMs - a.atMs).map(({ link }) => link)
  const end =
    links.length === 0
      ? 'for whom it acts: no source has told of a use of it within 30 days'
      : 'for whom it acts: only the record of a use may name an end user or an actor; `cordon event show` has those above'
  return { links: links.slice(0, usesMax), end }
}

async function touchesIn(view: EstateView, identities: readonly EntityId[], fromMs: number, toMs: number) {
  try {
    return await view.touches({ identities, fromMs, toMs })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_ESTATE_TOO_MANY') return undefined
    throw error
  }
}

type Walk = { links: Map<string, Link>; humans: Set<EntityId>; direction: 'behind' | 'through' }

async function walk(view: EstateView, from: readonly EntityId[], { links, humans, direction }: Walk): Promise<void> {
  const seen = new Set<EntityId>(from)
  let fresh: EntityId[] = [...from]
  for (let depth = 0; fresh.length > 0 && depth < depthMax && links.size < linksMax; depth++) {
    const next: EntityId[] = []
    const take = (edge: Edge, says: string, isReversed: boolean): void => {
      if (links.size >= linksMax) return
      const [src, dst] = isReversed ? [edge.dst, edge.src] : [edge.src, edge.dst]
      const far = (direction === 'behind') === isReversed ? edge.dst : edge.src
      const id = String(edge.edge)
      if (!links.has(id))
        links.set(id, {
          src,
          link: edge.type,
          dst,
          says,
          inferred: edge.confidence === 'inferred',
          evidence: edge.evidence,
        })
      if (seen.has(far)) return
      seen.add(far)
      next.push(far)
    }
    const ways = direction === 'behind' ? behind : through
    const typesOf = (list: readonly Way[]) => list.map(({ type }) => type)
    const saysOf = new Map([...ways, ...named].map(({ type, says }) => [type, says]))
    const edges = await paged(fresh, (page) =>
      direction === 'behind'
        ? view.edgesTo(page, { types: typesOf(ways) })
        : view.edgesFrom(page, { types: typesOf(ways) }),
    )
    for (const edge of edges) take(edge, saysOf.get(edge.type) ?? edge.type, false)
    if (direction === 'behind') {
      const owners = await paged(fresh, (page) => view.edgesFrom(page, { types: typesOf(named) }))
      for (const edge of owners) take(edge, saysOf.get(edge.type) ?? edge.type, true)
    } else if (depth === 0) {
      // Its own credentials lead into it; they are what it acts by.
      const keys = await view.edgesTo(from, { types: ['AUTHENTICATES_AS'] })
      for (const edge of keys) take(edge, 'acts by', true)
    }
    const facts = await view.facts(next.slice(0, 1_000))
    for (const one of next) if (facts.get(one)?.['kind'] === 'human' || kindOf(one) === 'person') humans.add(one)
    // Behind a human stands nobody of whom this asks, and what else they may do is theirs.
    fresh = next.filter((one) => !humans.has(one) && facts.get(one)?.['kind'] !== 'human')
  }
}
