import type { JsonObject } from 'cordon/kit'

import type { By } from './audit-log.ts'
import { idOf, valueOf, type App, type Channel, type Session, type Token, type User } from './state.ts'
import { appEntity, userEntity, type Org } from './web-api.ts'

// What people do in Slack's own pages and clients, for which it has no API, or none that an app may call.

export function makeUser(org: Org, name: string, role: User['role'], teams: string[], more: Partial<User> = {}): User {
  const user: User = {
    id: idOf(org.state, 'W'),
    name,
    email: `${name}@brightwater.example`,
    teams,
    role,
    isActive: true,
    isBot: false,
    hasMfa: role !== 'guest',
    createdS: Math.floor(org.nowMs() / 1000),
    ...more,
  }
  org.state.users.set(user.id, user)
  return user
}

/** Signing in with a password or by single sign-on; undefined: Slack refuses. */
export function signIn(org: Org, user: User, ip = '192.0.2.7'): Session | undefined {
  const [team = org.state.org] = user.teams
  const agent = 'Mozilla/5.0'
  if (!user.isActive) return undefined
  const session: Session = {
    id: 847_288_190_000 + org.state.next(),
    user: user.id,
    team,
    token: valueOf(org.state, 'xoxc'),
    cookie: valueOf(org.state, 'xoxd'),
    ip,
    agent,
  }
  org.state.sessions.set(session.id, session)
  org.log.record('user_login', byOf(org, session), userEntity(org, user))
  return session
}

/** In a session that is still open; whoever holds its token and cookie. */
export function byOf({ state }: Org, session: Session): By {
  if (!state.sessions.has(session.id)) throw new Error('no such session: Slack shows its sign-in page')
  const { user, id, ip, agent, team } = session
  return { user: state.users.get(user), session: id, app: null, ip, agent, team }
}

export function makeApp(org: Org, name: string, more: Partial<App> = {}): App {
  const app: App = {
    id: idOf(org.state, 'A'),
    name,
    isInternal: true,
    userScopes: [],
    botScopes: ['chat:write', 'channels:history'],
    resolution: null,
    ...more,
  }
  org.state.apps.set(app.id, app)
  return app
}

export function makeToken({ state }: Org, app: App, user: User, kind: Token['kind'], scopes: string[]): Token {
  const token: Token = {
    value: valueOf(state, kind === 'bot' ? 'xoxb' : 'xoxp'),
    kind,
    app: app.id,
    user: user.id,
    scopes,
  }
  state.tokens.set(token.value, token)
  return token
}

/** Undefined: an administrator keeps it out. */
export function install(org: Org, session: Session, app: App): { bot: Token; user: Token } | undefined {
  if (app.resolution === 'restricted') return undefined
  const by = byOf(org, session)
  if (by.user === undefined) return undefined
  const bot = makeUser(org, `${app.name}-bot`.toLowerCase(), 'member', [session.team], { isBot: true, hasMfa: false })
  org.log.record('app_installed', by, appEntity(app), { is_internal_integration: app.isInternal })
  const scopes = app.userScopes
  return {
    bot: makeToken(org, app, bot, 'bot', app.botScopes),
    user: makeToken(org, app, by.user, 'user', scopes),
  }
}

export function inviteGuest(org: Org, session: Session, name: string): User {
  const by = byOf(org, session)
  const user = makeUser(org, name, 'guest', [session.team])
  org.log.record('guest_created', by, userEntity(org, user))
  return user
}

export function makeChannel({ state }: Org, name: string, team: string, sharedWith: string[] = []): Channel {
  const channel: Channel = { id: idOf(state, 'C'), name, team, isPrivate: true, sharedWith }
  state.channels.set(channel.id, channel)
  return channel
}

const channelEntity = ({ id, name }: Channel): JsonObject => ({
  type: 'channel',
  channel: { id, name, privacy: 'private' },
})

export function shareChannel(org: Org, session: Session, channel: Channel, withTeam: string): void {
  const by = byOf(org, session)
  channel.sharedWith.push(withTeam)
  org.log.record('external_shared_channel_connected', by, channelEntity(channel), {
    external_organization_id: withTeam,
  })
}

export function touchFile(org: Org, session: Session, action: string, file: { id: string; name: string }): void {
  const { id, name } = file
  org.log.record(action, byOf(org, session), { type: 'file', file: { id, name, title: name, filetype: 'csv' } })
}
