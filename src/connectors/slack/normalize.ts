import type { Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { normalizeAudit } from './normalize-audit.ts'
import { normalizeIntegration } from './normalize-integrations.ts'
import { normalizeInventory } from './normalize-inventory.ts'

export function normalize(input: NormalizeInput): Normalized {
  if (input.stream === 'audit') return normalizeAudit(input)
  return input.stream === 'integrations' ? normalizeIntegration(input) : normalizeInventory(input)
}
