import assert from 'node:assert/strict'

import { HttpError, seededInt, type Http, type HttpRequest, type HttpResponse, parseJson } from '#kit'

import type { FaultPlug, TwinAnswer } from './plug.ts'
import type { Life, VirtualClock } from './process.ts'
import type { FaultKind, Schedule } from './schedule.ts'
import type { World } from './twin.ts'

type Parts<Config> = {
  plug: FaultPlug<Config>
  schedule: Schedule
  world: World
  clock: VirtualClock
  /** Calm at the end: whatever was lost must now be made good. */
  isCalm: () => boolean
  seen: Map<FaultKind, number>
  watch: Watch
}

/** What the vendor told a life of ours: when calls are welcome again, how many cursors it knew no more, and the last of them. */
export type Watch = { notBeforeMs: number; expired: number; refused: string }
export const freshWatch = (): Watch => ({ notBeforeMs: 0, expired: 0, refused: '' })
/** Dates of HTTP are whole seconds, and so may the wait be short of one. */
const roundingMs = 1_000

/** The vendor's side of the wire, with the schedule's fault in each answer. Its tokens outlive a death of ours. */
export function createVendor<Config>(parts: Parts<Config>): (life: Life) => Http {
  const { plug, schedule, world, clock } = parts
  const { random } = schedule
  let tokens = 1
  const answer = (url: URL, request: HttpRequest, fault: FaultKind | undefined): TwinAnswer => {
    const headers = new Map(Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
    if (plug.tokenPath !== undefined && plug.openPaths?.includes(url.pathname) !== true) {
      if (url.pathname === plug.tokenPath) {
        const [token, lives] = [`EXAMPLE-${tokens}`, 3600]
        const oauth = { access_token: token, expires_in: lives, token_type: 'Bearer' }
        // Vault's form beside that of OAuth.
        return { status: 200, body: { ...oauth, auth: { client_token: token, lease_duration: lives } } }
      }
      if (fault === 'token-expiry') {
        tokens++
        world.hasHappened = true
      }
      if (headers.get('authorization') !== `Bearer EXAMPLE-${tokens}`)
        return { status: 401, body: { error: 'expired' } }
    }
    assert.notEqual(
      askedOf(url, request),
      parts.watch.refused,
      `schedule ${schedule.seed}: asked again with an expired cursor`,
    )
    parts.watch.refused = ''
    world.fault = fault
    const body = bodyOf(request)
    const { method = 'GET' } = request
    return plug.answer({ method, url, header: (name) => headers.get(name.toLowerCase()), body }, world)
  }
  return (life) => ({
    async request(target, request = {}) {
      const { watch } = parts
      // Looked at in the step in which it is sent: what another answer says after that, nobody can have heard.
      const earlyMs = watch.notBeforeMs - clock.nowMs()
      if (plug.asksAtOnce !== true)
        assert.ok(earlyMs <= roundingMs, `schedule ${schedule.seed}: asked ${earlyMs} ms before the vendor wanted it`)
      await life.effect()
      clock.pass(5 + seededInt(random, schedule.answerMsMax))
      const fault = parts.isCalm() ? undefined : schedule.next()
      world.hasHappened = fault !== undefined && isOfTheWire(fault)
      const count = (): void => {
        if (fault !== undefined && world.hasHappened) parts.seen.set(fault, (parts.seen.get(fault) ?? 0) + 1)
      }
      if (fault === 'reset' || fault === 'timeout') count()
      if (fault === 'reset') throw network()
      if (fault === 'timeout') {
        clock.pass(10_000)
        throw new HttpError('ERR_HTTP_TIMEOUT', 'no answer in time', { retryable: true })
      }
      const url = new URL(target)
      const expiredBefore = world.expired
      const refused = refusal(fault, plug, world.nowMs(), random)
      if (refused !== undefined) world.hasHappened = true
      const given = refused ?? answer(url, request, fault)
      // Told before anything is waited for: another call may be on its way at once.
      const isExpired = world.expired > expiredBefore
      count()
      await life.effect()
      if (fault === 'reset-mid-page') throw network()
      watch.notBeforeMs = Math.max(watch.notBeforeMs, clock.nowMs() + waitOf(given, world.nowMs()))
      if (isExpired) Object.assign(watch, { expired: watch.expired + 1, refused: askedOf(url, request) })
      return responseOf(given, world.nowMs(), fault === 'truncated' ? random() : undefined)
    },
  })
}

/** What comes to pass whatever was asked for; the rest the twin tells, or the answer. */
const isOfTheWire = (fault: FaultKind): boolean => /^(limit-(?!403)|status-|timeout|reset|truncated)/.test(fault)

const bodyOf = ({ body }: HttpRequest): string => (body === undefined ? '' : Buffer.from(body).toString('utf8'))
/** A search by POST has its cursor in the body. */
const askedOf = (url: URL, request: HttpRequest): string => `${url.href} ${bodyOf(request)}`.trim()

const network = (): HttpError => new HttpError('ERR_HTTP_NETWORK', 'the connection was reset', { retryable: true })

/** Of `Retry-After`, by the vendor's clock. */
function waitOf({ headers = {} }: TwinAnswer, vendorNowMs: number): number {
  const text = headers['retry-after'] ?? '0'
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - vendorNowMs
}

function refusal<Config>(
  fault: FaultKind | undefined,
  { limit }: FaultPlug<Config>,
  nowMs: number,
  random: () => number,
): TwinAnswer | undefined {
  const seconds = 1 + seededInt(random, 90)
  const stop = (headers: Record<string, string>): TwinAnswer => ({ status: 429, headers, body: { error: 'slow down' } })
  if (fault === 'limit-seconds') return stop({ 'retry-after': String(seconds) })
  if (fault === 'limit-date') return stop({ 'retry-after': new Date(nowMs + seconds * 1000).toUTCString() })
  if (fault === 'limit-bare') return stop({})
  if (fault === 'limit-403') return limit
  return fault?.startsWith('status-') === true ? { status: Number(fault.slice(7)), body: { error: 'oops' } } : undefined
}

function responseOf(
  { status, headers = {}, body, text: lines }: TwinAnswer,
  nowMs: number,
  cutAt: number | undefined,
): HttpResponse {
  const whole = lines ?? JSON.stringify(body)
  const text = cutAt === undefined ? whole : whole.slice(0, Math.floor(cutAt * whole.length))
  const all = new Map([
    ['content-type', 'application/json'],
    ['date', new Date(nowMs).toUTCString()],
    ...Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
  ])
  return {
    status,
    text,
    bytes: Buffer.from(text),
    header: (name) => all.get(name.toLowerCase()),
    json: () => parseJson(text),
  }
}
