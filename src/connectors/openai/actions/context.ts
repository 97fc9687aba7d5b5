import { z } from 'zod'

import type { HttpResponse } from '#kit'
import { isRedactionOf } from '#classify'
import { authorityOf, type EntityId, type StepPreview } from '#model'
import { dead, previewStep, type ActionContext, type PreviewRest, type Probed } from '#respond/contract'
import { readAnswer, refuseUnlessOk } from '#sources/contract'

import { scopesToAct } from '../auth.ts'
import { call, errorCodeOf, find, listAll, segment, textAt, type Access } from '../client.ts'
import { namesOfOwnKeys, OpenaiError, type OpenaiConfig } from '../config.ts'
import { partsOf, type Noun } from '../names.ts'

export { dead } from '#respond/contract'
export type Context = ActionContext<OpenaiConfig>

/** OpenAI answers for itself within seconds. */
export const probeEveryMs = 2_000
export const probeWithinMs = 120_000

export const accessOf = ({ config, http, clock, signal }: Context): Access => ({ config, http, clock, signal })

/**
 * Stands before every change. Throws unless the target is of the organisation this source names (OpenAI itself refuses a
 * key of another one), and neither Cordon's own nor, by way of another, spared.
 */
export function guard(context: Context, target: EntityId, hit: readonly EntityId[] = []): Access {
  const { config, authority } = context
  if (!config.acts) {
    throw new OpenaiError('ERR_OPENAI_NEEDS', 'this source has no admin key that acts', {
      hint: 'make a second admin key, give it as the contain secret `adminKey`, and set `acts`',
    })
  }
  if (authorityOf(target) !== authority || authority !== config.organization) {
    throw refused(target, 'belongs to another organisation')
  }
  const own = namesOfOwnKeys(config, authority)
  for (const entity of [target, ...hit]) {
    if (context.isOwn(entity) || own.includes(entity)) throw refused(entity, "is Cordon's own")
  }
  for (const entity of hit) if (context.spared?.includes(entity) === true) throw refused(entity, 'is break-glass')
  return accessOf(context)
}

export const refused = (target: EntityId, why: string): OpenaiError =>
  new OpenaiError('ERR_OPENAI_TARGET', `\`${target}\` ${why}`, { hint: 'nothing was changed' })

export function requiredParts(noun: Noun, target: EntityId): [string, string, string] {
  const [first, second = '', third = ''] = partsOf(noun, target) ?? []
  if (first === undefined) throw refused(target, `is no ${noun}`)
  return [first, second, third]
}

const owned = z.object({
  id: z.string(),
  redacted_value: z.string().default(''),
  owner: z.object({ id: z.string().nullish() }).nullish(),
})
export type AdminKey = z.infer<typeof owned>

export const isOwnKey = ({ config, contain }: Context, { id, redacted_value: redacted }: AdminKey): boolean =>
  config.ownKeys.includes(id) || isRedactionOf(redacted, contain['adminKey'])

export const findAdminKey = (access: Access, id: string): Promise<AdminKey | undefined> =>
  find(access, owned, `/organization/admin_api_keys/${segment(id)}`, 'the admin key')

/** Whoever owns one of Cordon's keys cannot be removed without it: OpenAI's admin keys go with their owner. */
export async function ownsOwnKey(context: Context, user: string): Promise<boolean> {
  const rows = await listAll(accessOf(context), '/organization/admin_api_keys', 'the list of admin keys')
  return rows.some((row) => {
    const key = owned.safeParse(row)
    return key.success && key.data.owner?.id === user && isOwnKey(context, key.data)
  })
}

/** Projects that may hold a thing: the one that is told first, then all the others. */
export async function* projectsToAsk(access: Access, told: string): AsyncGenerator<string> {
  if (told !== '') yield told
  const rows = await listAll(access, '/organization/projects', 'the list of projects')
  for (const row of rows) {
    const id = textAt(row, 'id')
    if (id !== told && row['status'] !== 'archived') yield id
  }
}

/** `gone`: there was nothing any more. What OpenAI refuses for the state a thing is in is final, not to be tried again. */
export function settle(response: HttpResponse, what: string, hint: string): 'done' | 'gone' {
  if (response.status === 404) return 'gone'
  if (response.status === 400 || response.status === 409 || response.status === 422) {
    throw new OpenaiError('ERR_OPENAI_REFUSED', `OpenAI refuses ${what} with ${response.status}`, { hint })
  }
  refuseUnlessOk(response, what)
  return 'done'
}

const deletion = z.object({ deleted: z.boolean() })
/** OpenAI says whether it deleted, in a 200. */
export function settleDeletion(response: HttpResponse, what: string, hint: string): 'done' | 'gone' {
  if (settle(response, what, hint) === 'gone') return 'gone'
  if (readAnswer(deletion, response, what).deleted) return 'done'
  throw new OpenaiError('ERR_OPENAI_REFUSED', `OpenAI did not carry out ${what}`, { hint })
}

export const preview = (effects: string[], rest?: PreviewRest): StepPreview => previewStep(scopesToAct, effects, rest)

/** Tries the lent value where the key would be let in. Only `invalid_api_key` is a death: a key without the right to list models is refused, too. */
export async function tryLent(context: Context, value: string, path: string): Promise<Probed> {
  const response = await call(accessOf(context), 'GET', path, { bearer: value })
  const code = errorCodeOf(response)
  if (response.status === 401 && code === 'invalid_api_key') {
    return dead(context, 'tried at OpenAI with the value: 401, an unknown key', 'probed')
  }
  const verdict = response.status < 300 || response.status === 429 ? 'alive' : 'unknown'
  return { verdict, says: `OpenAI answers ${response.status} to the lent value, though it lists the key no more` }
}
