import type { EntityId } from '#model'

import { volumes, type Volume } from '../act.ts'
import { Histogram } from './histogram.ts'

/** Fewer are no group to be compared with. */
export const peersMin = 8
const peersMax = 5_000
const groupsOfOneMax = 16
/** Days of members that make a group's "usual". */
const peerDaysMin = 30

export type Group = { key: string; owner: number; members: number; volumes: (Histogram | null)[] }

/**
 * Who is compared with whom: the smallest group or role of 8 to 5,000 that somebody is in, else all people, or all programs,
 * of the realm. What a group usually does is made of its members' days, each day once.
 */
export class Peers {
  evicted = 0
  private readonly bounds: { readonly actorsMax: number }
  private readonly groupsOf = new Map<EntityId, Set<EntityId>>()
  private readonly sizes = new Map<EntityId, number>()
  private readonly groups = new Map<string, Group>()

  constructor(bounds: { readonly actorsMax: number }) {
    this.bounds = bounds
  }

  state(who: EntityId, of: EntityId, isEnd: boolean): void {
    const mine = this.groupsOf.get(who) ?? new Set<EntityId>()
    if (isEnd ? !mine.delete(of) : mine.has(of) || mine.size >= groupsOfOneMax) return
    if (!isEnd) mine.add(of)
    const size = (this.sizes.get(of) ?? 0) + (isEnd ? -1 : 1)
    if (size <= 0) this.sizes.delete(of)
    else this.sizes.set(of, size)
    if (!this.groupsOf.has(who) && this.groupsOf.size >= this.bounds.actorsMax) this.forgetOldest()
    if (mine.size === 0) this.groupsOf.delete(who)
    else this.groupsOf.set(who, mine)
  }

  keyFor(who: EntityId, isMachine: boolean): string {
    let [best, bestSize] = ['', Infinity]
    for (const group of this.groupsOf.get(who) ?? []) {
      const size = this.sizes.get(group) ?? 0
      if (size < peersMin || size > peersMax) continue
      if (size < bestSize || (size === bestSize && group < best)) [best, bestSize] = [group, size]
    }
    return best === '' ? (isMachine ? 'programs' : 'people') : best
  }

  all(): Iterable<Group> {
    return this.groups.values()
  }

  get(key: string): Group | undefined {
    return this.groups.get(key)
  }

  join(key: string, nextOwner: () => number): Group {
    const group = this.groups.get(key) ?? { key, owner: nextOwner(), members: 0, volumes: volumes.map(() => null) }
    this.groups.set(key, group)
    group.members++
    return group
  }

  leave(key: string): void {
    const group = this.groups.get(key)
    if (group === undefined || --group.members > 0) return
    this.groups.delete(key)
  }

  add(key: string, counts: readonly number[]): void {
    const group = this.groups.get(key)
    if (group === undefined) return
    for (const [at, count] of counts.entries()) {
      if (count === 0) continue
      ;(group.volumes[at] ??= new Histogram()).add(count)
    }
  }

  fade(days: number): void {
    for (const { volumes: all } of this.groups.values()) for (const one of all) one?.fade(days)
  }

  /** 99 of 100 days of a member come to no more; undefined where too few were seen. */
  usual(key: string, volume: Volume): number | undefined {
    const group = this.groups.get(key)
    const histogram = group?.volumes[volumes.indexOf(volume)]
    if (group === undefined || group.members < peersMin || histogram === null || histogram === undefined)
      return undefined
    return histogram.weight < peerDaysMin ? undefined : histogram.percentile(0.99)
  }

  memberships(): Iterable<readonly [EntityId, ReadonlySet<EntityId>]> {
    return this.groupsOf
  }

  restore({ volumes: all, ...rest }: Omit<Group, 'volumes'> & { volumes: (number[] | null)[] }): void {
    const histograms = all.map((one) => (one === null ? null : Histogram.fromJson(one)))
    this.groups.set(rest.key, { ...rest, volumes: histograms })
  }

  private forgetOldest(): void {
    const [oldest] = this.groupsOf
    if (oldest === undefined) return
    for (const group of oldest[1]) this.state(oldest[0], group, true)
    this.evicted++
  }
}
