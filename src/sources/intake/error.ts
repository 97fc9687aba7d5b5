import { CordonError } from '#kit'

/** Faults of an upload as a whole; nothing of it was taken. Faults of single lines are `BadLine` values. */
export class IntakeError extends CordonError<
  'ERR_INTAKE_TOO_LARGE' | 'ERR_INTAKE_TOO_MANY' | 'ERR_INTAKE_ENCODING' | 'ERR_INTAKE_COMPRESSION' | 'ERR_INTAKE_SHAPE'
> {}
