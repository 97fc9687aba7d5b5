import { readFileSync } from 'node:fs'

import type { JsonObject } from 'cordon/kit'

import { readDescription } from '../kit/description.ts'
import { startTwin, type Twin, type TwinCall, type TwinReply } from '../kit/server.ts'
import { countCalls } from '../kit/windows.ts'
import { callerOf, createConsole, type Console } from './console.ts'
import { feed, operations, type Answer, type World } from './operations.ts'
import { createState, settle, type State } from './state.ts'

const tokenLifeMs = 30 * 60_000
const windowMs = 60_000
const traceId = '00000000-0000-4000-8000-000000000000'

export type CrowdstrikeTwin = Twin & {
  state: State
  console: Console
  /** How late acts and alerts show, how long a sensor takes to answer, how long a pointer is known, and calls a minute. */
  settings: { toldDelayMs: number; alertDelayMs: number; sensorDelayMs: number; pointerMs: number; perMinute: number }
}

/** A customer of CrowdStrike's on loopback; `clock` is its own. */
export async function startCrowdstrikeTwin({
  clock,
  cid = '0123456789abcdef0123456789abcdef',
}: {
  clock: { nowMs(): number }
  cid?: string
}): Promise<CrowdstrikeTwin> {
  const state = createState(cid)
  const settings = {
    toldDelayMs: 5_000,
    alertDelayMs: 20_000,
    sensorDelayMs: 8_000,
    pointerMs: 120_000,
    perMinute: 6_000,
  }
  const world: World = { state, nowMs: () => clock.nowMs(), settings }
  const description = readDescription(readFileSync(new URL('fixtures/api.json', import.meta.url), 'utf8'))
  const count = countCalls(clock, windowMs)

  /** Counted for the whole customer. What is left stands in every answer. */
  function allowance(): { headers: Record<string, string>; isSpent: boolean } {
    const { calls, untilMs } = count()
    const isSpent = calls > settings.perMinute
    return {
      isSpent,
      headers: {
        'x-ratelimit-limit': String(settings.perMinute),
        'x-ratelimit-remaining': String(Math.max(0, settings.perMinute - calls)),
        ...(isSpent ? { 'x-ratelimit-retryafter': String(Math.ceil(untilMs / 1000)) } : {}),
      },
    }
  }

  function answer(call: TwinCall): TwinReply {
    const { headers, isSpent } = allowance()
    const refuse = (code: number, message: string): TwinReply => ({ ...failed(code, message, gateway), headers })
    settle(state, clock.nowMs())
    const caller = callerOf(state, call, clock.nowMs())
    if (caller === 401) return refuse(401, 'access denied, invalid bearer token')
    if (isSpent) return refuse(429, 'API rate limit exceeded.')
    const needed = call.operation?.scopes ?? []
    if (!needed.every((scope) => caller.scopes.includes(scope))) {
      return refuse(403, 'access denied, authorization failed')
    }
    const given = operations[call.id]?.(world, call) ?? { status: 404, errors: [{ code: 404, message: 'no route' }] }
    return { status: given.status ?? 200, headers, body: envelope(given) }
  }

  /** 201, and the secret in the body, as CrowdStrike's client sends it. */
  function token(call: TwinCall): TwinReply {
    const form = new URLSearchParams(call.text)
    const client = state.clients.get(form.get('client_id') ?? '')
    if (client === undefined || client.secret !== form.get('client_secret')) {
      return failed(403, 'access denied, authorization failed')
    }
    const member = form.get('member_cid')
    if (member !== null && member !== cid) return failed(403, 'access denied, authorization failed')
    const value = `EXAMPLE-token-${state.next()}`
    state.tokens.set(value, {
      value,
      client: client.id,
      scopes: client.scopes,
      untilMs: clock.nowMs() + tokenLifeMs,
    })
    return { status: 201, body: { access_token: value, expires_in: tokenLifeMs / 1000 - 1, token_type: 'bearer' } }
  }

  const twin = await startTwin({
    description,
    answer,
    refuse: (why) => failed(why === 'route' ? 404 : 400, why === 'route' ? 'no such route' : 'invalid request'),
    beside: {
      'POST /oauth2/token': token,
      'GET /sensors/entities/datafeed/v1/*': (call) => feed(world, call),
    },
  })
  return Object.assign(twin, { state, settings, console: createConsole(state, clock, settings) })
}

/** Who answered, as CrowdStrike's envelopes say: its gateway refuses tokens, calls over the limit and missing scopes before any service hears of them. */
const gateway = 'crowdstrike-api-gateway'
const envelope = ({ resources, pagination, errors = [] }: Answer, by = 'twin-service'): JsonObject => ({
  meta: {
    query_time: 0.01,
    powered_by: by,
    trace_id: traceId,
    ...(pagination === undefined ? {} : { pagination }),
  },
  errors: errors.map(({ code, message, id }) => ({ code, message, ...(id === undefined ? {} : { id }) })),
  ...(resources === undefined ? {} : { resources }),
})
const failed = (code: number, message: string, by?: string): TwinReply => ({
  status: code,
  body: envelope({ resources: [], errors: [{ code, message }] }, by),
})
