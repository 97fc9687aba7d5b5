import { readFileSync } from 'node:fs'

import { readDescription } from '../kit/description.ts'
import { startTwin, type Twin, type TwinReply } from '../kit/server.ts'
import { misshapen, refusal } from './answers.ts'
import { directoryHandlers } from './directory.ts'
import { keyHandlers, type Gateway, type Handlers } from './keys.ts'
import { createLogs } from './logs.ts'
import { createState } from './state.ts'
import { createWorkers } from './workers.ts'

export const description = readDescription(readFileSync(new URL('fixtures/api.json', import.meta.url), 'utf8'))

export type LitellmTwin = Twin & {
  gateway: Gateway
  settings: { spendDelayMs: number; auditDelayMs: number; storesAudit: boolean; cacheMs: number }
}

const handlers: Handlers = {
  ...keyHandlers,
  ...directoryHandlers,
  ui_view_spend_logs_spend_logs_v2_get: ({ logs }, call) => logs.spendPage(call),
  get_audit_logs_audit_get: ({ logs }, call) => logs.auditPage(call),
}

/** A LiteLLM proxy with a database on loopback: two workers, each with its own memory of keys and teams. */
export async function startLitellmTwin({
  clock,
  workers = 2,
}: {
  clock: { nowMs(): number }
  workers?: number
}): Promise<LitellmTwin> {
  const state = createState()
  const settings = { spendDelayMs: 10_000, auditDelayMs: 1_000, storesAudit: true, cacheMs: 60_000 }
  const logs = createLogs(clock, settings, () => state.next())
  const gateway: Gateway = { state, logs, nowMs: () => clock.nowMs() }
  const enter = createWorkers(state, { count: workers, clock, cacheMs: () => settings.cacheMs })
  const twin = await startTwin({
    description,
    beside: {},
    refuse: (why) => (why === 'shape' ? misshapen() : refusal(404, 'not_found_error', 'Not Found')),
    answer(call): TwinReply {
      const entry = enter(call)
      if ('refused' in entry) return refusal(entry.status, 'auth_error', entry.refused)
      return handlers[call.id]?.(gateway, call, entry) ?? refusal(405, 'None', 'Method Not Allowed')
    },
  })
  return Object.assign(twin, { gateway, settings })
}
