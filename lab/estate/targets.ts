import type { Estate } from './estate.ts'
import type { Loot, Targets } from './prober/index.ts'
import type { Credential } from './truth.ts'

/** What the prober is told of the estate: where each system is, and the names in it. `nowMs`: the lab's time. */
export const targetsOf = ({ started }: Estate, nowMs: number): Targets =>
  Object.fromEntries(
    [...started].map(([vendor, { url, trust, fill }]) => [
      vendor,
      { url, trust, names: { ...fill.names, nowMs: [String(nowMs)] } },
    ]),
  )

export const lootOf = ({ value, with: beside }: Credential): Loot => ({ value, with: beside })
