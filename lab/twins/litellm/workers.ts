import type { TwinCall } from '../kit/server.ts'
import { adminName, hashOf, type Key, type State, type Team } from './state.ts'

/** What one worker remembers, and until when. */
type Memory<T> = Map<string, { value: T; untilMs: number }>
export type Worker = { keys: Memory<Key>; teams: Memory<Team> }

export type Caller = { user: string; role: string; hash: string; team: string | null; models: readonly string[] }
export type Entry = { caller: Caller; worker: Worker } | { refused: string; status: number }

/** `count` workers behind a balancer that takes them in turn, each with a memory of its own and none shared. */
export function createWorkers(
  state: State,
  { count, clock, cacheMs }: { count: number; clock: { nowMs(): number }; cacheMs: () => number },
) {
  const workers: Worker[] = Array.from({ length: count }, () => ({ keys: new Map(), teams: new Map() }))
  let turn = 0

  function remembered<T>(memory: Memory<T>, id: string, read: () => T | undefined): T | undefined {
    const known = memory.get(id)
    if (known !== undefined && known.untilMs > clock.nowMs()) return known.value
    const value = read()
    if (value === undefined) memory.delete(id)
    else memory.set(id, { value: structuredClone(value), untilMs: clock.nowMs() + cacheMs() })
    return value
  }

  /** Who asks, by the worker whose turn it is; the checks are in the proxy's own order. */
  return (call: TwinCall): Entry => {
    const worker = workers[turn++ % workers.length]
    if (worker === undefined) throw new Error('a proxy has a worker')
    const value = /^Bearer (.+)$/.exec(call.headers.authorization ?? '')?.[1] ?? ''
    const path = call.url.pathname
    if (value === state.masterKey) {
      const caller = { user: adminName, role: 'proxy_admin', hash: 'litellm_proxy_master_key', team: null, models: [] }
      return { caller, worker }
    }
    const hash = hashOf(value)
    const key = remembered(worker.keys, hash, () => state.keys.get(hash))
    if (key === undefined) return { status: 401, refused: 'Authentication Error, Invalid proxy server token passed' }
    if (key.blocked === true) return { status: 401, refused: 'Key is blocked' }
    if (key.expires !== null && Date.parse(key.expires) < clock.nowMs()) return { status: 401, refused: 'Key expired' }
    const team =
      key.team_id === null ? undefined : remembered(worker.teams, key.team_id, () => state.teams.get(key.team_id ?? ''))
    if (team?.blocked === true) return { status: 401, refused: 'Team is blocked' }
    const role = state.users.get(key.user_id ?? '')?.user_role ?? 'internal_user'
    if (key.allowed_routes.length > 0 && !key.allowed_routes.includes(path)) {
      return { status: 403, refused: `Virtual key is not allowed to call this route: ${path}` }
    }
    if (!mayCall(role, call)) return { status: 403, refused: `User not allowed to access this route: ${path}` }
    return { worker, caller: { user: key.user_id ?? '', role, hash, team: key.team_id, models: key.models } }
  }
}

const forAll = /^\/(?:v1\/models|v1\/chat\/completions|key\/info)$/
const forMakers = /^\/key\/generate$/

function mayCall(role: string, call: TwinCall): boolean {
  if (role === 'proxy_admin' || forAll.test(call.url.pathname)) return true
  if (role === 'proxy_admin_viewer') return call.method === 'GET'
  return role === 'internal_user' && forMakers.test(call.url.pathname)
}
