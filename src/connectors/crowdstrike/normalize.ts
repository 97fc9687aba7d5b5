import type { Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { normalizeAlert } from './normalize-alert.ts'
import { normalizeInventory } from './normalize-inventory.ts'

export const normalize = (input: NormalizeInput): Normalized =>
  input.stream === 'alerts' ? normalizeAlert(input) : normalizeInventory(input)
