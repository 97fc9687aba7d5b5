import type { EntityId } from '#model'

import { Pasts, type Profile } from './profile.ts'

/** Days on which somebody must have acted before they are settled. */
const settledDays = 2
/** Of all actors, so many may be ones that nobody knows yet: a flood of new names pushes out new names alone. */
const youngShare = 0.5

/**
 * The actors of a realm, bounded. Who was seen last is last; given up are, first, the oldest of those that are new
 * themselves, then whoever was seen longest ago.
 */
export class Actors {
  evicted = 0
  readonly pasts = new Pasts()
  private readonly young = new Map<EntityId, Profile>()
  private readonly settled = new Map<EntityId, Profile>()
  private readonly bounds: { readonly actorsMax: number }
  private readonly onForget: (profile: Profile) => void

  constructor(bounds: { readonly actorsMax: number }, onForget: (profile: Profile) => void) {
    this.bounds = bounds
    this.onForget = onForget
  }

  get size(): number {
    return this.young.size + this.settled.size
  }

  get(id: EntityId): Profile | undefined {
    return this.settled.get(id) ?? this.young.get(id)
  }

  make(id: EntityId, owner: number, day: number): Profile {
    const { actorsMax } = this.bounds
    if (this.young.size >= actorsMax * youngShare) this.forgetOldest(this.young)
    while (this.size >= actorsMax) this.forgetOldest(this.settled.size > 0 ? this.settled : this.young)
    const profile = this.pasts.make(id, owner, day)
    this.young.set(id, profile)
    return profile
  }

  /** Its first act of a day: it is the newest now, and may have become one of those who are known. */
  seen(profile: Profile): void {
    const { id, active } = profile
    this.young.delete(id)
    this.settled.delete(id)
    if (active >= settledDays) this.settled.set(id, profile)
    else this.young.set(id, profile)
  }

  /** Known by the vendor's word, though nothing of it was seen. */
  settle(profile: Profile): void {
    this.young.delete(profile.id)
    this.settled.set(profile.id, profile)
  }

  *all(): Iterable<Profile> {
    yield* this.settled.values()
    yield* this.young.values()
  }

  restore(profile: Profile): void {
    this.seen(profile)
  }

  private forgetOldest(from: Map<EntityId, Profile>): void {
    const profile = from.values().next().value
    if (profile === undefined) return
    from.delete(profile.id)
    this.pasts.forget(profile)
    this.onForget(profile)
    this.evicted++
  }
}
