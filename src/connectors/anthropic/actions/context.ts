import type { HttpResponse } from '#kit'
import { authorityOf, type EntityId, type StepPreview } from '#model'
import { previewStep, type ActionContext, type PreviewRest } from '#respond/contract'
import { refuseUnlessOk, type Parts } from '#sources/contract'

import { scopesToAct } from '../auth.ts'
import { readMe, type Access } from '../client.ts'
import { AnthropicError, namesOfOwnKeys, type AnthropicConfig } from '../config.ts'
import { partsOf, type Noun } from '../names.ts'

export { dead } from '#respond/contract'
export type Context = ActionContext<AnthropicConfig>

/** Anthropic answers for itself within seconds. */
export const probeEveryMs = 2_000
export const probeWithinMs = 120_000

export const accessOf = ({ config, http, clock, signal }: Context): Access => ({ config, http, clock, signal })

/**
 * Stands before every change. Throws unless the organisation that answers is the one the target belongs to, and the target
 * is neither Cordon's own nor, by way of another, spared.
 */
export async function guard(context: Context, target: EntityId, hit: readonly EntityId[] = []): Promise<Access> {
  const { config, authority } = context
  if (!config.acts) {
    throw new AnthropicError('ERR_ANTHROPIC_NEEDS', 'this source has no admin key that acts', {
      hint: 'make a second admin key, give it as the contain secret `adminKey`, and set `acts`',
    })
  }
  if (authorityOf(target) !== authority) throw refused(target, 'belongs to another organisation')
  const own = namesOfOwnKeys(config, authority)
  for (const entity of [target, ...hit]) {
    if (context.isOwn(entity) || own.includes(entity)) throw refused(entity, "is Cordon's own")
  }
  for (const entity of hit) if (context.spared?.includes(entity) === true) throw refused(entity, 'is break-glass')
  const access = accessOf(context)
  const { id } = await readMe(access)
  if (id !== authority) throw refused(target, `is of another organisation than \`${id}\`, which answers`)
  return access
}

export const refused = (target: EntityId, why: string): AnthropicError =>
  new AnthropicError('ERR_ANTHROPIC_TARGET', `\`${target}\` ${why}`, { hint: 'nothing was changed' })

export function requiredParts(noun: Noun, target: EntityId): Parts {
  const parts = partsOf(noun, target)
  if (parts === undefined) throw refused(target, `is no ${noun}`)
  return parts
}

/** `gone`: there was nothing any more. What Anthropic refuses for the state a thing is in is final, not to be tried again. */
export function settle(response: HttpResponse, what: string, hint: string): 'done' | 'gone' {
  if (response.status === 404) return 'gone'
  if ([400, 403, 409, 422].includes(response.status)) {
    throw new AnthropicError('ERR_ANTHROPIC_REFUSED', `Anthropic refuses ${what} with ${response.status}`, { hint })
  }
  refuseUnlessOk(response, what)
  return 'done'
}

export const preview = (effects: string[], rest?: PreviewRest): StepPreview => previewStep(scopesToAct, effects, rest)
