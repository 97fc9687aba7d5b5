import { CordonError } from '#kit'

export class OutputError extends CordonError<'ERR_OUTPUT_MOVED' | 'ERR_OUTPUT_OFF'> {}
