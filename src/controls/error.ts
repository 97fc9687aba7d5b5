import { CordonError } from '#kit'

export type ControlErrorCode = 'ERR_CONTROL_UNKNOWN'

export class ControlError extends CordonError<ControlErrorCode> {}
