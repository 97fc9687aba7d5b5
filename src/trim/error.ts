import { CordonError } from '#kit'

export class TrimError extends CordonError<
  'ERR_TRIM_TOO_MANY' | 'ERR_TRIM_WINDOW' | 'ERR_TRIM_UNKNOWN' | 'ERR_TRIM_STAGE'
> {}
