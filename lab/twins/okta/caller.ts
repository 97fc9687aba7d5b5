import type { TwinCall } from '../kit/server.ts'
import { loginOf, statusOf, textOf, type State } from './state.ts'
import type { By } from './system-log.ts'

/** Who asks, what the credential allows, and how the log will name them. `scopes` null: whatever the user may. */
export type Caller = { user: string | null; client: string | null; scopes: readonly string[] | null; by: By }

/** Undefined: nobody that Okta knows (401). */
export function callerOf(state: State, call: TwinCall, nowMs: number): Caller | undefined {
  const { authorization = '', cookie = '' } = call.headers
  const [scheme = '', value = ''] = authorization.split(' ')
  const ip = String(call.headers['x-forwarded-for'] ?? '192.0.2.1')
  const from = { ip, agent: call.headers['user-agent'] ?? 'unknown' }
  const none = { external: null, client: null, apiToken: null }
  if (scheme === 'SSWS') {
    const token = [...state.apiTokens.values()].find((one) => one.value === value)
    const user = textOf(token?.row, 'userId')
    if (token === undefined || !isActive(state, user)) return undefined
    const by = { ...from, ...none, actor: actorOf(state, user), apiToken: token.row.id }
    return { user, client: null, scopes: null, by }
  }
  if (scheme === 'Bearer') {
    const token = state.accessTokens.get(value)
    if (token === undefined || token.server !== null || token.expiresAtMs <= nowMs) return undefined
    if (token.user !== null && !isActive(state, token.user)) return undefined
    const { client, user, scopes } = token
    const by = { ...from, ...none, actor: actorOf(state, user ?? client), client }
    return { user, client: user === null ? client : null, scopes, by }
  }
  const session = state.sessions.get(/(?:^|;\s*)sid=([^;]+)/.exec(cookie)?.[1] ?? '')
  if (session === undefined) return undefined
  const by = { ...from, ...none, actor: actorOf(state, session.user), external: session.external }
  return { user: session.user, client: null, scopes: null, by }
}

/** An open session outlives a suspension here, so that ending it is a step that shows: the twin is no kinder than Okta. */
const isActive = (state: State, user: string): boolean =>
  ['ACTIVE', 'PASSWORD_EXPIRED'].includes(statusOf(state.users.get(user)))

export function actorOf(state: State, id: string): By['actor'] {
  const user = state.users.get(id)
  if (user !== undefined) return { id, type: 'User', alternateId: loginOf(user), displayName: loginOf(user) }
  return { id, type: 'PublicClientApp', alternateId: id, displayName: textOf(state.apps.get(id), 'label') }
}

/** Areas of Okta's API that each standard role changes. */
const changes: Record<string, readonly string[]> = {
  SUPER_ADMIN: ['*'],
  ORG_ADMIN: ['users', 'groups', 'apps', 'idps', 'userRisk'],
  APP_ADMIN: ['apps', 'appGrants'],
  USER_ADMIN: ['users', 'groups'],
  HELP_DESK_ADMIN: ['users'],
  GROUP_MEMBERSHIP_ADMIN: ['groups'],
  READ_ONLY_ADMIN: [],
}
/** And reads, beside what it changes. */
const reads: Record<string, readonly string[]> = {
  ORG_ADMIN: ['apps', 'logs', 'policies', 'networkZones', 'devices'],
  APP_ADMIN: ['users', 'groups', 'logs'],
  USER_ADMIN: ['logs'],
  HELP_DESK_ADMIN: ['groups', 'logs'],
  GROUP_MEMBERSHIP_ADMIN: ['users'],
  READ_ONLY_ADMIN: ['*'],
}

/** A client needs both the scope and the admin role; a user the role, given to them or to a group of theirs. */
export function mayDo(state: State, caller: Caller, call: TwinCall): boolean {
  const needed = call.operation?.scopes ?? []
  const isSelf = caller.user !== null && (call.params['id'] ?? call.params['userId']) === caller.user
  const holds = (scope: string): boolean =>
    caller.scopes === null || caller.scopes.includes(scope) || (isSelf && caller.scopes.includes(`${scope}.self`))
  if (!needed.every(holds)) return false
  if (isSelf && call.method === 'GET') return true
  const roles = rolesOf(state, caller)
  if (roles.length === 0) return false
  const areas = needed.map((scope) => scope.split('.')[1] ?? '')
  const areasOf = (role: string): readonly string[] => [
    ...(changes[role] ?? []),
    ...(call.method === 'GET' ? (reads[role] ?? []) : []),
  ]
  return areas.every((area) => roles.some((role) => areasOf(role).some((one) => one === '*' || one === area)))
}

function rolesOf(state: State, { user, client }: Caller): string[] {
  const groups = [...state.members].flatMap(([group, users]) => (user !== null && users.has(user) ? [group] : []))
  const holders = new Set([user, client, ...groups])
  return [...state.assignments.values()].flatMap(({ row, assignee }) =>
    holders.has(assignee) ? [textOf(row, 'type')] : [],
  )
}
