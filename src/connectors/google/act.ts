import type { EntityId } from '#model'

import type { ActivityRow, Parameters } from './activity-row.ts'

/** One event with who did it, with what. */
export type Act = {
  row: ActivityRow
  name: string
  parameters: Parameters
  atMs: number
  authority: string
  actor: EntityId | null
  credential: EntityId | null
}
