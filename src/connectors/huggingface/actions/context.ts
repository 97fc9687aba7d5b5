import type { HttpResponse } from '#kit'
import { authorityOf, type EntityId } from '#model'
import type { ActionContext } from '#respond/contract'
import { refuseUnlessOk, type Parts } from '#sources/contract'

import type { Access } from '../client.ts'
import { hasPlan, HuggingfaceError, namesOfOwnUsers, type HuggingfaceConfig, type Plan } from '../config.ts'
import { nameUser, partsOf, type Noun } from '../names.ts'
import { readWhoami, requiredOrganization } from '../whoami.ts'

export { dead, previewStep } from '#respond/contract'
export type Context = ActionContext<HuggingfaceConfig>

/** The Hub answers for itself within seconds. */
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
    throw new HuggingfaceError('ERR_HUGGINGFACE_NEEDS', 'this source has no token that acts', {
      hint: 'make a second token, give it as the contain secret `token`, and set `acts`',
    })
  }
  if (authorityOf(target) !== authority) throw refused(target, 'belongs to another organisation')
  const access = accessOf(context)
  const me = await readWhoami(access)
  const { id } = requiredOrganization(me, access)
  if (id !== authority) throw refused(target, `is of another organisation than \`${id}\`, which answers`)
  const own = [nameUser(authority, me.id), ...namesOfOwnUsers(config, authority)]
  for (const entity of [target, ...hit]) {
    if (context.isOwn(entity) || own.includes(entity)) throw refused(entity, "is Cordon's own")
  }
  for (const entity of hit) if (context.spared?.includes(entity) === true) throw refused(entity, 'is break-glass')
  return access
}

export function requirePlan({ config }: Context, least: Plan, what: string): void {
  if (hasPlan(config, least)) return
  throw new HuggingfaceError('ERR_HUGGINGFACE_NEEDS', `${what} takes the plan \`${least}\``, {
    hint: `do it by hand: https://huggingface.co/organizations/${config.organization}/settings`,
  })
}

export const refused = (target: EntityId, why: string): HuggingfaceError =>
  new HuggingfaceError('ERR_HUGGINGFACE_TARGET', `\`${target}\` ${why}`, { hint: 'nothing was changed' })

export function requiredParts(noun: Noun, target: EntityId): Parts {
  const parts = partsOf(noun, target)
  if (parts === undefined) throw refused(target, `is no ${noun}`)
  return parts
}

/** `gone`: there was nothing any more. What the Hub refuses for the state a thing is in is final, not to be tried again. */
export function settle(response: HttpResponse, what: string, hint: string): 'done' | 'gone' {
  if (response.status === 404) return 'gone'
  if ([400, 402, 403, 409, 422].includes(response.status)) {
    throw new HuggingfaceError('ERR_HUGGINGFACE_REFUSED', `the Hub refuses ${what} with ${response.status}`, { hint })
  }
  refuseUnlessOk(response, what)
  return 'done'
}

/** Where a person does it. */
export const settingsUrl = ({ config }: Context, page: string): string =>
  `https://huggingface.co/organizations/${config.organization}/settings/${page}`
