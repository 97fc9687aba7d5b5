export { lastDelivery, noteDelivery } from './delivery.ts'
export * from './error.ts'
export {
  hashToken,
  issueIngestToken,
  listIngestTokens,
  verifyIngestToken,
  type IngestGrant,
  type IngestTokenInfo,
  type IssuedToken,
} from './ingest-token.ts'
export * from './read.ts'
export { withinScope, type Scoped } from './scope.ts'
export * from './source.ts'
export {
  addSource,
  createIngestToken,
  noteGaps,
  removeSource,
  resealSource,
  revokeIngestToken,
  sourcesWriter,
  updateSource,
  type NewSource,
  type SourceChange,
} from './writer.ts'
