import { z } from 'zod'

import type { EntityId } from '#model'

import { find, segment, type Access } from '../client.ts'
import { userOf } from '../names.ts'
import { refused } from './context.ts'

const user = z.object({ id: z.string(), status: z.string() })

/** Who cannot sign in with any password. */
const closed: ReadonlySet<string> = new Set(['SUSPENDED', 'DEPROVISIONED', 'STAGED'])
export const isClosed = (status: string | undefined): boolean => status === undefined || closed.has(status)

export function requiredUser(target: EntityId): string {
  const id = userOf(target)
  if (id === undefined) throw refused(target, 'is no user')
  return id
}

/** INVARIANT: asked for by id, which is never given anew; a login could name somebody else by now. */
export async function readStatus(access: Access, id: string): Promise<string | undefined> {
  const found = await find(access, 'users', user, `/api/v1/users/${segment(id)}`, 'the user')
  return found !== undefined && found.id === id ? found.status : undefined
}
