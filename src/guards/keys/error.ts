import { CordonError } from '#kit'

export class KeyError extends CordonError<
  | 'ERR_KEY_OWNER'
  | 'ERR_KEY_SCOPE'
  | 'ERR_KEY_EPOCH'
  | 'ERR_KEY_UNKNOWN'
  | 'ERR_KEY_PLACE'
  | 'ERR_KEY_SUCCESSOR'
  | 'ERR_KEY_LIVE'
> {}
