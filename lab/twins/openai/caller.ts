import type { TwinCall } from '../kit/server.ts'
import type { By } from './audit-log.ts'
import { textOf, type ProjectKey, type State } from './state.ts'

export type Caller = { kind: 'admin'; permissions: 'all' | 'read'; by: By } | { kind: 'project'; key: ProjectKey }

/** Undefined: nobody that OpenAI knows (401, `invalid_api_key`). */
export function callerOf(state: State, call: TwinCall, nowMs: number): Caller | undefined {
  const [scheme = '', value = ''] = (call.headers.authorization ?? '').split(' ')
  if (scheme !== 'Bearer' || value === '') return undefined
  const admin = [...state.adminKeys.values()].find((key) => key.value === value)
  if (admin !== undefined) {
    admin.row['last_used_at'] = Math.floor(nowMs / 1000)
    const user = { id: admin.owner, email: textOf(state.users.get(admin.owner), 'email') }
    const actor = { type: 'api_key', api_key: { id: admin.row.id, type: 'user', user } }
    // OpenAI files every act by an admin key under the default project.
    return { kind: 'admin', permissions: admin.permissions, by: { actor, project: state.defaultProject } }
  }
  const key = [...state.keys.values()].find((one) => one.value === value)
  // Keys of a user who was put out still work here: OpenAI does not promise that they die, and the twin is no kinder.
  if (key === undefined || textOf(state.projects.get(key.project), 'status') === 'archived') return undefined
  key.row['last_used_at'] = Math.floor(nowMs / 1000)
  return { kind: 'project', key }
}

export const sessionOf = (state: State, user: string, ip: string, project: string | null): By => ({
  actor: {
    type: 'session',
    session: { user: { id: user, email: textOf(state.users.get(user), 'email') }, ip_address: ip },
  },
  project,
})
