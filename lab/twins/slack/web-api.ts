import type { JsonObject } from 'cordon/kit'

import type { AuditLog, By } from './audit-log.ts'
import { isAdmin, isOwner, type App, type Channel, type Session, type State, type Token, type User } from './state.ts'

export type Caller = { user: User; session: Session | null; token: Token | null; by: By }
export type Org = {
  state: State
  log: AuditLog
  nowMs(): number
  settings: { resetDelayMs: number }
}
/** A word of refusal, or the answer without its `ok`. */
export type Answer = string | JsonObject
type Handle = (org: Org, given: URLSearchParams, caller: Caller) => Answer

/** Arguments by Slack's method pages: `!` is required. Scope: one of them has to be held; empty: any token. */
export type Method = { scope: string; args: string; needs?: 'admin' | 'owner'; handle: Handle }

export const appEntity = (app: App): JsonObject => ({
  type: 'app',
  app: {
    id: app.id,
    name: app.name,
    is_distributed: !app.isInternal,
    is_directory_approved: false,
    scopes: app.userScopes,
    scopes_bot: app.botScopes,
  },
})
export const userEntity = ({ log }: Org, user: User): JsonObject => ({ type: 'user', user: log.partyOf(user) })

/** A page by `limit` and `cursor`. */
function paged<T>(rows: readonly T[], given: URLSearchParams, limitDefault: number) {
  const limit = Number(given.get('limit') ?? limitDefault)
  const text = given.get('cursor') ?? ''
  const from = text === '' ? 0 : Number(Buffer.from(text, 'base64').toString().replace('at:', ''))
  const isMore = from + limit < rows.length
  const next = isMore ? Buffer.from(`at:${from + limit}`).toString('base64') : ''
  return Number.isInteger(from) ? { page: rows.slice(from, from + limit), next } : undefined
}

function listed<T>(
  key: string,
  limitDefault: number,
  rowsOf: (org: Org, given: URLSearchParams, caller: Caller) => readonly T[] | string,
  row: (one: T, org: Org) => JsonObject,
  isCursorOutside = false,
): Handle {
  return (org, given, caller) => {
    const rows = rowsOf(org, given, caller)
    if (typeof rows === 'string') return rows
    const found = paged(rows, given, limitDefault)
    if (found === undefined) return 'invalid_cursor'
    const { page, next } = found
    const metadata: JsonObject = isCursorOutside ? { next_cursor: next } : { response_metadata: { next_cursor: next } }
    return { [key]: page.map((one) => row(one, org)), ...metadata }
  }
}

const adminRow = (user: User): JsonObject => ({
  id: user.id,
  email: user.email,
  username: user.name,
  full_name: user.name,
  is_active: user.isActive,
  is_bot: user.isBot,
  is_admin: isAdmin(user),
  is_owner: isOwner(user),
  is_primary_owner: user.role === 'primary owner',
  is_restricted: user.role === 'guest',
  is_ultra_restricted: false,
  has_2fa: user.hasMfa,
  has_sso: false,
  date_created: user.createdS,
  workspaces: user.teams,
})
export const memberRow = (user: User): JsonObject => ({
  id: user.id,
  team_id: user.teams[0] ?? '',
  name: user.name,
  real_name: user.name,
  deleted: !user.isActive,
  is_bot: user.isBot,
  is_admin: isAdmin(user),
  is_owner: isOwner(user),
  is_primary_owner: user.role === 'primary owner',
  is_restricted: user.role === 'guest',
  is_ultra_restricted: false,
  has_2fa: user.hasMfa,
  profile: { email: user.email },
})
const device = { device_hardware: 'Browser', os: 'Linux', os_version: '6' }
const channelRow = (channel: Channel, org: Org): JsonObject => ({
  id: channel.id,
  name: channel.name,
  is_private: channel.isPrivate,
  is_ext_shared: channel.sharedWith.length > 0,
  connected_team_ids: channel.sharedWith,
  internal_team_ids: [channel.team],
  created: Math.floor(org.nowMs() / 1000),
  member_count: 3,
})
const appRow = (app: App): JsonObject => ({
  app: { id: app.id, name: app.name, is_internal: app.isInternal, is_app_directory_approved: false },
  scopes: [
    ...app.userScopes.map((name) => ({ name, token_type: 'user', is_sensitive: name.startsWith('admin') })),
    ...app.botScopes.map((name) => ({ name, token_type: 'bot', is_sensitive: false })),
  ],
})

/** Slack takes a list as JSON, as its client writes it, or with commas. */
const namesIn = (given: URLSearchParams, name: string): string[] => (given.get(name) ?? '').split(/[\s,[\]"]+/)

const userAt = ({ state }: Org, given: URLSearchParams): User | undefined => state.users.get(given.get('user_id') ?? '')
const appsBy = (resolution: App['resolution']) => (org: Org) =>
  [...org.state.apps.values()].filter((app) => app.resolution === resolution)

/** Decides about an app; needs the organisation by its id, as a token of the organisation does. */
const decide =
  (resolution: App['resolution'], action: string): Handle =>
  (org, given, { by }) => {
    const app = org.state.apps.get(given.get('app_id') ?? '')
    if (given.get('enterprise_id') !== org.state.org) return 'enterprise_not_found'
    if (app === undefined) return 'app_not_found'
    app.resolution = resolution
    org.log.record(action, by, appEntity(app))
    return {}
  }

const setRole =
  (role: User['role'], action: string): Handle =>
  (org, given, { by }) => {
    const user = userAt(org, given)
    if (user === undefined) return 'user_not_found'
    user.role = role
    org.log.record(action, by, userEntity(org, user))
    return {}
  }

function reset(org: Org, given: URLSearchParams, { by }: Caller): Answer {
  const user = userAt(org, given)
  if (user === undefined) return 'user_not_found'
  if (user.isBot) return 'cannot_reset_bot'
  if (user.role === 'primary owner' && by.user?.id !== user.id) return 'cannot_reset_primary_owner'
  org.state.jobs.push({ atMs: org.nowMs() + org.settings.resetDelayMs, user: user.id })
  org.log.record('user_session_reset_by_admin', by, userEntity(org, user))
  return {}
}

function invalidate({ state, log }: Org, given: URLSearchParams, { by }: Caller): Answer {
  const session = state.sessions.get(Number(given.get('session_id')))
  if (session === undefined || session.team !== given.get('team_id')) return 'no_such_session'
  state.sessions.delete(session.id)
  log.record('user_session_invalidated', by, { type: 'user', user: log.partyOf(state.users.get(session.user)) })
  return {}
}

function uninstall(org: Org, given: URLSearchParams, { by }: Caller): Answer {
  const app = org.state.apps.get(given.get('app_id') ?? '')
  if (given.get('enterprise_id') !== org.state.org) return 'enterprise_not_found'
  if (app === undefined) return 'app_not_found'
  for (const token of org.state.tokens.values()) if (token.app === app.id) org.state.tokens.delete(token.value)
  org.log.record('app_uninstalled', by, appEntity(app))
  return {}
}

function sessionsOf(org: Org, given: URLSearchParams): Session[] | string {
  const [user, team] = [given.get('user_id'), given.get('team_id')]
  if ((user === null) !== (team === null)) return 'invalid_arguments'
  const all = [...org.state.sessions.values()]
  return user === null ? all : all.filter((one) => one.user === user && one.team === team)
}

function usergroups({ state }: Org, given: URLSearchParams, { token }: Caller): Answer {
  const team = given.get('team_id')
  if (team !== null && state.closedTeams.has(team)) return 'team_access_not_granted'
  if (team === null && token !== null && token.scopes.some((scope) => scope.startsWith('admin.')))
    return 'missing_argument'
  const found = [...state.usergroups.values()].filter((group) => team === null || group.team === team)
  return {
    usergroups: found.map(({ id, name, team, users }) => ({
      id,
      name,
      handle: name,
      team_id: team,
      users,
      date_delete: 0,
    })),
  }
}

function whoAmI({ state }: Org, _: URLSearchParams, { user, token, by }: Caller): Answer {
  return {
    url: 'https://brightwater.enterprise.slack.com/',
    team: 'Brightwater',
    team_id: token === null ? by.team : state.org,
    user: user.name,
    user_id: user.id,
    enterprise_id: state.org,
    is_enterprise_install: token !== null,
    ...(token === null ? {} : { app_id: token.app }),
    ...(token?.kind === 'bot' ? { bot_id: `B${token.app.slice(1)}` } : {}),
  }
}

const org = 'owner'
const paging = 'cursor limit'
export const methods: Record<string, Method> = {
  'auth.test': { scope: '', args: '', handle: whoAmI },
  'auth.revoke': {
    scope: '',
    args: 'test',
    handle: ({ state }, _, { token }) =>
      token === null ? 'not_allowed_token_type' : { revoked: state.tokens.delete(token.value) },
  },
  'admin.users.list': {
    scope: 'admin.users:read',
    args: `${paging} is_active team_id`,
    needs: 'admin',
    handle: listed(
      'users',
      100,
      ({ state }, given) =>
        [...state.users.values()].filter(({ isActive }) => isActive === (given.get('is_active') !== 'false')),
      adminRow,
    ),
  },
  'admin.users.setAdmin': {
    scope: 'admin.users:write',
    args: 'team_id! user_id!',
    needs: org,
    handle: setRole('admin', 'role_change_to_admin'),
  },
  'admin.users.session.list': {
    scope: 'admin.users:read',
    args: `${paging} team_id user_id`,
    needs: 'admin',
    handle: listed('active_sessions', 1_000, sessionsOf, ({ id, user, team, ip }) => ({
      session_id: id,
      user_id: user,
      team_id: team,
      created: { ...device, ip },
    })),
  },
  'admin.users.session.reset': {
    scope: 'admin.users:write',
    args: 'user_id! mobile_only web_only',
    needs: 'admin',
    handle: reset,
  },
  'admin.users.session.invalidate': {
    scope: 'admin.users:write',
    args: 'team_id! session_id!',
    needs: 'admin',
    handle: invalidate,
  },
  'admin.teams.list': {
    scope: 'admin.teams:read',
    args: paging,
    needs: 'admin',
    handle: listed(
      'teams',
      100,
      ({ state }) => [...state.teams.values()],
      ({ id, name }) => ({ id, name }),
    ),
  },
  'admin.apps.approved.list': {
    scope: 'admin.apps:read',
    args: `${paging} enterprise_id team_id certified`,
    needs: 'admin',
    handle: listed('approved_apps', 100, appsBy('approved'), appRow),
  },
  'admin.apps.restricted.list': {
    scope: 'admin.apps:read',
    args: `${paging} enterprise_id team_id certified`,
    needs: 'admin',
    handle: listed('restricted_apps', 100, appsBy('restricted'), appRow),
  },
  'admin.apps.approve': {
    scope: 'admin.apps:write',
    args: 'app_id! enterprise_id team_id',
    needs: 'admin',
    handle: decide('approved', 'app_approved'),
  },
  'admin.apps.restrict': {
    scope: 'admin.apps:write',
    args: 'app_id! enterprise_id team_id',
    needs: 'admin',
    handle: decide('restricted', 'app_restricted'),
  },
  'admin.apps.clearResolution': {
    scope: 'admin.apps:write',
    args: 'app_id! enterprise_id team_id',
    needs: 'admin',
    handle: decide(null, 'app_removed_from_whitelist'),
  },
  'admin.apps.uninstall': {
    scope: 'admin.apps:write',
    args: 'app_id! enterprise_id team_ids',
    needs: 'admin',
    handle: uninstall,
  },
  'admin.conversations.search': {
    scope: 'admin.conversations:read',
    args: `${paging} search_channel_types query sort sort_dir team_ids`,
    needs: 'admin',
    handle: listed(
      'conversations',
      10,
      ({ state }, given) =>
        Number(given.get('limit') ?? 10) > 20
          ? 'limit_too_high'
          : [...state.channels.values()].filter(
              ({ sharedWith }) =>
                !namesIn(given, 'search_channel_types').includes('external_shared') || sharedWith.length > 0,
            ),
      channelRow,
      true,
    ),
  },
  'usergroups.list': {
    scope: 'usergroups:read',
    args: 'include_users include_disabled include_count team_id',
    handle: usergroups,
  },
  'users.info': {
    scope: 'users:read',
    args: 'user! include_locale',
    handle: ({ state }, given) => {
      const user = state.users.get(given.get('user') ?? '')
      if (user === undefined) return 'user_not_found'
      const teams = user.isActive ? user.teams : []
      return { user: { ...memberRow(user), enterprise_user: { id: user.id, enterprise_id: state.org, teams } } }
    },
  },
  'users.list': {
    scope: 'users:read',
    args: `${paging} include_locale team_id`,
    handle: listed(
      'members',
      0x7fffffff,
      ({ state }, _, { user }) => (user.role === 'guest' ? [user] : [...state.users.values()]),
      memberRow,
    ),
  },
  'conversations.list': {
    scope: 'channels:read',
    args: `${paging} exclude_archived team_id types`,
    handle: listed(
      'channels',
      100,
      // A guest is shown the channels they were added to: this twin adds nobody to any.
      ({ state }, _, { user }) => (user.role === 'guest' ? [] : [...state.channels.values()]),
      ({ id, name, team, isPrivate, sharedWith }) => ({
        id,
        name,
        is_private: isPrivate,
        is_ext_shared: sharedWith.length > 0,
        shared_team_ids: [team, ...sharedWith],
        context_team_id: team,
      }),
    ),
  },
  'team.integrationLogs': {
    scope: 'admin',
    args: 'app_id change_type count page service_id team_id user',
    needs: 'admin',
    handle: ({ state }, given) => {
      const [count, page] = [Number(given.get('count') ?? 100), Number(given.get('page') ?? 1)]
      const all = state.integrations.toReversed()
      const pages = Math.max(1, Math.ceil(all.length / count))
      return { logs: all.slice((page - 1) * count, page * count), paging: { count, total: all.length, page, pages } }
    },
  },
}
