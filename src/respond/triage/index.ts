export { exceptionsAt, rulesFound, triagesOf } from './read.ts'
export * from './types.ts'
