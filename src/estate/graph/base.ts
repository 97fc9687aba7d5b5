import { endedBit, isSameAs, openEnd, turnedKind } from './kind.ts'

/**
 * The snapshot: compressed sparse rows in both directions, 26 bytes an edge. Row n of a side is [at[n], at[n + 1]).
 * A slot is an edge's place in the `out` arrays; `span[2 slot]` and `span[2 slot + 1]` are its first and last second.
 * Rows of `out` ascend by edge number, rows of `in` by slot: both are searched by halving.
 * Only `out.kind`, `in.kind` and `span` ever change, and only as `Tail.close` describes.
 */
export type GraphBase = {
  readonly nodes: number
  readonly slots: number
  readonly out: Side
  readonly in: Side & { readonly slot: Uint32Array }
  readonly span: Uint32Array
  readonly edge: Uint32Array
}

/** One direction: the node at the other end and the kind byte of each edge; `slot` where a place is not itself a slot. */
export type Side = {
  readonly at: Uint32Array
  readonly node: Uint32Array
  readonly kind: Uint8Array
  readonly slot: Uint32Array | null
}

/** Edges as columns, to be sorted into rows; must be pushed in the order of their numbers. */
export class EdgeColumns {
  count = 0
  src: Uint32Array
  dst: Uint32Array
  kind: Uint8Array
  from: Uint32Array
  to: Uint32Array
  edge: Uint32Array

  constructor(capacity = 1024) {
    this.src = new Uint32Array(capacity)
    this.dst = new Uint32Array(capacity)
    this.kind = new Uint8Array(capacity)
    this.from = new Uint32Array(capacity)
    this.to = new Uint32Array(capacity)
    this.edge = new Uint32Array(capacity)
  }

  /** SAME_AS is kept twice, once turned round. */
  push(edge: number, src: number, dst: number, kind: number, from: number, to: number): void {
    this.#put(edge, src, dst, kind, from, to)
    if (isSameAs(kind)) this.#put(edge, dst, src, turnedKind(kind), from, to)
  }

  #put(edge: number, src: number, dst: number, kind: number, from: number, to: number): void {
    if (this.count === this.src.length) this.#grow()
    const at = this.count++
    this.src[at] = src
    this.dst[at] = dst
    this.kind[at] = to === openEnd ? kind & ~endedBit : kind | endedBit
    this.from[at] = from
    this.to[at] = to
    this.edge[at] = edge
  }

  #grow(): void {
    const length = Math.ceil(this.src.length * 1.5) + 16
    this.src = grown(this.src, length)
    this.dst = grown(this.dst, length)
    this.from = grown(this.from, length)
    this.to = grown(this.to, length)
    this.edge = grown(this.edge, length)
    const kind = new Uint8Array(length)
    kind.set(this.kind)
    this.kind = kind
  }
}

export function grown(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length)
  larger.set(array)
  return larger
}

export function buildBase(columns: EdgeColumns, nodes: number): GraphBase {
  const { count, src, dst, kind, from, to, edge } = columns
  const base = emptyBase(nodes, count)
  const { out, span } = base
  for (let i = 0; i < count; i++) out.at[src[i]! + 1]!++
  for (let n = 0; n < nodes; n++) out.at[n + 1]! += out.at[n]!
  const next = out.at.slice(0, nodes)
  for (let i = 0; i < count; i++) {
    const slot = next[src[i]!]!++
    out.node[slot] = dst[i]!
    out.kind[slot] = kind[i]!
    span[2 * slot] = from[i]!
    span[2 * slot + 1] = to[i]!
    base.edge[slot] = edge[i]!
  }
  for (const _ of turnRound(base)) continue
  return base
}

export function emptyBase(nodes: number, slots: number): GraphBase {
  const side = () => ({
    at: new Uint32Array(nodes + 1),
    node: new Uint32Array(slots),
    kind: new Uint8Array(slots),
  })
  return {
    nodes,
    slots,
    out: { ...side(), slot: null },
    in: { ...side(), slot: new Uint32Array(slots) },
    span: new Uint32Array(2 * slots),
    edge: new Uint32Array(slots),
  }
}

/** Work between two breaths of a builder that must not hold up its thread. */
const slotsPerStep = 250_000

/** Fills `in` from a finished `out`, yielding now and then. */
export function* turnRound(base: GraphBase): Generator<void, void> {
  const { nodes, slots, out, in: into } = base
  for (let slot = 0; slot < slots; slot++) {
    into.at[out.node[slot]! + 1]!++
    if (slot % slotsPerStep === slotsPerStep - 1) yield
  }
  for (let n = 0; n < nodes; n++) into.at[n + 1]! += into.at[n]!
  const next = into.at.slice(0, nodes)
  let slot = 0
  for (let n = 0; n < nodes; n++) {
    for (const end = out.at[n + 1]!; slot < end; slot++) {
      const place = next[out.node[slot]!]!++
      into.node[place] = n
      into.kind[place] = out.kind[slot]!
      into.slot[place] = slot
      if (slot % slotsPerStep === slotsPerStep - 1) yield
    }
  }
}

/** First place in [low, high) of ascending `values` that holds at least `wanted`. */
export function lowerBound(values: Uint32Array, low: number, high: number, wanted: number): number {
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return low
}

export const bytesOf = (base: GraphBase): number =>
  [
    base.span,
    base.edge,
    base.out.at,
    base.out.node,
    base.out.kind,
    base.in.at,
    base.in.node,
    base.in.kind,
    base.in.slot,
  ]
    .map((array) => array.byteLength)
    .reduce((sum, bytes) => sum + bytes, 0)
