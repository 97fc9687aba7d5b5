import { systemRandom } from '#kit'
import type { Receipt } from '#model'
import type { Tx, WriterModule } from '#store'
import { logWriter } from '#log'
import { estateWriter } from '#estate'
import { appendReceiptIn, ledgerWriter, receiptArgs } from '#ledger'
import { sourcesWriter } from '#sources'
import { findingsWriter, respondWriter } from '#respond'
import { keysWriter } from '#guards'
import { apiWriter } from '#api'

/** A leaf as part of another module's transaction. Salts are made here, inside W: they never cross a thread. */
function receipts(tx: Tx, receipt: Receipt): void {
  const { receipt: whole, ...salts } = receiptArgs(receipt, systemRandom)
  appendReceiptIn(tx, whole, salts)
}

/** All there is in the store, in the order of their migrations. */
export const writerModules = (): readonly WriterModule[] => [
  logWriter(),
  ledgerWriter,
  estateWriter,
  sourcesWriter,
  respondWriter({ receipts }),
  findingsWriter,
  keysWriter,
  apiWriter,
]
