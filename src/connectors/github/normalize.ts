import type { Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { normalizeAudit } from './normalize-audit.ts'
import { normalizeInventory } from './normalize-inventory.ts'

/** Raw records of all streams → OCSF, entities, edges, touches. */
export function normalize(input: NormalizeInput): Normalized {
  return input.stream === 'organisation' || input.stream === 'repositories'
    ? normalizeInventory(input)
    : normalizeAudit(input)
}
