import type { HttpResponse } from '#kit'
import { authorityOf, type EntityId, type StepPreview } from '#model'
import { previewStep, type ActionContext, type PreviewRest } from '#respond/contract'
import { refuseUnlessOk, type Parts } from '#sources/contract'

import { scopesTo, type Use } from '../auth.ts'
import { spOf, textAt, type Access } from '../client.ts'
import { EntraError, namesOfOwnApps, ownClients, type EntraConfig } from '../config.ts'
import { partsOf, principalIn, type Noun } from '../names.ts'
import { managedTokenLifeMs, tokenLifeMaxMs } from '../normalize-sign-in.ts'

export { dead } from '#respond/contract'
export type Context = ActionContext<EntraConfig>

/** The directory answers for itself within seconds; a replica may be behind by a minute. */
export const probeEveryMs = 2_000
export const probeWithinMs = 2 * 60_000
export { managedTokenLifeMs, tokenLifeMaxMs }

export const accessOf = ({ config, http, clock, signal }: Context): Access => ({ config, http, clock, signal })

/**
 * Stands before every change. Throws unless the target belongs to the tenant that gives the tokens, and is neither
 * Cordon's own nor, by way of another, spared.
 */
export function guard(context: Context, target: EntityId, hit: readonly EntityId[] = []): Access {
  const { authority, config } = context
  if (config.containClientId === undefined) {
    throw new EntraError('ERR_ENTRA_NEEDS', 'this source has no app that acts', {
      hint: 'set `containClientId` and its credential',
    })
  }
  if (authorityOf(target) !== authority || config.tenantId !== authority) {
    throw refused(target, 'belongs to another tenant')
  }
  const own = namesOfOwnApps(config, authority)
  for (const entity of [target, ...hit]) {
    if (context.isOwn(entity) || own.includes(entity)) throw refused(entity, "is Cordon's own")
  }
  for (const entity of hit) if (context.spared?.includes(entity) === true) throw refused(entity, 'is break-glass')
  return accessOf(context)
}

/** An app is known by its client id once it was looked at: whatever it was called, Cordon's own is left alone. */
export function refuseOwnClient({ config }: Context, target: EntityId, client: string | null | undefined): void {
  if (ownClients(config).includes((client ?? '').toLowerCase())) throw refused(target, "is Cordon's own")
}

export const refused = (target: EntityId, why: string): EntraError =>
  new EntraError('ERR_ENTRA_TARGET', `\`${target}\` ${why}`, { hint: 'nothing was changed' })

export function requiredParts(noun: Noun, target: EntityId): Parts {
  const parts = partsOf(noun, target)
  if (parts === undefined) throw refused(target, `is no ${noun}`)
  return parts
}

export function requiredUser(target: EntityId): string {
  const id = principalIn('user', target)
  if (id === undefined) throw refused(target, 'is no user')
  return id
}

export async function spIdOf(access: Access, client: string): Promise<string | undefined> {
  const sp = await spOf(access, client)
  return sp === undefined ? undefined : textAt(sp, 'id')
}

/** `gone`: there was nothing any more. What Graph refuses for the state a thing is in is final, not to be tried again. */
export function settle(response: HttpResponse, what: string, hint: string): 'done' | 'gone' {
  if (response.status === 404) return 'gone'
  if (response.status === 400 || response.status === 409) {
    throw new EntraError('ERR_ENTRA_REFUSED', `Microsoft refuses ${what} with ${response.status}`, { hint })
  }
  refuseUnlessOk(response, what, hint)
  return 'done'
}

export const preview = (use: Use, effects: string[], rest?: PreviewRest): StepPreview =>
  previewStep(scopesTo(use), effects, rest)
