import { isObject, type Json, type JsonObject } from 'cordon/kit'

import type { Description } from '../kit/description.ts'
import { startTwin, type Twin, type TwinCall, type TwinReply } from '../kit/server.ts'
import { createAuditLog, type AuditLog, type By } from './audit-log.ts'
import { createLimits } from './limits.ts'
import { officialFaults } from './official.ts'
import { createState, deactivate, isAdmin, isOwner, runJobs, type State, type User } from './state.ts'
import { messageMethods } from './messages.ts'
import { methods, userEntity, type Caller, type Org } from './web-api.ts'

export const logDelayMsDefault = 5_000
export const resetDelayMsDefault = 45_000

export type SlackTwin = Twin & {
  state: State
  org: Org
  log: AuditLog
  /** How late the log tells of what follows, how long a queue takes, and calls per minute by kind. */
  settings: { logDelayMs: number; resetDelayMs: number; perMinute: Record<'web' | 'audit' | 'scim', number> }
}

/** Slack publishes no OpenAPI description: every route stands beside it, and is held to the method pages and the client. */
const none: Description = {
  operationIds: [],
  find: () => undefined,
  requestFaults: () => [],
  answerFaults: () => [],
}

const fine = (body: JsonObject): TwinReply => ({ status: 200, body: { ok: true, ...body } })
/** Slack refuses in a 200. */
const no = (error: string, more: JsonObject = {}): TwinReply => ({ status: 200, body: { ok: false, error, ...more } })
const scimError = (code: number, description: string): TwinReply => ({
  status: code,
  body: { Errors: { description, code } },
})

/** A Slack organisation on loopback. `clock` is its own: entries of the log show, and queues work, by it. */
export async function startSlackTwin({ clock, org: id = 'E0TWIN0001' }: { clock: { nowMs(): number }; org?: string }) {
  const state = createState(id)
  const settings = {
    logDelayMs: logDelayMsDefault,
    resetDelayMs: resetDelayMsDefault,
    perMinute: { web: 600, audit: 50, scim: 600 },
  }
  const log = createAuditLog(state, clock, () => settings.logDelayMs)
  const org: Org = { state, log, nowMs: () => clock.nowMs(), settings }
  const limits = createLimits(clock, () => settings.perMinute)
  const wrong = (text: string): void => void twin.wrongRequests.push(text)

  function web(call: TwinCall): TwinReply {
    const refused = limits('web')
    if (refused !== undefined) return refused
    runJobs(state, clock.nowMs())
    const name = call.url.pathname.slice('/api/'.length)
    twin.answered.set(name, (twin.answered.get(name) ?? 0) + 1)
    const method = methods[name] ?? messageMethods[name]
    if (method === undefined) {
      wrong(`${name}: no such method`)
      return no('unknown_method')
    }
    const caller = callerOf(org, call)
    if (typeof caller === 'string') return no(caller)
    const held = caller.token?.scopes
    const headers =
      held === undefined ? {} : { 'x-oauth-scopes': held.join(','), 'x-accepted-oauth-scopes': method.scope }
    if (held !== undefined && method.scope !== '' && !held.includes(method.scope)) {
      return { ...no('missing_scope', { needed: method.scope, provided: held.join(',') }), headers }
    }
    if (method.needs === 'admin' && !isAdmin(caller.user)) return no('not_an_admin')
    if (method.needs === 'owner' && !isOwner(caller.user)) return no('not_an_admin')
    const given = argumentsOf(call)
    const faults = faultsOf(method.args, given)
    for (const fault of faults) wrong(`${name}: ${fault}`)
    if (faults.length > 0) return { ...no('invalid_arguments'), headers }
    const answer = method.handle(org, given, caller)
    const reply = typeof answer === 'string' ? no(answer) : fine(answer)
    for (const fault of officialFaults(name, reply.body)) twin.wrongAnswers.push(fault)
    return { ...reply, headers }
  }

  function audit(call: TwinCall): TwinReply {
    const refused = limits('audit')
    if (refused !== undefined) return refused
    runJobs(state, clock.nowMs())
    twin.answered.set('audit', (twin.answered.get('audit') ?? 0) + 1)
    const caller = callerOf(org, call)
    if (typeof caller === 'string') return { ...no(caller), status: 401 }
    if (caller.token?.scopes.includes('auditlogs:read') !== true || !isOwner(caller.user)) {
      return { ...no('missing_scope', { needed: 'auditlogs:read' }), status: 403 }
    }
    for (const fault of faultsOf('oldest latest limit cursor action actor entity', call.query)) wrong(`audit: ${fault}`)
    const page = log.page(call.query)
    return page === undefined ? no('invalid_cursor') : { status: 200, body: page }
  }

  function scim(call: TwinCall): TwinReply {
    const refused = limits('scim')
    if (refused !== undefined) return refused
    runJobs(state, clock.nowMs())
    const route = `scim ${call.method}`
    twin.answered.set(route, (twin.answered.get(route) ?? 0) + 1)
    const caller = callerOf(org, call)
    if (typeof caller === 'string' || caller.token?.scopes.includes('admin') !== true)
      return scimError(401, 'unauthorized')
    const user = state.users.get(call.url.pathname.split('/').at(-1) ?? '')
    if (user === undefined || user.isBot) return scimError(404, 'user_not_found')
    if (call.method === 'GET') return { status: 200, body: scimRow(user) }
    if (user.role === 'primary owner') return scimError(403, 'cannot_modify_primary_owner')
    const active = call.method === 'DELETE' ? false : activeIn(call.body)
    if (active === undefined) {
      wrong('scim PATCH: no operation that sets `active`')
      return scimError(400, 'invalid_body')
    }
    if (active !== user.isActive) {
      if (active) user.isActive = true
      else deactivate(state, user)
      log.record(active ? 'user_reactivated' : 'user_deactivated', caller.by, userEntity(org, user))
    }
    return call.method === 'DELETE' ? { status: 200 } : { status: 200, body: scimRow(user) }
  }

  const twin = await startTwin({
    description: none,
    answer: () => no('unknown_method'),
    refuse: () => ({ status: 404 }),
    beside: {
      'POST /api/*': web,
      'GET /api/*': web,
      'GET /audit/v1/logs': audit,
      'GET /scim/v2/Users/*': scim,
      'PATCH /scim/v2/Users/*': scim,
      'DELETE /scim/v2/Users/*': scim,
    },
  })
  return Object.assign(twin, { state, org, log, settings }) satisfies SlackTwin
}

/** Arguments come in the address, in a form, or as JSON. */
function argumentsOf(call: TwinCall): URLSearchParams {
  const given = new URLSearchParams(call.query)
  if (isObject(call.body))
    for (const [name, held] of Object.entries(call.body))
      given.set(name, typeof held === 'string' ? held : JSON.stringify(held))
  else for (const [name, held] of new URLSearchParams(call.text)) given.set(name, held)
  given.delete('token')
  return given
}

function faultsOf(args: string, given: URLSearchParams): string[] {
  const known = args.split(/\s+/).filter((name) => name !== '')
  const names = known.map((name) => name.replace('!', ''))
  return [
    ...[...given.keys()].flatMap((name) => (names.includes(name) ? [] : [`${name}: no such argument`])),
    ...known.flatMap((name) =>
      name.endsWith('!') && !given.has(name.slice(0, -1)) ? [`${name.slice(0, -1)}: absent`] : [],
    ),
  ]
}

/** Whom a token or a session speaks for; Slack's word when it speaks for nobody. */
function callerOf({ state }: Org, call: TwinCall): Caller | string {
  const value = /^Bearer (.+)$/.exec(call.headers.authorization ?? '')?.[1]
  if (value === undefined) return 'not_authed'
  const from = { ip: String(call.headers['x-forwarded-for'] ?? '192.0.2.1'), agent: call.headers['user-agent'] ?? '' }
  const session = [...state.sessions.values()].find(({ token }) => token === value)
  if (session !== undefined) {
    const cookie = /(?:^|;\s*)d=([^;]+)/.exec(call.headers.cookie ?? '')?.[1]
    const user = state.users.get(session.user)
    if (cookie !== session.cookie || user === undefined) return 'invalid_auth'
    return { user, session, token: null, by: { ...from, user, session: session.id, app: null, team: session.team } }
  }
  const token = state.tokens.get(value)
  const user = state.users.get(token?.user ?? '')
  if (token === undefined || user === undefined) return /^xox[bp]-/.test(value) ? 'token_revoked' : 'invalid_auth'
  if (!user.isActive) return 'account_inactive'
  const by: By = { ...from, user, session: null, app: token.app, team: user.teams[0] ?? state.org }
  return { user, session: null, token, by }
}

const scimRow = (user: User): JsonObject => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  id: user.id,
  userName: user.name,
  active: user.isActive,
  emails: [{ value: user.email, primary: true }],
})

function activeIn(body: Json | undefined): boolean | undefined {
  const operations = isObject(body) && Array.isArray(body['Operations']) ? body['Operations'] : []
  for (const one of operations) {
    if (isObject(one) && one['path'] === 'active' && typeof one['value'] === 'boolean') return one['value']
  }
  return undefined
}
