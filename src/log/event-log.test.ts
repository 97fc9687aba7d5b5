import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { CordonError, hashId } from '#kit'
import { defaultTenant, entityId, type RawEvent } from '#model'
import { command, handler, openLocalStore, type Writer, type WriterModule } from '#store'

import { logKeysOf } from '../../test/simulation/log-keys.ts'
import { openEventLog, openLogReader, rewrapLogKeys, type AppendBatch } from './index.ts'
import { daysPerExpiryMax } from './retention.ts'
import { logWriter } from './writer.ts'

const dayMs = 86_400_000
const tenant = defaultTenant
const keys = logKeysOf('example')

const fail = command<null, never>('sample.fail')
const failing: WriterModule = {
  name: 'sample',
  migrations: [],
  handlers: [
    handler(fail, () => {
      throw new Error('refused')
    }),
  ],
}

const event = (native: string, raw = `{"n":"${native}"}`): RawEvent => ({
  id: hashId('evt', tenant, 'src', 'log', native),
  stream: 'log',
  eventAtMs: 5,
  raw,
})
const batchOf = (natives: string[], extra: Partial<AppendBatch> = {}): AppendBatch => ({
  tenant,
  source: 'src',
  arrivedAtMs: 10 * dayMs,
  events: natives.map((native) => event(native)),
  ...extra,
})

function open(options: { held?: number[]; idsPerWindow?: number } = {}) {
  const module = logWriter(options.idsPerWindow === undefined ? {} : { idsPerWindow: options.idsPerWindow })
  const store = openLocalStore([module, failing])
  const log = openEventLog({ ...store, keys, held: () => Promise.resolve(options.held ?? []) })
  return { ...store, log }
}

test('offsets run from 1 without holes in one order over all sources', async () => {
  const { log } = open()
  await log.append(batchOf(['a', 'b']))
  const ack = await log.append(batchOf(['c'], { source: 'other' }))
  assert.deepEqual(ack, { firstOffset: 3, lastOffset: 3, appended: 1, duplicates: 0, conflicts: 0 })
  const read = await log.read(tenant, 0, 100)
  assert.deepEqual(
    read.map(({ offset, raw, source }) => [offset, raw, source]),
    [
      [1, '{"n":"a"}', 'src'],
      [2, '{"n":"b"}', 'src'],
      [3, '{"n":"c"}', 'other'],
    ],
  )
  assert.deepEqual(await log.read(tenant, 1, 1), read.slice(1, 2))
  assert.equal((await log.event(tenant, 3))?.id, read[2]?.id)
  assert.equal(await log.event(tenant, 4), undefined)
  assert.equal(log.head(tenant), 3)
})

test('a raw record comes back byte for byte, whatever it holds', async () => {
  const { log } = open()
  const raws = [
    '{"a":"\\u0000 ü 😀 line\\nline"}',
    '{}',
    `{"long":"${'é'.repeat(5000)}"}`,
    '{"x" : 1e400,"y":12345678901234567890}',
  ]
  await log.append({ ...batchOf([]), events: raws.map((raw, n) => ({ ...event(String(n), raw), eventAtMs: null })) })
  assert.deepEqual(
    (await log.read(tenant, 0, 10)).map(({ raw, eventAtMs }) => [raw, eventAtMs]),
    raws.map((raw) => [raw, null]),
  )
})

test('what an event is bound to stays with it', async () => {
  const { log } = open()
  const boundTo = entityId('host', 'host', 'a1')
  await log.append({ ...batchOf([]), events: [event('a'), { ...event('b'), boundTo }] })
  assert.deepEqual(
    (await log.read(tenant, 0, 9)).map((one) => one.boundTo),
    [undefined, boundTo],
  )
})

test('a resent batch is harmless: same id and bytes are dropped, in the same batch too', async () => {
  const { log, reader } = open()
  await log.append(batchOf(['a', 'b']))
  assert.deepEqual(await log.append(batchOf(['a', 'b'])), {
    firstOffset: 3,
    lastOffset: 2,
    appended: 0,
    duplicates: 2,
    conflicts: 0,
  })
  const ack = await log.append(batchOf(['b', 'c', 'c', 'd']))
  assert.deepEqual([ack.firstOffset, ack.lastOffset, ack.duplicates], [3, 4, 2])
  assert.deepEqual(
    (await log.read(tenant, 0, 10)).map(({ offset, raw }) => [offset, raw]),
    ['a', 'b', 'c', 'd'].map((n, i) => [i + 1, `{"n":"${n}"}`]),
  )
  assert.equal(reader.all('SELECT 1 FROM log_segment').length, 2)
})

test('same id with other bytes is kept and counted', async () => {
  const { log } = open()
  await log.append(batchOf(['a']))
  const ack = await log.append({ ...batchOf([]), events: [event('a', '{"n":"changed"}')] })
  assert.deepEqual([ack.appended, ack.conflicts, ack.duplicates], [1, 1, 0])
  assert.equal((await log.read(tenant, 0, 10)).length, 2)
})

test('ids are known again after a restart, up to the window', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'cordon-log-')), 'store.sqlite')
  const before = openLocalStore([logWriter()], path)
  await openEventLog({ ...before, keys }).append(batchOf(['a', 'b']))
  before.close()
  const log = openEventLog({ ...openLocalStore([logWriter()], path), keys })
  assert.equal((await log.append(batchOf(['a', 'c']))).duplicates, 1)
})

test('an id that left the window is appended again: later stages are idempotent by it', async () => {
  const { log } = open({ idsPerWindow: 4 })
  await log.append(batchOf(['a']))
  await log.append(batchOf(['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k']))
  assert.equal((await log.append(batchOf(['a']))).appended, 1)
  assert.equal((await log.append(batchOf(['k']))).duplicates, 1)
})

test('a batch whose transaction fails leaves no trace, in the id window neither', async () => {
  const { log, reader, writer } = open()
  await log.append(batchOf(['a']))
  const refusing: Writer = { ...writer, submit: (...commands) => writer.submit(...commands, fail(null)) as never }
  await assert.rejects(openEventLog({ reader, keys, writer: refusing }).append(batchOf(['b', 'c'])), /refused/)
  assert.deepEqual(await log.append(batchOf(['b', 'c'])), {
    firstOffset: 2,
    lastOffset: 3,
    appended: 2,
    duplicates: 0,
    conflicts: 0,
  })
})

test('a cursor moves with its batch, an empty one included', async () => {
  const { log } = open()
  assert.equal(log.cursor(tenant, 'src', 'log'), null)
  await log.append(batchOf(['a'], { cursor: { stream: 'log', value: 'p1' } }))
  await log.append(batchOf([], { cursor: { stream: 'log', value: 'p2' } }))
  assert.equal(log.cursor(tenant, 'src', 'log'), 'p2')
  assert.equal(log.head(tenant), 1)
})

test('batches reach the store in the order of the calls', async () => {
  const { log } = open()
  const big = Array.from({ length: 3000 }, (_, n) => `big${n}`)
  await Promise.all([
    log.append(batchOf(big, { cursor: { stream: 'log', value: '1' } })),
    log.append(batchOf(['small'], { cursor: { stream: 'log', value: '2' } })),
  ])
  assert.equal(log.cursor(tenant, 'src', 'log'), '2')
  assert.equal((await log.event(tenant, 3001))?.raw, '{"n":"small"}')
})

test('expiry deletes keys of old days, spares held events only, and says what is gone', async () => {
  const { log, reader } = open({ held: [2] })
  await log.append(batchOf(['a', 'b', 'c']))
  await log.append(batchOf(['d'], { arrivedAtMs: 12 * dayMs }))
  assert.deepEqual(await log.expire(tenant, '1970-01-12'), { days: 1, daysLeft: 0, segments: 1, held: 1 })
  assert.deepEqual(
    (await log.read(tenant, 0, 10)).map(({ offset, raw }) => [offset, raw]),
    [
      [2, '{"n":"b"}'],
      [4, '{"n":"d"}'],
    ],
  )
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((offset) => log.isExpired(tenant, offset)),
    [true, false, true, false, false],
  )
  assert.deepEqual(
    reader.all<{ purpose: string }>('SELECT purpose FROM log_key ORDER BY day, purpose').map((row) => row.purpose),
    ['dedupe', 'held', 'day'],
  )
  // Run again while the hold stands: nothing moves.
  assert.deepEqual(await log.expire(tenant, '1970-01-12'), { days: 0, daysLeft: 0, segments: 0, held: 1 })
})

test('an expired range reads as empty', async () => {
  const { log } = open()
  await log.append(batchOf(['a']))
  await log.expire(tenant, '2000-01-01')
  assert.deepEqual(await log.read(tenant, 0, 10), [])
  assert.equal(log.head(tenant), 1)
  assert.equal((await log.append(batchOf(['b']))).firstOffset, 2)
})

test('one expiry takes the oldest days up to its bound, whatever the clock says, and held days count for none', async () => {
  const { log } = open({ held: [1] })
  for (let day = 0; day <= daysPerExpiryMax + 3; day++)
    await log.append(batchOf([`d${day}`], { arrivedAtMs: day * dayMs }))
  const first = await log.expire(tenant, '2999-01-01')
  assert.deepEqual([first.days, first.daysLeft], [daysPerExpiryMax, 4])
  assert.deepEqual(
    (await log.read(tenant, 0, 100)).map(({ offset }) => offset),
    [1, ...[1, 2, 3, 4].map((n) => daysPerExpiryMax + n)],
  )
  const second = await log.expire(tenant, '2999-01-01')
  assert.deepEqual([second.days, second.daysLeft], [4, 0])
})

test('a lifted hold lets the next expiry delete its copy', async () => {
  const held = [1]
  const store = openLocalStore([logWriter()])
  const log = openEventLog({ ...store, keys, held: () => Promise.resolve(held) })
  await log.append(batchOf(['a']))
  await log.expire(tenant, '2000-01-01')
  assert.equal((await log.read(tenant, 0, 10)).length, 1)
  held.pop()
  await log.expire(tenant, '2000-01-01')
  assert.equal((await log.read(tenant, 0, 10)).length, 0)
  assert.equal(store.reader.all(`SELECT 1 FROM log_key WHERE purpose <> 'dedupe'`).length, 0)
})

test('a batch sealed under a key that retention deleted meanwhile is sealed again', async () => {
  const { log } = open()
  await log.append(batchOf(['a']))
  const late = log.append(batchOf(['b']))
  await log.expire(tenant, '2000-01-01')
  assert.equal((await late).appended, 1)
  const later = await log.append(batchOf(['c']))
  assert.equal((await log.event(tenant, later.lastOffset))?.raw, '{"n":"c"}')
})

test('data keys move to a new wrapping while the log goes on', async () => {
  const { log, reader, writer } = open()
  await log.append(batchOf(['a']))
  const before = reader.all<{ wrapped: Uint8Array }>('SELECT wrapped FROM log_key')
  assert.equal(await rewrapLogKeys({ reader, writer, keys }, tenant), 2)
  assert.notDeepEqual(reader.all('SELECT wrapped FROM log_key'), before)
  assert.equal((await openLogReader({ reader, keys }).read(tenant, 0, 9)).length, 1)
})

test('a segment moved to another source does not open', async () => {
  const store = openLocalStore([logWriter()])
  const log = openEventLog({ ...store, keys })
  await log.append(batchOf(['a']))
  store.reader.all(`UPDATE log_segment SET source = 'forged'`)
  await assert.rejects(log.read(tenant, 0, 1), (error) => error instanceof CordonError && error.code === 'ERR_LOG_KEY')
})

test('a batch over its bound is refused with the way out', async () => {
  const { log } = open()
  const events = Array.from({ length: 10_001 }, (_, n) => event(String(n)))
  await assert.rejects(log.append({ ...batchOf([]), events }), {
    code: 'ERR_LOG_BATCH',
    hint: 'send it in smaller parts',
  })
})
