import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Webhook } from 'standardwebhooks'

import { seededInt, seededRandom, systemRandom, utf8 } from '#kit'

import {
  faultOfSecret,
  newHookSecret,
  readClaim,
  signatureOf,
  toleranceMs,
  verifyHook,
  type HookHeader,
} from './signature.ts'
import { hookSecrets, webhookWay } from './way.ts'

const of =
  (headers: Record<string, string>): HookHeader =>
  (name) =>
    headers[name]
type Style = Parameters<typeof readClaim>[0]
const check = (style: Style, headers: Record<string, string>, body: string, secrets: string[], nowMs: number) =>
  verifyHook(style, readClaim(style, of(headers)), utf8(body), secrets, nowMs)

const headersOf = (id: string, atMs: number, signature: string): Record<string, string> => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(atMs / 1000)),
  'webhook-signature': signature,
})

test('what the official library signs is let in, and what we sign it lets in', () => {
  const random = seededRandom(7)
  for (let turn = 0; turn < 200; turn++) {
    const secret = newHookSecret(systemRandom)
    const body = JSON.stringify({ n: turn, text: 'ä€'.repeat(seededInt(random, 40)) })
    const now = new Date()
    const [id, theirs] = [`msg_${turn}`, new Webhook(secret)]
    const headers = headersOf(id, now.getTime(), theirs.sign(id, now, body))
    assert.equal(check('standard', headers, body, [secret], now.getTime()), id)
    const seconds = headers['webhook-timestamp']
    const ours = headersOf(id, now.getTime(), `v1,${signatureOf('standard', secret, `${id}.${seconds}.`, utf8(body))}`)
    assert.deepEqual(theirs.verify(body, ours), JSON.parse(body))
  }
})

test('one changed byte of body, id or time is refused, by the library and by us', () => {
  const [secret, now, body] = [newHookSecret(systemRandom), new Date(), '{"a":1}']
  const signature = new Webhook(secret).sign('msg_1', now, body)
  const good = headersOf('msg_1', now.getTime(), signature)
  const forged: [Record<string, string>, string][] = [
    [good, '{"a":2}'],
    [{ ...good, 'webhook-id': 'msg_2' }, body],
    [{ ...good, 'webhook-timestamp': String(Number(good['webhook-timestamp']) + 1) }, body],
    [{ ...good, 'webhook-signature': 'v1,AAAA' }, body],
    [{ ...good, 'webhook-signature': signature.replace('v1,', 'v2,') }, body],
    [{ ...good, 'webhook-signature': '' }, body],
  ]
  for (const [headers, text] of forged) {
    assert.throws(() => check('standard', headers, text, [secret], now.getTime()), { code: 'ERR_INTAKE_SIGNATURE' })
    assert.throws(() => new Webhook(secret).verify(text, headers))
  }
  assert.throws(() => check('standard', good, body, [], now.getTime()), { code: 'ERR_INTAKE_SIGNATURE' })
})

test('several signatures and both secrets of a rotation are good until its end', () => {
  const [before, now, body] = [newHookSecret(systemRandom), newHookSecret(systemRandom), '{}']
  const nowMs = 1_790_000_000_000
  const sealed = webhookWay.rotated?.({ webhookSecret: now }, { webhookSecret: before }, nowMs + 1000) ?? {}
  const prefix = `m.${nowMs / 1000}.`
  for (const secret of [before, now]) {
    const headers = headersOf('m', nowMs, `v1a,xx v1,${signatureOf('standard', secret, prefix, utf8(body))}`)
    assert.equal(check('standard', headers, body, hookSecrets(sealed, nowMs), nowMs), 'm')
  }
  assert.deepEqual(hookSecrets(sealed, nowMs + 1000), [now])
})

test('a clock that is off by more than the tolerance, either way, is refused, and only who signed is told so', () => {
  const [secret, other, nowMs] = [newHookSecret(systemRandom), newHookSecret(systemRandom), 1_790_000_000_000]
  for (const offMs of [-toleranceMs, toleranceMs]) {
    const sent = (atMs: number) =>
      headersOf('m', atMs, `v1,${signatureOf('standard', secret, `m.${atMs / 1000}.`, utf8('{}'))}`)
    assert.equal(check('standard', sent(nowMs + offMs), '{}', [secret], nowMs), 'm')
    const beyond = sent(nowMs + offMs + Math.sign(offMs) * 1000)
    assert.throws(() => check('standard', beyond, '{}', [secret], nowMs), { code: 'ERR_INTAKE_REPLAY' })
    assert.throws(() => check('standard', beyond, '{}', [other], nowMs), { code: 'ERR_INTAKE_SIGNATURE' })
  }
})

test("the examples in GitHub's and Slack's documentation", () => {
  const github = { 'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' }
  const secret = "It's a Secret to Everybody"
  assert.match(check('github', github, 'Hello, World!', [secret], 0), /^[\da-f]{32}$/)
  assert.throws(() => check('github', github, 'Hello, World?', [secret], 0), { code: 'ERR_INTAKE_SIGNATURE' })
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
  const slack = {
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  }
  assert.ok(check('slack', slack, body, ['8f742231b10e8888abcd99yyyzzz85a5'], 1_531_420_618_000))
  assert.throws(() => check('slack', slack, body, ['8f742231b10e8888abcd99yyyzzz85a5'], 1_531_430_000_000), {
    code: 'ERR_INTAKE_REPLAY',
  })
})

test('a secret that cannot be one is named before anything is refused for it', () => {
  assert.equal(faultOfSecret('standard', newHookSecret(systemRandom)), undefined)
  assert.equal(faultOfSecret('standard', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), undefined)
  for (const bad of ['', 'whsec_', 'whsec_*', 'whsec_AAAA']) assert.ok(faultOfSecret('standard', bad), bad)
  assert.ok(faultOfSecret('github', 'short'))
})
