import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ManualClock, seededBytes, seededRandom, systemRandom, type RandomBytes } from '#kit'
import type { Receipt, TenantId } from '#model'
import { openLocalStore, type Reader, type Writer, type WriterModule } from '#store'
import { createKeyFiles, openCoreVault, type LedgerKeys } from '#vault'

import { receiptArgs } from './leaf.ts'
import { createLedger, type SigningLedger } from './ledger.ts'
import type { LeafRef } from './types.ts'
import { appendReceipt, ledgerWriter } from './writer.ts'

export const brightwater: TenantId = 't_brightwater'
export const startMs = Date.UTC(2026, 2, 24, 10, 39)

export type TestLedger = {
  writer: Writer
  reader: Reader
  keys: LedgerKeys
  clock: ManualClock
  ledger: SigningLedger
  random: RandomBytes
  append: (receipt: Receipt) => Promise<LeafRef>
  /** In one transaction: one fsync. */
  appendAll: (receipts: readonly Receipt[]) => Promise<LeafRef[]>
  close: () => void
}

let sharedKeys: LedgerKeys | undefined
/** Two ledgers of one test must not draw the same ids: the same arguments make one leaf. */
let opened = 0

export function openTestKeys(): { keyDir: string; keys: LedgerKeys } {
  const keyDir = join(mkdtempSync(join(tmpdir(), 'cordon-ledger-')), 'keys')
  createKeyFiles(keyDir, systemRandom)
  return { keyDir, keys: openCoreVault(keyDir).ledgerKeys }
}

/** A ledger with the real store and handlers: in memory, or at `path`. Keys are shared between tests, unless given. */
export function openTestLedger(
  options: { modules?: readonly WriterModule[]; path?: string; keys?: LedgerKeys } = {},
): TestLedger {
  sharedKeys ??= openTestKeys().keys
  const keys = options.keys ?? sharedKeys
  const store = openLocalStore([ledgerWriter, ...(options.modules ?? [])], options.path)
  const clock = new ManualClock(startMs)
  const random = seededBytes(seededRandom(opened++))
  const appendAll = async (receipts: readonly Receipt[]): Promise<LeafRef[]> =>
    store.writer.submit(...receipts.map((receipt) => appendReceipt(receiptArgs(receipt, random))))
  return {
    ...store,
    keys,
    clock,
    random,
    ledger: createLedger({ reader: store.reader, writer: store.writer, keys, clock }),
    append: async (receipt) => (await store.writer.submit(appendReceipt(receiptArgs(receipt, random))))[0],
    appendAll,
  }
}

export const newStorePath = (): string => join(mkdtempSync(join(tmpdir(), 'cordon-ledger-')), 'store.sqlite')

/** A plain receipt; `n` tells them apart. */
export const sampleReceipt = (n: number, more: Partial<Receipt> = {}): Receipt => ({
  tenant: brightwater,
  what: 'action.proven',
  atMs: startMs + n,
  customer: null,
  facts: { action: `act_example${n}`, state: 'contained' },
  sealed: { target: `identity of EXAMPLE person ${n}` },
  ...more,
})
