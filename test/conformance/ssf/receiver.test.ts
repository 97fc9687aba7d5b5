import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'

import { createHttp, isObject, ManualClock, seededRandom, silentDiagnose, type Http } from '#kit'
import { forgetKeys, forgetStandings, ssfConnector, ssfOrigins } from '#connectors/ssf'
import { createBudgets, openSignedHttp, pullPatience, pullStream } from '#sources'
import type { PullContext, PushStream, StreamEvent } from '#sources/contract'

import { caep, risc, ssf, startTransmitter, type Transmitter } from '../../../lab/twins/ssf/transmitter.ts'

const startMs = Date.UTC(2026, 2, 24, 12)
const token = 'EXAMPLE-receiver'
const revoked = caep('session-revoked')
const compromised = risc('credential-compromise')

/** Time passes for whoever waits for the transmitter. */
class PassingClock extends ManualClock {
  override async sleep(ms: number): Promise<void> {
    await this.advance(ms)
  }
}

let clock: PassingClock
let transmitter: Transmitter
before(async () => {
  clock = new PassingClock(startMs)
  transmitter = await startTransmitter(clock, token)
})
after(() => transmitter.close())
beforeEach(() => {
  forgetKeys()
  forgetStandings()
  transmitter.waiting.clear()
  transmitter.streams.clear()
  Object.assign(transmitter.state, { isKeySetDown: false, status: 'enabled', metadata: {}, acked: [], setErrors: {} })
  transmitter.state.isPublished = () => true
})

type Config = Parameters<typeof ssfOrigins>[0]
function contextOf(over: Record<string, unknown> = {}): PullContext<Config> {
  const config = ssfConnector.config.parse({ issuer: transmitter.issuer, audience: 'https://cordon.example', ...over })
  const see = { token, ingestToken: 'cit_EXAMPLE' }
  const http: Http = openSignedHttp({
    http: createHttp(ssfOrigins(config)),
    clock,
    unit: seededRandom(7),
    budgets: createBudgets(clock),
    limits: {},
    realms: { source: 'signals', authority: 'ssf' },
    lane: 'live',
    patience: { ...pullPatience, attemptsMax: 2 },
    auth: ssfConnector.auth?.(config, 'see'),
    origins: ssfOrigins(config),
    secrets: () => see,
  })
  return { config, see, http, clock, signal: AbortSignal.timeout(20_000), diagnose: silentDiagnose }
}
const [stream] = ssfConnector.streams
const signals = stream as PushStream<Config>
const push = (text: string, over = {}, contentType = 'application/secevent+jwt'): Promise<StreamEvent[]> => {
  assert.ok(signals.accept)
  return signals.accept(contextOf(over), { contentType, text })
}
const setOf = ([event]: readonly StreamEvent[]): unknown => (isObject(event?.raw) ? event.raw['set'] : undefined)
const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

test('a token pushed by the transmitter is taken, under its own id and time', async () => {
  const claims = transmitter.claims({ [revoked]: { initiating_entity: 'admin' } })
  const events = await push(await transmitter.sign(claims))
  assert.deepEqual(setOf(events), claims)
  assert.deepEqual([events[0]?.native, events[0]?.eventAtMs], [claims.jti, startMs])
  const parts = await push(await transmitter.sign({ ...claims, iat: startMs / 1000 - 0.5004 }))
  assert.equal(parts[0]?.eventAtMs, startMs - 501, 'times are whole milliseconds, whatever a sender divides by')
})

test('what is not the transmitter’s word, or not for us, is refused in the words of RFC 8935', async () => {
  const good = transmitter.claims({ [revoked]: {} })
  const at = Math.floor(clock.nowMs() / 1000)
  const cases: [string, string | Promise<string>, string][] = [
    ['alg none', `${segment({ alg: 'none', typ: 'secevent+jwt' })}.${segment(good)}.`, 'invalid_request'],
    ['a shared secret', hmacToken(good), 'invalid_request'],
    ['another issuer', transmitter.sign({ ...good, iss: 'https://evil.example' }), 'invalid_issuer'],
    ['another audience', transmitter.sign({ ...good, aud: 'https://other.example' }), 'invalid_audience'],
    ['a list without us', transmitter.sign({ ...good, aud: ['a', 'b'] }), 'invalid_audience'],
    ['the future', transmitter.sign({ ...good, iat: at + 120 }), 'invalid_request'],
    ['the past', transmitter.sign({ ...good, iat: at - 8 * 86_400 }), 'invalid_request'],
    ['an ID token', transmitter.sign({ ...good, exp: at + 60 }), 'invalid_request'],
    ['a subject of old', transmitter.sign({ ...good, sub: 'u1' }), 'invalid_request'],
    ['no events', transmitter.sign({ ...good, events: {} }), 'invalid_request'],
    ['no id', transmitter.sign({ ...good, jti: undefined }), 'invalid_request'],
    ['another type', transmitter.sign(good, { typ: 'at+jwt' }), 'invalid_request'],
    ['a giant', transmitter.sign({ ...good, pad: 'x'.repeat(70_000) }), 'invalid_request'],
    ['no token', 'hello', 'invalid_request'],
    ['nothing', '', 'invalid_request'],
  ]
  for (const [name, text, reason] of cases) {
    await assert.rejects(push(await text), { code: 'ERR_VENDOR_DELIVERY', place: reason }, name)
  }
  const token = await transmitter.sign(good)
  const [head, , signature] = token.split('.')
  const swapped = `${head}.${segment({ ...good, jti: 'other' })}.${signature}`
  await assert.rejects(push(swapped), { code: 'ERR_VENDOR_DELIVERY', place: 'authentication_failed' })
  await assert.rejects(push(token, {}, 'application/json'), { code: 'ERR_VENDOR_DELIVERY', place: 'invalid_request' })
  assert.equal((await push(token)).length, 1, 'the token that all of these were made of is good')
})

/** The public key as a shared secret: what a library that takes the header's word would accept. */
function hmacToken(claims: unknown): string {
  const body = `${segment({ alg: 'HS256', typ: 'secevent+jwt', kid: 'k1' })}.${segment(claims)}`
  return `${body}.${createHmac('sha256', 'k1').update(body).digest('base64url')}`
}

test('untyped tokens are taken only where the source says that its transmitter is old', async () => {
  const text = await transmitter.sign(transmitter.claims({ [revoked]: {} }), { typ: 'JWT' })
  await assert.rejects(push(text), { place: 'invalid_request' })
  assert.equal((await push(text, { untyped: true })).length, 1)
})

test('a rotated key is learnt, one taken back stops counting, and strangers’ key ids cannot make us ask for ever', async () => {
  const claims = transmitter.claims({ [revoked]: {} })
  await push(await transmitter.sign(claims, { kid: 'k1' }))
  await transmitter.addKey('k2')
  const fresh = await transmitter.sign(claims, { kid: 'k2' })
  await assert.rejects(push(fresh), { code: 'ERR_VENDOR_DOWN', retryable: true }, 'asked a moment ago: come again')
  await clock.advance(31_000)
  await push(fresh)
  const asked = transmitter.state.keySetAsked
  for (let n = 0; n < 20; n++) {
    const forged = (await transmitter.sign(claims)).replace(
      /^[^.]+/,
      segment({ alg: 'ES256', typ: 'secevent+jwt', kid: `x${n}` }),
    )
    await assert.rejects(push(forged), /signature/)
  }
  assert.equal(transmitter.state.keySetAsked, asked)
  transmitter.state.isPublished = (kid) => kid !== 'k1'
  await clock.advance(11 * 60_000)
  await assert.rejects(push(await transmitter.sign(claims, { kid: 'k1' })), { place: 'invalid_key' })
})

test('while the key set is away, known keys go on counting for a day, and unknown ones wait', async () => {
  const claims = transmitter.claims({ [revoked]: {} })
  await push(await transmitter.sign(claims, { kid: 'k1' }))
  transmitter.state.isKeySetDown = true
  await clock.advance(3_600_000)
  const later = transmitter.claims({ [revoked]: {} })
  assert.equal((await push(await transmitter.sign(later, { kid: 'k1' }))).length, 1)
  await assert.rejects(push(await transmitter.sign(later, { kid: 'k9' })), { retryable: true })
  await clock.advance(25 * 3_600_000)
  const late = await transmitter.sign(transmitter.claims({ [revoked]: {} }), { kid: 'k1' })
  await assert.rejects(push(late), { code: 'ERR_VENDOR_DOWN', retryable: true })
})

async function pullOnce(over = {}, upTo = Infinity) {
  const events: StreamEvent[] = []
  let gaps = 0
  let pages = 0
  for await (const page of pullStream(signals)?.(contextOf(over), null) ?? []) {
    events.push(...page.events)
    gaps += page.gaps?.length ?? 0
    if (++pages > upTo) break
    await page.committed?.()
  }
  return { events, gaps }
}
const queue = async (claims: Record<string, unknown> & { jti?: string }, as = claims.jti ?? ''): Promise<void> => {
  transmitter.waiting.set(as, await transmitter.sign(claims, { kid: 'k1' }))
}

test('a poll makes its stream, tells what was taken only after it is on disk, and names what it refused', async () => {
  const [good, foreign, hidden] = [0, 1, 2].map(() => transmitter.claims({ [compromised]: {} }))
  assert.ok(good && foreign && hidden)
  await queue(good)
  await queue({ ...foreign, aud: 'somebody' })
  await queue(hidden, 'another-id')
  const first = await pullOnce({}, 0)
  assert.deepEqual([first.events.length, transmitter.state.acked], [1, []], 'died before the commit: nothing is told')
  const second = await pullOnce()
  assert.deepEqual(
    second.events.map(({ native }) => native),
    [good.jti],
  )
  assert.equal(second.gaps, 1, 'what could not be believed is a hole, and said')
  assert.deepEqual(transmitter.state.acked, [good.jti])
  assert.deepEqual(new Set(Object.keys(transmitter.state.setErrors)), new Set([foreign.jti, 'another-id']))
  assert.equal(transmitter.waiting.size, 0)
  const [made] = [...transmitter.streams.values()]
  assert.ok(Array.isArray(made?.['events_requested']) && made['events_requested'].includes(compromised))
  forgetStandings()
  await pullOnce()
  assert.equal(transmitter.streams.size, 1, 'the stream that is there is found again')
})

test('a key set that is away does not lose a polled token', async () => {
  await queue(transmitter.claims({ [revoked]: {} }))
  transmitter.state.isKeySetDown = true
  await assert.rejects(pullOnce(), { retryable: true })
  assert.equal(transmitter.waiting.size, 1)
  transmitter.state.isKeySetDown = false
  assert.equal((await pullOnce()).events.length, 1)
})

test('a stream that the transmitter switched off is a failing stream, pushed or polled', async () => {
  await pullOnce()
  forgetStandings()
  transmitter.state.status = 'paused'
  await assert.rejects(pullOnce(), /paused the stream/)
  const push = { delivery: 'push', receiveUrl: 'https://cordon.example/v1/signals/idp' }
  transmitter.state.status = 'enabled'
  await pullOnce(push)
  const [, pushed] = [...transmitter.streams.values()]
  assert.deepEqual(pushed?.['delivery'], {
    method: 'urn:ietf:rfc:8935',
    endpoint_url: push.receiveUrl,
    authorization_header: 'Bearer cit_EXAMPLE',
  })
})

test('of a stream that was made by hand the transmitter is asked nothing', async () => {
  const byHand = { delivery: 'push', byHand: true }
  await pullOnce(byHand)
  assert.deepEqual((await ssfConnector.check(contextOf(byHand))).missing, [])
  assert.equal(transmitter.streams.size, 0)
  assert.equal((await push(await transmitter.sign(transmitter.claims({ [revoked]: {} })), byHand)).length, 1)
})

test('metadata under another issuer’s name are refused', async () => {
  transmitter.state.metadata = { issuer: 'https://evil.example' }
  await assert.rejects(push(await transmitter.sign(transmitter.claims({ [revoked]: {} }))), {
    code: 'ERR_VENDOR_SHAPE',
  })
})

test('a check names the realm and what is missing', async () => {
  const checked = await ssfConnector.check(contextOf({ realm: '00oEXAMPLE' }))
  assert.deepEqual([checked.authority, checked.missing], ['00oEXAMPLE', []])
  const pushes = await ssfConnector.check(contextOf({ delivery: 'push' }))
  assert.match(pushes.missing.join(), /receiveUrl/)
})

test('verification and stream events are about nobody', async () => {
  const events = await push(
    await transmitter.sign(
      transmitter.claims({ [ssf('verification')]: { state: 's' } }, { sub_id: { format: 'opaque', id: 's1' } }),
    ),
  )
  const { raw } = events[0] ?? {}
  assert.ok(raw !== undefined)
  const times = { eventAtMs: startMs, arrivedAtMs: startMs }
  const said = ssfConnector.normalize({ stream: 'signals', raw, source: 's', authority: 'x', ...times })
  assert.deepEqual([said.facts, said.edges, said.signals, said.unmapped], [[], [], undefined, undefined])
})
