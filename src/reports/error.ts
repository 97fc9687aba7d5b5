import { CordonError } from '#kit'

export class ReportError extends CordonError<'ERR_REPORT_ASKED' | 'ERR_REPORT_UNKNOWN'> {}
