import { buildBase, bytesOf, EdgeColumns, type GraphBase } from './base.ts'
import { compact } from './compact.ts'
import { Tail } from './tail.ts'
import { emptyScratch, pinView, scratchBytes, type GraphView, type Scratch } from './view.ts'

/** Past this share of the edges the tail costs walks more than a compaction does. */
const tailShare = 0.002
/** Below this many changes a tail is never worth a compaction. */
const tailSizeMin = 4096

/** The living graph: a snapshot and its tail. `view` pins the present; what comes later does not change its answers. */
export class Graph {
  #tail: Tail
  readonly #scratch: Scratch = emptyScratch()
  #isCompacting = false

  constructor(base: GraphBase) {
    this.#tail = new Tail(base)
  }

  static of(columns: EdgeColumns, nodes: number): Graph {
    return new Graph(buildBase(columns, nodes))
  }

  /** `kind` without the ended bit; times in seconds, `to` may be `openEnd`. Edge numbers must rise. */
  add(edge: number, src: number, dst: number, kind: number, from: number, to: number): void {
    this.#tail.add(edge, src, dst, kind, from, to)
  }

  close(edge: number, src: number, dst: number, to: number): void {
    this.#tail.close(edge, src, dst, to)
  }

  growTo(nodes: number): void {
    this.#tail.nodes = Math.max(this.#tail.nodes, nodes)
  }

  view(): GraphView {
    return pinView(this.#tail, this.#scratch)
  }

  get tailSize(): number {
    return this.#tail.size
  }

  get wantsCompaction(): boolean {
    return this.#tail.size > Math.max(tailSizeMin, this.#tail.base.slots * tailShare)
  }

  /**
   * Works the tail into a new snapshot. `breathe` is awaited between slices, so that changes and walks go on meanwhile;
   * changes that come during the work are replayed onto the new tail. False when one is under way already. Needs the memory of a second graph while it runs.
   */
  async compact(breathe: () => Promise<void>): Promise<boolean> {
    if (this.#isCompacting) return false
    this.#isCompacting = true
    try {
      const old = this.#tail
      const view = this.view()
      const steps = compact(view)
      for (;;) {
        const step = steps.next()
        if (step.done === true) {
          const tail = new Tail(step.value)
          old.replayAfter(view.seq, tail)
          this.#tail = tail
          return true
        }
        await breathe()
      }
    } finally {
      this.#isCompacting = false
    }
  }

  /** Bytes of the snapshot's arrays and of the arrays kept between walks. */
  get bytes(): number {
    return bytesOf(this.#tail.base) + scratchBytes(this.#scratch)
  }
}
