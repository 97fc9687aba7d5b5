import { authorityOf, type EntityId } from '#model'
import type { EstateView } from '#estate'

import { fingerprintAuthority } from './walk.ts'

/** Credentials that are one and the same, by asserted SAME_AS, under the name its vendor gives it. */
export type Joined = { members: { canonical: EntityId; aliases: EntityId[] }[] }

const batchEntitiesMax = 2_000

/**
 * A fingerprint that a vendor's inventory claims is that vendor's credential: one member, the vendor's id. Two vendors'
 * ids for one secret stay two members, since each must be killed at its own vendor. INVARIANT: an alias is claimed for
 * that very name; what a vendor claims beside it gives nobody else's credential another name.
 */
export async function joinSame(view: EstateView, credentials: readonly EntityId[], now: number): Promise<Joined> {
  const names = [...new Set(credentials)]
  const known = new Set(names)
  const printsOf = new Map<EntityId, Set<EntityId>>(
    names.filter((name) => !isPrint(name)).map((name) => [name, new Set<EntityId>()]),
  )
  const claimed = new Set<EntityId>()
  for (let at = 0; at < names.length; at += batchEntitiesMax) {
    const batch = names.slice(at, at + batchEntitiesMax)
    for (const { src, dst } of await view.edgesFrom(batch, { types: ['SAME_AS'], window: { from: 0, to: now } })) {
      if (!known.has(dst) || isPrint(src) === isPrint(dst)) continue
      const [print, named] = isPrint(src) ? [src, dst] : [dst, src]
      printsOf.get(named)?.add(print)
      claimed.add(print)
    }
  }
  return {
    members: names
      .filter((name) => !claimed.has(name))
      .map((canonical) => ({ canonical, aliases: [...(printsOf.get(canonical) ?? [])].sort() })),
  }
}

const isPrint = (name: EntityId): boolean => authorityOf(name) === fingerprintAuthority
