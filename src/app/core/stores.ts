import { createBell, stderrDiagnose, systemClock, systemRandom } from '#kit'
import { defaultTenant } from '#model'
import type { ReceiptOf } from '#api'
import { scrubJson } from '#classify'
import { createKeys } from '#guards'
import { appendReceipt, createLedger, receiptArgs } from '#ledger'
import { openEventLog } from '#log'
import { evidenceOfOpen } from '#respond'
import { openReader, truncateWal } from '#store'
import type { CoreVault } from '#vault'

import type { CoreThreads } from './threads.ts'

/** The threads of core once W has opened the store. */
type Ready = Pick<CoreThreads, 'at'> & { writer: Awaited<CoreThreads['writer']> }

/** What core keeps on disk and in hand, opened: every part of core is made of these. */
export type Stores = ReturnType<typeof openStores>

export function openStores({ at, writer }: Ready, vault: CoreVault) {
  const [clock, random, diagnose, tenant] = [systemClock, systemRandom, stderrDiagnose, defaultTenant]
  const reader = openReader(at.store)
  const fingerprinter = vault.fingerprinter(tenant)
  const log = openEventLog({
    writer,
    reader,
    keys: vault.logKeys,
    held: (of) => Promise.resolve(evidenceOfOpen(reader, of)),
    // A deleted day key must not live on in the write-ahead log.
    afterExpire: () => truncateWal(at.store),
  })
  const ledger = createLedger({ reader, writer, keys: vault.ledgerKeys, clock })
  const receipt: ReceiptOf = (what, facts, sealed) =>
    appendReceipt(receiptArgs({ tenant, what, atMs: clock.nowMs(), customer: null, facts, sealed }, random))
  const keys = createKeys({ writer, reader, clock, random })
  const scrub = (json: string): string => scrubJson(json, fingerprinter).text
  const bell = createBell()
  return {
    at,
    tenant,
    clock,
    random,
    diagnose,
    bell,
    vault,
    fingerprinter,
    scrub,
    writer,
    reader,
    log,
    ledger,
    receipt,
    keys,
  }
}
