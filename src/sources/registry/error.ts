import { CordonError } from '#kit'

export class SourceError extends CordonError<
  | 'ERR_SOURCE_EXISTS'
  | 'ERR_SOURCE_UNKNOWN'
  | 'ERR_SOURCE_CHANGED'
  | 'ERR_SOURCE_NAME'
  | 'ERR_SOURCE_PUSH'
  | 'ERR_SOURCE_UNREACHABLE'
  | 'ERR_INGEST_TOKEN'
> {}
