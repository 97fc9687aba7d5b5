export { installsOf, type Install } from './advisory.ts'
export { createDetectors, warmUpDaysDefault } from './detectors.ts'
export * from './types.ts'
export { beforeSignalMs, type PlacedSignal } from './signal.ts'
