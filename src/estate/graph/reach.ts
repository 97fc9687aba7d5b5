import { coarsen, lastUnknown, type Coarse, type Side } from './base.ts'
import { kindShift, movedEnd, nodeBits, openEnd, type Filter } from './kind.ts'
import { fits, scratchArray, sidesOf, type Direction, type GraphView, type Sides } from './view.ts'

/** What takes a `far` apart, as this module's own: V8 folds its numbers into the loops, and fetches imported ones anew each time. */
const farBits = nodeBits
const farShift = kindShift

/** Nodes as bits, the starts among them. */
export type NodeSet = { bits: Uint32Array; count: number }

/**
 * `plain` follows edges from the queue only; `auto` turns round when the queue holds much of the graph: then it is
 * cheaper to ask each node not yet seen whether any neighbour was (Beamer, Asanović and Patterson, 2012).
 */
export type ReachMode = 'auto' | 'plain'

/** Turn round once the queue holds a `queueShare`th of the nodes; go back once a sweep found fewer than a `restShare`th of the rest. */
const queueShare = 20
const restShare = 3
/** Queue entries followed between two looks at its length. */
const strideNodes = 512
/** From this queue on it pays to write down beforehand what kinds and times say. */
const settledQueueMin = 1000

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
  const queued = enqueue(view, starts, bits, queue)
  const { count } = flood(view, queued, filter, direction, bits, queue, mode)
  return { bits, count }
}

/** Puts nodes not seen before into an empty queue; gives their number. */
export function enqueue(view: GraphView, nodes: readonly number[], bits: Uint32Array, queue: Uint32Array): number {
  let tail = 0
  for (const node of nodes) {
    if (node >= view.nodes || (bits[node >>> 5]! & (1 << (node & 31))) !== 0) continue
    bits[node >>> 5]! |= 1 << (node & 31)
    queue[tail++] = node
  }
  return tail
}

/**
 * Goes on from nodes already in `bits` and `queue[0, queued)` until nothing is added. `count` is the queued and the
 * added; when not `isSwept` they are all in `queue[0, count)`.
 */
export function flood(
  view: GraphView,
  queued: number,
  filter: Filter,
  direction: Direction,
  bits: Uint32Array,
  queue: Uint32Array,
  mode: ReachMode,
): { count: number; isSwept: boolean } {
  const along = sidesOf(view, direction)
  const against = sidesOf(view, direction === 'out' ? 'in' : 'out')
  let tail = queued
  let count = queued
  let head = 0
  let isSwept = false
  let settled: Uint8Array | null = null
  while (head < tail) {
    if (settled === null && tail - head > settledQueueMin) settled = settle(filter, view.base.coarse)
    if (mode === 'auto' && (tail - head) * queueShare > view.nodes) {
      isSwept = true
      settled ??= settle(filter, view.base.coarse)
      let rest = view.nodes - bitCount(bits)
      let swept: { found: number; waiting: number }
      do {
        swept = sweep(view, against, settled, bits, queue)
        rest -= swept.found
        count += swept.found
      } while (swept.found * restShare > rest)
      const found = askWaiting(view, against, filter, settled, bits, queue, swept)
      count += found - swept.found
      // A node found in the last sweep may still matter to nodes that sweep had passed already; earlier ones cannot.
      head = 0
      tail = found
      continue
    }
    const stop = mode === 'auto' ? Math.min(tail, head + strideNodes) : tail
    const before = tail
    tail = follow(view, along, filter, settled, bits, queue, head, stop, tail)
    count += tail - before
    head = stop
  }
  return { count, isSwept }
}

function bitCount(bits: Uint32Array): number {
  let count = 0
  for (let word of bits) {
    word -= (word >>> 1) & 0x5555_5555
    word = (word & 0x3333_3333) + ((word >>> 2) & 0x3333_3333)
    count += (((word + (word >>> 4)) & 0x0f0f_0f0f) * 0x0101_0101) >>> 24
  }
  return count
}

/** Follows the edges of queue entries [head, stop); what is new goes to the end of the queue, whose new end is returned. */
function follow(
  view: GraphView,
  { base: side, tail: list, ends: addedEnds }: Sides,
  filter: Filter,
  settled: Uint8Array | null,
  bits: Uint32Array,
  queue: Uint32Array,
  head: number,
  stop: number,
  tail: number,
): number {
  const { at, ends, times } = side
  const { base, seq } = view
  const { verdicts } = filter
  const { kind: addedKinds } = view.tail.added
  const { addedAt } = view.tail
  const isTailed = list.first.size > 0
  for (; head < stop; head++) {
    const node = queue[head]!
    if (node < base.nodes) {
      for (let place = at[node]!, end = at[node + 1]!; place < end; place++) {
        const far = ends[place]!
        const says =
          settled === null ? verdicts[far >>> farShift]! : settled[((far >>> farShift) << 8) | times[place]!]!
        if (says === 0) continue
        const target = far & farBits
        const word = target >>> 5
        const bit = 1 << (target & 31)
        if ((bits[word]! & bit) !== 0) continue
        if (says > 1 && !passes(view, side, place, filter)) continue
        bits[word]! |= bit
        queue[tail++] = target
      }
    }
    if (!isTailed || ((list.bits[node >>> 5] ?? 0) & (1 << (node & 31))) === 0) continue
    for (let place = list.first.get(node)!; place >= 0; place = list.next[place]!) {
      const verdict = verdicts[addedKinds[place]!]!
      if (verdict === 0 || addedAt[place]! > seq) continue
      const target = addedEnds[place]!
      if ((bits[target >>> 5]! & (1 << (target & 31))) !== 0) continue
      if (verdict > 1 && !fits(view, base.slots + place, filter)) continue
      bits[target >>> 5]! |= 1 << (target & 31)
      queue[tail++] = target
    }
  }
  return tail
}

/**
 * Asks every node not yet seen whether a neighbour was; writes those found to the queue from 0 on. Where only an edge that
 * needs a look into `span` could settle it, the node waits at the queue's far end, from `waiting` on: found and waiting
 * never exceed its length. Each such look is a miss of the cache, and most of these nodes are found without one by a later
 * sweep, so only those of the last sweep are asked.
 */
function sweep(
  view: GraphView,
  against: Sides,
  settled: Uint8Array,
  bits: Uint32Array,
  queue: Uint32Array,
): { found: number; waiting: number } {
  const { nodes } = view
  const { at, ends, times } = against.base
  const tailBits = against.tail.bits
  const rows = view.base.nodes
  let found = 0
  let waiting = queue.length
  for (let word = 0, words = (nodes + 31) >>> 5; word < words; word++) {
    let open = ~bits[word]!
    const left = nodes - word * 32
    if (left < 32) open &= (1 << left) - 1
    const tailed = word < tailBits.length ? tailBits[word]! : 0
    while (open !== 0) {
      const low = open & -open
      open ^= low
      const node = word * 32 + 31 - Math.clz32(low)
      let doubt = tailed & low
      const end = node < rows ? at[node + 1]! : 0
      for (let place = node < rows ? at[node]! : 0; place < end; place++) {
        const far = ends[place]!
        if (((bits[(far & farBits) >>> 5]! >>> (far & 31)) & 1) === 0) continue
        const says = settled[((far >>> farShift) << 8) | times[place]!]!
        if (says === 1) {
          bits[word]! |= low
          queue[found++] = node
          doubt = 0
          break
        }
        doubt |= says
      }
      if (doubt !== 0) queue[--waiting] = node
    }
  }
  return { found, waiting }
}

/** Asks the nodes that a sweep left waiting; adds those joined to the found ones and returns how many these are now. */
function askWaiting(
  view: GraphView,
  against: Sides,
  filter: Filter,
  settled: Uint8Array,
  bits: Uint32Array,
  queue: Uint32Array,
  { found, waiting }: { found: number; waiting: number },
): number {
  for (; waiting < queue.length; waiting++) {
    const node = queue[waiting]!
    if (!isJoined(view, against, filter, settled, bits, node)) continue
    bits[node >>> 5]! |= 1 << (node & 31)
    queue[found++] = node
  }
  return found
}

/** What an edge's kind and `times` together say, at `kind << 8 | times`: 0 it does not count, 1 it does, 2 look. */
export function settle(filter: Filter, coarse: Coarse): Uint8Array {
  const answers = new Uint8Array(65_536)
  const says = settleVerdicts(filter, coarse)
  for (let kind = 0; kind < 256; kind++) {
    const verdict = filter.verdicts[kind]!
    if (verdict > 0) answers.set(says.subarray(verdict << 8, (verdict + 1) << 8), kind << 8)
  }
  return answers
}

/** The same at `verdict << 8 | times`: a look more an edge, and next to nothing to make for a walk that meets few. */
export function settleVerdicts({ low, high }: Filter, coarse: Coarse): Uint8Array {
  const answers = new Uint8Array(4 << 8).fill(1, 1 << 8)
  const first = high === openEnd ? 256 : coarsen(coarse, high)
  const last = Math.min(coarsen(coarse, low) >>> 4, 14)
  for (let times = 0; times < 256; times++) {
    const from = times >>> 4
    const to = times & 15
    if (from > first >>> 4 || to < last) answers[(2 << 8) | times] = 0
    else if (from === first >>> 4 || to === last || to === lastUnknown) answers[(2 << 8) | times] = 2
    if (times > first) answers[(3 << 8) | times] = 0
    else if (times === first) answers[(3 << 8) | times] = 2
  }
  return answers
}

/** The thorough question for one node: every edge with its times, the tail's too. */
function isJoined(
  view: GraphView,
  { base: side, tail: list, ends: addedEnds }: Sides,
  filter: Filter,
  settled: Uint8Array,
  bits: Uint32Array,
  node: number,
): boolean {
  const { verdicts } = filter
  if (node < view.base.nodes) {
    const { at, ends, times } = side
    for (let place = at[node]!, end = at[node + 1]!; place < end; place++) {
      const far = ends[place]!
      const source = far & farBits
      if ((bits[source >>> 5]! & (1 << (source & 31))) === 0) continue
      const says = settled[((far >>> farShift) << 8) | times[place]!]!
      if (says === 1 || (says === 2 && passes(view, side, place, filter))) return true
    }
  }
  if (((list.bits[node >>> 5] ?? 0) & (1 << (node & 31))) === 0) return false
  const { added, addedAt } = view.tail
  for (let place = list.first.get(node)!; place >= 0; place = list.next[place]!) {
    const verdict = verdicts[added.kind[place]!]!
    if (verdict === 0 || addedAt[place]! > view.seq) continue
    const source = addedEnds[place]!
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
