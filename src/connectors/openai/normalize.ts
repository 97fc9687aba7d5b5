import type { Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { normalizeAudit } from './normalize-audit.ts'
import { normalizeInventory } from './normalize-inventory.ts'
import { normalizeUsage } from './normalize-usage.ts'

/** Raw records of all streams → OCSF, edges, touches, facts. */
export function normalize(input: NormalizeInput): Normalized {
  if (input.stream === 'audit') return normalizeAudit(input)
  return input.stream === 'usage' ? normalizeUsage(input) : normalizeInventory(input)
}
