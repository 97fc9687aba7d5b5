import { sha256, toHex } from '#kit'
import type { TenantId } from '#model'
import { becauseOf, lastStates, noteStates, stateOf } from '#vendors'
import type { ReceiptOf } from '#api'
import type { Reader, Writer } from '#store'

import type { VendorLook } from './look.ts'

/** Between two looks at how vendors stand. */
export const vendorWatchMs = 10 * 60_000

/** Notes how vendors stand whenever something moved, each time with a leaf of the ledger that states the digest of all that moved. */
export function createVendorWatch(parts: {
  tenant: TenantId
  reader: Reader
  writer: Pick<Writer, 'submit'>
  receipt: ReceiptOf
  look: VendorLook
}): { run(): Promise<void> } {
  const { tenant, reader, writer, receipt, look } = parts
  return {
    async run() {
      const { asOf, atMs, all } = await look.now(true)
      const last = lastStates(reader, tenant)
      const states = all
        .filter(({ vendor: { house } }) => !house)
        .flatMap((whole) => {
          const { vendor, exposure, findings, incidents, claims } = whole
          const against = { findings: findings.length, incidents: incidents.length, claims }
          const state = stateOf(whole, exposure, against)
          const because = becauseOf(last.get(vendor.vendor), state, atMs)
          return because.length === 0 ? [] : [{ vendor: vendor.vendor, state, because }]
        })
      if (states.length === 0) return
      const digest = toHex(sha256(JSON.stringify(states)))
      await writer.submit(
        noteStates({ tenant, atMs, asOf, states }),
        receipt('vendor.noted', { vendors: states.length, digest }, {}),
      )
    },
  }
}
