import { CordonError } from '#kit'

export class EstateError extends CordonError<
  | 'ERR_ESTATE_TOO_MANY'
  | 'ERR_ESTATE_STALE'
  | 'ERR_ESTATE_CLOSED'
  | 'ERR_ESTATE_SNAPSHOT_CORRUPT'
  | 'ERR_ESTATE_SNAPSHOT_NEWER'
> {}
