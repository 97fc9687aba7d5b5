import { z } from 'zod'

import type { EntityId } from '#model'
import { entityId, hostAuthority } from '#model'

export const hostIdShape = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/
export const hostEntity = (id: string): EntityId => entityId('host', hostAuthority, id)

export const hookArgumentsMax = 32

/** The program by its absolute path, then its arguments: nothing is looked up in PATH and no shell reads it. */
const command = z
  .array(z.string().min(1).max(1024))
  .min(1)
  .max(hookArgumentsMax)
  .refine((parts) => parts[0]?.startsWith('/') === true, 'the program is named by its absolute path')

/** `hooks:` of `cordon.yaml`. All three: an isolation that cannot be checked or lifted is not offered. */
export const hostHooksSchema = z.strictObject({ isolate: command, release: command, check: command })
export type HostHooks = z.infer<typeof hostHooksSchema>

/**
 * INVARIANT: `hooks` execute, so they come from the configuration file alone, put here by the composition root. The
 * schema, through which the API's settings pass, refuses them.
 */
export type HostConfig = { hooks?: HostHooks }
export const hostConfigSchema: z.ZodType<HostConfig> = z.strictObject({})
