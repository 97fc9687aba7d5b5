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
  | 'ERR_INTAKE_FOLDER'
  | 'ERR_INTAKE_ABSENT'
  | 'ERR_INTAKE_FRAME'
  | 'ERR_INTAKE_TLS'
> {}

/** Nothing is there yet, or for a moment, as while a file is rotated: looked for again soon, not after a longer and longer wait. */
export class AbsentError extends IntakeError {
  readonly retryAfterMs = 5_000

  constructor(message: string, hint: string, cause?: unknown) {
    super('ERR_INTAKE_ABSENT', message, { hint, retryable: true, cause })
  }
}
