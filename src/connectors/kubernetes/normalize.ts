import type { Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { normalizeInventory } from './normalize-inventory.ts'
import { normalizeLog } from './normalize-log.ts'

/** Raw records of all streams → OCSF, edges, touches, facts. */
export const normalize = (input: NormalizeInput): Normalized =>
  input.stream === 'log' ? normalizeLog(input) : normalizeInventory(input)
