import { sha256, toHex } from '#kit'
import type { Finding, TenantId } from '#model'
import { keepFindings, type ToldFinding } from '#respond/findings'
import { becauseOf, lastStates, noteStates, stateOf, vendorFinding, type Bounds, type State } from '#vendors'
import type { ReceiptOf } from '#api'
import type { Reader, Writer } from '#store'

import type { VendorLook, Whole } from './look.ts'
import { stopping, thingOf, type PausingParts } from './pausing.ts'

/** Between two looks at how vendors stand. */
export const vendorWatchMs = 10 * 60_000

const toldOf = ({ id, rule, title, severity, entities, evidence, atMs }: Finding): ToldFinding => {
  const told = { id, rule, title, severity, entities, evidence, atMs, fromMs: atMs }
  return { ...told, opens: true, late: false, group: {}, place: null }
}

/**
 * Notes how vendors stand whenever something moved, each time with a leaf of the ledger that states the digest of all that
 * moved, and makes a finding of each that rose past the bound.
 */
export function createVendorWatch(
  parts: PausingParts & {
    tenant: TenantId
    reader: Reader
    writer: Pick<Writer, 'submit'>
    receipt: ReceiptOf
    look: Pick<VendorLook, 'now'>
    bounds: Bounds
    onFindings(): void
  },
): { run(): Promise<void> } {
  const { tenant, reader, writer, receipt, look, bounds } = parts

  async function findingOf(whole: Whole, state: State, atMs: number): Promise<Finding> {
    const things = await stopping(parts, whole, null, (_, { stops }) =>
      Promise.resolve(stops.map((stop) => thingOf(stop, false))),
    )
    const sources = parts.sources().map(({ id }) => id)
    return vendorFinding(tenant, whole.vendor, state, things, { atMs, sources, evidence: whole.use.evidence })
  }

  return {
    async run() {
      const { asOf, atMs, all } = await look.now(true)
      const last = lastStates(reader, tenant)
      const states: Parameters<typeof noteStates>[0]['states'][number][] = []
      const findings: Finding[] = []
      for (const whole of all) {
        const { vendor, exposure, claims } = whole
        if (vendor.house) continue
        const against = { findings: whole.findings.length, incidents: whole.incidents.length, claims }
        const state = stateOf(whole, exposure, against, bounds)
        const before = last.get(vendor.vendor)
        const because = becauseOf(before, state, atMs)
        if (because.length === 0) continue
        states.push({ vendor: vendor.vendor, state, because })
        if (state.over && before?.state.over !== true) findings.push(await findingOf(whole, state, atMs))
      }
      if (states.length === 0) return
      const digest = toHex(sha256(JSON.stringify(states)))
      await writer.submit(
        noteStates({ tenant, atMs, asOf, states }),
        receipt('vendor.noted', { vendors: states.length, digest }, {}),
        keepFindings({ tenant, findings, told: findings.map(toldOf), watermarkMs: null }),
      )
      if (findings.length > 0) parts.onFindings()
    },
  }
}
