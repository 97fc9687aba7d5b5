export * from './error.ts'
export { createMemoryEstate, type MemoryEstateParts } from './memory.ts'
export * from './types.ts'
