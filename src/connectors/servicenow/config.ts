import { z } from 'zod'

import { secureOrigin } from '#sources/contract'

export const servicenowConfig = z.strictObject({
  /** Like `https://brightwater.service-now.com`. */
  instance: secureOrigin,
  /** Whose password it is. */
  user: z.string().regex(/^[^\s:]{1,100}$/, 'the name of a user, without a colon'),
  /** `sys_id` of a group that may know of incidents; without one the instance's own rules assign. */
  group: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'a `sys_id`: 32 hexadecimal digits')
    .optional(),
  /** One of the instance's own resolution codes, which it may ask for when an incident is resolved. */
  closeCode: z.string().min(1).max(40).default('Solution provided'),
  /** What records say of entities: of what kind they are, or which ones. */
  entities: z.enum(['kinds', 'ids']).default('kinds'),
})
export type ServicenowConfig = z.output<typeof servicenowConfig>

export const servicenowOrigins = ({ instance }: ServicenowConfig): string[] => [new URL(instance).origin]
