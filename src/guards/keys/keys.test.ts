import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { ManualClock, seededBytes, seededRandom } from '#kit'
import { defaultTenant, entityId, type TenantId } from '#model'
import { openLocalStore } from '#store'

import { createKeys, keyRecordsDelivered, keysWriter, readKeyRecords } from './index.ts'

const owner = entityId('identity', 'cordon', 'svc-annotator')
const open = (path?: string) => {
  const store = openLocalStore([keysWriter], path)
  const clock = new ManualClock(1_000_000)
  const keys = createKeys({ ...store, clock, random: seededBytes(seededRandom(7)) })
  return { ...store, clock, keys }
}
const records = (reader: ReturnType<typeof open>['reader']) =>
  readKeyRecords(reader, defaultTenant).events.map(({ raw }) => raw as Record<string, unknown>)

test('a key opens with its own secret and no other', async () => {
  const { keys } = open()
  const one = await keys.issue(defaultTenant, owner, ['gateway'])
  const two = await keys.issue(defaultTenant, owner)
  assert.match(one.token, /^cdn_[a-z2-7]{16}_[A-Za-z0-9_-]{43}$/)
  assert.deepEqual(await keys.verify(defaultTenant, one.token), {
    verdict: 'live',
    id: one.id,
    owner,
    scopes: ['gateway'],
  })
  const mixed = one.token.replace(one.id, two.id)
  assert.deepEqual(await keys.verify(defaultTenant, mixed), { verdict: 'refused', why: 'wrong-secret' })
  const unknown = one.token.replace(one.id, 'a'.repeat(16))
  assert.deepEqual(await keys.verify(defaultTenant, unknown), { verdict: 'refused', why: 'unknown' })
  for (const text of ['', 'cdn_', `${one.token}x`, ` ${one.token}`, one.token.toUpperCase()]) {
    assert.deepEqual(await keys.verify(defaultTenant, text), { verdict: 'refused', why: 'malformed' })
  }
})

test('a killed key is refused by the next call, and a revived one opens again', async () => {
  const { keys } = open()
  const { id, token } = await keys.issue(defaultTenant, owner)
  const home = keys.home(defaultTenant)
  assert.equal(await home.killKey(id), 'killed')
  assert.deepEqual(await keys.verify(defaultTenant, token), { verdict: 'refused', why: 'dead' })
  assert.equal(await home.killKey(id), 'was-dead')
  assert.equal(await home.keyState(id), 'dead')
  await home.reviveKey(id)
  assert.equal((await keys.verify(defaultTenant, token)).verdict, 'live')
  assert.equal(await home.killKey('a'.repeat(16)), 'unknown-key')
  assert.equal(await home.keyState('a'.repeat(16)), 'unknown-key')
})

test('an epoch kills what was issued before it, of one owner or of all, and never goes back', async () => {
  const { keys, clock } = open()
  const other = entityId('identity', 'cordon', 'svc-other')
  const old = await keys.issue(defaultTenant, owner)
  const foreign = await keys.issue(defaultTenant, other)
  await clock.advance(10)
  const epochMs = clock.nowMs()
  assert.deepEqual(await keys.raiseEpoch(defaultTenant, owner, epochMs), [old.id])
  const fresh = await keys.issue(defaultTenant, owner)
  const stateOf = (id: string) => keys.state(defaultTenant, id)
  assert.deepEqual(
    [old, foreign, fresh].map(({ id }) => stateOf(id)),
    ['dead', 'live', 'live'],
  )
  assert.deepEqual(await keys.verify(defaultTenant, old.token), { verdict: 'refused', why: 'under-epoch' })
  await keys.raiseEpoch(defaultTenant, owner, 0)
  assert.equal(stateOf(old.id), 'dead')
  await assert.rejects(keys.revive(defaultTenant, old.id), { code: 'ERR_KEY_EPOCH' })
  await clock.advance(10)
  await keys.raiseEpoch(defaultTenant, '*', clock.nowMs())
  assert.deepEqual(
    [old, foreign, fresh].map(({ id }) => stateOf(id)),
    ['dead', 'dead', 'dead'],
  )
})

test("a tenant's key means nothing to another tenant", async () => {
  const { keys } = open()
  const { id, token } = await keys.issue(defaultTenant, owner)
  const other: TenantId = 't_other'
  assert.deepEqual(await keys.verify(other, token), { verdict: 'refused', why: 'unknown' })
  assert.equal(await keys.kill(other, id), 'unknown-key')
  assert.deepEqual(await keys.raiseEpoch(other, '*', Number.MAX_SAFE_INTEGER), [])
  assert.equal((await keys.verify(defaultTenant, token)).verdict, 'live')
  assert.deepEqual(keys.list(other), [])
})

test('every change leaves a record in the same commit, and delivered ones do not come back', async () => {
  const { keys, reader, writer, clock } = open()
  const { id, token } = await keys.issue(defaultTenant, owner, ['gateway'])
  await keys.verify(defaultTenant, token, '192.0.2.7')
  await keys.verify(defaultTenant, token, '192.0.2.7')
  await keys.kill(defaultTenant, id)
  await keys.kill(defaultTenant, id)
  await keys.revive(defaultTenant, id)
  assert.deepEqual(
    records(reader).map(({ type }) => type),
    ['key.issued', 'key.used', 'key.killed', 'key.revived'],
  )
  const page = readKeyRecords(reader, defaultTenant)
  await writer.submit(keyRecordsDelivered({ tenant: defaultTenant, upTo: page.upTo ?? 0 }))
  assert.deepEqual(records(reader), [])
  await clock.advance(60_000)
  await keys.verify(defaultTenant, token)
  const [next] = readKeyRecords(reader, defaultTenant).events
  assert.equal(next?.native, 'key/5', 'ids go on where they were')
  assert.equal(keys.list(defaultTenant)[0]?.lastUsedAtMs, clock.nowMs())
})

test('only an identity may own a key', async () => {
  const { keys } = open()
  await assert.rejects(keys.issue(defaultTenant, entityId('host', 'host', 'runner-7')), { code: 'ERR_KEY_OWNER' })
  await assert.rejects(keys.issue(defaultTenant, owner, ['a b']), { code: 'ERR_KEY_SCOPE' })
})

test('no byte on disk holds a secret', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-keys-'))
  const store = open(join(folder, 'store.sqlite'))
  const { keys } = store
  const { id, token } = await keys.issue(defaultTenant, owner)
  await keys.verify(defaultTenant, token)
  const secret = token.slice(`cdn_${id}_`.length)
  const bytes = () => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'))
  assert.ok(
    bytes().some((text) => text.includes(id)),
    'the search finds what is there',
  )
  assert.ok(!bytes().some((text) => text.includes(secret)))
  store.close()
  rmSync(folder, { recursive: true })
})
