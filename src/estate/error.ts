import { CordonError } from '#kit'

export class EstateError extends CordonError<
  | 'ERR_ESTATE_TOO_MANY'
  | 'ERR_ESTATE_STALE'
  | 'ERR_ESTATE_BUSY'
  | 'ERR_ESTATE_CLOSED'
  | 'ERR_ESTATE_PROJECTION'
  | 'ERR_ESTATE_SNAPSHOT_CORRUPT'
  | 'ERR_ESTATE_SNAPSHOT_NEWER'
> {}

export const tooMany = (max: number, what: string): EstateError =>
  new EstateError('ERR_ESTATE_TOO_MANY', `the answer holds more than ${max} ${what}`, {
    hint: 'ask for fewer edge types or a shorter window, or raise the bound',
  })
