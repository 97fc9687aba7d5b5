import { z } from 'zod'

import { CordonError } from '#kit'
import type { EntityId } from '#model'
import { secureOrigin } from '#sources/contract'

import { nameKey } from './names.ts'

export class AnthropicError extends CordonError<
  'ERR_ANTHROPIC_TARGET' | 'ERR_ANTHROPIC_REFUSED' | 'ERR_ANTHROPIC_NEEDS'
> {}

export const workspaceIdPattern = /^wrkspc_[A-Za-z0-9]{1,100}$/
const keyId = z
  .string()
  .regex(
    /^(apikey|admin_api_key)_[A-Za-z0-9]{1,100}$/,
    'the id of a key (`apikey_…`, `admin_api_key_…`), never its value',
  )

export const anthropicConfig = z.strictObject({
  /** Ids of the keys Cordon itself uses: never a target. */
  ownKeys: z.array(keyId).max(10).default([]),
  /** There is a second admin key that acts; without it this source can only look. */
  acts: z.boolean().default(false),
  /** The Compliance API is switched on, and the key that looks has `read:compliance_activities`. */
  activityFeed: z.boolean().default(false),
  /** Workspaces whose stored files are listed, each by a key of its own in the secret `workspaceKeys`. */
  dataWorkspaces: z
    .array(z.string().regex(workspaceIdPattern, 'the id of a workspace (`wrkspc_…`)'))
    .max(200)
    .default([]),
  apiUrl: secureOrigin.default('https://api.anthropic.com'),
})
export type AnthropicConfig = z.output<typeof anthropicConfig>

export const originOf = ({ apiUrl }: AnthropicConfig): string => new URL(apiUrl).origin
/** Origins that this source's `Http` must allow. */
export const anthropicOrigins = (config: AnthropicConfig): string[] => [originOf(config)]

export const namesOfOwnKeys = ({ ownKeys }: AnthropicConfig, authority: string): EntityId[] =>
  ownKeys.map((key) => nameKey(authority, key))
