import type { Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { normalizeActivity } from './normalize-activity.ts'
import { normalizeInventory } from './normalize-inventory.ts'

/** Raw records of all streams → OCSF, edges, touches, facts. */
export const normalize = (input: NormalizeInput): Normalized =>
  input.stream.startsWith('log-') ? normalizeActivity(input) : normalizeInventory(input)
