import { eachEdge, never, timingOf, type Timing } from './arrive.ts'
import type { Filter } from './kind.ts'
import { edgeAt, fits, scratchArray, type Direction, type GraphEdge, type GraphView } from './view.ts'

/** A search from one end: `steps` are the ways found so far, `best[node]` the number (from 1) of the best one there. */
type Search = {
  direction: Direction
  timing: Timing | null
  steps: Steps
  best: Uint32Array
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
  const left = begin(view, from, 'out', filter, scratchArray(view.scratch, 'left', view.nodes))
  const right = begin(view, to, 'in', filter, scratchArray(view.scratch, 'right', view.nodes))
  try {
    for (;;) {
      if (left.fresh === left.steps.node.length || right.fresh === right.steps.node.length) return undefined
      const isLeft = left.weight <= right.weight
      const met = isLeft ? advance(view, left, right, filter) : advance(view, right, left, filter)
      if (met === undefined) continue
      const [a, b] = isLeft ? met : [met[1], met[0]]
      return joined(view, left.steps, a, right.steps, b)
    }
  } finally {
    for (const search of [left, right]) for (const node of search.steps.node) search.best[node] = 0
  }
}

function begin(view: GraphView, node: number, direction: Direction, filter: Filter, best: Uint32Array): Search {
  best[node] = 1
  const timing = filter.isWindow ? timingOf(view, filter, direction) : null
  return { direction, timing, steps: { node: [node], delay: [0], by: [-1], ref: [-1] }, best, fresh: 0, weight: 0 }
}

/** Goes one layer further; gives the two meeting steps (own, other's) as soon as the searches meet. */
function advance(view: GraphView, mine: Search, other: Search, filter: Filter): [number, number] | undefined {
  const { steps, timing, best } = mine
  const length = timing?.length ?? 0
  let met: [number, number] | undefined
  let weight = 0
  for (const layer = steps.node.length; mine.fresh < layer; mine.fresh++) {
    const step = mine.fresh
    const delay = steps.delay[step]!
    eachEdge(view, steps.node[step]!, mine.direction, filter, (ref, node) => {
      if (met !== undefined) return
      const at = arrival(view, timing, ref, filter, delay)
      if (at === never) return
      const known = best[node]!
      if (known !== 0 && steps.delay[known - 1]! <= at) return
      steps.node.push(node)
      steps.delay.push(at)
      steps.by.push(step)
      steps.ref.push(ref)
      best[node] = steps.node.length
      weight += degree(view, node, mine.direction)
      const theirs = other.best[node]!
      if (theirs !== 0 && at + other.steps.delay[theirs - 1]! <= length) met = [steps.node.length - 1, theirs - 1]
    })
    if (met !== undefined) return met
  }
  mine.weight = weight
  return undefined
}

function arrival(view: GraphView, timing: Timing | null, ref: number, filter: Filter, delay: number): number {
  if (timing === null) return needsTimes(view, ref, filter) && !fits(view, ref, filter) ? never : 0
  const at = Math.max(delay, timing.opens(ref))
  return at <= timing.length && at <= timing.shuts(ref) ? at : never
}

function needsTimes({ base, tail }: GraphView, ref: number, filter: Filter): boolean {
  const kind = ref < base.slots ? base.out.kind[ref]! : tail.added.kind[ref - base.slots]!
  return filter.verdicts[kind] === 2
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
