import { CordonError } from '#kit'

export class LeaseError extends CordonError<
  | 'ERR_LEASE_UNKNOWN'
  | 'ERR_LEASE_UNLEASABLE'
  | 'ERR_LEASE_HELD'
  | 'ERR_LEASE_OPEN'
  | 'ERR_LEASE_FULL'
  | 'ERR_LEASE_TERM'
  | 'ERR_LEASE_PROTECTED'
  | 'ERR_LEASE_STATE'
> {}
