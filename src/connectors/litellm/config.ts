import { z } from 'zod'

import { CordonError } from '#kit'
import { secureUrl } from '#sources/contract'

export class LitellmError extends CordonError<'ERR_LITELLM_TARGET' | 'ERR_LITELLM_REFUSED' | 'ERR_LITELLM_NEEDS'> {}

const userId = z.string().min(1).max(200)

export const litellmConfig = z.strictObject({
  /** Where the proxy answers; with its path where it has one (`SERVER_ROOT_PATH`). */
  url: secureUrl,
  /** Users of LiteLLM that Cordon's own keys belong to: never a target. */
  ownUsers: z.array(userId).min(1).default(['cordon-see', 'cordon-contain']),
  /** Hosts that run the proxy, as `cordon host report` calls them: what was installed there could read its secrets. */
  hosts: z
    .array(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,252}$/, "a host's id"))
    .max(200)
    .default([]),
  /** The proxy has a database; without one it has no virtual keys, users or logs, and the master key alone opens it. */
  database: z.boolean().default(true),
  /** `enterprise` has the audit log (with `store_audit_logs: true`). */
  plan: z.enum(['community', 'enterprise']).default('community'),
  /** `poll` reads the spend logs; `push` takes what the proxy sends by itself (`generic_api`). One of the two, or each request counts twice. */
  requests: z.enum(['poll', 'push']).default('poll'),
  /** How long a worker trusts what it knows of a key: `general_settings.user_api_key_cache_ttl` of the proxy. */
  keyCacheSeconds: z.number().int().min(1).max(86_400).default(60),
})
export type LitellmConfig = z.infer<typeof litellmConfig>

/** Without the slash at its end: paths begin with one. */
export const baseOf = ({ url: text }: LitellmConfig): string => text.replace(/\/+$/, '')
/** Origins that this source's `Http` must allow. */
export const litellmOrigins = ({ url: text }: LitellmConfig): string[] => [new URL(text).origin]
/** The realm: LiteLLM has no id of its own, so it is the address people call it by. */
export const authorityOf = ({ url: text }: LitellmConfig): string => {
  const { host, pathname } = new URL(text)
  return `${host}${pathname.replace(/\/+$/, '')}`
}
