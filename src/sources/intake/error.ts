import { CordonError } from '#kit'

/** Faults of an upload or call as a whole; nothing of it was taken. Faults of single lines are `BadLine` values. */
export class IntakeError extends CordonError<
  | 'ERR_INTAKE_TOO_LARGE'
  | 'ERR_INTAKE_TOO_MANY'
  | 'ERR_INTAKE_ENCODING'
  | 'ERR_INTAKE_COMPRESSION'
  | 'ERR_INTAKE_SHAPE'
  | 'ERR_INTAKE_SIGNATURE'
  | 'ERR_INTAKE_REPLAY'
  | 'ERR_INTAKE_SLOW'
  | 'ERR_INTAKE_LINES'
> {}
