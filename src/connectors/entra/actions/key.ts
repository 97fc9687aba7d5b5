import { z } from 'zod'

import type { EntityId } from '#model'

import { find, segment, withQuery, type Access } from '../client.ts'
import { nameApp, namePrincipal } from '../names.ts'
import { refuseOwnClient, requiredParts, type Context } from './context.ts'

const keys = z.array(z.object({ keyId: z.string() }).catchall(z.json())).nullish()
const holder = z.object({
  id: z.string(),
  appId: z.string(),
  passwordCredentials: keys,
  keyCredentials: keys,
})
export type KeyHolder = z.infer<typeof holder> & { path: string; keyId: string }

/** Where a secret or a certificate stands: at an application or at a service principal. Undefined: the holder is gone. */
export async function holderOf(
  access: Access,
  context: Context,
  noun: 'secret' | 'certificate',
  target: EntityId,
): Promise<KeyHolder | undefined> {
  const [kind, object, keyId] = requiredParts(noun, target)
  const path = `/v1.0/${kind === 'sp' ? 'servicePrincipals' : 'applications'}/${segment(object)}`
  const query = { $select: 'id,appId,passwordCredentials,keyCredentials' }
  const found = await find(access, holder, withQuery(path, query), 'the app')
  if (found === undefined) return undefined
  refuseOwnClient(context, target, found.appId)
  return { ...found, path, keyId }
}

export const hasKey = (found: KeyHolder | undefined, list: 'passwordCredentials' | 'keyCredentials'): boolean =>
  found?.[list]?.some(({ keyId }) => keyId === found.keyId) === true

/** Before the holder is looked at: what its name alone tells. */
export function hitBy({ authority }: Context, noun: 'secret' | 'certificate', target: EntityId): EntityId[] {
  const [kind, object] = requiredParts(noun, target)
  return kind === 'sp' ? [namePrincipal(authority, 'sp', object)] : [nameApp(authority, object)]
}
