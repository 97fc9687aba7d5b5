import { grown } from './base.ts'
import type { Filter } from './kind.ts'
import { reach } from './reach.ts'
import { fromOf, hasBit, sidesOf, type Direction, type GraphView } from './view.ts'

/** `delay[n]`: seconds after the window's start (backwards: before its end) of the best walk; `never` where there is none. */
export type Arrivals = { delay: Uint32Array; count: number }
export const never = 0xffff_ffff

/**
 * Time along a walk. Forwards an edge opens `from - low` seconds into the window and shuts at `to - low`; backwards
 * the window is read from its end. Either way: a walk at delay d may use an edge with d <= shuts, and is then at
 * max(d, opens), if that is still inside the window.
 */
export type Timing = { length: number; opens(ref: number): number; shuts(ref: number): number }

export function timingOf(view: GraphView, filter: Filter, direction: Direction): Timing {
  const { low, high } = filter
  const end = (ref: number): number => view.tail.endOf(ref, view.seq)
  return direction === 'out'
    ? { length: high - low, opens: (ref) => Math.max(0, fromOf(view, ref) - low), shuts: (ref) => end(ref) - low }
    : { length: high - low, opens: (ref) => Math.max(0, high - end(ref)), shuts: (ref) => high - fromOf(view, ref) }
}

/** Delays are served in buckets of equal width; inside one, a node whose delay sinks is served again. */
const bucketsMax = 2048

/**
 * Earliest arrival over a window (backwards: latest departure). First everything reachable at the very start, which is
 * most of it and needs no clock; then, from edges that open later, in order of time.
 */
export function arrive(
  view: GraphView,
  starts: readonly number[],
  filter: Filter,
  direction: Direction = 'out',
): Arrivals {
  const delay = new Uint32Array(view.nodes).fill(never)
  if (filter.high < filter.low) return { delay, count: 0 }
  const moment = direction === 'out' ? filter.low : filter.high
  const atOnce = reach(view, starts, { ...filter, low: moment, high: moment, isWindow: false }, direction)
  for (let node = 0; node < view.nodes; node++) if (hasBit(atOnce.bits, node)) delay[node] = 0
  const timing = timingOf(view, filter, direction)
  const buckets = openBuckets(timing.length)
  let count = atOnce.count
  const offer = (node: number, at: number): void => {
    if (at >= delay[node]!) return
    if (delay[node] === never) count++
    delay[node] = at
    buckets.put(node, at)
  }
  seed(view, atOnce.bits, delay, filter, timing, direction, offer)
  for (let item = buckets.take(delay); item >= 0; item = buckets.take(delay)) {
    relax(view, item, delay[item]!, filter, timing, direction, offer)
  }
  return { delay, count }
}

type Offer = (node: number, at: number) => void

/** Offers the far ends of edges that leave `node` at delay `at`. */
function relax(
  view: GraphView,
  node: number,
  at: number,
  filter: Filter,
  timing: Timing,
  direction: Direction,
  offer: Offer,
): void {
  eachEdge(view, node, direction, filter, (ref, target) => {
    const when = Math.max(at, timing.opens(ref))
    if (when <= timing.length && when <= timing.shuts(ref)) offer(target, when)
  })
}

/**
 * Offers what lies one later edge away from the nodes reached at once. Looks from whichever side has fewer edges: when
 * most of the graph is reached, from the few nodes that are not.
 */
function seed(
  view: GraphView,
  reached: Uint32Array,
  delay: Uint32Array,
  filter: Filter,
  timing: Timing,
  direction: Direction,
  offer: Offer,
): void {
  const against = direction === 'out' ? 'in' : 'out'
  const isMostReached = degreeSum(view, reached, direction, true) > degreeSum(view, reached, against, false)
  for (let node = 0; node < view.nodes; node++) {
    if (isMostReached === hasBit(reached, node)) continue
    if (!isMostReached) {
      relax(view, node, 0, filter, timing, direction, offer)
      continue
    }
    eachEdge(view, node, against, filter, (ref, source) => {
      if (!hasBit(reached, source)) return
      const when = timing.opens(ref)
      if (when < delay[node]! && when <= timing.length && when <= timing.shuts(ref)) offer(node, when)
    })
  }
}

function degreeSum(view: GraphView, bits: Uint32Array, direction: Direction, isMember: boolean): number {
  const { at } = direction === 'out' ? view.base.out : view.base.in
  let sum = 0
  for (let node = 0; node < view.base.nodes; node++) {
    if (hasBit(bits, node) === isMember) sum += at[node + 1]! - at[node]!
  }
  return sum
}

/** Edges of one node that a filter does not rule out by kind; times are the caller's. */
export function eachEdge(
  view: GraphView,
  node: number,
  direction: Direction,
  { verdicts }: Filter,
  visit: (ref: number, other: number) => void,
): void {
  const { base: side, tail: list, ends } = sidesOf(view, direction)
  if (node < view.base.nodes) {
    for (let place = side.at[node]!, end = side.at[node + 1]!; place < end; place++) {
      if (verdicts[side.kind[place]!] !== 0) visit(side.slot === null ? place : side.slot[place]!, side.node[place]!)
    }
  }
  if (!hasBit(list.bits, node)) return
  const { added, addedAt } = view.tail
  for (let place = list.first.get(node) ?? -1; place >= 0; place = list.next[place]!) {
    if (addedAt[place]! <= view.seq && verdicts[added.kind[place]!] !== 0) visit(view.base.slots + place, ends[place]!)
  }
}

function openBuckets(length: number) {
  const width = Math.floor(length / bucketsMax) + 1
  const first = new Int32Array(bucketsMax).fill(-1)
  let nodes = new Uint32Array(1024)
  let served = new Uint32Array(1024)
  let next = new Int32Array(1024)
  let count = 0
  let current = 0
  const bucketOf = (at: number): number => Math.floor(at / width)
  return {
    put(node: number, at: number): void {
      if (count === nodes.length) {
        nodes = grown(nodes, count * 2)
        served = grown(served, count * 2)
        const larger = new Int32Array(count * 2)
        larger.set(next)
        next = larger
      }
      const bucket = bucketOf(at)
      nodes[count] = node
      served[count] = at
      next[count] = first[bucket]!
      first[bucket] = count++
    },
    /** A node whose last offer is still its delay, earliest bucket first; -1 at the end. */
    take(delay: Uint32Array): number {
      for (;;) {
        while (current < bucketsMax && first[current] === -1) current++
        if (current === bucketsMax) return -1
        const item = first[current]!
        first[current] = next[item]!
        if (delay[nodes[item]!] === served[item]) return nodes[item]!
      }
    },
  }
}
