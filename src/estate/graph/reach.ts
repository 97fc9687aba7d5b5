import type { Side } from './base.ts'
import { movedEnd, type Filter } from './kind.ts'
import { fits, scratchArray, sidesOf, type Direction, type GraphView, type Sides } from './view.ts'

/** Nodes as bits, the starts among them. */
export type NodeSet = { bits: Uint32Array; count: number }

/**
 * `plain` follows edges from the queue only; `auto` turns round when the queue holds much of the graph: then it is
 * cheaper to ask each node not yet seen whether any neighbour was (Beamer, Asanović and Patterson, 2012).
 */
export type ReachMode = 'auto' | 'plain'

/** Turn round once the queue holds a `queueShare`th of the nodes; go back once a sweep found fewer than a `sweepShare`th. */
const queueShare = 24
const sweepShare = 200
/** Queue entries followed between two looks at its length. */
const strideNodes = 512

/** Everything reachable over edges that stand now or at one time. */
export function reach(
  view: GraphView,
  starts: readonly number[],
  filter: Filter,
  direction: Direction = 'out',
  mode: ReachMode = 'auto',
): NodeSet {
  const bits = new Uint32Array((view.nodes >>> 5) + 1)
  const queue = scratchArray(view.scratch, 'queue', view.nodes)
  const along = sidesOf(view, direction)
  const against = sidesOf(view, direction === 'out' ? 'in' : 'out')
  let tail = 0
  for (const node of starts) {
    if (node >= view.nodes || (bits[node >>> 5]! & (1 << (node & 31))) !== 0) continue
    bits[node >>> 5]! |= 1 << (node & 31)
    queue[tail++] = node
  }
  let count = tail
  let head = 0
  while (head < tail) {
    if (mode === 'auto' && (tail - head) * queueShare > view.nodes) {
      let found = 0
      do {
        found = sweep(view, against, filter, bits, queue)
        count += found
      } while (found * sweepShare > view.nodes)
      // A node found in the last sweep may still matter to nodes that sweep had passed already; earlier ones cannot.
      head = 0
      tail = found
      continue
    }
    const stop = mode === 'auto' ? Math.min(tail, head + strideNodes) : tail
    const before = tail
    tail = follow(view, along, filter, bits, queue, head, stop, tail)
    count += tail - before
    head = stop
  }
  return { bits, count }
}

/** Follows the edges of queue entries [head, stop); what is new goes to the end of the queue, whose new end is returned. */
function follow(
  view: GraphView,
  { base: side, tail: list, ends }: Sides,
  filter: Filter,
  bits: Uint32Array,
  queue: Uint32Array,
  head: number,
  stop: number,
  tail: number,
): number {
  const { at, node: targets, kind: kinds } = side
  const { base, seq } = view
  const { verdicts } = filter
  const { kind: addedKinds } = view.tail.added
  const { addedAt } = view.tail
  const isTailed = list.first.size > 0
  for (; head < stop; head++) {
    const node = queue[head]!
    if (node < base.nodes) {
      for (let place = at[node]!, end = at[node + 1]!; place < end; place++) {
        const verdict = verdicts[kinds[place]!]!
        if (verdict === 0) continue
        const target = targets[place]!
        const word = target >>> 5
        const bit = 1 << (target & 31)
        if ((bits[word]! & bit) !== 0) continue
        if (verdict === 2 && !passes(view, side, place, filter)) continue
        bits[word]! |= bit
        queue[tail++] = target
      }
    }
    if (!isTailed || ((list.bits[node >>> 5] ?? 0) & (1 << (node & 31))) === 0) continue
    for (let place = list.first.get(node)!; place >= 0; place = list.next[place]!) {
      const verdict = verdicts[addedKinds[place]!]!
      if (verdict === 0 || addedAt[place]! > seq) continue
      const target = ends[place]!
      if ((bits[target >>> 5]! & (1 << (target & 31))) !== 0) continue
      if (verdict === 2 && !fits(view, base.slots + place, filter)) continue
      bits[target >>> 5]! |= 1 << (target & 31)
      queue[tail++] = target
    }
  }
  return tail
}

/** Asks every node not yet seen whether a neighbour was; writes those found to the queue from 0 and returns how many. */
function sweep(view: GraphView, against: Sides, filter: Filter, bits: Uint32Array, queue: Uint32Array): number {
  const { nodes } = view
  let found = 0
  for (let word = 0, words = (nodes + 31) >>> 5; word < words; word++) {
    let open = ~bits[word]!
    const left = nodes - word * 32
    if (left < 32) open &= (1 << left) - 1
    while (open !== 0) {
      const low = open & -open
      open ^= low
      const node = word * 32 + 31 - Math.clz32(low)
      if (!isJoined(view, against, filter, bits, node)) continue
      bits[word]! |= low
      queue[found++] = node
    }
  }
  return found
}

function isJoined(
  view: GraphView,
  { base: side, tail: list, ends }: Sides,
  filter: Filter,
  bits: Uint32Array,
  node: number,
) {
  const { verdicts } = filter
  if (node < view.base.nodes) {
    const { node: sources, kind: kinds, at } = side
    for (let place = at[node]!, end = at[node + 1]!; place < end; place++) {
      const verdict = verdicts[kinds[place]!]!
      if (verdict === 0) continue
      const source = sources[place]!
      if ((bits[source >>> 5]! & (1 << (source & 31))) === 0) continue
      if (verdict === 1 || passes(view, side, place, filter)) return true
    }
  }
  if (((list.bits[node >>> 5] ?? 0) & (1 << (node & 31))) === 0) return false
  const { added, addedAt } = view.tail
  for (let place = list.first.get(node)!; place >= 0; place = list.next[place]!) {
    const verdict = verdicts[added.kind[place]!]!
    if (verdict === 0 || addedAt[place]! > view.seq) continue
    const source = ends[place]!
    if ((bits[source >>> 5]! & (1 << (source & 31))) === 0) continue
    if (verdict === 1 || fits(view, view.base.slots + place, filter)) return true
  }
  return false
}

/** `fits` for an edge of the snapshot, without a call for those that never moved. */
function passes(view: GraphView, side: Side, place: number, filter: Filter): boolean {
  const slot = side.slot === null ? place : side.slot[place]!
  const { span } = view.base
  if (span[2 * slot]! > filter.high) return false
  const to = span[2 * slot + 1]!
  return to === movedEnd ? view.tail.endOf(slot, view.seq) >= filter.low : to >= filter.low
}
