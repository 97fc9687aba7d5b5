import { EdgeColumns, grown, lastUnknown, lowerBound, placeOf, type GraphBase, type Side } from './base.ts'
import { endedBit, farOf, isSameAs, movedEnd, openEnd } from './kind.ts'

/** An edge whose end changed after the snapshot was made: the old end, and each new one with the change that set it. */
type Moved = { src: number; place: number; original: number; ends: { seq: number; to: number }[] }

/**
 * What changed since the snapshot. Changes are numbered; a view pinned at change n ignores later ones, so an answer
 * stays the same while new changes come in. Added edges hang in lists per node, newest first.
 * An edge is named by its `ref`: its slot, or `base.slots` + its place here.
 */
export class Tail {
  readonly base: GraphBase
  /** Number of the last change. */
  seq = 0
  /** Nodes known, with those of the snapshot. */
  nodes: number
  readonly added = new EdgeColumns(256)
  /** Change that added each edge; ascends. */
  addedAt = new Uint32Array(256)
  readonly out: TailSide
  readonly in: TailSide
  readonly #moved = new Map<number, Moved>()
  readonly #closes: { seq: number; edge: number; src: number; dst: number; to: number }[] = []

  constructor(base: GraphBase) {
    this.base = base
    this.nodes = base.nodes
    this.out = emptySide(base.nodes)
    this.in = emptySide(base.nodes)
  }

  /** Changes held here; the reason to compact. */
  get size(): number {
    return this.added.count + this.#moved.size
  }

  add(edge: number, src: number, dst: number, kind: number, from: number, to: number): void {
    const { added } = this
    const first = added.count
    added.push(edge, src, dst, kind, from, to)
    this.seq++
    this.nodes = Math.max(this.nodes, src + 1, dst + 1)
    if (added.count > this.addedAt.length) this.addedAt = grown(this.addedAt, added.src.length)
    for (let place = first; place < added.count; place++) {
      this.addedAt[place] = this.seq
      hang(this.out, added.src[place]!, place)
      hang(this.in, added.dst[place]!, place)
    }
  }

  /** Ends an edge at `to`; an edge that is not here is left alone. */
  close(edge: number, src: number, dst: number, to: number): void {
    this.seq++
    this.#closes.push({ seq: this.seq, edge, src, dst, to })
    for (const node of new Set([src, dst])) {
      for (const ref of this.refsOf(edge, node)) this.#move(ref, node, to)
    }
  }

  /** Refs of an edge's copies that leave `node`: one, or for a SAME_AS one at each end. */
  refsOf(edge: number, node: number): number[] {
    const { base, added } = this
    const refs: number[] = []
    if (node < base.nodes) {
      const end = base.out.at[node + 1]!
      for (
        let slot = lowerBound(base.edge, base.out.at[node]!, end, edge);
        slot < end && base.edge[slot] === edge;
        slot++
      )
        refs.push(slot)
    }
    for (let place = lowerBound(added.edge, 0, added.count, edge); place < added.count; place++) {
      if (added.edge[place] !== edge) break
      if (added.src[place] === node) refs.push(base.slots + place)
    }
    return refs
  }

  endOf(ref: number, seq: number): number {
    const { base, added } = this
    const to = ref < base.slots ? base.span[2 * ref + 1]! : added.to[ref - base.slots]!
    if (to !== movedEnd) return to
    const moved = this.#moved.get(ref)
    return moved === undefined ? openEnd : endAt(moved, seq)
  }

  /** Edges of the snapshot that moved up to a change, for compaction. */
  *movedSlots(seq: number): Generator<{ slot: number; src: number; to: number }> {
    for (const [ref, moved] of this.#moved) {
      if (ref < this.base.slots) yield { slot: ref, src: moved.src, to: endAt(moved, seq) }
    }
  }

  /** Does again, on another tail, what happened here after a change. */
  replayAfter(seq: number, onto: Tail): void {
    const { added, addedAt } = this
    let place = lowerBound(addedAt, 0, added.count, seq + 1)
    const closes = this.#closes.filter((close) => close.seq > seq)
    const addUpTo = (limit: number): void => {
      while (place < added.count && addedAt[place]! <= limit) {
        const kind = added.kind[place]!
        const end = this.#moved.get(this.base.slots + place)?.original ?? added.to[place]!
        onto.add(added.edge[place]!, added.src[place]!, added.dst[place]!, kind, added.from[place]!, end)
        place += isSameAs(kind) ? 2 : 1
      }
    }
    for (const { seq: at, edge, src, dst, to } of closes) {
      addUpTo(at)
      onto.close(edge, src, dst, to)
    }
    addUpTo(this.seq)
    onto.nodes = Math.max(onto.nodes, this.nodes)
  }

  #move(ref: number, src: number, to: number): void {
    const { base, added } = this
    const isBase = ref < base.slots
    const known = this.#moved.get(ref)
    const place = known?.place ?? (isBase ? placeOf(base, ref) : 0)
    const moved = known ?? { src, place, original: this.endOf(ref, 0), ends: [] }
    moved.ends.push({ seq: this.seq, to })
    this.#moved.set(ref, moved)
    if (!isBase) {
      added.to[ref - base.slots] = movedEnd
      added.kind[ref - base.slots]! |= endedBit
      return
    }
    base.span[2 * ref + 1] = movedEnd
    markEnded(base.out, ref)
    markEnded(base.in, place)
  }
}

function markEnded({ ends, times }: Side, place: number): void {
  const ended = farOf(0, endedBit)
  if ((ends[place]! & ended) === 0) times[place]! &= 0xf0
  times[place]! |= lastUnknown
  ends[place]! |= ended
}

const endAt = (moved: Moved, seq: number): number => moved.ends.findLast((end) => end.seq <= seq)?.to ?? moved.original

/** Lists of added edges by node: a bit for "has any", the first place, and from place to place the next (-1 ends). */
export type TailSide = { bits: Uint32Array; first: Map<number, number>; next: Int32Array }

const emptySide = (nodes: number): TailSide => ({
  bits: new Uint32Array((nodes >>> 5) + 1),
  first: new Map(),
  next: new Int32Array(256),
})

function hang(side: TailSide, node: number, place: number): void {
  const word = node >>> 5
  if (word >= side.bits.length) side.bits = grown(side.bits, Math.max(word + 1, Math.ceil(side.bits.length * 1.5)))
  side.bits[word]! |= 1 << (node & 31)
  if (place >= side.next.length) {
    const larger = new Int32Array(side.next.length * 2)
    larger.set(side.next)
    side.next = larger
  }
  side.next[place] = side.first.get(node) ?? -1
  side.first.set(node, place)
}
