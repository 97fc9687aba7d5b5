import { grown, none } from './entries.ts'

/** Groups looked at for a second chance before one is given up. */
const chancesMax = 8

/**
 * The live groups of one correlation: a number for each key, the ends of its list of events, and a queue in which each
 * group stands once, by when it was last put there.
 */
export class Groups {
  head = new Int32Array(1024)
  tail = new Int32Array(1024)
  count = new Int32Array(1024)
  last = new Float64Array(1024)
  /** Sum of the values, or number of all events of a window that does not keep them. */
  total = new Float64Array(1024)
  queuedAt = new Float64Array(1024)
  /** Until when a group that gave a finding gives no other; few groups ever do. */
  readonly quietUntil = new Map<number, number>()
  readonly keys: string[] = []
  private behind = new Int32Array(1024)
  private readonly slots = new Map<string, number>()
  private free: number[] = []
  private first = none
  private lastQueued = none

  get size(): number {
    return this.slots.size
  }

  find(key: string): number | undefined {
    return this.slots.get(key)
  }

  make(key: string, timeMs: number): number {
    const slot = this.free.pop() ?? this.slots.size
    if (slot === this.head.length) this.grow()
    this.slots.set(key, slot)
    this.keys[slot] = key
    this.head[slot] = none
    this.tail[slot] = none
    this.count[slot] = 0
    this.total[slot] = 0
    this.last[slot] = timeMs
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
    this.enqueue(slot, this.last[slot] ?? 0)
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
      if ((this.last[this.first] ?? 0) <= (this.queuedAt[this.first] ?? 0)) return
      this.requeue()
    }
  }

  *inQueue(): Iterable<number> {
    for (let slot = this.first; slot !== none; slot = this.behind[slot] ?? none) yield slot
  }

  private enqueue(slot: number, atMs: number): void {
    this.queuedAt[slot] = atMs
    this.behind[slot] = none
    if (this.lastQueued === none) this.first = slot
    else this.behind[this.lastQueued] = slot
    this.lastQueued = slot
  }

  private dequeue(): number {
    const slot = this.first
    this.first = this.behind[slot] ?? none
    if (this.first === none) this.lastQueued = none
    return slot
  }

  private grow(): void {
    this.head = grown(this.head, Int32Array)
    this.tail = grown(this.tail, Int32Array)
    this.count = grown(this.count, Int32Array)
    this.last = grown(this.last, Float64Array)
    this.total = grown(this.total, Float64Array)
    this.queuedAt = grown(this.queuedAt, Float64Array)
    this.behind = grown(this.behind, Int32Array)
  }
}
