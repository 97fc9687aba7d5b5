import { z } from 'zod'

import { CordonError } from '#kit'
import type { EntityId } from '#model'
import { secureOrigin } from '#sources/contract'

import { nameUser } from './names.ts'

export class HuggingfaceError extends CordonError<
  'ERR_HUGGINGFACE_TARGET' | 'ERR_HUGGINGFACE_REFUSED' | 'ERR_HUGGINGFACE_NEEDS'
> {}

/** Ids at the Hub: 24 hexadecimal digits. */
export const idPattern = /^[0-9a-f]{24}$/

/** What the Hub sells to organisations, the smaller first: each has all that those before it have. */
const plans = ['free', 'team', 'enterprise', 'enterprise-plus'] as const
export type Plan = (typeof plans)[number]

export const huggingfaceConfig = z.strictObject({
  /** The organisation's name, as it stands in addresses. */
  organization: z
    .string()
    .regex(/^(?!\d+$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,94}[A-Za-z0-9])?$/, 'the name of an organisation, as in its address'),
  /** Says what may be asked: the audit log and roles from `team` on, tokens are revoked from `enterprise` on, SCIM from `enterprise-plus` on. */
  plan: z.enum(plans).default('free'),
  /** Ids of the users whose tokens Cordon uses: never a target. */
  ownUsers: z
    .array(z.string().regex(idPattern, 'the id of a user, 24 hexadecimal digits: `whoami-v2` tells it'))
    .max(10)
    .default([]),
  /** There is a second token that acts; without it this source can only look. */
  acts: z.boolean().default(false),
  /** Names of the secrets of Spaces are listed, which takes a token that may change Spaces. */
  spaceSecrets: z.boolean().default(false),
  apiUrl: secureOrigin.default('https://huggingface.co'),
})
export type HuggingfaceConfig = z.output<typeof huggingfaceConfig>

export const hasPlan = ({ plan }: HuggingfaceConfig, least: Plan): boolean =>
  plans.indexOf(plan) >= plans.indexOf(least)

export const originOf = ({ apiUrl }: HuggingfaceConfig): string => new URL(apiUrl).origin
/** Origins that this source's `Http` must allow. */
export const huggingfaceOrigins = (config: HuggingfaceConfig): string[] => [originOf(config)]

export const namesOfOwnUsers = ({ ownUsers }: HuggingfaceConfig, authority: string): EntityId[] =>
  ownUsers.map((user) => nameUser(authority, user))
