import { coarseOf, emptyBase, turnRound, type Coarse, type GraphBase } from './base.ts'
import { endedBit, farOf, openEnd } from './kind.ts'
import type { GraphView } from './view.ts'

/** Nodes copied between two breaths. */
const nodesPerStep = 50_000

/** A new snapshot out of a view: the old one with the view's changes worked in. Yields now and then. */
export function* compact(view: GraphView): Generator<void, GraphBase> {
  const { base, tail, seq, nodes } = view
  const { added, addedAt } = tail
  const extra = new Uint32Array(nodes + 1)
  let addedCount = 0
  while (addedCount < added.count && addedAt[addedCount]! <= seq) extra[added.src[addedCount++]!]!++
  const made = emptyBase(nodes, base.slots + addedCount, coarseFor(view))
  for (let node = 0; node < nodes; node++) {
    const old = node < base.nodes ? base.out.at[node + 1]! - base.out.at[node]! : 0
    made.out.at[node + 1] = made.out.at[node]! + old + extra[node]!
  }
  yield
  for (let first = 0; first < base.nodes; first += nodesPerStep) {
    copyRows(base, made, extra, first, Math.min(first + nodesPerStep, base.nodes))
    yield
  }
  // Rows stay in the order of their edge numbers: what the tail added is newer than what the snapshot held.
  const next = made.out.at.slice(1)
  for (let node = 0; node < nodes; node++) next[node]! -= extra[node]!
  for (let place = 0; place < addedCount; place++) {
    const slot = next[added.src[place]!]!++
    made.out.ends[slot] = farOf(added.dst[place]!, added.kind[place]!)
    made.edge[slot] = added.edge[place]!
    made.span[2 * slot] = added.from[place]!
    setEnd(made, slot, tail.endOf(base.slots + place, seq))
  }
  for (const { slot, src, to } of tail.movedSlots(seq)) setEnd(made, slot - base.out.at[src]! + made.out.at[src]!, to)
  yield
  yield* turnRound(made)
  return made
}

const coarseFor = ({ base, tail }: GraphView): Coarse =>
  base.slots > tail.added.count
    ? coarseOf(base.slots, (slot) => base.span[2 * slot]!)
    : coarseOf(tail.added.count, (place) => tail.added.from[place]!)

/** Copies whole runs of rows between which nothing was added. */
function copyRows(base: GraphBase, made: GraphBase, extra: Uint32Array, first: number, last: number): void {
  for (let start = first; start < last;) {
    let end = start + 1
    while (end < last && extra[end - 1] === 0) end++
    const low = base.out.at[start]!
    const high = base.out.at[end]!
    const to = made.out.at[start]!
    made.out.ends.set(base.out.ends.subarray(low, high), to)
    made.edge.set(base.edge.subarray(low, high), to)
    made.span.set(base.span.subarray(2 * low, 2 * high), 2 * to)
    start = end
  }
}

function setEnd(made: GraphBase, slot: number, to: number): void {
  made.span[2 * slot + 1] = to
  const ended = farOf(0, endedBit)
  const word = made.out.ends[slot]!
  made.out.ends[slot] = to === openEnd ? word & ~ended : word | ended
}
