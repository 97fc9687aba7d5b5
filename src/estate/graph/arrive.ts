import { grown, type Coarse } from './base.ts'
import { endedBit, kindOf, movedEnd, nodeOf, openEnd, type Filter } from './kind.ts'
import { enqueue, flood, settle } from './reach.ts'
import { hasBit, scratchArray, sidesOf, type Direction, type GraphView } from './view.ts'

/** `delay[n]`: seconds after the window's start (backwards: before its end) of the best walk; `never` where there is none. */
export type Arrivals = { delay: Uint32Array; count: number }
export const never = 0xffff_ffff

/**
 * Time along a walk. Forwards an edge opens `from - low` seconds into the window and shuts at `to - low`; backwards
 * the window is read from its end. Either way: a walk at delay d may use an edge with d <= shuts, and is then at
 * max(d, opens), if that is still inside the window.
 */
export function delayOver(
  view: GraphView,
  ref: number,
  { low, high }: Filter,
  direction: Direction,
  delay: number,
): number {
  const { base, tail } = view
  const isBase = ref < base.slots
  const from = isBase ? base.span[2 * ref]! : tail.added.from[ref - base.slots]!
  let to = isBase ? base.span[2 * ref + 1]! : tail.added.to[ref - base.slots]!
  if (to === movedEnd) to = tail.endOf(ref, view.seq)
  const opens = direction === 'out' ? from - low : high - to
  const shuts = direction === 'out' ? (to === openEnd ? openEnd : to - low) : high - from
  const at = opens > delay ? opens : delay
  return at <= high - low && at <= shuts ? at : never
}

/**
 * Earliest arrival over a window (backwards: latest departure). All that is reachable at one moment is flooded without
 * a clock; then the clock jumps to the next moment at which an edge opens from the reached to the rest.
 */
export function arrive(
  view: GraphView,
  starts: readonly number[],
  filter: Filter,
  direction: Direction = 'out',
): Arrivals {
  const delay = new Uint32Array(view.nodes).fill(never)
  if (filter.high < filter.low) return { delay, count: 0 }
  const bits = new Uint32Array((view.nodes >>> 5) + 1)
  const queue = scratchArray(view.scratch, 'queue', view.nodes)
  const offers = openOffers()
  let total = 0
  let now = 0
  for (let queued = enqueue(view, starts, bits, queue); queued > 0;) {
    const { head, tail } = spread(view, queued, now, bits, queue, delay, filter, direction, offers)
    total += head
    if (head < tail) {
      queue.copyWithin(0, head, tail)
      const moment = direction === 'out' ? filter.low + now : filter.high - now
      const reached = { ...filter, low: moment, high: moment, isWindow: false }
      const { count, isSwept } = flood(view, tail - head, reached, direction, bits, queue, 'auto')
      total += count
      if (isSwept) {
        settleAll(view, bits, delay, now)
        offerToRest(view, bits, delay, filter, direction, offers)
      } else {
        for (let i = 0; i < count; i++) delay[queue[i]!] = now
        for (let i = 0; i < count; i++) offerFrom(view, queue[i]!, now, bits, delay, filter, direction, offers)
      }
    }
    now = offers.time(bits)
    queued = 0
    for (let time = now; time === now && time !== never; time = offers.time(bits)) {
      queued = enqueueOne(offers.take(), bits, queue, queued)
    }
  }
  return { delay, count: total }
}

/** Nodes waiting at one moment up to which they are taken one by one. */
const spreadMax = 100

/**
 * Reaches and offers in one go, meeting each edge and its times once: most moments of a window add a few nodes only. Stops
 * where the queue grows beyond that, with [head, tail) of it still to do.
 */
function spread(
  view: GraphView,
  queued: number,
  now: number,
  bits: Uint32Array,
  queue: Uint32Array,
  delay: Uint32Array,
  filter: Filter,
  direction: Direction,
  offers: Offers,
): { head: number; tail: number } {
  const { base, tail: added } = sidesOf(view, direction)
  const { at, ends, slot: slots } = base
  const { verdicts } = filter
  let [head, tail] = [0, queued]
  const meet = (ref: number, other: number): void => {
    const when = delayOver(view, ref, filter, direction, now)
    if (when !== now) return offer(other, when, delay, offers)
    tail = enqueueOne(other, bits, queue, tail)
  }
  for (; head < tail && tail - head <= spreadMax; head++) {
    const node = queue[head]!
    delay[node] = now
    const end = node < view.base.nodes ? at[node + 1]! : 0
    for (let place = end === 0 ? 0 : at[node]!; place < end; place++) {
      const far = ends[place]!
      const other = nodeOf(far)
      if ((bits[other >>> 5]! & (1 << (other & 31))) !== 0 || verdicts[kindOf(far)] === 0) continue
      meet(slots === null ? place : slots[place]!, other)
    }
    if (!hasBit(added.bits, node)) continue
    eachAdded(view, node, direction, filter, (ref, other) => {
      if (!hasBit(bits, other)) meet(ref, other)
    })
  }
  return { head, tail }
}

function enqueueOne(node: number, bits: Uint32Array, queue: Uint32Array, queued: number): number {
  if (hasBit(bits, node)) return queued
  bits[node >>> 5]! |= 1 << (node & 31)
  queue[queued] = node
  return queued + 1
}

function settleAll(view: GraphView, bits: Uint32Array, delay: Uint32Array, now: number): void {
  for (let node = 0; node < view.nodes; node++) if (delay[node]! > now && hasBit(bits, node)) delay[node] = now
}

/** While a node is not reached, `delay` holds the best offer made to it. */
function offer(node: number, at: number, delay: Uint32Array, offers: Offers): void {
  if (at >= delay[node]!) return
  delay[node] = at
  offers.put(node, at)
}

function offerFrom(
  view: GraphView,
  node: number,
  now: number,
  bits: Uint32Array,
  delay: Uint32Array,
  filter: Filter,
  direction: Direction,
  offers: Offers,
): void {
  eachEdge(view, node, direction, filter, (ref, other) => {
    if (!hasBit(bits, other)) offer(other, delayOver(view, ref, filter, direction, now), delay, offers)
  })
}

/** When most is reached, the few that are not look for their first chance themselves. */
function offerToRest(
  view: GraphView,
  bits: Uint32Array,
  delay: Uint32Array,
  filter: Filter,
  direction: Direction,
  offers: Offers,
): void {
  const against = direction === 'out' ? 'in' : 'out'
  const { at, ends, slot: slots, times } = against === 'in' ? view.base.in : view.base.out
  const settled = settle(filter, view.base.coarse)
  const soonest = soonestOf(view.base.coarse, filter, direction)
  for (let node = 0; node < view.nodes; node++) {
    if ((bits[node >>> 5]! & (1 << (node & 31))) !== 0) continue
    let best = delay[node]!
    for (let place = node < view.base.nodes ? at[node]! : 0, end = at[node + 1] ?? 0; place < end; place++) {
      const far = ends[place]!
      const other = nodeOf(far)
      if ((bits[other >>> 5]! & (1 << (other & 31))) === 0) continue
      const said = (kindOf(far) << 8) | times[place]!
      if (settled[said] === 0 || soonest[said]! >= best) continue
      const ref = slots === null ? place : slots[place]!
      best = Math.min(best, delayOver(view, ref, filter, direction, delay[other]!))
    }
    eachAdded(view, node, against, filter, (ref, other) => {
      if (hasBit(bits, other)) best = Math.min(best, delayOver(view, ref, filter, direction, delay[other]!))
    })
    offer(node, best, delay, offers)
  }
}

/**
 * No edge of a kind and `times` (at `kind << 8 | times`) makes an offer sooner than this: most edges need no look into
 * `span` once a node has a good offer. Backwards an edge without an end is open from the start, so nothing is gained.
 */
function soonestOf({ low, width }: Coarse, filter: Filter, direction: Direction): Uint32Array {
  const soonest = new Uint32Array(65_536)
  if (direction === 'in') return soonest
  for (let said = 0; said < soonest.length; said++) {
    const first = ((said >>> 8) & endedBit) === 0 ? said & 0xff : said & 0xf0
    if (first > 0) soonest[said] = Math.max(0, low + (first - 1) * width - filter.low)
  }
  return soonest
}

/** Edges of one node that a filter does not rule out by kind; times are the caller's. */
export function eachEdge(
  view: GraphView,
  node: number,
  direction: Direction,
  filter: Filter,
  visit: (ref: number, other: number) => void,
): void {
  const { verdicts } = filter
  const side = direction === 'out' ? view.base.out : view.base.in
  if (node < view.base.nodes) {
    for (let place = side.at[node]!, end = side.at[node + 1]!; place < end; place++) {
      const far = side.ends[place]!
      if (verdicts[kindOf(far)] === 0) continue
      visit(side.slot === null ? place : side.slot[place]!, nodeOf(far))
    }
  }
  eachAdded(view, node, direction, filter, visit)
}

export function eachAdded(
  view: GraphView,
  node: number,
  direction: Direction,
  { verdicts }: Filter,
  visit: (ref: number, other: number) => void,
): void {
  const { tail: list, ends } = sidesOf(view, direction)
  if (!hasBit(list.bits, node)) return
  const { added, addedAt } = view.tail
  for (let place = list.first.get(node) ?? -1; place >= 0; place = list.next[place]!) {
    if (addedAt[place]! <= view.seq && verdicts[added.kind[place]!] !== 0) visit(view.base.slots + place, ends[place]!)
  }
}

type Offers = ReturnType<typeof openOffers>

/** A binary heap of (time, node), earliest first. Offers to nodes reached meanwhile are dropped when they come up. */
function openOffers() {
  let nodes = new Uint32Array(1024)
  let times = new Uint32Array(1024)
  let count = 0
  const set = (place: number, node: number, time: number): void => {
    nodes[place] = node
    times[place] = time
  }
  const removeFirst = (): void => {
    const [node, time] = [nodes[--count]!, times[count]!]
    let place = 0
    for (let child = 1; child < count; child = 2 * place + 1) {
      if (child + 1 < count && times[child + 1]! < times[child]!) child++
      if (times[child]! >= time) break
      set(place, nodes[child]!, times[child]!)
      place = child
    }
    set(place, node, time)
  }
  const time = (bits: Uint32Array): number => {
    for (;;) {
      if (count === 0) return never
      if (!hasBit(bits, nodes[0]!)) return times[0]!
      removeFirst()
    }
  }
  return {
    put(node: number, at: number): void {
      if (count === nodes.length) {
        nodes = grown(nodes, count * 2)
        times = grown(times, count * 2)
      }
      let place = count++
      for (let parent = (place - 1) >>> 1; place > 0 && times[parent]! > at; parent = (place - 1) >>> 1) {
        set(place, nodes[parent]!, times[parent]!)
        place = parent
      }
      set(place, node, at)
    },
    /** Time of the earliest offer that still counts; `never` when there is none. */
    time,
    take(): number {
      const node = nodes[0]!
      removeFirst()
      return node
    },
  }
}
