import { delayOver, eachAdded, never } from './arrive.ts'
import { kindOf, nodeOf, type Filter } from './kind.ts'
import { settleVerdicts } from './reach.ts'
import { edgeAt, fits, hasBit, scratchArray, sidesOf, type Direction, type GraphEdge, type GraphView } from './view.ts'

/**
 * A search from one end. `steps` are the ways found so far; `bits` say at which nodes there is one, and only there
 * `best[node]` is the number of the best: bits fit a near cache, where `best` does not, and are soon cleared.
 */
type Search = {
  direction: Direction
  steps: Steps
  best: Uint32Array
  bits: Uint32Array
  fresh: number
  weight: number
}
type Steps = { node: number[]; delay: number[]; by: number[]; ref: number[] }

/**
 * A path of fewest edges, found from both ends at once, the lighter one going a layer further each time. Over a window
 * the two halves join where the earliest arrival is no later than the latest departure. Undefined when there is none.
 */
export function explain(view: GraphView, from: number, to: number, filter: Filter): GraphEdge[] | undefined {
  if (from === to) return []
  if (from >= view.nodes || to >= view.nodes || (filter.isWindow && filter.high < filter.low)) return undefined
  const left = begin(view, from, 'out')
  const right = begin(view, to, 'in')
  const says = settleVerdicts(filter, view.base.coarse)
  try {
    for (;;) {
      if (left.fresh === left.steps.node.length || right.fresh === right.steps.node.length) return undefined
      const isLeft = left.weight <= right.weight
      const met = isLeft ? advance(view, left, right, filter, says) : advance(view, right, left, filter, says)
      if (met === undefined) continue
      const [a, b] = isLeft ? met : [met[1], met[0]]
      return joined(view, left.steps, a, right.steps, b)
    }
  } finally {
    for (const { steps, bits } of [left, right]) for (const node of steps.node) bits[node >>> 5] = 0
  }
}

function begin({ scratch, nodes }: GraphView, node: number, direction: Direction): Search {
  const isOut = direction === 'out'
  const best = scratchArray(scratch, isOut ? 'left' : 'right', nodes)
  const bits = scratchArray(scratch, isOut ? 'leftBits' : 'rightBits', (nodes >>> 5) + 1)
  best[node] = 0
  bits[node >>> 5]! |= 1 << (node & 31)
  return { direction, steps: { node: [node], delay: [0], by: [-1], ref: [-1] }, best, bits, fresh: 0, weight: 0 }
}

/**
 * Goes one layer further; gives the two meeting steps (own, other's) as soon as the searches meet. Without a window `says`
 * and `times` spare most edges that have ended the distant look into `span`.
 */
function advance(
  view: GraphView,
  mine: Search,
  other: Search,
  filter: Filter,
  says: Uint8Array,
): [number, number] | undefined {
  const { steps, bits, direction } = mine
  const { base, tail: added } = sidesOf(view, direction)
  const { at: rows, ends, slot: slots, times } = base
  const { verdicts, isWindow } = filter
  const layer = steps.node.length
  for (; mine.fresh < layer; mine.fresh++) {
    const step = mine.fresh
    const from = steps.node[step]!
    const end = from < view.base.nodes ? rows[from + 1]! : 0
    for (let place = end === 0 ? 0 : rows[from]!; place < end; place++) {
      const far = ends[place]!
      const node = nodeOf(far)
      if (!isWindow && (bits[node >>> 5]! & (1 << (node & 31))) !== 0) continue
      const said = says[(verdicts[kindOf(far)]! << 8) | times[place]!]!
      if (said === 0) continue
      const ref = slots === null ? place : slots[place]!
      const met = visit(view, mine, other, filter, step, ref, node, said)
      if (met !== undefined) return met
    }
    if (!hasBit(added.bits, from)) continue
    let met: [number, number] | undefined
    eachAdded(view, from, direction, filter, (ref, node) => {
      const verdict = verdicts[view.tail.added.kind[ref - view.base.slots]!]!
      met ??= visit(view, mine, other, filter, step, ref, node, verdict)
    })
    if (met !== undefined) return met
  }
  // Not while the layer grows: a degree is a miss of the cache, here they overlap, and the last layer needs none.
  mine.weight = 0
  for (let step = layer; step < steps.node.length; step++) mine.weight += degree(view, steps.node[step]!, direction)
  return undefined
}

/**
 * Takes one edge from a step; keeps the new step if it is the best at its node, and says where the searches meet.
 * `said`: 1 when the edge stands for sure.
 */
function visit(
  view: GraphView,
  mine: Search,
  other: Search,
  filter: Filter,
  step: number,
  ref: number,
  node: number,
  said: number,
): [number, number] | undefined {
  const { steps, best, bits, direction } = mine
  const word = node >>> 5
  const bit = 1 << (node & 31)
  const isKnown = (bits[word]! & bit) !== 0
  if (isKnown && !filter.isWindow) return undefined
  let at = 0
  if (filter.isWindow) at = delayOver(view, ref, filter, direction, steps.delay[step]!)
  else if (said > 1 && !fits(view, ref, filter)) return undefined
  if (at === never || (isKnown && steps.delay[best[node]!]! <= at)) return undefined
  best[node] = steps.node.length
  bits[word]! |= bit
  steps.node.push(node)
  steps.delay.push(at)
  steps.by.push(step)
  steps.ref.push(ref)
  if ((other.bits[word]! & bit) === 0) return undefined
  const theirs = other.best[node]!
  const length = filter.isWindow ? filter.high - filter.low : 0
  return at + other.steps.delay[theirs]! <= length ? [best[node], theirs] : undefined
}

function degree({ base }: GraphView, node: number, direction: Direction): number {
  if (node >= base.nodes) return 1
  const { at } = direction === 'out' ? base.out : base.in
  return at[node + 1]! - at[node]! + 1
}

function joined(view: GraphView, left: Steps, a: number, right: Steps, b: number): GraphEdge[] {
  const path: GraphEdge[] = []
  for (let step = a; left.by[step]! >= 0; step = left.by[step]!) {
    path.unshift(edgeAt(view, left.ref[step]!, left.node[left.by[step]!]!))
  }
  for (let step = b; right.by[step]! >= 0; step = right.by[step]!) {
    path.push(edgeAt(view, right.ref[step]!, right.node[step]!))
  }
  return path
}
