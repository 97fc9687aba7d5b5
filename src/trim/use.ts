import type { EntityId, Touch, TouchVerb } from '#model'
import { openTouchReader, paged, pagedFacts, type EstateView } from '#estate'

import { lastingKinds } from './rights.ts'

export const dayMs = 86_400_000

/** Days since 1970 UTC on which the same one did the same to the same thing, ascending. `credential`: one that lasts. */
export type Acts = {
  identity: EntityId | null
  credential: EntityId | null
  resource: EntityId
  verb: TouchVerb
  days: number[]
}

/** `sinceMs`: from when on all acts were read; a year of them may be more than can be. */
export type UseRead = { acts: Acts[]; sinceMs: number }

export type UseBounds = { fromMs: number; toMs: number; actsMax: number }

/** Read backwards in such pieces: what was read is whole from some day on, and the newest comes first. */
const pieceMs = 3 * dayMs
/** Acts asked for at once: between two answers the thread that detects goes on. */
const pieceActsMax = 25_000

export async function readUse(view: EstateView, { fromMs, toMs, actsMax }: UseBounds): Promise<UseRead> {
  const reader = openTouchReader(view, actsMax)
  const byKey = new Map<string, Acts>()
  let sinceMs = toMs + 1
  for (let endMs = toMs; endMs >= fromMs; endMs -= pieceMs) {
    const startMs = Math.max(fromMs, endMs - pieceMs + 1)
    const touches = await reader.read({ fromMs: startMs, toMs: endMs, touchesMax: pieceActsMax })
    if (reader.isCut()) break
    const lastingOf = await readLasting(view, touches, {
      from: Math.floor(startMs / 1000),
      to: Math.ceil(endMs / 1000),
    })
    for (const { identity: who, credential: by, resource, verb, atMs } of touches) {
      const { credential, identity } = by === null ? { credential: null, identity: who } : lastingOf(by, who)
      // A source's clock may be off: an act near an edge is in both pieces, and its day counts once.
      const key = `${identity ?? ''} ${credential ?? ''} ${resource} ${verb}`
      const known = byKey.get(key)
      const day = Math.floor(atMs / dayMs)
      if (known === undefined) byKey.set(key, { identity, credential, resource, verb, days: [day] })
      else if (known.days.at(-1) !== day) known.days.push(day)
    }
    sinceMs = startMs
  }
  const acts = [...byKey.values()]
  for (const one of acts) one.days = [...new Set(one.days)].sort((a, b) => a - b)
  return { acts, sinceMs }
}

type Window = { from: number; to: number }
/** Sessions made of sessions, followed up so far. */
const chainMax = 4

/**
 * A session ends by itself, and with what it was made from: its use is the use of the key behind it, and of whom it signs in
 * as where the act names nobody. What neither is known of stands for itself.
 */
async function readLasting(view: EstateView, touches: readonly Touch[], window: Window) {
  const used = [...new Set(touches.flatMap(({ credential }) => credential ?? []))]
  const parents = new Map<EntityId, EntityId>()
  let next = used
  for (let n = 0; n < chainMax && next.length > 0; n++) {
    const made = await paged(next, (page) => view.edgesTo(page, { types: ['DERIVES'], window }))
    for (const { src, dst } of made) parents.set(dst, src)
    next = made.map(({ src }) => src).filter((src) => !parents.has(src))
  }
  const kinds = new Map<EntityId, unknown>()
  for await (const [entity, { kind }] of pagedFacts(view, [...new Set([...used, ...parents.values()])]))
    kinds.set(entity, kind)
  const isLasting = (one: EntityId): boolean => !kinds.has(one) || lastingKinds.some((kind) => kind === kinds.get(one))
  const unnamed = touches.flatMap(({ identity, credential }) => (identity === null ? (credential ?? []) : []))
  const logins = await paged([...new Set(unnamed)], (page) =>
    view.edgesFrom(page, { types: ['AUTHENTICATES_AS'], window }),
  )
  const loginOf = new Map(logins.map(({ src, dst }) => [src, dst]))
  return (of: EntityId, who: EntityId | null) => {
    let credential: EntityId | undefined = of
    for (let n = 0; n <= chainMax && credential !== undefined && !isLasting(credential); n++)
      credential = parents.get(credential)
    const identity = who ?? loginOf.get(of) ?? null
    // Nobody is known behind it: it is its own witness.
    const left = credential ?? (identity === null ? of : null)
    return { credential: left, identity }
  }
}

/** What holds something, and what holds that: a right on any of these is one on the thing. */
export async function readContainers(
  view: EstateView,
  resources: readonly EntityId[],
): Promise<(of: EntityId) => Set<EntityId>> {
  const above = await walk(resources, (page) => view.edgesTo(page, { types: ['CONTAINS'] }), 'dst', 'src')
  const known = new Map<EntityId, Set<EntityId>>()
  return (of) => {
    const found = known.get(of) ?? closure(above, of)
    known.set(of, found)
    return found
  }
}

/** What lies in a thing, itself among it. */
export async function readContents(
  view: EstateView,
  resources: readonly EntityId[],
): Promise<(of: EntityId) => Set<EntityId>> {
  const below = await walk(resources, (page) => view.edgesFrom(page, { types: ['CONTAINS'] }), 'src', 'dst')
  return (of) => closure(below, of)
}

type Ends = 'src' | 'dst'
async function walk(
  starts: readonly EntityId[],
  ask: (page: EntityId[]) => Promise<readonly { src: EntityId; dst: EntityId }[]>,
  near: Ends,
  far: Ends,
): Promise<ReadonlyMap<EntityId, EntityId[]>> {
  const next = new Map<EntityId, EntityId[]>()
  const seen = new Set(starts)
  for (let page = [...seen]; page.length > 0;) {
    const found = await paged(page, ask)
    page = []
    for (const edge of found) {
      const known = next.get(edge[near])
      if (known === undefined) next.set(edge[near], [edge[far]])
      else known.push(edge[far])
      if (seen.has(edge[far])) continue
      seen.add(edge[far])
      page.push(edge[far])
    }
  }
  return next
}

function closure(next: ReadonlyMap<EntityId, readonly EntityId[]>, of: EntityId): Set<EntityId> {
  const seen = new Set([of])
  for (const entity of seen) for (const one of next.get(entity) ?? []) seen.add(one)
  return seen
}
