import type { EntityId, TenantId, Weight } from '#model'

import { Reorder } from '../sigma/correlate/reorder.ts'
import { dayOf, features, type Act, type Item, type Told } from './act.ts'
import { findingOf, type BehaviourFinding } from './finding.ts'
import { learn, noteStep, type Books } from './learn.ts'
import { Look, warmUp } from './look.ts'
import { countedSum, isEnough, plainSum, standing, threshold, type Score, type Signal } from './score.ts'
import { signalRules } from './signals/index.ts'
import { Actors } from './state/actors.ts'
import { Day } from './state/day.ts'
import { Holdings } from './state/holdings.ts'
import { Pairs } from './state/pairs.ts'
import { Peers } from './state/peers.ts'
import type { Profile } from './state/profile.ts'
import { Steps } from './state/steps.ts'
import { Values } from './state/values.ts'

/** Shared by all realms; what each may hold shrinks when there are more of them. */
export type RealmBounds = { actorsMax: number; pairsMax: number; heldMax: number; historyMax: number }
/** Of a signal, by what people had said of it when the act happened. */
export type WeightAt = (signal: string, atMs: number) => Weight
export type RealmCounts = { late: number; hurried: number; frozenDays: number }

/** Its finding told, an actor teaches nothing for this long, whether or not an incident takes it up. */
export const ownFreezeMs = 3 * 86_400_000
const machinesMax = 400_000
const appsMax = 100_000
const holdingsMax = 20_000

/**
 * Everything that behaves in one vendor's realm. Realms share nothing: what is stated in one teaches and judges there
 * alone, in the order of its own events. INVARIANT: after the same items, in any order the watermark allows, the same state
 * and the same findings; a day teaches when it is over, and what it taught is there from the next day on.
 */
export class Realm {
  readonly name: string
  readonly counts: RealmCounts = { late: 0, hurried: 0, frozenDays: 0 }
  readonly actors: Actors
  readonly pairs: Pairs
  readonly peers: Peers
  readonly values = new Values()
  readonly steps = new Steps()
  readonly holdings = new Holdings(holdingsMax)
  readonly waiting: Reorder<Item>
  readonly machines = new Set<EntityId>()
  readonly appOf = new Map<EntityId, EntityId>()
  /** Days of the past that a backfill tells of, until they are whole. */
  readonly history = new Map<string, { actor: EntityId; day: Day }>()
  /** The day that is judged and not over. */
  openDay = 0
  nextOwner = 1
  /** Actors past their warm-up, as of the last close. */
  warm = 0
  private readonly active = new Set<Profile>()
  private readonly tenant: TenantId
  private readonly bounds: RealmBounds
  private readonly isFrozen: (actor: EntityId) => boolean
  private readonly weightAt: WeightAt
  private found: BehaviourFinding[] = []

  constructor(
    tenant: TenantId,
    name: string,
    bounds: RealmBounds,
    { isFrozen, weightAt }: { isFrozen: (actor: EntityId) => boolean; weightAt: WeightAt },
  ) {
    this.tenant = tenant
    this.name = name
    this.bounds = bounds
    this.isFrozen = isFrozen
    this.weightAt = weightAt
    this.pairs = new Pairs(bounds)
    this.peers = new Peers(bounds)
    this.waiting = new Reorder(bounds.heldMax)
    this.actors = new Actors(bounds, (profile) => {
      this.active.delete(profile)
      if (profile.group !== '') this.peers.leave(profile.group)
    })
  }

  /** What came behind the watermark is judged at once, by what is known now, and counted. */
  observe(item: Item): void {
    if (item.kind === 'act' && item.teaches) return this.recall(item)
    if (this.waiting.add(item)) return
    if (item.kind === 'told') return this.state(item)
    this.counts.late++
    this.take(item)
  }

  /** Judges what is due, and closes the days that are over. */
  advance(watermarkMs: number): BehaviourFinding[] {
    if (this.waiting.isFull) {
      const until = this.waiting.oldestEnd
      this.counts.hurried++
      watermarkMs = Math.max(watermarkMs, until)
    }
    for (const item of this.waiting.release(watermarkMs)) {
      if (item.kind === 'told') {
        this.state(item)
        continue
      }
      if (dayOf(item.timeMs) > this.openDay) this.closeUntil(dayOf(item.timeMs))
      this.take(item)
    }
    const { releasedUntil } = this.waiting
    if (Number.isFinite(releasedUntil) && dayOf(releasedUntil) > this.openDay) this.closeUntil(dayOf(releasedUntil))
    const found = this.found
    this.found = []
    return found
  }

  /** Days of history are over long since: once no more of it comes, it teaches, oldest first. */
  learnHistory(): void {
    const days = [...this.history.values()].toSorted((a, b) => a.day.day - b.day.day || (a.actor < b.actor ? -1 : 1))
    this.history.clear()
    for (const { actor, day } of days) {
      const profile = this.profileOf(actor, day.day)
      if (this.isStill(profile, day.day)) this.close(profile, day)
      profile.lastMs = Math.max(profile.lastMs, (day.day + 1) * 86_400_000 - 1)
    }
  }

  /** Actors, pairs, memberships and holdings given up at a bound. */
  get evicted(): number {
    return this.actors.evicted + this.pairs.evicted + this.peers.evicted + this.holdings.evicted
  }

  /** The profiles with an open day, and so with something to save of it. */
  reopen(profile: Profile): void {
    this.active.add(profile)
  }

  isMachine(actor: EntityId): boolean {
    return !actor.startsWith('identity:') || this.machines.has(actor)
  }

  private state({ machines, members, apps, idle, people }: Told): void {
    for (const machine of machines) if (this.machines.size < machinesMax) this.machines.add(machine)
    for (const { who, of, isEnd } of members) this.peers.state(who, of, isEnd)
    for (const { app, actsAs } of apps)
      if (this.appOf.size < appsMax || this.appOf.has(actsAs)) this.appOf.set(actsAs, app)
    for (const { resource, complete, persons } of people) this.holdings.state(resource, complete, persons)
    for (const { entity, lastUsedMs } of idle) {
      if (this.actors.get(entity) !== undefined) continue
      const profile = this.profileOf(entity, dayOf(lastUsedMs))
      profile.lastMs = lastUsedMs
      this.actors.settle(profile)
    }
  }

  private recall(act: Act): void {
    const day = dayOf(act.timeMs)
    for (const actor of this.actorsOf(act)) {
      const key = `${actor} ${day}`
      const known = this.history.get(key)
      if (known === undefined && this.history.size >= this.bounds.historyMax) this.learnHistory()
      const one = known ?? { actor, day: new Day(day) }
      this.history.set(key, one)
      one.day.add(act, this.holdings)
      for (const feature of features) {
        const value = act.values[feature]
        if (value !== undefined && !act.passive) one.day.meet(feature, value)
      }
    }
  }

  private take(act: Act): void {
    let carriedBy = false
    for (const actor of this.actorsOf(act)) carriedBy = this.judge(act, actor, carriedBy) || carriedBy
  }

  /** A session is no actor: it is over before it has habits. A credential is one from when it is stated to be a program's. */
  actorsOf({ actors }: Pick<Act, 'actors'>): EntityId[] {
    const mine: EntityId[] = []
    for (const actor of actors) if (!actor.startsWith('credential:') || this.machines.has(actor)) mine.push(actor)
    for (const actor of actors) {
      const app = this.appOf.get(actor)
      if (app !== undefined) mine.push(app)
    }
    return mine
  }

  private profileOf(actor: EntityId, day: number): Profile {
    return this.actors.get(actor) ?? this.actors.make(actor, this.nextOwner++, day)
  }

  /** True when a finding about this actor stands: who comes after it in the same act needs none of their own. */
  private judge(act: Act, actor: EntityId, isCarried: boolean): boolean {
    const today = Math.max(dayOf(act.timeMs), this.openDay)
    const profile = this.profileOf(actor, today)
    const awayMs = profile.lastMs === 0 ? undefined : act.timeMs - profile.lastMs
    if (profile.today === null) {
      profile.today = new Day(today)
      this.active.add(profile)
      this.actors.seen(profile)
    }
    const day = profile.today
    const hoursBefore = day.hours
    day.add(act, this.holdings)
    const look = new Look(this, {
      act,
      profile,
      day,
      isMachine: this.isMachine(actor),
      awayMs,
      isNewHour: day.hours !== hoursBefore,
    })
    const { trust, offset, timeMs: atMs } = act
    const fresh: Score[] = []
    const say = (signal: Signal): void =>
      void fresh.push({
        ...signal,
        weight: this.weightAt(signal.name, atMs),
        atMs,
        fromMs: atMs,
        days: 1,
        offset,
        trust,
        others: act.actors,
      })
    for (const rule of signalRules) rule(look, say)
    this.note(act, profile, day)
    return this.weigh(profile, fresh, act, isCarried)
  }

  /** What the act met: known values are seen again, new ones wait for the day to close. */
  private note(act: Act, profile: Profile, day: Day): void {
    if (act.passive) return
    profile.lastMs = Math.max(profile.lastMs, act.timeMs)
    const isCounted = this.isStill(profile, day.day)
    for (const feature of features) {
      const value = act.values[feature]
      if (value === undefined) continue
      const number = this.values.numberOf(feature, value)
      if (number !== undefined && this.pairs.has(profile.owner, number))
        this.pairs.touch(profile.owner, number, day.day, isCounted)
      else day.meet(feature, value)
    }
    if (act.values.tool !== undefined) noteStep(profile, day, act.values.tool)
  }

  private weigh(profile: Profile, fresh: readonly Score[], act: Act, isCarried: boolean): boolean {
    const nowMs = act.timeMs
    if (fresh.length > 0) {
      // A story is over when what spoke for it has faded to half; what comes then is another.
      if (profile.toldMs !== null && plainSum(profile.scores, nowMs).points < threshold / 2) profile.toldMs = null
      profile.scores = standing(profile.scores, fresh, nowMs)
      const sum = countedSum(profile.scores, nowMs)
      if (profile.toldMs === null && isEnough(sum)) {
        profile.toldMs = nowMs
        if (!isCarried) this.found.push(findingOf(this.tenant, profile, sum, nowMs))
      }
    }
    return profile.toldMs !== null
  }

  /** Days before `day` are over. */
  private closeUntil(day: number): void {
    const passed = this.openDay === 0 ? 1 : day - this.openDay
    this.learnHistory()
    for (const profile of [...this.active].sort((a, b) => a.owner - b.owner)) {
      const { today } = profile
      profile.today = null
      if (today === null) continue
      if (this.isStill(profile, today.day)) this.close(profile, today)
      else this.counts.frozenDays++
    }
    this.active.clear()
    this.peers.fade(passed)
    this.openDay = day
    this.warm = 0
    for (const { active } of this.actors.all()) if (active >= warmUp.activeDays) this.warm++
    this.tidy()
  }

  private close(profile: Profile, day: Day): void {
    learn(profile, day, this.books(), this.isMachine(profile.id))
  }

  /** No incident is open about it, and no finding of our own is fresh. */
  private isStill({ id, toldMs }: Profile, day: number): boolean {
    const isTold = toldMs !== null && day * 86_400_000 - toldMs < ownFreezeMs
    return !isTold && !this.isFrozen(id)
  }

  private books(): Books {
    const { pairs, values, peers, steps } = this
    return { pasts: this.actors.pasts, pairs, values, peers, steps, nextOwner: () => this.nextOwner++ }
  }

  /** Names that nobody is paired with any more go, once there are many more of them than pairs need. */
  private tidy(): void {
    if (this.values.size < this.bounds.pairsMax / 4) return
    const owners = new Set<number>()
    for (const { owner } of this.actors.all()) owners.add(owner)
    for (const { owner } of this.peers.all()) owners.add(owner)
    const used = new Set<number>()
    this.pairs.sweep((owner, value) => owners.has(owner) && used.add(value) !== undefined)
    this.values.sweep((number) => used.has(number))
  }
}
