import type { TwinCall } from '../kit/server.ts'
import type { By } from './audit-log.ts'
import { operations } from './operations.ts'
import { graphAppId, textOf, type State } from './state.ts'
import { fromOf } from './tokens.ts'

export type Caller = { user: string | null; sp: string | null; permissions: readonly string[]; by: By }

/** Undefined: nobody that Graph knows (401). A token lives out its time, whatever became of who has it. */
export function callerOf(state: State, call: TwinCall, nowMs: number): Caller | undefined {
  const [scheme = '', value = ''] = (call.headers.authorization ?? '').split(' ')
  const token = scheme === 'Bearer' ? state.accessTokens.get(value) : undefined
  if (token === undefined || token.audience !== graphAppId || token.expiresAtMs <= nowMs) return undefined
  const { user, sp, roles, scopes } = token
  return { user, sp, permissions: user === null ? roles : scopes, by: { ...fromOf(call), user, sp } }
}

/** Names of the built-in roles, by what they change in this API. */
const changes: Record<string, RegExp> = {
  'Global Administrator': /./,
  'Privileged Role Administrator': /^\/v1\.0\/(roleManagement|servicePrincipals|oauth2PermissionGrants)/,
  'Application Administrator': /^\/v1\.0\/(applications|servicePrincipals|oauth2PermissionGrants)/,
  'User Administrator': /^\/v1\.0\/(users|groups)/,
}
/** Taking over an administrator is for administrators of administrators, whatever the permission of an app. */
export const rolesOverAdmins = ['Global Administrator', 'Privileged Authentication Administrator']

/** An app needs the permission; a user the permission of the app in use, and the right of their own. */
export function mayDo(state: State, caller: Caller, call: TwinCall): boolean {
  const told = operations[call.id]
  if (told === undefined) return false
  if (caller.user === null) return caller.permissions.some((one) => told.needs.includes(one))
  const wanted = told.delegated ?? told.needs
  const isLet = caller.permissions.some((one) => one === 'Directory.AccessAsUser.All' || wanted.includes(one))
  if (!isLet) return false
  const isSelf = call.params['id'] === caller.user
  if (call.method === 'GET') return isSelf || call.id === 'getMe' || roleNamesOf(state, caller.user).length > 0
  if (isSelf && /phoneMethods|revokeSignInSessions/.test(call.url.pathname)) return true
  if (/^\/v1\.0\/applications\/[^/]+\//.test(call.url.pathname)) {
    if (state.appOwners.get(call.params['id'] ?? '')?.has(caller.user) === true) return true
  }
  return roleNamesOf(state, caller.user).some((name) => changes[name]?.test(call.url.pathname) === true)
}

/** Given to the principal, or to a group it is in. */
export function roleNamesOf(state: State, principal: string): string[] {
  const groups = [...state.members].flatMap(([group, members]) => (members.has(principal) ? [group] : []))
  const holders = new Set([principal, ...groups])
  return [...state.roleAssignments.values()].flatMap((row) =>
    holders.has(textOf(row, 'principalId'))
      ? [textOf(state.roleDefinitions.get(textOf(row, 'roleDefinitionId')), 'displayName')]
      : [],
  )
}
