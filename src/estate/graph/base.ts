import { assert } from '#kit'

import { endedBit, farOf, isSameAs, kindOf, movedEnd, nodeOf, nodesMax, openEnd, turnedKind } from './kind.ts'

/**
 * The snapshot: compressed sparse rows in both directions, 26 bytes an edge. Row n of a side is [at[n], at[n + 1]).
 * A slot is an edge's place in the `out` arrays; `span[2 slot]` and `span[2 slot + 1]` are its first and last second.
 * Rows of `out` ascend by edge number, rows of `in` oldest first and the ended last, since that is
 * where walks of the present and of the past find an edge that stands soonest.
 * Only kinds, `times` and `span` ever change, and only as `Tail.close` describes.
 */
export type GraphBase = {
  readonly nodes: number
  readonly slots: number
  readonly out: Side
  readonly in: Side & { readonly slot: Uint32Array }
  readonly span: Uint32Array
  readonly edge: Uint32Array
  readonly coarse: Coarse
}

/**
 * One direction. `ends`: of each edge the node at the other end and its kind byte (`farOf`); `slot` where a
 * place is not itself a slot.
 * `times` says coarsely when the edge stood: it settles most questions about a time without the distant look into `span`.
 */
export type Side = {
  readonly at: Uint32Array
  readonly ends: Uint32Array
  readonly slot: Uint32Array | null
  readonly times: Uint8Array
}

/**
 * Seconds coarsened to 0-255, rising with the second, so that unequal values order the seconds. In `times` an edge
 * without an end has its first second so; an ended one has two halves, first and last second by 16ths, where a last
 * half of `lastUnknown` means "look".
 */
export type Coarse = { low: number; width: number }
export const coarsen = ({ low, width }: Coarse, second: number): number =>
  second < low ? 0 : Math.min(255, 1 + Math.floor((second - low) / width))
export const lastUnknown = 15
export const timesOf = (coarse: Coarse, from: number, to: number): number =>
  to === openEnd
    ? coarsen(coarse, from)
    : (coarsen(coarse, from) & 0xf0) | (to === movedEnd ? lastUnknown : Math.min(coarsen(coarse, to) >>> 4, 14))

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
  const base = emptyBase(
    nodes,
    count,
    coarseOf(count, (i) => from[i]!),
  )
  const { out, span } = base
  for (let i = 0; i < count; i++) out.at[src[i]! + 1]!++
  for (let n = 0; n < nodes; n++) out.at[n + 1]! += out.at[n]!
  const next = out.at.slice(0, nodes)
  for (let i = 0; i < count; i++) {
    const slot = next[src[i]!]!++
    out.ends[slot] = farOf(dst[i]!, kind[i]!)
    span[2 * slot] = from[i]!
    span[2 * slot + 1] = to[i]!
    base.edge[slot] = edge[i]!
  }
  for (const _ of turnRound(base)) continue
  return base
}

export function emptyBase(nodes: number, slots: number, coarse: Coarse): GraphBase {
  assert(nodes <= nodesMax, 'a node number fits beside its kind')
  const side = () => ({
    at: new Uint32Array(nodes + 1),
    ends: new Uint32Array(slots),
    times: new Uint8Array(slots),
  })
  return {
    nodes,
    slots,
    coarse,
    out: { ...side(), slot: null },
    in: { ...side(), slot: new Uint32Array(slots) },
    span: new Uint32Array(2 * slots),
    edge: new Uint32Array(slots),
  }
}

const coarseSamples = 2048

/** Spreads the 256 values over all first seconds but the outermost, by a sample. */
export function coarseOf(count: number, second: (place: number) => number): Coarse {
  const samples = Math.min(count, coarseSamples)
  const sorted = Uint32Array.from({ length: samples }, (_, i) => second(Math.floor((i * count) / samples))).sort()
  const low = sorted[Math.floor(samples * 0.01)] ?? 0
  const high = sorted[Math.floor(samples * 0.99)] ?? 0
  return { low, width: Math.floor((high - low) / 254) + 1 }
}

/** Work between two breaths of a builder that must not hold up its thread. */
const slotsPerStep = 250_000

/** Order within a row of `in`: by eighths of the coarse seconds, the ended ones last. */
const classes = 9
const classOf = (kind: number, times: number): number => ((kind & endedBit) === 0 ? times >>> 5 : 8)

/** Fills `out.times`, then `in` from a finished `out`, one class after the other, yielding now and then. */
export function* turnRound(base: GraphBase): Generator<void, void> {
  const { nodes, slots, out, in: into, span, coarse } = base
  const { ends, times } = out
  for (let slot = 0; slot < slots; slot++) {
    into.at[nodeOf(ends[slot]!) + 1]!++
    times[slot] = timesOf(coarse, span[2 * slot]!, span[2 * slot + 1]!)
    if (slot % slotsPerStep === slotsPerStep - 1) yield
  }
  for (let n = 0; n < nodes; n++) into.at[n + 1]! += into.at[n]!
  const next = into.at.slice(0, nodes)
  for (let wanted = 0; wanted < classes; wanted++) {
    let slot = 0
    for (let n = 0; n < nodes; n++) {
      for (const end = out.at[n + 1]!; slot < end; slot++) {
        if (slot % slotsPerStep === slotsPerStep - 1) yield
        const kind = kindOf(ends[slot]!)
        if (classOf(kind, times[slot]!) !== wanted) continue
        const place = next[nodeOf(ends[slot]!)]!++
        into.ends[place] = farOf(n, kind)
        into.slot[place] = slot
        into.times[place] = times[slot]!
      }
    }
  }
}

/**
 * Place of a slot's edge in the row of `in` that holds it; the edge must not have moved before. Others in the row may
 * have, and then stand where their class no longer belongs: where that leads the search astray, the row is looked
 * through.
 */
export function placeOf({ in: into, out, span, coarse }: GraphBase, slot: number): number {
  const mine = classOf(kindOf(out.ends[slot]!), timesOf(coarse, span[2 * slot]!, span[2 * slot + 1]!))
  const row = nodeOf(out.ends[slot]!)
  let [low, high] = [into.at[row]!, into.at[row + 1]!]
  while (low < high) {
    const middle = (low + high) >>> 1
    const order = classOf(kindOf(into.ends[middle]!), into.times[middle]!) - mine || into.slot[middle]! - slot
    if (order < 0) low = middle + 1
    else high = middle
  }
  return into.slot[low] === slot ? low : into.slot.indexOf(slot, into.at[row])
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

/** All arrays, in the order in which they are stored. */
export const arraysOf = ({ out, in: into, span, edge }: GraphBase): (Uint32Array | Uint8Array)[] => [
  out.at,
  out.ends,
  out.times,
  span,
  edge,
  into.at,
  into.ends,
  into.slot,
  into.times,
]

export const bytesOf = (base: GraphBase): number => arraysOf(base).reduce((sum, array) => sum + array.byteLength, 0)
