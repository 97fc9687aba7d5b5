import type { GraphBase, Side } from './base.ts'
import { kindOf, nodeOf, type Filter } from './kind.ts'
import type { Tail, TailSide } from './tail.ts'

/** The graph as it stood after change `seq`. Walks are synchronous and share `scratch`, so one runs at a time. */
export type GraphView = {
  readonly base: GraphBase
  readonly tail: Tail
  readonly seq: number
  readonly nodes: number
  readonly scratch: Scratch
}

const scratchNames = ['queue', 'left', 'right', 'leftBits', 'rightBits'] as const

/** Arrays as long as there are nodes (or as their bits), kept between walks; only the bits are all zero between walks. */
export type Scratch = Record<(typeof scratchNames)[number], Uint32Array>

export const emptyScratch = (): Scratch => ({
  queue: new Uint32Array(0),
  left: new Uint32Array(0),
  right: new Uint32Array(0),
  leftBits: new Uint32Array(0),
  rightBits: new Uint32Array(0),
})
export const scratchBytes = (scratch: Scratch): number =>
  scratchNames.reduce((sum, name) => sum + scratch[name].byteLength, 0)

/** `array` is made longer where needed. */
export function scratchArray(scratch: Scratch, name: keyof Scratch, length: number): Uint32Array {
  if (scratch[name].length < length) scratch[name] = new Uint32Array(Math.ceil(length * 1.1))
  return scratch[name]
}

export function pinView(tail: Tail, scratch: Scratch): GraphView {
  return { base: tail.base, tail, seq: tail.seq, nodes: tail.nodes, scratch }
}

/** `out`: from what has power to what it reaches. `in`: back. */
export type Direction = 'out' | 'in'

export type Sides = { base: Side; tail: TailSide; ends: Uint32Array }

/** `ends`: for an added edge, the node at the far end in this direction. */
export function sidesOf(view: GraphView, direction: Direction): Sides {
  const { base, tail } = view
  return direction === 'out'
    ? { base: base.out, tail: tail.out, ends: tail.added.dst }
    : { base: base.in, tail: tail.in, ends: tail.added.src }
}

export const hasBit = (bits: Uint32Array, node: number): boolean => ((bits[node >>> 5] ?? 0) & (1 << (node & 31))) !== 0

/** Do the times of this edge fit a filter whose verdict was "look at the times"? */
export function fits(view: GraphView, ref: number, filter: Filter): boolean {
  return fromOf(view, ref) <= filter.high && view.tail.endOf(ref, view.seq) >= filter.low
}

export function fromOf(view: GraphView, ref: number): number {
  const { base, tail } = view
  return ref < base.slots ? base.span[2 * ref]! : tail.added.from[ref - base.slots]!
}

/** One edge as the graph knows it; the rest is in the store under `edge`. */
export type GraphEdge = { edge: number; src: number; dst: number; kind: number; from: number; to: number }

export function edgeAt(view: GraphView, ref: number, src: number): GraphEdge {
  const { base, tail } = view
  const to = tail.endOf(ref, view.seq)
  if (ref < base.slots) {
    const far = base.out.ends[ref]!
    const [dst, kind] = [nodeOf(far), kindOf(far)]
    return { edge: base.edge[ref]!, src, dst, kind, from: base.span[2 * ref]!, to }
  }
  const { added } = tail
  const place = ref - base.slots
  const kind = added.kind[place]!
  return { edge: added.edge[place]!, src, dst: added.dst[place]!, kind, from: added.from[place]!, to }
}

/** Edges of one node in a direction that pass a filter. With `isWindow`: those valid at any time of the window. */
export function edgesOf(view: GraphView, node: number, direction: Direction, filter: Filter): GraphEdge[] {
  const { base, tail, seq } = view
  const side = direction === 'out' ? base.out : base.in
  const found: GraphEdge[] = []
  const offer = (ref: number, kind: number, other: number): void => {
    const verdict = filter.verdicts[kind]!
    if (verdict === 0 || (verdict > 1 && !fits(view, ref, filter))) return
    found.push(edgeAt(view, ref, direction === 'out' ? node : other))
  }
  if (node < base.nodes) {
    for (let place = side.at[node]!, end = side.at[node + 1]!; place < end; place++) {
      const far = side.ends[place]!
      offer(side.slot === null ? place : side.slot[place]!, kindOf(far), nodeOf(far))
    }
  }
  const list = direction === 'out' ? tail.out : tail.in
  if (hasBit(list.bits, node)) {
    const { added, addedAt } = tail
    for (let place = list.first.get(node) ?? -1; place >= 0; place = list.next[place]!) {
      if (addedAt[place]! <= seq) offer(base.slots + place, added.kind[place]!, added.src[place]!)
    }
  }
  return found
}
