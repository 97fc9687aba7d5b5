import type { TwinCall } from '../kit/server.ts'
import type { Account, AccountToken, Repo, State, Token, User } from './state.ts'

/** Who asks: nobody, a user by one of their tokens, or a service account. */
export type Caller =
  | { kind: 'nobody' }
  | { kind: 'user'; user: User; token: Token }
  | { kind: 'account'; account: Account; token: AccountToken }

/** Undefined: a value that the Hub does not take. */
export function callerOf(state: State, { headers }: TwinCall): Caller | undefined {
  const value = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  if (value === undefined) return { kind: 'nobody' }
  const token = [...state.tokens.values()].find((one) => one.value === value)
  const user = token === undefined ? undefined : state.users.get(token.user)
  if (token !== undefined && user !== undefined) return { kind: 'user', user, token }
  for (const account of state.accounts.values()) {
    const own = [...account.tokens.values()].find((one) => one.value === value)
    if (own !== undefined) return { kind: 'account', account, token: own }
  }
  return undefined
}

/** Role in the organisation; a token that was revoked for it, or no access, has none. */
export function roleOf(state: State, caller: Caller): string | undefined {
  if (caller.kind !== 'user' || caller.token.isRevoked) return undefined
  const role = state.roles.get(caller.user.id)
  return role === 'no_access' ? undefined : role
}

const holds = (permissions: readonly string[], needed: string): boolean =>
  permissions.includes(needed) || (needed === 'repo.content.read' && permissions.includes('repo.write'))

/** Does the token itself go so far, whatever its owner may? */
function tokenMay(caller: Caller, needed: string): boolean {
  if (caller.kind === 'nobody') return false
  if (caller.kind === 'account') return holds(caller.token.permissions, needed)
  const { role, permissions } = caller.token
  if (role === 'fineGrained') return holds(permissions, needed)
  return role === 'write' || needed.endsWith('.read')
}

/** Settings of the organisation: for administrators, and for service accounts that were given the permission. */
export function mayManage(state: State, caller: Caller, needed: readonly string[]): boolean {
  const isAllowed = caller.kind === 'account' || roleOf(state, caller) === 'admin'
  return isAllowed && needed.every((one) => tokenMay(caller, one))
}

/** A member's role holds for what is in no group; in a group, the role there, or being an administrator. */
function roleFor(state: State, caller: Caller, repo: Repo): string | undefined {
  const role = roleOf(state, caller)
  if (caller.kind !== 'user' || repo.group === null || role === 'admin') return role
  return role === undefined ? undefined : state.groups.get(repo.group)?.roles.get(caller.user.id)
}

export function mayRead(state: State, caller: Caller, repo: Repo): boolean {
  if (!repo.isPrivate) return true
  if (!tokenMay(caller, 'repo.content.read')) return false
  return caller.kind === 'account' || roleFor(state, caller, repo) !== undefined
}

export function mayWrite(state: State, caller: Caller, repo: Repo): boolean {
  if (!tokenMay(caller, 'repo.write')) return false
  return caller.kind === 'account' || ['write', 'admin'].includes(roleFor(state, caller, repo) ?? '')
}
