import type { Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { normalizeAudit } from './normalize-audit.ts'
import { normalizeInventory } from './normalize-inventory.ts'
import { normalizeRequest } from './normalize-request.ts'

/** A call is told the same whether it was read from the spend logs or sent by the proxy. */
export function normalize(input: NormalizeInput): Normalized {
  if (input.stream === 'audit') return normalizeAudit(input)
  return input.stream === 'inventory' ? normalizeInventory(input) : normalizeRequest(input)
}
