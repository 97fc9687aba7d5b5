import type { Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { normalizeInventory } from './normalize-inventory.ts'
import { normalizeLog } from './normalize-log.ts'

export const normalize = (input: NormalizeInput): Normalized =>
  input.stream === 'inventory' ? normalizeInventory(input) : normalizeLog(input)
