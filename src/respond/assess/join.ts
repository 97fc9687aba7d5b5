import { authorityOf, type EntityId } from '#model'
import type { EstateView } from '#estate'

/** Credentials that are one and the same, by asserted SAME_AS, under the name its vendor gives it. */
export type Joined = { members: { canonical: EntityId; aliases: EntityId[] }[] }

const fingerprintAuthority = 'fp'
const batchEntitiesMax = 2_000

/**
 * A fingerprint that a vendor's inventory claims is that vendor's credential: one member, the vendor's id. Two vendors'
 * ids for one secret stay two members, since each must be killed at its own vendor.
 */
export async function joinSame(view: EstateView, credentials: readonly EntityId[], now: number): Promise<Joined> {
  const known = new Set(credentials)
  const parent = new Map<EntityId, EntityId>(credentials.map((credential) => [credential, credential]))
  const rootOf = (credential: EntityId): EntityId => {
    let at = credential
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up
    return at
  }
  const names = [...known]
  for (let at = 0; at < names.length; at += batchEntitiesMax) {
    const batch = names.slice(at, at + batchEntitiesMax)
    for (const { src, dst } of await view.edgesFrom(batch, { types: ['SAME_AS'], window: { from: 0, to: now } })) {
      if (!known.has(dst)) continue
      const [first, second] = [rootOf(src), rootOf(dst)].sort()
      if (first !== undefined && second !== undefined) parent.set(second, first)
    }
  }
  const groups = new Map<EntityId, EntityId[]>()
  for (const name of names) groups.set(rootOf(name), [...(groups.get(rootOf(name)) ?? []), name])
  return {
    members: [...groups.values()].flatMap((group) => {
      const fingerprints = group.filter((name) => authorityOf(name) === fingerprintAuthority).sort()
      const named = group.filter((name) => authorityOf(name) !== fingerprintAuthority).sort()
      if (named.length > 0) return named.map((canonical) => ({ canonical, aliases: fingerprints }))
      const [canonical, ...aliases] = fingerprints
      return canonical === undefined ? [] : [{ canonical, aliases }]
    }),
  }
}
