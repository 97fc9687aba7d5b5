import { isObject, type Json, type JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import type { Caller } from './callers.ts'
import type { Account, AccountToken, Commit, Entry, Group, Repo, State, Token, User } from './state.ts'

export const failed = (status: number, error: string): TwinReply => ({ status, body: { error } })
export const absent = (): TwinReply => failed(404, 'Repository not found')
export const ok = (body: Json): TwinReply => ({ status: 200, body })

export const bodyOf = ({ body }: TwinCall): JsonObject => (isObject(body) ? body : {})

const timeText = (ms: number): string => new Date(ms).toISOString()
const avatarUrl = '/avatars/twin.svg'

/** A page behind the cursor of the request; the link leads on, as the Hub's does. `base`: where the twin is. */
export function paged(rows: readonly JsonObject[], { url, query }: TwinCall, limit: number): TwinReply {
  const start = Number(query.get('cursor') ?? query.get('p') ?? 0) * (query.has('p') ? limit : 1)
  if (!Number.isInteger(start)) return failed(400, 'Invalid cursor')
  const end = start + limit
  const next = new URL(url)
  if (url.pathname.includes('/commits/')) next.searchParams.set('p', String(Math.floor(end / limit)))
  else next.searchParams.set('cursor', String(end))
  return {
    status: 200,
    ...(end < rows.length ? { headers: { link: `<${next.toString()}>; rel="next"` } } : {}),
    body: rows.slice(start, end),
  }
}

export function whoami(state: State, caller: Exclude<Caller, { kind: 'nobody' }>): JsonObject {
  const { organization } = state
  const { token } = caller
  const isUser = caller.kind === 'user'
  const me = isUser ? caller.user : { id: caller.account.id, name: caller.account.name, fullname: caller.account.name }
  const role = isUser ? state.roles.get(caller.user.id) : 'read'
  const [tokenRole, permissions] = isUser
    ? [caller.token.role, caller.token.permissions]
    : ['fineGrained', caller.token.permissions]
  const entity = { _id: organization.id, name: organization.name, type: 'org' }
  const own: JsonObject = {
    type: 'org',
    id: organization.id,
    name: organization.name,
    fullname: organization.name,
    email: null,
    canPay: false,
    avatarUrl,
    periodEnd: null,
    roleInOrg: role ?? 'read',
    ...(organization.plan === undefined ? {} : { plan: organization.plan }),
    ...(isUser && caller.token.isRevoked ? { securityRestrictions: ['token-revoked'] } : {}),
  }
  return {
    type: 'user',
    id: me.id,
    name: me.name,
    fullname: me.fullname,
    isPro: false,
    avatarUrl,
    orgs: role === undefined ? [] : [own],
    auth: {
      type: 'access_token',
      accessToken: {
        displayName: token.displayName,
        role: tokenRole,
        createdAt: timeText(token.createdMs),
        ...(tokenRole === 'fineGrained' ? { fineGrained: { scoped: [{ entity, permissions }] } } : {}),
      },
    },
  }
}

export const memberRow = (state: State, user: User, isAdmin: boolean): JsonObject => ({
  _id: user.id,
  user: user.name,
  fullname: user.fullname,
  avatarUrl,
  isPro: false,
  type: 'user',
  role: state.roles.get(user.id) ?? 'read',
  ...(isAdmin ? { twoFaEnabled: user.mfa, verifiedEmail: user.email, isExternalCollaborator: false } : {}),
})

export const groupRow = (state: State, group: Group): JsonObject => ({
  id: group.id,
  name: group.name,
  description: null,
  users: [...group.roles].flatMap(([id, role]) => {
    const user = state.users.get(id)
    return user === undefined
      ? []
      : [{ type: 'user', _id: id, name: user.name, fullname: user.fullname, avatarUrl, role }]
  }),
  repos: [...state.repos.values()]
    .filter((repo) => repo.group === group.id)
    .map((repo) => ({ name: repo.name, type: repo.list.slice(0, -1), private: repo.isPrivate })),
})

export const tokenRow = (state: State, token: Token): JsonObject => ({
  _id: token.id,
  displayName: token.displayName,
  role: token.role,
  last4: token.value.slice(-4),
  createdAt: timeText(token.createdMs),
  ...(token.lastUsedMs === null ? {} : { lastUsedAt: timeText(token.lastUsedMs) }),
  owner: { _id: token.user, name: state.users.get(token.user)?.name ?? '', avatarUrl, type: 'user' },
  ...(token.isRevoked ? { authorization: { status: 'revoked', requestedAt: timeText(token.createdMs) } } : {}),
  ...(token.role === 'fineGrained'
    ? {
        fineGrained: {
          scoped: [{ entity: { _id: state.organization.id, type: 'org' }, permissions: token.permissions }],
        },
      }
    : {}),
})

export const accountRow = (account: Account): JsonObject => ({
  _id: account.id,
  user: account.name,
  name: account.name,
  email: `${account.name}@service.hub.example`,
  createdAt: timeText(account.createdMs),
})
export const accountTokenRow = (token: AccountToken): JsonObject => ({
  _id: token.id,
  displayName: token.displayName,
  createdAt: timeText(token.createdMs),
  ...(token.lastUsedMs === null ? {} : { lastUsedAt: timeText(token.lastUsedMs) }),
  role: 'fineGrained',
  permissions: token.permissions,
  repoIds: [],
  repoPermissions: [],
  last4: token.value.slice(-4),
})

/** Without `expand` a list tells little; `_id` and `id` come always. */
export function repoRow(state: State, repo: Repo, expand: readonly string[]): JsonObject {
  const group = repo.group === null ? undefined : state.groups.get(repo.group)
  const whole: JsonObject = {
    author: state.organization.name,
    private: repo.isPrivate,
    gated: repo.gated,
    disabled: false,
    sha: repo.commits[0]?.sha ?? '',
    lastModified: timeText(repo.modifiedMs),
    createdAt: timeText(repo.createdMs),
    downloads: 0,
    likes: 0,
    ...(group === undefined ? {} : { resourceGroup: { id: group.id, name: group.name, numUsers: group.roles.size } }),
    ...(repo.list === 'spaces' ? { runtime: { stage: repo.stage }, sdk: 'gradio' } : {}),
  }
  const told = Object.entries(whole).filter(([name]) => expand.length === 0 || expand.includes(name))
  return { _id: repo.id, id: repo.name, ...Object.fromEntries(told) }
}

export const commitRow = ({ sha, title, author, dateMs }: Commit): JsonObject => ({
  id: sha,
  title,
  message: '',
  date: timeText(dateMs),
  authors: [{ user: author, avatar: avatarUrl }],
})

export const entryRow = ({ id, atMs, type, message, data, by, token, ip }: Entry): JsonObject => ({
  _id: id,
  createdAt: timeText(atMs),
  type,
  message,
  data,
  ip,
  userAgent: 'twin',
  location: { formatted: 'Paris, FR', country: 'FR', city: 'Paris' },
  author:
    by === null
      ? { _id: '0'.repeat(24), user: 'system', avatarUrl, type: 'system' }
      : { _id: by.id, user: by.name, avatarUrl, type: 'user' },
  ...(token === null ? {} : { token: { type: 'access_token', ...token, deleted: false } }),
})
