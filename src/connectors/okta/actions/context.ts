import { formatTime, type HttpResponse } from '#kit'
import { authorityOf, type EntityId, type StepPreview } from '#model'
import { previewStep, type ActionContext, type PreviewRest } from '#respond/contract'
import { refuseUnlessOk, type Parts } from '#sources/contract'

import { scopesTo, type ContainUse } from '../auth.ts'
import { readOrg, type Access } from '../client.ts'
import { OktaError, ownClients, type OktaConfig } from '../config.ts'
import { appOf, nameApp, nameIdentity, partsOf, type Noun } from '../names.ts'

export { dead } from '#respond/contract'
export type Context = ActionContext<OktaConfig>

/** Okta answers for itself within seconds. */
export const probeEveryMs = 1_000
export const probeWithinMs = 60_000

export const accessOf = ({ config, http, clock, signal }: Context): Access => ({ config, http, clock, signal })

/**
 * Stands before every change. Throws unless the org that answers is the one the target belongs to, and the target is
 * neither Cordon's own nor, by way of another, spared.
 */
export async function guard(context: Context, target: EntityId, hit: readonly EntityId[] = []): Promise<Access> {
  const access = accessOf(context)
  if (context.config.containClientId === undefined) {
    throw new OktaError('ERR_OKTA_NEEDS', 'this source has no app that acts', {
      hint: 'set `containClientId` and its private key',
    })
  }
  if (authorityOf(target) !== context.authority) throw refused(target, 'belongs to another org')
  const own = ownClients(context.config).flatMap((client) => [
    nameApp(context.authority, client),
    nameIdentity(context.authority, client),
  ])
  for (const entity of [target, ...hit]) {
    if (context.isOwn(entity) || own.includes(entity)) throw refused(entity, "is Cordon's own")
  }
  for (const entity of hit) if (context.spared?.includes(entity) === true) throw refused(entity, 'is break-glass')
  const { id } = await readOrg(access)
  if (id !== context.authority) throw refused(target, `is of another org than \`${id}\`, which answers`)
  return access
}

export const refused = (target: EntityId, why: string): OktaError =>
  new OktaError('ERR_OKTA_TARGET', `\`${target}\` ${why}`, { hint: 'nothing was changed' })

export function requiredParts(noun: Noun, target: EntityId): Parts {
  const parts = partsOf(noun, target)
  if (parts === undefined) throw refused(target, `is no ${noun}`)
  return parts
}

export function requiredApp(target: EntityId): string {
  const app = appOf(target)
  if (app === undefined) throw refused(target, 'is no app')
  return app
}

/** `gone`: there was nothing any more. What Okta refuses for the state a thing is in is final, not to be tried again. */
export function settle(response: HttpResponse, what: string, hint: string): 'done' | 'gone' {
  if (response.status === 404) return 'gone'
  if (response.status === 400 || response.status === 409) {
    throw new OktaError('ERR_OKTA_REFUSED', `Okta refuses ${what} with ${response.status}`, { hint })
  }
  refuseUnlessOk(response, what)
  return 'done'
}

export const preview = (use: ContainUse, effects: string[], rest?: PreviewRest): StepPreview =>
  previewStep(scopesTo(use), effects, rest)

export const at = (ms: number): string => formatTime(ms)
