export { closeEdge as close, mergeNormalized as merge, openEdge as open, toldFact as fact } from '#model'

export const product = { vendor_name: 'OpenAI', name: 'OpenAI API Platform' }

/** OpenAI counts seconds, and writes 0 where it has nothing to say. */
export const secondsMs = (seconds: number | null | undefined): number | undefined =>
  seconds === null || seconds === undefined || !Number.isFinite(seconds) || seconds <= 0
    ? undefined
    : Math.round(seconds * 1000)
