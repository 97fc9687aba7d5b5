import type { HttpResponse, JsonObject } from '#kit'
import { authorityOf, type EntityId } from '#model'
import type { ActionContext } from '#respond/contract'
import { VendorError, type Parts } from '#sources/contract'

import { errorWord, refuseUnlessFine } from '../answers.ts'
import { authorityIn, readSelf, type Access, type Self } from '../client.ts'
import { ownApps, SlackError, type Plan, type SlackConfig } from '../config.ts'
import { nameIdentity, namesOfApp, partsOf, userOf, type Noun } from '../names.ts'

export { dead, previewStep as preview } from '#respond/contract'
export type Context = ActionContext<SlackConfig>

/** Slack shows a change of its own within seconds. */
export const probeEveryMs = 2_000
export const probeWithinMs = 120_000

export const accessOf = ({ config, http, clock, signal }: Context): Access => ({ config, http, clock, signal })

/**
 * Stands before every change. Throws unless the organisation that answers is the one the target belongs to, and the target
 * is neither Cordon's own (its apps, and whom its token speaks for) nor, by way of another, spared.
 */
export async function guard(
  context: Context,
  target: EntityId,
  plans: readonly Plan[],
  hit: readonly EntityId[] = [],
): Promise<{ access: Access; self: Self }> {
  const { config, authority } = context
  if (config.containAppId === undefined) {
    throw new SlackError('ERR_SLACK_NEEDS', 'this source has no app that acts', {
      hint: 'set `containAppId` and give its tokens',
    })
  }
  if (!plans.includes(config.plan)) {
    throw new SlackError('ERR_SLACK_NEEDS', `Slack's plan \`${config.plan}\` has no API for this`, {
      hint: `it needs ${plans.join(' or ')}: have an administrator do it at Slack`,
    })
  }
  if (authorityOf(target) !== authority) throw refused(target, 'belongs to another organisation')
  const apps = ownApps(config).flatMap((app) => namesOfApp(authority, app))
  const everything = [target, ...hit]
  for (const entity of everything) {
    if (context.isOwn(entity) || apps.includes(entity)) throw refused(entity, "is Cordon's own")
  }
  for (const entity of hit) if (context.spared?.includes(entity) === true) throw refused(entity, 'is break-glass')
  const access = accessOf(context)
  const { self } = await readSelf(access)
  if (authorityIn(self) !== authority) {
    throw refused(target, `is of another organisation than \`${authorityIn(self)}\`, which answers`)
  }
  const own = nameIdentity(authority, self.user_id)
  if (everything.includes(own)) throw refused(own, "is whom Cordon's own token speaks for")
  return { access, self }
}

export const refused = (target: EntityId, why: string): SlackError =>
  new SlackError('ERR_SLACK_TARGET', `\`${target}\` ${why}`, { hint: 'nothing was changed' })

export function requiredParts(noun: Noun, target: EntityId): Parts {
  const parts = partsOf(noun, target)
  if (parts === undefined) throw refused(target, `is no ${noun}`)
  return parts
}

export function requiredUser(target: EntityId): string {
  const id = userOf(target)
  if (id === undefined) throw refused(target, 'is no user')
  return id
}

/** Refusals that stay: for what the thing is, or the state it is in. */
const final: ReadonlySet<string> = new Set([
  'cannot_reset_bot',
  'cannot_reset_primary_owner',
  'session_reset_not_allowed',
  'can_not_uninstall',
  'must_revoke_access',
  'not_bearer_token',
])

/** `gone`: there was nothing any more. */
export function settle(response: HttpResponse, what: string, hint: string): 'done' | 'gone' {
  const word = errorWord(response)
  if (word !== undefined && final.has(word)) {
    throw new SlackError('ERR_SLACK_REFUSED', `Slack refuses ${what}: \`${word}\``, { hint })
  }
  try {
    refuseUnlessFine(response, what)
    return 'done'
  } catch (error) {
    if (error instanceof VendorError && error.code === 'ERR_VENDOR_ABSENT') return 'gone'
    throw error
  }
}

export const textIn = (row: JsonObject, key: string): string => {
  const value = row[key]
  return typeof value === 'string' ? value : ''
}
