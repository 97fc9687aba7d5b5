import { hash32 } from './distinct.ts'

const stepsMax = 50_000
/** Times that the first act must have been seen, before what follows it can be called rare. */
const seenMin = 1_000

/** How often one operation follows another in a realm: of each actor a step counts once a day. */
export class Steps {
  private readonly pairs = new Map<string, number>()
  private readonly from = new Map<string, number>()

  static key = (before: string, now: string): string => `${before}\n${now}`

  teach(step: string): void {
    if (!this.pairs.has(step) && this.pairs.size >= stepsMax) return
    const [before = ''] = step.split('\n', 1)
    this.pairs.set(step, (this.pairs.get(step) ?? 0) + 1)
    this.from.set(before, (this.from.get(before) ?? 0) + 1)
  }

  /** Bits of surprise; undefined where too little was seen. */
  bits(before: string, now: string): number | undefined {
    const seen = this.from.get(before) ?? 0
    if (seen < seenMin) return undefined
    return Math.log2((seen + 1) / ((this.pairs.get(Steps.key(before, now)) ?? 0) + 1))
  }

  all(): Iterable<[string, number]> {
    return this.pairs
  }

  restore(pairs: readonly (readonly [string, number])[]): void {
    for (const [step, times] of pairs) {
      const [before = ''] = step.split('\n', 1)
      this.pairs.set(step, times)
      this.from.set(before, (this.from.get(before) ?? 0) + times)
    }
  }
}

/** Longer names would make keys without bound. */
export const stepName = (tool: string): string => (tool.length <= 80 ? tool : `${tool.slice(0, 70)}#${hash32(tool)}`)
