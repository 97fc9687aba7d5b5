import { z } from 'zod'

import type { HttpResponse } from '#kit'
import { authorityOf, type EntityId, type StepPreview } from '#model'
import { previewStep, type ActionContext, type PreviewRest } from '#respond/contract'
import { refuseUnlessOk, type Parts } from '#sources/contract'

import { scopesTo, type ContainUse } from '../auth.ts'
import { find, readCustomer, userPath, type Access } from '../client.ts'
import { GoogleError, ownClients, ownSubjects, type GoogleConfig } from '../config.ts'
import { nameUser, namesOfClient, partsOf, userOf, type Noun } from '../names.ts'

export { dead } from '#respond/contract'
export type Context = ActionContext<GoogleConfig>

/** The Directory API answers for itself within seconds. */
export const probeEveryMs = 1_000
export const probeWithinMs = 60_000
/** What only the admin log tells shows a couple of minutes later. */
export const logProbeEveryMs = 15_000
export const logProbeWithinMs = 30 * 60_000

export const accessOf = ({ config, http, clock, signal }: Context): Access => ({ config, http, clock, signal })

/**
 * Stands before every change. Throws unless the customer that answers is the one the target belongs to, and neither the
 * target nor a user it hits is Cordon's own or break-glass.
 */
export async function guard(context: Context, target: EntityId, users: readonly string[] = []): Promise<Access> {
  const access = accessOf(context)
  const { authority, config } = context
  if (config.contain === undefined) {
    throw new GoogleError('ERR_GOOGLE_NEEDS', 'this source has no service account that acts', {
      hint: 'set `contain` and give its key',
    })
  }
  if (authorityOf(target) !== authority) throw refused(target, 'belongs to another customer')
  const own = ownClients(config).flatMap((client) => namesOfClient(authority, client))
  const hit = users.map((user) => nameUser(authority, user))
  for (const entity of [target, ...hit]) {
    if (context.isOwn(entity) || own.includes(entity)) throw refused(entity, "is Cordon's own")
  }
  for (const entity of hit) if (context.spared?.includes(entity) === true) throw refused(entity, 'is break-glass')
  const { id } = await readCustomer(access, 'customer')
  if (id !== authority) throw refused(target, `is of another customer than \`${id}\`, which answers`)
  for (const user of users) await refuseOwnSubject(context, user)
  return access
}

export const refused = (target: EntityId, why: string): GoogleError =>
  new GoogleError('ERR_GOOGLE_TARGET', `\`${target}\` ${why}`, { hint: 'nothing was changed' })

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

const user = z.object({
  id: z.string(),
  primaryEmail: z.string(),
  suspended: z.boolean().default(false),
  archived: z.boolean().default(false),
  isAdmin: z.boolean().default(false),
  isEnrolledIn2Sv: z.boolean().default(false),
  recoveryEmail: z.string().default(''),
  recoveryPhone: z.string().default(''),
})
export type User = z.infer<typeof user>
const fields = Object.keys(user.shape).join(',')

/** INVARIANT: asked for by id, which is never given anew; an address could mean somebody else by now. */
export async function readUser(context: Context, id: string): Promise<User | undefined> {
  const found = await find(accessOf(context), 'users', user, `${userPath(id)}?fields=${fields}`, 'the user')
  return found?.id === id ? found : undefined
}

/** The configuration knows the administrators Cordon borrows by their address alone. */
async function refuseOwnSubject(context: Context, id: string): Promise<void> {
  const found = await readUser(context, id)
  if (found !== undefined && ownSubjects(context.config).includes(found.primaryEmail.toLowerCase())) {
    throw refused(nameUser(context.authority, id), 'is the administrator in whose name Cordon asks')
  }
}

/** `gone`: there was nothing any more. What Google refuses for the state a thing is in is final, not to be tried again. */
export function settle(response: HttpResponse, what: string, hint: string): 'done' | 'gone' {
  if (response.status === 404) return 'gone'
  if (response.status === 400 || response.status === 409 || response.status === 412) {
    throw new GoogleError('ERR_GOOGLE_REFUSED', `Google refuses ${what} with ${response.status}`, { hint })
  }
  refuseUnlessOk(response, what)
  return 'done'
}

export const preview = (uses: readonly ContainUse[], effects: string[], rest?: PreviewRest): StepPreview =>
  previewStep(scopesTo(...uses), effects, rest)
