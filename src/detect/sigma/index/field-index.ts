import type { Candidates } from './candidates.ts'
import { AnywhereScanner, EdgeScanner, type Entry } from './scanner.ts'
import type { Where, Witness } from './witness.ts'

export type Placed = { witness: Witness; rule: number }

const depthMax = 64

/** All witnesses that lie in one field. */
export class FieldIndex {
  private readonly present: Int32Array | undefined
  private readonly start: EdgeScanner | undefined
  private readonly end: EdgeScanner | undefined
  private readonly anywhere: AnywhereScanner | undefined

  constructor(placed: readonly Placed[]) {
    const present: number[] = []
    const byWhere: Record<Where, Entry[]> = { whole: [], start: [], end: [], anywhere: [] }
    for (const { witness, rule } of placed) {
      if (witness.kind === 'present') present.push(rule)
      else byWhere[witness.where].push({ text: witness.text, rules: [rule] })
    }
    const { whole, start, end, anywhere } = byWhere
    if (present.length > 0) this.present = Int32Array.from(new Set(present))
    if (start.length + whole.length > 0) this.start = new EdgeScanner(start, whole, false)
    if (end.length > 0) this.end = new EdgeScanner(end, [], true)
    if (anywhere.length > 0) this.anywhere = new AnywhereScanner(anywhere)
  }

  scan(value: unknown, candidates: Candidates): void {
    if (this.present !== undefined) candidates.add(this.present)
    this.scanValue(value, candidates, 0)
  }

  private scanValue(value: unknown, candidates: Candidates, depth: number): void {
    if (typeof value === 'string') this.scanText(value, candidates)
    else if (typeof value === 'number' || typeof value === 'boolean') this.scanText(String(value), candidates)
    else if (Array.isArray(value) && depth < depthMax) {
      for (let i = 0; i < value.length; i++) this.scanValue(value[i], candidates, depth + 1)
    }
  }

  private scanText(text: string, candidates: Candidates): void {
    this.start?.scan(text, candidates)
    this.end?.scan(text, candidates)
    this.anywhere?.scan(text, candidates)
  }
}
