/**
 * How much is made of what a rule or a signal says, by what people said of it before. `trues` of `judged` counted verdicts were
 * true, the others false; benign is neither.
 */
export type Weight = { value: number; trues: number; judged: number }
/** From `fromMs` (ms UTC) on, until the next of its name, people had said this. */
export type WeightStep = { name: string; fromMs: number; trues: number; judged: number }

/** Before the name of a signal of behaviour, so that it is told from a rule. */
export const signalPrefix = 'signal.'

/** Never zero: nobody silences anything by what they say of it. */
export const weightMin = 0.25
export const weightMax = 1.5
/** Beta(2, 2): half of what it says is expected to be true, and that is worth four verdicts. */
const prior = { trues: 2, falses: 2 }
const priorMean = prior.trues / (prior.trues + prior.falses)

/**
 * Mean of the posterior over mean of the prior, within the bounds: ((2 + trues) / (4 + judged)) / (1/2). The posterior of
 * a Beta prior after n verdicts is a Beta again (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.4).
 */
export function weightOf({ trues, judged }: Pick<Weight, 'trues' | 'judged'>): Weight {
  const mean = (prior.trues + trues) / (prior.trues + prior.falses + judged)
  return { value: Math.min(weightMax, Math.max(weightMin, mean / priorMean)), trues, judged }
}

export const unjudged: Weight = weightOf({ trues: 0, judged: 0 })

/** "weight 0.6: 2 of 9 were true". */
export const shownWeight = ({ value, trues, judged }: Weight): string =>
  judged === 0 ? 'weight 1: not judged' : `weight ${Number(value.toFixed(2))}: ${trues} of ${judged} were true`
