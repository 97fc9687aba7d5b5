export { exceptionsAt, rulesFound, triagesOf } from './read.ts'
export * from './types.ts'
export { signalWeights, stepsKeptMax, weighsAfterMs } from './weights.ts'
