import { z } from 'zod'

import type { EntityId } from '#model'

import { find, listAll, segment, textAt, type Access } from '../client.ts'
import { nameKey, nameServiceAccount } from '../names.ts'
import { accessOf, requiredParts, type Context } from './context.ts'

const project = z.object({ id: z.string(), status: z.string().nullish() })

export const pathOf = (target: EntityId): string =>
  `/organization/projects/${segment(requiredParts('project', target)[0])}`

/** Undefined: there is none; `archived`: it is used no more. */
export async function readStatus(context: Context, target: EntityId): Promise<string | undefined> {
  const [id] = requiredParts('project', target)
  const found = await find(accessOf(context), project, pathOf(target), 'the project')
  return found !== undefined && found.id === id ? (found.status ?? 'active') : undefined
}

/** Keys and accounts that a step on the whole project hits: none of them may be spared or Cordon's own. */
export async function insideOf(access: Access, authority: string, target: EntityId): Promise<EntityId[]> {
  const keys = await listAll(access, `${pathOf(target)}/api_keys`, 'the keys of the project')
  const accounts = await listAll(access, `${pathOf(target)}/service_accounts`, 'the service accounts of the project')
  return [
    ...keys.map((row) => nameKey(authority, textAt(row, 'id'))),
    ...accounts.map((row) => nameServiceAccount(authority, textAt(row, 'id'))),
  ]
}
