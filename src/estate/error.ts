import { CordonError } from '#kit'

export class EstateError extends CordonError<
  | 'ERR_ESTATE_TOO_MANY'
  | 'ERR_ESTATE_STALE'
  | 'ERR_ESTATE_BUSY'
  | 'ERR_ESTATE_CLOSED'
  | 'ERR_ESTATE_LOADING'
  | 'ERR_ESTATE_FULL'
  | 'ERR_ESTATE_PROJECTION'
  | 'ERR_ESTATE_SNAPSHOT_CORRUPT'
  | 'ERR_ESTATE_SNAPSHOT_NEWER'
  | 'ERR_ESTATE_SNAPSHOT_OLDER'
> {}

/** `percent` of what it is made of has been read. */
export const stillLoading = (percent: number): EstateError =>
  new EstateError('ERR_ESTATE_LOADING', `the estate is loading, ${percent} % of it has been read`, {
    hint: 'ask again in a moment; events are taken meanwhile, and `cordon status` shows how far it is',
    retryable: true,
  })

/** Nothing accepted is lost: the log keeps it, and it is projected once there is room. */
export const estateFull = (max: number): EstateError =>
  new EstateError('ERR_ESTATE_FULL', `the estate of this tenant holds ${max} entities and has no room for more`, {
    hint: 'give part of the sources to another tenant, then reset and project those that stay',
  })

export const tooMany = (max: number, what: string): EstateError =>
  new EstateError('ERR_ESTATE_TOO_MANY', `the answer holds more than ${max} ${what}`, {
    hint: 'ask for fewer edge types or a shorter window, or raise the bound',
  })
