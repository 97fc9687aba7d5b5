import { z } from 'zod'

import { secureOrigin } from '#sources/contract'

export const linearConfig = z.strictObject({
  apiUrl: secureOrigin.default('https://api.linear.app'),
  /** The letters before the dash of its issues, like `SEC`. */
  team: z.string().regex(/^[A-Z][A-Z\d]{0,9}$/, 'the key of a team, in capitals'),
  /** What issues say of entities: of what kind they are, or which ones. */
  entities: z.enum(['kinds', 'ids']).default('kinds'),
})
export type LinearConfig = z.output<typeof linearConfig>

export const linearOrigins = ({ apiUrl }: LinearConfig): string[] => [new URL(apiUrl).origin]
