import type { EntityId } from '#model'

import { hourMs, type Act, type Feature, type Volume } from '../act.ts'
import { Distinct, hash32 } from './distinct.ts'
import type { Drifts } from './drift.ts'
import type { Holdings } from './holdings.ts'
import type { Usual, Weeks } from './usual.ts'

/** New values of one feature that are looked at in a day; of all that come, so many can be taught. */
export const freshMax = 256
const resourcesHeldMax = 2_000

/** What one actor did today (UTC), so far. */
export class Day {
  readonly day: number
  records = 0
  bytes = 0
  /** A bit for each hour with an act. */
  hours = 0
  /** Something it did itself, and was not only done to it. */
  isActive = false
  readonly fresh = new Map<Feature, Set<string>>()
  readonly steps = new Set<string>()
  private people: Distinct | null = null
  private resources: Distinct | null = null
  private rights: Distinct | null = null
  /** Of resources with many people: records read there, of which each may be another person. */
  private read = new Map<EntityId, number>()
  private readPeople = 0
  /** What is usual does not change within a day: worked out once. */
  readonly usual = new Map<Volume, Usual>()
  readonly weeks = new Map<Volume, Weeks>()
  readonly drifts: Drifts = new Map()

  constructor(day: number) {
    this.day = day
  }

  add(act: Act, holdings: Holdings): void {
    this.records += act.records
    this.bytes += act.bytes
    if (act.rights.length > 0) this.rights ??= new Distinct()
    for (const right of act.rights) this.rights?.add(right)
    if (act.passive) return
    this.isActive = true
    this.hours |= 1 << Math.floor((act.timeMs / hourMs) % 24)
    if (act.resource === null) return
    ;(this.resources ??= new Distinct()).add(hash32(act.resource))
    if (act.verb !== 'write' && act.verb !== 'login') this.addPeople(act.resource, act.records, holdings)
  }

  count(volume: Volume): number {
    if (volume === 'people') return (this.people?.size ?? 0) + this.readPeople
    if (volume === 'resources') return this.resources?.size ?? 0
    if (volume === 'rights') return this.rights?.size ?? 0
    return this[volume]
  }

  isFresh(feature: Feature, value: string): boolean {
    return this.fresh.get(feature)?.has(value) === true
  }

  meet(feature: Feature, value: string): void {
    const met = this.fresh.get(feature) ?? new Set()
    this.fresh.set(feature, met)
    if (met.size < freshMax) met.add(value)
  }

  /**
   * A resource of few people counts as all of them. Of one with many, no more can have been seen than records were read,
   * nor than there are; where the source counts no records, nobody is counted.
   */
  private addPeople(resource: EntityId, records: number, holdings: Holdings): void {
    const held = holdings.of(resource)
    if (held === undefined) return
    if (held.few !== undefined) {
      ;(this.people ??= new Distinct()).addAll(held.few)
      return
    }
    if (records === 0 || (!this.read.has(resource) && this.read.size >= resourcesHeldMax)) return
    const before = Math.min(this.read.get(resource) ?? 0, held.count)
    const now = (this.read.get(resource) ?? 0) + records
    this.read.set(resource, now)
    this.readPeople += Math.min(now, held.count) - before
  }

  toJson() {
    const { day, records, bytes, hours, isActive, readPeople } = this
    return {
      day,
      records,
      bytes,
      rights: this.rights?.toJson() ?? null,
      hours,
      isActive,
      readPeople,
      fresh: [...this.fresh].map(([feature, values]) => [feature, [...values]] as const),
      steps: [...this.steps],
      people: this.people?.toJson() ?? null,
      resources: this.resources?.toJson() ?? null,
      read: [...this.read],
    }
  }

  static fromJson(json: ReturnType<Day['toJson']>): Day {
    const made = new Day(json.day)
    made.records = json.records
    made.bytes = json.bytes
    made.rights = json.rights === null ? null : Distinct.fromJson(json.rights)
    made.hours = json.hours
    made.isActive = json.isActive
    made.readPeople = json.readPeople
    for (const [feature, values] of json.fresh) made.fresh.set(feature, new Set(values))
    for (const step of json.steps) made.steps.add(step)
    made.people = json.people === null ? null : Distinct.fromJson(json.people)
    made.resources = json.resources === null ? null : Distinct.fromJson(json.resources)
    made.read = new Map(json.read)
    return made
  }
}
