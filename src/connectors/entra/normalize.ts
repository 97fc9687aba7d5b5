import type { Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { normalizeAudit } from './normalize-audit.ts'
import { normalizeChange } from './normalize-change.ts'
import { normalizeInventory } from './normalize-inventory.ts'
import { normalizeSignIn } from './normalize-sign-in.ts'

/** Raw records of all streams → OCSF, edges, touches, facts. */
export function normalize(input: NormalizeInput): Normalized {
  if (input.stream === 'audit') return normalizeAudit(input)
  if (input.stream === 'sign-ins') return normalizeSignIn(input)
  return input.stream === 'directory' ? normalizeInventory(input) : normalizeChange(input)
}
