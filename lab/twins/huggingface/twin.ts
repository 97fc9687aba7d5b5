import type { Json } from 'cordon/kit'

import { startTwin, type Twin, type TwinCall, type TwinReply } from '../kit/server.ts'
import { countCalls } from '../kit/windows.ts'
import { absent, failed, ok, whoami } from './answers.ts'
import { callerOf, mayManage, type Caller } from './callers.ts'
import { createConsole, type Console } from './console.ts'
import { description } from './description.ts'
import { organizationHandlers, planOf } from './organization.ts'
import { repoHandlers } from './repos.ts'
import { createState, type Entry, type State } from './state.ts'

export type Hub = {
  state: State
  settings: { perWindow: number; auditDelayMs: number }
  nowMs(): number
  act(by: Caller, type: string, message: string, data: Json, ip?: string): void
}
export type Handler = (hub: Hub, call: TwinCall, caller: Caller) => TwinReply

export type HuggingfaceTwin = Twin & Hub & { console: Console }

/** An organisation at the Hub on loopback. `clock` is its own. */
export async function startHuggingfaceTwin({
  clock,
  organization = 'brightwater',
}: {
  clock: { nowMs(): number }
  organization?: string
}): Promise<HuggingfaceTwin> {
  const state = createState(organization)
  const settings = { perWindow: 6_000, auditDelayMs: 30_000 }
  const count = countCalls(clock, 5 * 60_000)

  function act(by: Caller, type: string, message: string, data: Json, ip = '192.0.2.0'): void {
    const atMs = clock.nowMs()
    const token = by.kind === 'user' ? { id: by.token.id, role: by.token.role, last4: by.token.value.slice(-4) } : null
    const entry: Entry = {
      id: state.nextId(),
      atMs,
      shownAtMs: atMs + settings.auditDelayMs,
      type,
      message,
      data,
      by: by.kind === 'user' ? by.user : null,
      token,
      ip,
    }
    state.audit.push(entry)
  }
  const hub: Hub = { state, settings, nowMs: () => clock.nowMs(), act }
  const handlers: Readonly<Record<string, Handler>> = {
    ...organizationHandlers,
    ...repoHandlers,
    whoami: (_, __, caller) =>
      caller.kind === 'nobody' ? failed(401, 'Invalid username or password.') : ok(whoami(state, caller)),
  }

  const twin = await startTwin({
    description,
    beside: {},
    refuse: (why) => (why === 'shape' ? failed(400, 'see wrongRequests') : absent()),
    answer(call) {
      const caller = callerOf(state, call)
      if (caller === undefined) return failed(401, 'Invalid username or password.')
      const { calls, secondsLeft } = count(caller.kind === 'nobody' ? '' : caller.token.value)
      if (calls > settings.perWindow) {
        const limits = {
          ratelimit: `"api";r=0;t=${secondsLeft}`,
          'ratelimit-policy': `"fixed window";"api";q=6000;w=300`,
        }
        return { ...failed(429, 'Too Many Requests'), headers: limits }
      }
      if (caller.kind !== 'nobody') caller.token.lastUsedMs = clock.nowMs()
      const { name } = call.params
      if (name !== undefined) {
        if (name !== state.organization.name) return failed(404, 'Organization not found')
        if (!mayManage(state, caller, call.operation?.scopes ?? [])) return failed(403, 'Forbidden')
        if (!planOf(call.id, state)) return failed(402, 'This feature requires a paid plan')
      }
      return handlers[call.id]?.(hub, call, caller) ?? absent()
    },
  })
  return Object.assign(twin, hub, { console: createConsole(hub) })
}
