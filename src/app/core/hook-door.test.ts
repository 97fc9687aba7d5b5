import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { CordonError, createBell, ManualClock, parseOwnJson, systemRandom, utf8, type RpcPeer } from '#kit'
import { defaultTenant } from '#model'
import { appendReceipt, receiptArgs } from '#ledger'
import { openEventLog } from '#log'
import { findSource, lentOf, signatureOf, sourceContext } from '#sources'
import { openLocalStore } from '#store'
import { createKeyFiles, openCoreVault, openHandsVault } from '#vault'

import { createRegistry } from '../registry.ts'
import { remote, type HandsForCore } from '../socket.ts'
import { writerModules } from '../writer-modules.ts'
import { createIntakeDesk } from './intake-desk.ts'
import { createSourceDesk } from './source-desk.ts'

const tenant = defaultTenant
const startMs = 1_790_000_000_000

/** A desk over a real store, log and vault; hands stands in, and lends by the same function as in the product. */
async function openDesk(
  t: TestContext,
  config: Record<string, unknown> = { kind: 'webhook' },
  see: Record<string, string> = {},
) {
  const home = mkdtempSync(join(tmpdir(), 'cordon-hook-'))
  t.after(() => rmSync(home, { recursive: true }))
  const keys = join(home, 'keys')
  createKeyFiles(keys, systemRandom)
  const [core, vault] = [openCoreVault(keys), openHandsVault(keys)]
  const store = openLocalStore(writerModules())
  const clock = new ManualClock(startMs)
  let isUp = true
  let asked = 0
  const call = (method: string): unknown => {
    if (!isUp) throw new CordonError('ERR_RPC_CLOSED', 'the other process is not up', { retryable: true })
    if (method === 'source.check') return { authority: 'crm.example.com', missing: [], excess: [], says: [] }
    if (method !== 'intake.secrets') return null
    asked++
    const source = findSource(store.reader, tenant, 'crm')
    const text = vault.opener.open(source?.sealedSee ?? '', sourceContext(tenant, 'crm', 'see'))
    return { revision: source?.revision, secrets: lentOf(source?.config, parseOwnJson(text)) }
  }
  const hands: RpcPeer = {
    call: async (method) => call(method),
    notify: () => undefined,
    close: () => undefined,
    closed: new Promise(() => undefined),
  }
  const log = openEventLog({ ...store, keys: core.logKeys })
  const desk = createSourceDesk({
    tenant,
    ...store,
    receipt: (what, facts, sealed) =>
      appendReceipt(receiptArgs({ tenant, what, atMs: 1, customer: null, facts, sealed }, systemRandom)),
    sealer: core.sealer,
    scrub: (json) => json.replaceAll('EXAMPLE-SECRET', 'fp:scrubbed'),
    registry: createRegistry(undefined),
    hands: () => hands,
    intake: createIntakeDesk(remote<HandsForCore>(() => hands)),
    health: new Map(),
    clock,
    bell: createBell(),
    feed: (batch) => log.append(batch),
  })
  const added = await desk.add(
    {
      id: 'crm',
      connector: 'declared',
      config: { authority: 'crm.example.com', intake: config },
      secrets: { see, contain: {} },
    },
    'ada',
    'cordon.example.com',
  )
  const secretIn = (lines: readonly string[]): string => /whsec_\S+/.exec(lines.join('\n'))?.[0] ?? ''
  const send = async (
    secret: string,
    body: string,
    { id = 'msg_1', atMs = clock.nowMs(), to = 'crm' }: { id?: string; atMs?: number; to?: string } = {},
  ) => {
    const time = String(Math.floor(atMs / 1000))
    const headers: Record<string, string> = {
      'webhook-id': id,
      'webhook-timestamp': time,
      'webhook-signature': `v1,${signatureOf('standard', secret, `${id}.${time}.`, utf8(body))}`,
    }
    return (await desk.openHook(to, (name) => headers[name])).take(utf8(body), 'application/json')
  }
  const stream = () => desk.list()[0]?.streams.find(({ name }) => name === 'log')
  return {
    desk,
    added,
    send,
    stream,
    log,
    clock,
    secret: secretIn(added.setup),
    secretIn,
    reader: store.reader,
    asked: () => asked,
    down: () => (isUp = false),
  }
}

test('a secret is made and told once, and what it signs is in the log, scrubbed, before the answer', async (t) => {
  const { added, secret, send, log, stream, desk } = await openDesk(t)
  assert.deepEqual(added.setup.slice(0, 1), ['URL: https://cordon.example.com/v1/hooks/crm'])
  assert.deepEqual(await send(secret, '{"facts":[],"note":"EXAMPLE-SECRET"}'), { accepted: 1, duplicates: 0 })
  const [event] = await log.read(tenant, 0, 10)
  assert.equal(event?.raw, '{"facts":[],"note":"fp:scrubbed"}')
  assert.equal(stream()?.lastEventAtMs, startMs)
  assert.ok(!JSON.stringify([desk.list(), desk.show('crm')]).includes(secret.slice(6)), 'told once')
})

test('a call that comes again is acknowledged again and counted once; a list keeps its lines apart', async (t) => {
  const { secret, send, log } = await openDesk(t)
  const list = '[{"facts":[]},\n {"edges":[]}]'
  assert.deepEqual(await send(secret, list), { accepted: 2, duplicates: 0 })
  assert.deepEqual(await send(secret, list), { accepted: 0, duplicates: 2 })
  assert.deepEqual(await send(secret, list, { id: 'msg_2' }), { accepted: 2, duplicates: 0 })
  assert.equal(log.head(tenant), 4)
})

test('stale, forged, unknown and broken calls leave nothing, and the health says how many and why', async (t) => {
  const { secret, send, log, stream, clock } = await openDesk(t)
  const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
  await assert.rejects(send(other, '{}'), { code: 'ERR_INTAKE_SIGNATURE' })
  await assert.rejects(send(other, '{}'), { code: 'ERR_INTAKE_SIGNATURE' })
  await assert.rejects(send(secret, '{}', { to: 'nobody' }), { code: 'ERR_INTAKE_SIGNATURE' })
  await assert.rejects(send(secret, '{}', { atMs: startMs - 301_000 }), { code: 'ERR_INTAKE_REPLAY' })
  await assert.rejects(send(secret, '{"a":\n  nope}'), { code: 'ERR_INTAKE_LINES', place: 'line 1, column 6' })
  assert.equal(log.head(tenant), 0)
  assert.deepEqual(
    stream()?.refused.map(({ reason, count }) => [reason, count]),
    [
      ['no secret of this source made the signature', 2],
      ['the call is older than 5 minutes', 1],
      [`the call holds what is no record: ${stream()?.refused[2]?.reason.split(': ')[1]}`, 1],
    ],
  )
  await clock.advance(600_000)
  await assert.rejects(send(secret, '{}', { atMs: startMs }), { code: 'ERR_INTAKE_REPLAY' })
})

test('after a rotation both secrets are good for a day, and then the new one alone', async (t) => {
  const { desk, secret, send, secretIn, clock } = await openDesk(t)
  await send(secret, '{}')
  const { setup } = await desk.rotate('crm', { see: {}, contain: {}, make: true }, 'ada', 'cordon.example.com')
  const fresh = secretIn(setup)
  assert.notEqual(fresh, secret)
  for (const [id, one] of [
    ['msg_2', secret],
    ['msg_3', fresh],
  ] as const)
    assert.deepEqual(await send(one, '{}', { id }), { accepted: 1, duplicates: 0 })
  await clock.advance(24 * 3_600_000)
  await assert.rejects(send(secret, '{}', { id: 'msg_4' }), { code: 'ERR_INTAKE_SIGNATURE' })
  assert.deepEqual(await send(fresh, '{}', { id: 'msg_5' }), { accepted: 1, duplicates: 0 })
})

test('without hands a secret that was lent before is good, and another source waits', async (t) => {
  const { secret, send, down, asked, desk } = await openDesk(t)
  await send(secret, '{}')
  down()
  assert.deepEqual(await send(secret, '{}', { id: 'msg_2' }), { accepted: 1, duplicates: 0 })
  assert.equal(asked(), 1)
  await assert.rejects(desk.rotate('crm', { see: {}, contain: {}, make: true }, 'ada'), { code: 'ERR_RPC_CLOSED' })
})

test('Slack asks for a word back, and gets it only for a signature', async (t) => {
  const signing = 'EXAMPLE-signing-secret'
  const { desk, log } = await openDesk(t, { kind: 'webhook', signature: 'slack' }, { webhookSecret: signing })
  const [time, body] = [String(startMs / 1000), '{"type":"url_verification","challenge":"3eZbrw1a"}']
  const call = async (secret: string) => {
    const headers: Record<string, string> = {
      'x-slack-request-timestamp': time,
      'x-slack-signature': `v0=${signatureOf('slack', secret, `v0:${time}:`, utf8(body))}`,
    }
    return (await desk.openHook('crm', (name) => headers[name])).take(utf8(body), 'application/json')
  }
  assert.deepEqual(await call(signing), { challenge: '3eZbrw1a' })
  await assert.rejects(call('EXAMPLE-other-secret'), { code: 'ERR_INTAKE_SIGNATURE' })
  assert.equal(log.head(tenant), 0)
})

test('hands lends what the intake of a source needs and nothing else', () => {
  const see = { webhookSecret: 'a', webhookSecretBefore: '1 b', tlsIdentity: 'c', password: 'd', accessKeyId: 'e' }
  assert.deepEqual(lentOf({ intake: { kind: 'webhook' } }, see), { webhookSecret: 'a', webhookSecretBefore: '1 b' })
  assert.deepEqual(lentOf({ authority: 'x' }, see), {}, 'a source without an intake lends nothing, whatever its names')
})
