import { CordonError } from '#kit'

export class SignalError extends CordonError<
  | 'ERR_SIGNAL_OFF'
  | 'ERR_SIGNAL_ABSENT'
  | 'ERR_SIGNAL_SHAPE'
  | 'ERR_SIGNAL_FULL'
  | 'ERR_SIGNAL_ENDPOINT'
  | 'ERR_SIGNAL_TOO_OFTEN'
> {}
