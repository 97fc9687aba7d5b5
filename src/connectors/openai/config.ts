import { z } from 'zod'

import { CordonError } from '#kit'
import type { EntityId } from '#model'
import { secureUrl } from '#sources/contract'

import { nameKey } from './names.ts'

export class OpenaiError extends CordonError<'ERR_OPENAI_TARGET' | 'ERR_OPENAI_REFUSED' | 'ERR_OPENAI_NEEDS'> {}

const apiUrl = secureUrl.refine((text) => new URL(text).pathname === '/v1', {
  error: 'ends in `/v1`, like https://api.openai.com/v1',
})

export const projectIdPattern = /^proj_[A-Za-z0-9_-]{1,100}$/
const keyId = z.string().regex(/^key_[A-Za-z0-9_-]{1,100}$/, 'the id of a key (`key_…`), never its value')

export const openaiConfig = z.strictObject({
  /** `org-…`, as Settings > Organization > General shows it: the authority of every id. */
  organization: z.string().regex(/^org-[A-Za-z0-9_-]{1,100}$/, 'the id of an organisation (`org-…`)'),
  /** Ids of the admin keys Cordon itself uses: never a target. `source check` finds the one that looks. */
  ownKeys: z.array(keyId).max(10).default([]),
  /** There is a second admin key that acts; without it this source can only look. */
  acts: z.boolean().default(false),
  /** Projects whose stored data is listed, each by a key of its own in the secret `projectKeys`. */
  dataProjects: z.array(z.string().regex(projectIdPattern, 'the id of a project (`proj_…`)')).max(200).default([]),
  /** Base of the API; another region has another host. */
  apiUrl: apiUrl.default('https://api.openai.com/v1'),
})
export type OpenaiConfig = z.infer<typeof openaiConfig>

/** Origins that this source's `Http` must allow. */
export const openaiOrigins = ({ apiUrl }: OpenaiConfig): string[] => [new URL(apiUrl).origin]

export const namesOfOwnKeys = ({ ownKeys }: OpenaiConfig, authority: string): EntityId[] =>
  ownKeys.map((key) => nameKey(authority, key))
