import { z } from 'zod'

import type { JsonObject } from '#kit'
import type { EntityId } from '#model'

import { find, segment, withQuery, type Access } from '../client.ts'
import { namePrincipal } from '../names.ts'
import { refuseOwnClient, requiredParts, type Context } from './context.ts'

const keys = z.array(z.object({ keyId: z.string() }).catchall(z.json())).nullish()
const holder = z.object({ appId: z.string(), passwordCredentials: keys, keyCredentials: keys })
const lists = { secret: 'passwordCredentials', certificate: 'keyCredentials' } as const

/** `path`: of the application or service principal that holds it; `others`: the keys of its kind that stand beside it. */
export type FoundKey = { path: string; keyId: string; others: JsonObject[] }

/** Undefined: the key is gone, or its holder is. */
export async function findKey(
  access: Access,
  context: Context,
  noun: keyof typeof lists,
  target: EntityId,
): Promise<FoundKey | undefined> {
  const [kind, object, keyId] = requiredParts(noun, target)
  const path = `/v1.0/${kind === 'sp' ? 'servicePrincipals' : 'applications'}/${segment(object)}`
  const query = { $select: 'id,appId,passwordCredentials,keyCredentials' }
  const found = await find(access, holder, withQuery(path, query), 'the app')
  if (found === undefined) return undefined
  refuseOwnClient(context, target, found.appId)
  const held = found[lists[noun]] ?? []
  const others = held.filter((key) => key.keyId !== keyId)
  return others.length === held.length ? undefined : { path, keyId, others }
}

/** What the key's name alone tells of its holder: an application is known by its client id only once it was looked at. */
export function holderOf({ authority }: Context, noun: keyof typeof lists, target: EntityId): EntityId[] {
  const [kind, object] = requiredParts(noun, target)
  return kind === 'sp' ? [namePrincipal(authority, 'sp', object)] : []
}
