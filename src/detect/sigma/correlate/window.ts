import { Entries, none } from './entries.ts'
import { Groups } from './groups.ts'
import { decidesAtClose, holdsAll, holdsExpression, keepsOf, medianOf, percentileOf, type Keeps } from './measure.ts'
import type { Correlation } from './read.ts'
import { Steps } from './steps.ts'

/** Values one window keeps; older ones are given up, counted, and a finding says so. */
const entriesMaxOf = { events: 100_000, numbers: 100_000, ranked: 1000, distinct: 1000 } as const
/** Events a finding names. */
export const refsMax = 100

/** One event's part in one group of one correlation. `value`: what is counted as distinct, or measured. */
export type Hit = { key: string; places: readonly number[]; value: string | number }
/** A condition that came true. `refs`: events of the window, oldest first; of `temporal_ordered` its first and last. */
export type Found = { key: string; firstMs: number; atMs: number; measured: number; refs: number[]; complete: boolean }
export type Limits = { groupsMax: number; entriesMax: number }

const rankOf = ({ type }: Correlation): keyof typeof entriesMaxOf => {
  if (type === 'event_count') return 'events'
  if (type === 'value_sum' || type === 'value_avg') return 'numbers'
  return type === 'value_percentile' || type === 'value_median' ? 'ranked' : 'distinct'
}

/** The windows of one correlation. Times never go backwards. */
export class Windows {
  readonly correlation: Correlation
  readonly groups = new Groups()
  readonly entries: Entries
  /** Groups given up at a bound, and events of windows that hold too many. */
  evicted = 0
  truncated = 0
  readonly closing: boolean
  private readonly keeps: Keeps
  private readonly limits: Limits
  private readonly keepMax: number
  readonly steps: Steps

  constructor(correlation: Correlation, limits: Limits) {
    this.correlation = correlation
    this.limits = limits
    this.keeps = keepsOf(correlation)
    this.closing = decidesAtClose(correlation)
    this.steps = new Steps(correlation)
    this.entries = new Entries(this.keeps === 'numbers' ? 'number' : this.keeps === 'events' ? 'none' : 'text')
    // As many as the condition asks for are enough to say that it holds.
    const wanted = Math.max(1, ...correlation.bounds.map(({ op, than }) => Math.ceil(than) + (op === 'gt' ? 1 : 0)))
    const most = entriesMaxOf[rankOf(correlation)]
    this.keepMax = this.keeps === 'events' && !this.closing ? Math.min(wanted, most) : most
  }

  /** When the oldest open window closes: only for conditions that are decided then. */
  get closesAtMs(): number {
    const { oldest } = this.groups
    return !this.closing || oldest === none ? Infinity : this.groups.queuedAt(oldest) + this.correlation.timespanMs
  }

  hit(hit: Hit, timeMs: number, ref: number): Found | undefined {
    this.forget(timeMs)
    const slot = this.groups.find(hit.key) ?? this.make(hit.key, timeMs)
    this.groups.setLast(slot, timeMs)
    if (!this.closing) this.prune(slot, timeMs - this.correlation.timespanMs)
    if (this.keeps === 'steps') {
      this.steps.step(slot, hit.places, timeMs, ref)
      this.groups.setTotal(slot, ref)
    } else if (this.keeps === 'latest of each value') {
      const values = this.correlation.type === 'temporal' ? hit.places : [hit.value]
      for (const value of values) this.renew(slot, String(value), timeMs, ref)
    } else this.append(slot, timeMs, ref, hit.value)
    const stays = this.makeRoom(slot)
    if (this.closing || !stays) return undefined
    const found = this.decide(slot, timeMs)
    if (found === undefined || timeMs < (this.groups.quietUntil.get(slot) ?? -Infinity)) return undefined
    this.groups.quietUntil.set(slot, timeMs + this.correlation.timespanMs)
    return found
  }

  /** Ends the oldest open window. */
  close(): Found | undefined {
    const atMs = this.closesAtMs
    const found = this.decide(this.groups.oldest, atMs)
    this.removeOldest()
    return found
  }

  make(key: string, timeMs: number): number {
    if (this.groups.size >= this.limits.groupsMax) this.evict()
    const slot = this.groups.make(key, timeMs)
    if (this.keeps === 'steps') this.steps.make(slot)
    return slot
  }

  /** Gives back the memory of groups whose time is over: two for each event keeps up with any stream. */
  private forget(nowMs: number): void {
    if (this.closing) return
    const { groups, correlation } = this
    for (let i = 0; i < 2 && groups.oldest !== none; i++) {
      const slot = groups.oldest
      if (groups.queuedAt(slot) + correlation.timespanMs > nowMs) return
      if (groups.last(slot) + correlation.timespanMs > nowMs) groups.requeue()
      else this.removeOldest()
    }
  }

  /** Says which group was given up. */
  private evict(): number {
    if (!this.closing) this.groups.chooseVictim()
    const victim = this.groups.oldest
    this.removeOldest()
    this.evicted++
    return victim
  }

  private removeOldest(): void {
    while (this.groups.head(this.groups.oldest) !== none) this.dropHead(this.groups.oldest)
    this.groups.remove()
  }

  /** Other groups make room, this one only for itself. Says whether it is still there. */
  private makeRoom(slot: number): boolean {
    while (this.entries.used > this.limits.entriesMax) {
      if (this.groups.oldest === slot) {
        if (this.groups.size === 1) {
          this.dropHead(slot)
          continue
        }
        if (this.closing) return true
        this.groups.requeue()
      }
      if (this.evict() === slot) return false
    }
    return true
  }

  append(slot: number, timeMs: number, ref: number, value: string | number): void {
    const { groups, entries } = this
    const number = typeof value === 'number' ? value : 0
    const count = groups.count(slot) + 1
    groups.setTotal(slot, groups.total(slot) + (this.keeps === 'numbers' ? number : 1))
    if (this.closing && this.keeps === 'events' && count > refsMax) return
    const at = entries.make(timeMs, ref, value)
    if (groups.head(slot) === none) groups.setHead(slot, at)
    else entries.setNext(groups.tail(slot), at)
    groups.setTail(slot, at)
    groups.setCount(slot, count)
    if (count <= this.keepMax) return
    this.dropHead(slot)
    if (this.keeps !== 'events') this.truncated++
  }

  /** Of each value only the latest event counts, so it goes to the end. */
  private renew(slot: number, value: string, timeMs: number, ref: number): void {
    const { groups, entries } = this
    let before = none
    for (let at = groups.head(slot); at !== none; at = entries.next(at)) {
      if (entries.texts?.[at] === value) {
        const after = entries.next(at)
        if (before === none) groups.setHead(slot, after)
        else entries.setNext(before, after)
        if (groups.tail(slot) === at) groups.setTail(slot, before)
        groups.setCount(slot, groups.count(slot) - 1)
        entries.drop(at)
        break
      }
      before = at
    }
    this.append(slot, timeMs, ref, value)
  }

  private prune(slot: number, untilMs: number): void {
    const { groups, entries } = this
    for (let at = groups.head(slot); at !== none; at = groups.head(slot)) {
      if (entries.time(at) > untilMs) return
      this.dropHead(slot)
    }
  }

  private dropHead(slot: number): void {
    const { groups, entries, keeps } = this
    const at = groups.head(slot)
    const left = groups.count(slot) - 1
    groups.setHead(slot, entries.next(at))
    groups.setCount(slot, left)
    if (left === 0) groups.setTail(slot, none)
    if (keeps === 'numbers') groups.setTotal(slot, left === 0 ? 0 : groups.total(slot) - (entries.numbers?.[at] ?? 0))
    entries.drop(at)
  }

  private decide(slot: number, atMs: number): Found | undefined {
    const { correlation, groups, entries } = this
    if (this.keeps === 'steps') return this.decideSteps(slot, atMs)
    const measured = this.measure(slot)
    const holds =
      correlation.expression === null
        ? holdsAll(correlation.bounds, measured)
        : holdsExpression(correlation.expression, new Set(this.entriesOf(slot).map((at) => entries.texts?.[at] ?? '')))
    if (!holds) return undefined
    const key = groups.keys[slot] ?? ''
    const head = groups.head(slot)
    const firstMs = head === none ? atMs : entries.time(head)
    const refs = this.entriesOf(slot, refsMax).map((at) => entries.ref(at))
    const complete = this.keeps === 'events' || groups.count(slot) < this.keepMax
    return { key, firstMs, atMs, measured, refs, complete }
  }

  private decideSteps(slot: number, atMs: number): Found | undefined {
    const { correlation, groups, steps } = this
    const done =
      correlation.expression === null
        ? steps.inOrder(slot, atMs, groups.total(slot))
        : steps.held(slot, atMs, this.closing)
    if (done === undefined || (correlation.expression === null && !holdsAll(correlation.bounds, done.steps)))
      return undefined
    const { firstMs, refs, steps: measured } = done
    return { key: groups.keys[slot] ?? '', firstMs, atMs, measured, refs, complete: true }
  }

  private measure(slot: number): number {
    const { correlation, groups } = this
    const count = groups.count(slot)
    const total = groups.total(slot)
    switch (correlation.type) {
      case 'event_count':
        return this.closing ? total : count
      case 'value_sum':
        return total
      case 'value_avg':
        return total / count
      case 'value_percentile':
        return percentileOf(this.numbersOf(slot), correlation.percentile)
      case 'value_median':
        return medianOf(this.numbersOf(slot))
      case 'temporal_ordered':
      case 'value_count':
      case 'temporal':
        return count
    }
  }

  private numbersOf(slot: number): number[] {
    return this.entriesOf(slot).map((at) => this.entries.numbers?.[at] ?? 0)
  }

  private entriesOf(slot: number, most = Infinity): number[] {
    const out: number[] = []
    for (let at = this.groups.head(slot); at !== none && out.length < most; at = this.entries.next(at)) out.push(at)
    return out
  }
}
