import type { Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { normalizeActivity } from './normalize-activity.ts'
import { normalizeAlert } from './normalize-alert.ts'
import { normalizeInventory } from './normalize-inventory.ts'

export const normalize = (input: NormalizeInput): Normalized =>
  input.stream === 'alerts'
    ? normalizeAlert(input)
    : input.stream === 'activity'
      ? normalizeActivity(input)
      : normalizeInventory(input)
