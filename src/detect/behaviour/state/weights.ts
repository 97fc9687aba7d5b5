import { unjudged, weightOf, type Weight, type WeightStep } from '#model'

/** Of each signal: as many verdicts as nobody gives between two states on disk. The store keeps no more. */
const stepsMax = 500

/**
 * What people said of each signal, from when to when. INVARIANT: what weighs on an act depends on when the act happened and
 * not on when it is looked at, so that a restart judges as before.
 */
export class Weights {
  private readonly steps = new Map<string, { fromMs: number; weight: Weight }[]>()

  /** Of one name in the order of their times. */
  take(steps: readonly WeightStep[]): void {
    for (const { name, fromMs, ...said } of steps) {
      const known = this.steps.get(name) ?? []
      known.push({ fromMs, weight: weightOf(said) })
      if (known.length > stepsMax) known.shift()
      this.steps.set(name, known)
    }
  }

  at(name: string, atMs: number): Weight {
    return this.steps.get(name)?.findLast(({ fromMs }) => fromMs <= atMs)?.weight ?? unjudged
  }
}
