import { readFileSync } from 'node:fs'

import { readDescription } from '../kit/description.ts'
import { startTwin, type Twin, type TwinReply } from '../kit/server.ts'
import { absent, denied, noPremium, refusal } from './answers.ts'
import { appHandlers } from './apps.ts'
import { createAuditLog, type AuditLog } from './audit-log.ts'
import { callerOf, mayDo } from './caller.ts'
import { delta } from './delta.ts'
import { directoryHandlers } from './directory.ts'
import { allowanceDefault, createLimits } from './limits.ts'
import { permissionHandlers } from './permissions.ts'
import { createState, textOf, type State } from './state.ts'
import type { Handlers, Settings, Tenant } from './tenant.ts'
import { signIn, tokenRoutes, type Attempt } from './tokens.ts'
import { userHandlers } from './users.ts'

export const description = readDescription(readFileSync(new URL('fixtures/api.json', import.meta.url), 'utf8'))

export type EntraTwin = Twin & {
  state: State
  tenant: Tenant
  log: AuditLog
  settings: Settings
  /** A browser: what it is shown at the end of all redirects. */
  browse(attempt: Omit<Attempt, 'from'>): { refreshToken: string; accessToken: string; session: string } | undefined
}

const handlers: Handlers = { ...userHandlers, ...directoryHandlers, ...appHandlers, ...permissionHandlers }

/** A tenant on loopback: Graph and the token endpoint at one address. `clock` is the tenant's own. */
export async function startEntraTwin({
  clock,
  tenant: id = '7e57e57e-0000-4000-8000-000000000001',
}: {
  clock: { nowMs(): number }
  tenant?: string
}): Promise<EntraTwin> {
  const state = createState(id)
  const settings: Settings = {
    allowance: { ...allowanceDefault },
    auditDelayMs: 2 * 60_000,
    signInDelayMs: 5 * 60_000,
    revocationDelayMs: 3 * 60_000,
    forgetsDeltasBeforeMs: 0,
  }
  const log = createAuditLog(state, clock, settings)
  const tenant: Tenant = { state, log, settings, nowMs: () => clock.nowMs() }
  const limits = createLimits(clock, () => settings.allowance)

  const twin = await startTwin({
    description,
    beside: tokenRoutes(tenant),
    refuse: (why) =>
      why === 'shape'
        ? refusal(400, 'BadRequest', 'see wrongRequests')
        : refusal(400, 'BadRequest', 'Resource not found for the segment'),
    answer(call): TwinReply {
      const caller = callerOf(state, call, clock.nowMs())
      if (caller === undefined)
        return refusal(401, 'InvalidAuthenticationToken', 'Access token is empty or has expired.')
      const refused = limits(call, caller.user ?? caller.sp ?? '')
      if (refused !== undefined) return refused
      if (!mayDo(state, caller, call)) return denied()
      if (call.id === 'listAudits') return log.listAudits(call)
      if (call.id === 'listSignIns') return state.hasPremium ? log.listSignIns(call) : noPremium()
      if (call.id === 'deltaUsers') return delta('users', tenant, call, settings)
      if (call.id === 'deltaGroups') return delta('groups', tenant, call, settings)
      if (call.id === 'deltaServicePrincipals') return delta('servicePrincipals', tenant, call, settings)
      return handlers[call.id]?.(tenant, call, caller) ?? absent()
    },
  })
  return Object.assign(twin, {
    state,
    tenant,
    log,
    settings,
    browse(attempt: Omit<Attempt, 'from'>) {
      const before = new Set(state.sessions.keys())
      const { status, body } = signIn(tenant, { ...attempt, from: { ip: '203.0.113.66', agent: 'Mozilla/5.0' } })
      const session = [...state.sessions.values()].find(({ id }) => !before.has(id))
      if (status !== 200 || session === undefined || typeof body !== 'object' || body === null || Array.isArray(body))
        return undefined
      return { refreshToken: session.refreshToken, accessToken: textOf(body, 'access_token'), session: session.id }
    },
  })
}
