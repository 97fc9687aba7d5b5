import { CordonError } from '#kit'

export class StoreError extends CordonError<
  | 'ERR_STORE_LOCKED'
  | 'ERR_STORE_NEWER'
  | 'ERR_STORE_MIGRATION'
  | 'ERR_STORE_FULL'
  | 'ERR_STORE_IO'
  | 'ERR_STORE_BUSY'
  | 'ERR_STORE_CLOSED'
> {}
