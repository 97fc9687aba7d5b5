import { KeyIndex } from './key-index.ts'
import { grown, none } from './entries.ts'

/** Groups looked at for a second chance before one is given up. */
const chancesMax = 8

/** A group's row: `last`, `total`, `queuedAt` as floats, then `head`, `tail`, `count`, `behind` as integers. */
const rowBytes = 40
const floats = rowBytes / 8
const ints = rowBytes / 4

/**
 * The live groups of one correlation: a number for each key, the ends of its list of events, and a queue in which each
 * group stands once, by when it was last put there. Among a million groups nearly each look into memory is a wait, so all
 * that is kept of a group lies in one row.
 */
export class Groups {
  /** Until when a group that gave a finding gives no other; few groups ever do. */
  readonly quietUntil = new Map<number, number>()
  readonly keys: string[] = []
  private floats = new Float64Array(1024 * floats)
  private ints = new Int32Array(this.floats.buffer)
  private readonly slots = new KeyIndex(this.keys)
  private free: number[] = []
  private first = none
  private lastQueued = none

  get size(): number {
    return this.slots.size
  }

  /** When the group was last hit. */
  last(slot: number): number {
    return this.floats[slot * floats] ?? 0
  }
  setLast(slot: number, timeMs: number): void {
    this.floats[slot * floats] = timeMs
  }

  /** Sum of the values, or number of all events of a window that does not keep them. */
  total(slot: number): number {
    return this.floats[slot * floats + 1] ?? 0
  }
  setTotal(slot: number, total: number): void {
    this.floats[slot * floats + 1] = total
  }

  queuedAt(slot: number): number {
    return this.floats[slot * floats + 2] ?? 0
  }

  /** The oldest and the newest event of its list, and how many there are. */
  head(slot: number): number {
    return this.ints[slot * ints + 6] ?? none
  }
  setHead(slot: number, entry: number): void {
    this.ints[slot * ints + 6] = entry
  }
  tail(slot: number): number {
    return this.ints[slot * ints + 7] ?? none
  }
  setTail(slot: number, entry: number): void {
    this.ints[slot * ints + 7] = entry
  }
  count(slot: number): number {
    return this.ints[slot * ints + 8] ?? 0
  }
  setCount(slot: number, count: number): void {
    this.ints[slot * ints + 8] = count
  }

  find(key: string): number | undefined {
    return this.slots.get(key)
  }

  make(key: string, timeMs: number): number {
    const slot = this.free.pop() ?? this.slots.size
    if (slot * ints === this.ints.length) this.grow()
    this.keys[slot] = key
    this.slots.set(key, slot)
    this.setHead(slot, none)
    this.setTail(slot, none)
    this.setCount(slot, 0)
    this.setTotal(slot, 0)
    this.setLast(slot, timeMs)
    this.enqueue(slot, timeMs)
    return slot
  }

  /** The group that stands first in the queue. */
  get oldest(): number {
    return this.first
  }

  /** To the end of the queue. Only the first may be moved. */
  requeue(): void {
    const slot = this.dequeue()
    this.enqueue(slot, this.last(slot))
  }

  /** Takes the first out of the queue and forgets it; its list must be empty. */
  remove(): void {
    const slot = this.dequeue()
    this.slots.delete(this.keys[slot] ?? '')
    this.quietUntil.delete(slot)
    this.keys[slot] = ''
    this.free.push(slot)
  }

  /** Puts first the group to give up: one that was not touched since it was queued, if one is near. */
  chooseVictim(): void {
    for (let i = 0; i < chancesMax; i++) {
      if (this.last(this.first) <= this.queuedAt(this.first)) return
      this.requeue()
    }
  }

  *inQueue(): Iterable<number> {
    for (let slot = this.first; slot !== none; slot = this.behind(slot)) yield slot
  }

  private behind(slot: number): number {
    return this.ints[slot * ints + 9] ?? none
  }

  private enqueue(slot: number, atMs: number): void {
    this.floats[slot * floats + 2] = atMs
    this.ints[slot * ints + 9] = none
    if (this.lastQueued === none) this.first = slot
    else this.ints[this.lastQueued * ints + 9] = slot
    this.lastQueued = slot
  }

  private dequeue(): number {
    const slot = this.first
    this.first = this.behind(slot)
    if (this.first === none) this.lastQueued = none
    return slot
  }

  private grow(): void {
    this.floats = grown(this.floats, floats)
    this.ints = new Int32Array(this.floats.buffer)
  }
}
