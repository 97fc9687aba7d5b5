import { systemRandom } from '#kit'
import type { Receipt } from '#model'
import type { Tx, WriterModule } from '#store'
import { logWriter } from '#log/writer'
import { estateWriter } from '#estate/writer'
import { postureWriter } from '#posture/writer'
import { identitiesWriter } from '#identities/writer'
import { controlsWriter } from '#controls/writer'
import { appendReceiptIn, ledgerWriter, receiptArgs } from '#ledger/writer'
import { sourcesWriter } from '#sources/writer'
import { findingsWriter, respondWriter } from '#respond/writer'
import { keysWriter } from '#guards/writer'
import { apiWriter } from '#api/writer'
import { scimWriter } from '#scim/writer'
import { vendorsWriter } from '#vendors/writer'
import { reviewsWriter } from '#reviews/writer'
import { leasesWriter } from '#leases/writer'
import { outputsWriter } from '#outputs/writer'
import { noteProven, signalsWriter } from '#signals/writer'

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
  respondWriter({ receipts, proven: noteProven }),
  findingsWriter,
  keysWriter,
  apiWriter,
  scimWriter,
  signalsWriter,
  postureWriter,
  controlsWriter,
  outputsWriter,
  vendorsWriter,
  leasesWriter,
  reviewsWriter,
  identitiesWriter,
]
