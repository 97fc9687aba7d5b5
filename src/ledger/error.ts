import { CordonError } from '#kit'

export class LedgerError extends CordonError<
  | 'ERR_LEDGER_RECEIPT'
  | 'ERR_LEDGER_FENCE'
  | 'ERR_LEDGER_RANGE'
  | 'ERR_LEDGER_CONTRADICTION'
  | 'ERR_LEDGER_NOTE'
  | 'ERR_LEDGER_WITNESS'
  | 'ERR_LEDGER_EXPORT'
> {}
