import { readFileSync } from 'node:fs'

import { readDescription } from '../kit/description.ts'
import { startTwin, type Twin, type TwinReply } from '../kit/server.ts'
import { refusal } from './answers.ts'
import { appHandlers, makeGrant } from './apps.ts'
import { assignmentHandlers } from './assignments.ts'
import { authorizationHandlers, makePolicy, makeRule, makeServer } from './authorization.ts'
import { actorOf, callerOf, mayDo } from './caller.ts'
import { directoryHandlers, makeApiToken } from './directory.ts'
import { allowanceDefault, createLimits, type Allowance } from './limits.ts'
import { consent, customServer, signInRoutes } from './sign-in.ts'
import { makeDefaultPolicies, policyHandlers } from './policies.ts'
import { createState, type Row, type State } from './state.ts'
import { createSystemLog, type SystemLog } from './system-log.ts'
import { userHandlers, type Handlers, type Org } from './users.ts'

export const description = readDescription(readFileSync(new URL('fixtures/api.json', import.meta.url), 'utf8'))
/** Until a row of the log shows. */
export const logDelayMsDefault = 5_000

export type OktaTwin = Twin & {
  state: State
  org: Org
  log: SystemLog
  /** Calls per minute, how late the log tells of what follows, and which of its links it takes no more. */
  settings: { allowance: Allowance; logDelayMs: number; forgetsLinksBeforeMs: number }
  /** In the Admin Console, by whoever holds the session: Okta has no call for these. */
  makeApiToken(sid: string, name: string): { id: string; value: string }
  consent(sid: string, app: Row, scopes: readonly string[]): { refreshToken: string; id: string; grants: string[] }
}

const handlers: Handlers = {
  ...userHandlers,
  ...appHandlers,
  ...assignmentHandlers,
  ...directoryHandlers,
  ...authorizationHandlers,
  ...policyHandlers,
}

/** An Okta org on loopback. `clock` is the org's own: rows of the log and tokens age by it. */
export async function startOktaTwin({
  clock,
  org: id = '00otwin0000000000001',
}: {
  clock: { nowMs(): number }
  org?: string
}): Promise<OktaTwin> {
  const state = createState(id)
  const settings = { allowance: { ...allowanceDefault }, logDelayMs: logDelayMsDefault, forgetsLinksBeforeMs: 0 }
  const log = createSystemLog(clock, settings)
  const org: Org = { state, log, nowMs: () => clock.nowMs() }
  const limits = createLimits(clock, () => settings.allowance)

  const twin = await startTwin({
    description,
    beside: signInRoutes(org),
    refuse: (why) => (why === 'shape' ? refusal(400, 'E0000001', ['see wrongRequests']) : refusal(404, 'E0000007')),
    answer(call): TwinReply {
      const { headers, refused } = limits(call)
      const answered = (): TwinReply => {
        if (refused !== undefined) return refused
        if (call.operation?.isOpen === true)
          return directoryHandlers[call.id]?.(org, call, nobody) ?? refusal(404, 'E0000007')
        const caller = callerOf(state, call, clock.nowMs())
        if (caller === undefined) return refusal(401, 'E0000011')
        if (caller.user !== null && call.params['id'] === 'me') call.params['id'] = caller.user
        if (!mayDo(state, caller, call)) return refusal(403, 'E0000006')
        if (call.id === 'listLogEvents') return log.answer(call)
        return handlers[call.id]?.(org, call, caller) ?? refusal(405, 'E0000022')
      }
      const given = answered()
      return { ...given, headers: { ...headers, ...given.headers } }
    },
  })
  makeDefaultPolicies(org)
  const orders = makeServer(org, twin.url, 'orders', ['orders:read', 'orders:write'], customServer)
  const grantTypes = ['client_credentials', 'authorization_code']
  makeRule(org, makePolicy(org, orders, 'Anybody', ['ALL_CLIENTS']), 'Anything', { grantTypes, scopes: ['*'] })
  return Object.assign(twin, {
    state,
    org,
    log,
    settings,
    makeApiToken(sid: string, name: string) {
      const session = state.sessions.get(sid)
      if (session === undefined) throw new Error('no such session: the console shows its sign-in page')
      const { row, value } = makeApiToken(org, session.user, name)
      const by = {
        ip: session.ip,
        agent: session.agent,
        actor: actorOf(state, session.user),
        external: session.external,
        client: null,
        apiToken: null,
      }
      log.record({
        eventType: 'system.api_token.create',
        by,
        targets: [{ id: row.id, type: 'Token', displayName: name }],
      })
      return { id: row.id, value }
    },
    consent(sid: string, app: Row, scopes: readonly string[]) {
      const given = consent(org, sid, app, scopes, twin.url)
      if (given === undefined) throw new Error('no such session: Okta shows its sign-in page')
      const grants = scopes.map(
        (scopeId) => makeGrant(org, app, { scopeId, issuer: twin.url, user: given.user, by: given.user }).id,
      )
      return { refreshToken: given.value, id: given.id, grants }
    },
  })
}

const nobody = {
  user: null,
  client: null,
  scopes: null,
  by: {
    actor: { id: 'unknown', type: 'User', alternateId: 'unknown', displayName: 'unknown' },
    external: null,
    ip: '192.0.2.1',
    agent: '',
    client: null,
    apiToken: null,
  },
}
