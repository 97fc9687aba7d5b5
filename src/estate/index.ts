export * from './error.ts'
export { createMemoryEstate, type MemoryEstateParts } from './memory.ts'
export { openEstate, type Estate, type EstateOptions, type EstateStats } from './open.ts'
export {
  applyProjection,
  estateItems,
  estateWriter,
  projectionState,
  unknownRecords,
  resetProjection,
  type Applied,
  type ApplyProjection,
  type EstateItem,
  type ProjectionState,
} from './record/index.ts'
export { paged, pagedFacts } from './pages.ts'
export { atLeastOf, atMostOf, countByAuthority, peopleBehind, unionOf, type People } from './people-behind.ts'
export { peopleInActs } from './people-in-acts.ts'
export { openTouchReader } from './touch-reader.ts'
export * from './types.ts'
export {
  connectEstate,
  estateCallsMax,
  pinsMax,
  serveEstate,
  usingView,
  type EstateClient,
  type EstatePort,
  type PinnedEstate,
} from './worker.ts'
