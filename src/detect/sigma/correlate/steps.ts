import { grown } from './entries.ts'
import type { Correlation } from './read.ts'
import { waysOf, type Way } from './ways.ts'

/** What came in order: how many steps, since when, and by which first and last event. */
export type Done = { steps: number; firstMs: number; refs: [number, number] }

type Kept = Way & { at: number }
/** Of a way that is decided when its window closes: when it was complete, and whether it was spoilt. */
const endCell = (way: Kept): number => way.at + way.steps.length
const spoiltCell = (way: Kept): number => endCell(way) + 1

/**
 * The steps of `temporal_ordered`: for each group, each way and each step, when the newest chain that has come this far
 * began, and by which event.
 */
export class Steps {
  starts = new Float64Array(0)
  startRefs = new Float64Array(0)
  /** Numbers kept of a group. */
  readonly cells: number
  private readonly ways: readonly Kept[]
  private readonly timespanMs: number
  private readonly hasCondition: boolean

  constructor({ type, rules, expression, timespanMs }: Correlation) {
    this.timespanMs = timespanMs
    this.hasCondition = expression !== null
    const all = { steps: rules.map((_, place) => place), absent: [] }
    const ways = type !== 'temporal_ordered' ? [] : expression === null ? [all] : waysOf(expression)
    let cells = 0
    this.ways = ways.map((way) => {
      const at = cells
      cells += way.steps.length + (expression === null ? 0 : 2)
      return { ...way, at }
    })
    this.cells = cells
  }

  make(slot: number): void {
    const { cells } = this
    while (this.starts.length < (slot + 1) * cells) {
      this.starts = grown(this.starts.length === 0 ? new Float64Array(cells) : this.starts, cells)
      this.startRefs = grown(this.startRefs.length === 0 ? new Float64Array(cells) : this.startRefs, cells)
    }
    this.starts.fill(-Infinity, slot * cells, (slot + 1) * cells)
  }

  /** An event at these places. A later step first: one event is never two steps. */
  step(slot: number, places: readonly number[], timeMs: number, ref: number): void {
    for (const way of this.ways) {
      const from = slot * this.cells
      for (let n = way.steps.length - 1; n >= 0; n--) {
        if (!places.includes(way.steps[n] ?? -1)) continue
        const at = from + way.at + n
        const sinceMs = n === 0 ? timeMs : (this.starts[at - 1] ?? -Infinity)
        if (sinceMs <= timeMs - this.timespanMs) continue
        this.starts[at] = sinceMs
        this.startRefs[at] = n === 0 ? ref : (this.startRefs[at - 1] ?? ref)
        if (this.hasCondition && n === way.steps.length - 1) this.mark(from + endCell(way), timeMs, ref)
      }
      if (way.absent.some((place) => places.includes(place))) this.mark(from + spoiltCell(way), timeMs, ref)
    }
  }

  /** Of a correlation without a condition: how many of its steps came in order, the first of them within the timespan. */
  inOrder(slot: number, atMs: number, lastRef: number): Done {
    const from = slot * this.cells
    let steps = this.cells
    while (steps > 0 && (this.starts[from + steps - 1] ?? -Infinity) <= atMs - this.timespanMs) steps--
    if (steps === 0) return { steps, firstMs: atMs, refs: [lastRef, lastRef] }
    const firstMs = this.starts[from + steps - 1] ?? atMs
    return { steps, firstMs, refs: [this.startRefs[from + steps - 1] ?? 0, lastRef] }
  }

  /** The first way of the condition that holds: all its steps in order, and nothing that may not be. */
  held(slot: number, atMs: number, isClosing: boolean): Done | undefined {
    const from = slot * this.cells
    for (const way of this.ways) {
      const last = from + endCell(way) - 1
      const firstMs = this.starts[last] ?? -Infinity
      const isOver = isClosing ? firstMs === -Infinity : firstMs <= atMs - this.timespanMs
      if (isOver || (this.starts[from + spoiltCell(way)] ?? -Infinity) !== -Infinity) continue
      const refs: Done['refs'] = [this.startRefs[last] ?? 0, this.startRefs[from + endCell(way)] ?? 0]
      return { steps: way.steps.length, firstMs, refs }
    }
    return undefined
  }

  private mark(at: number, timeMs: number, ref: number): void {
    this.starts[at] = timeMs
    this.startRefs[at] = ref
  }
}
