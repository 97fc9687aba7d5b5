import { CordonError } from '#kit'

export class PostureError extends CordonError<
  'ERR_POSTURE_UNKNOWN' | 'ERR_POSTURE_UNTIL' | 'ERR_POSTURE_EXCEPTED' | 'ERR_POSTURE_FULL'
> {}
