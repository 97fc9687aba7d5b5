import { CordonError } from '#kit'

export class AccessError extends CordonError<'ERR_ACCESS_UNKNOWN' | 'ERR_ACCESS_AMBIGUOUS' | 'ERR_ACCESS_TIME'> {}
