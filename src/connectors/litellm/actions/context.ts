import { formatTime, type HttpResponse } from '#kit'
import { authorityOf, type EntityId, type StepPreview } from '#model'
import { previewStep, type ActionContext, type PreviewRest, type Probed } from '#respond/contract'
import { refuseUnlessOk, VendorError } from '#sources/contract'

import { hashOf, readOwnKey, type Access } from '../client.ts'
import { LitellmError, type LitellmConfig } from '../config.ts'
import { nameKey, nameUser } from '../names.ts'

export { dead } from '#respond/contract'
export type Context = ActionContext<LitellmConfig>

export const accessOf = ({ config, http, clock, signal }: Context): Access => ({ config, http, clock, signal })

/** A worker that was asked about a key a moment ago answers from memory: the proof waits until the last has forgotten. */
export const probeEveryMs = 5_000
export const probeWithinMs = 15 * 60_000
/** Where a lent key is tried: so many refusals in a row, since a balancer leads to another worker each time. */
export const refusalsNeeded = 3
/** Clocks of the gateway, its database and ours. */
export const skewMs = 5_000

/**
 * Stands before every change. Throws unless the target is of this gateway, and neither Cordon's own (its users, whose keys,
 * and the key in hand) nor, by way of another, spared.
 */
export async function guard(context: Context, target: EntityId, hit: readonly EntityId[] = []): Promise<Access> {
  const { config, authority, contain } = context
  if (!config.database) {
    throw new LitellmError('ERR_LITELLM_NEEDS', 'a gateway without a database has nothing that can be blocked', {
      hint: 'take its configuration file, change it, and restart every worker',
    })
  }
  if (authorityOf(target) !== authority) throw refused(target, 'belongs to another gateway')
  const access = accessOf(context)
  const own = await readOwnKey(access)
  const users = own === 'master' || own.user === null ? config.ownUsers : [...config.ownUsers, own.user]
  const ours = [nameKey(authority, hashOf(contain['key'] ?? '')), ...users.map((user) => nameUser(authority, user))]
  for (const entity of [target, ...hit]) {
    if (context.isOwn(entity) || ours.includes(entity)) throw refused(entity, "is Cordon's own")
  }
  for (const entity of hit) if (context.spared?.includes(entity) === true) throw refused(entity, 'is break-glass')
  return access
}

export const refused = (target: EntityId, why: string): LitellmError =>
  new LitellmError('ERR_LITELLM_TARGET', `\`${target}\` ${why}`, { hint: 'nothing was changed' })

export function required(target: EntityId, id: string | undefined, what: string): string {
  if (id === undefined) throw refused(target, `is no ${what}`)
  return id
}

/** `gone`: there was nothing any more. What LiteLLM refuses for what a thing is will not do when it is tried again. */
export function settle(response: HttpResponse, what: string, hint: string): 'done' | 'gone' {
  if (response.status === 404) return 'gone'
  if (response.status === 400 || response.status === 422) {
    throw new LitellmError('ERR_LITELLM_REFUSED', `LiteLLM refuses ${what} with ${response.status}`, { hint })
  }
  refuseUnlessOk(response, what)
  return 'done'
}

/** How long each worker's memory lasts only the configuration says. */
export const preview = (scopes: readonly string[], effects: string[], rest: PreviewRest = {}): StepPreview =>
  previewStep(scopes, effects, { residualMs: null, ...rest })

/**
 * INVARIANT: what LiteLLM's database says is not what its workers do: each trusts its memory for `keyCacheSeconds` more.
 * Undefined once that is over.
 */
export function stillCached({ config, clock }: Context, changedAtMs: number | undefined): Probed | undefined {
  if (changedAtMs === undefined) throw new VendorError('ERR_VENDOR_SHAPE', 'LiteLLM does not say when it was changed')
  const untilMs = changedAtMs + config.keyCacheSeconds * 1000 + skewMs
  if (clock.nowMs() >= untilMs) return undefined
  return {
    verdict: 'alive',
    says: `a worker may let it through from its memory until ${formatTime(untilMs)}`,
    expiresAtMs: untilMs,
  }
}
