export { createDetectors, warmUpDaysDefault } from './detectors.ts'
export * from './types.ts'
