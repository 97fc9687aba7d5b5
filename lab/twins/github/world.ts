import { isObject, type JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import type { AuditLog, By } from './audit-log.ts'
import type { Caller } from './caller.ts'
import { repoNamed, timeText, type Hook, type Repo, type Role, type Runner, type State, type User } from './state.ts'

export type World = { state: State; log: AuditLog; nowMs(): number }
export type Handler = (world: World, call: TwinCall, caller: Caller) => TwinReply
export type Handlers = Readonly<Record<string, Handler>>

export const byOf = (caller: Caller, state: State): By => {
  if (caller.kind === 'token') return caller.by
  return { user: null, ip: '192.0.2.1', agent: state.org.login, token: null }
}

export const bodyOf = (call: TwinCall): JsonObject => (isObject(call.body) ? call.body : {})
/** Text of a field, when it is text. */
export const textOf = (row: JsonObject, name: string): string | undefined => {
  const value = row[name]
  return typeof value === 'string' ? value : undefined
}
export const idOf = (call: TwinCall, name: string): number => Number(call.params[name])

/** Behind the check of leave, which has found it. */
export function repoOf({ state }: World, { params }: TwinCall): Repo {
  const repo = repoNamed(state, params['owner'], params['repo'])
  if (repo === undefined) throw new Error('a repository that was there a moment ago')
  return repo
}

export const userRow = ({ id, login }: User): JsonObject => ({ id, login, type: 'User', site_admin: false })
export const fullName = ({ state }: World, repo: Repo): string => `${state.org.login}/${repo.name}`
export const repoRow = (world: World, repo: Repo): JsonObject => ({
  id: repo.id,
  name: repo.name,
  full_name: fullName(world, repo),
  private: repo.private,
  visibility: repo.private ? 'private' : 'public',
  archived: false,
  fork: false,
  owner: { id: world.state.org.id, login: world.state.org.login, type: 'Organization' },
})
/** Fields of an audit row about a repository. */
export const about = (world: World, repo: Repo): JsonObject => ({ repo: fullName(world, repo), repo_id: repo.id })
export const aboutUser = ({ id, login }: User): JsonObject => ({ user: login, user_id: id })

export const hookRow = (hook: Hook): JsonObject => ({
  id: hook.id,
  name: 'web',
  active: hook.active,
  events: hook.events,
  config: { url: hook.url, content_type: 'json', insecure_ssl: '0' },
  created_at: timeText(hook.createdAtMs),
})
export const runnerRow = (runner: Runner): JsonObject => ({
  id: runner.id,
  name: runner.name,
  os: 'linux',
  status: 'online',
  busy: runner.busy,
  labels: [],
})
export const flagsOf = (role: Role): JsonObject => {
  const at = ['read', 'triage', 'write', 'maintain', 'admin'].indexOf(role)
  return { pull: at >= 0, triage: at >= 1, push: at >= 2, maintain: at >= 3, admin: at >= 4 }
}
/** GitHub's other words for roles, which it takes when rights are given. */
export const roleByWord: Readonly<Record<string, Role>> = {
  pull: 'read',
  triage: 'triage',
  push: 'write',
  maintain: 'maintain',
  admin: 'admin',
}
export const wordOf = (role: Role): string => Object.entries(roleByWord).find(([, one]) => one === role)?.[0] ?? 'pull'
