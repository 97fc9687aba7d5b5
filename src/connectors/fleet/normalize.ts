import type { Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { normalizeActivity } from './normalize-activity.ts'
import { normalizeInventory } from './normalize-inventory.ts'

export const normalize = (input: NormalizeInput): Normalized =>
  input.stream === 'activities' ? normalizeActivity(input) : normalizeInventory(input)
