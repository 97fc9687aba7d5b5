import type { ResponseOf, UserTokenHash } from './contract/index.ts'
import type { ApiServices } from './services.ts'
import { createUser, parseRoles, userWith, type UserRow } from './users.ts'

type User = ResponseOf<'user.list'>['users'][number]
type Services = Pick<ApiServices, 'tenant' | 'clock' | 'writer' | 'receipt' | 'reader'>

const firstRoles = ['admin', 'approver', 'responder', 'viewer']

/** The user and the receipt of it are kept together. `by` null: the first administrator, of whom there is one. */
export async function addUser(
  { tenant, clock, writer, receipt }: Services,
  name: string,
  roles: string[],
  by: string | null,
  { id, hash }: UserTokenHash,
): Promise<User> {
  const nowMs = clock.nowMs()
  await writer.submit(
    createUser({ tenant, name, roles, tokenId: id, tokenHash: hash, nowMs, isFirst: by === null }),
    receipt('user.added', { roles: roles.join(' ') }, { user: name, by: by ?? 'bootstrap token' }),
  )
  return { name, roles: roles.filter(isRole), createdAtMs: nowMs }
}

/** Asked again with the same token, it answers the same: whoever lost the answer holds the very token, and gains nothing. */
export async function addFirstUser(services: Services, name: string, token: UserTokenHash): Promise<User> {
  try {
    return await addUser(services, name, firstRoles, null, token)
  } catch (error) {
    const known = userWith(services.reader, services.tenant, token)
    if (known?.name !== name) throw error
    return toUser(known)
  }
}

export const toUser = ({ name, roles, created_at }: UserRow): User => ({
  name,
  roles: parseRoles(roles).filter(isRole),
  createdAtMs: created_at,
})

const isRole = (role: string): role is User['roles'][number] =>
  role === 'viewer' || role === 'responder' || role === 'approver' || role === 'admin' || role === 'receiver'
