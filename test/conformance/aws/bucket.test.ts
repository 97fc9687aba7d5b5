import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'

import { parseOwnJson, seededInt, seededRandom } from '#kit'
import { awsConnector, awsOrigins, eventIdOf } from '#connectors/aws'
import { eventId, withIntake } from '#sources'

import { putObject } from '../../../lab/twins/aws/s3.ts'
import { openStages } from '../cordon.ts'
import { foundCompany } from './company.ts'
import { allow, bucket, foundBucket } from './drops.ts'

/** Storms of each kind in every run; `CORDON_SCHEDULES=1000` for more. */
const storms = Math.min(1_000, Number(process.env['CORDON_SCHEDULES'] ?? 4))
const minuteMs = 60_000

test('what vendors drop is taken once: lines, lists, records, plain or gzip, whatever the key says', async (t) => {
  const { put, look, pages, refused } = await foundBucket(t)
  put('a/lines.gz', gzipSync('{"n":1}\n\r\n{"n": 12345678901234567890}\r\n'))
  put('b list+&<>.json', ' [\n{"n":3},\n{"n":4}]')
  put('c/records.json.gz', gzipSync('{"Records":[{"n":5},{"n":6}]}'))
  put('d/encoded', gzipSync('{"n":7}'), { encoding: 'gzip' })
  put('e/empty', '')
  put('f/folder/', 'x')
  const expected = ['{"n":1}', '{"n": 12345678901234567890}', ...[3, 4, 5, 6, 7].map((n) => `{"n":${n}}`)]
  assert.deepEqual(await look(), expected)
  assert.deepEqual(refused(), [])
  const before = pages.length
  assert.deepEqual(await look(), [])
  assert.equal(pages.length, before, 'a look with nothing new writes nothing')
})

test('bad lines and objects are named, those around them are taken, and what an object held is a gap', async (t) => {
  const { put, look, refused, gaps, clock } = await foundBucket(t)
  put('a.json', '{"n":1}\n{"n":}\n[1]\n{"n":2}')
  put('b.json', '[{"n":3},\n {"n":\n}, {"n":4}]')
  put('c.gz', gzipSync('{"n":0}').subarray(0, 12))
  put('d.json', Buffer.from([0x7b, 0xff, 0x7d]))
  put('e.json', Buffer.from('not gzip'), { encoding: 'gzip' })
  put('f.json', '[{"n":0}')
  put('g.json', '{}', { isArchived: true })
  put('h/../i.json', '{}')
  const ahead = new Date(clock.nowMs() + 3 * 86_400_000).toISOString()
  put('z.json', `{"time":"${ahead}"}\n{"n":5}`)
  assert.deepEqual(
    await look(),
    [1, 2, 3, 4, 5].map((n) => `{"n":${n}}`),
  )
  assert.deepEqual(
    refused().map(({ place }) => place),
    [
      'a.json, line 2, column 6',
      'a.json, line 3, column 1',
      'b.json, line 3, column 1',
      'c.gz',
      'd.json',
      'e.json',
      'f.json',
      'g.json',
      'h/../i.json',
      'z.json, line 1, column 1',
    ],
  )
  assert.equal(gaps().length, 6)
  assert.ok(gaps().every(({ reason, recovered }) => reason === 'object-lost' && !recovered))
  assert.deepEqual(await look(), [])
})

test('of a log whose records hold what may never be stored, an object leaves what its format keeps', async (t) => {
  const { put, look, natives } = await foundBucket(t, {}, undefined, 'databricks')
  const record = { timestamp: 1, requestId: 'r7', serviceName: 'databrickssql', actionName: 'commandSubmit' }
  const rows = [
    { ...record, requestParams: { commandText: "SELECT 'hunter2'" } },
    { ...record, requestId: 'r8' },
  ]
  put('a', rows.map((row) => JSON.stringify(row)).join('\n'))
  const texts = await look()
  assert.deepEqual([texts.length, natives()[0]], [2, 'r7/databrickssql/commandSubmit/1'])
  assert.match(texts[0] ?? '', /"commandText":"SELECT …"/)
})

test('an object too large is not fetched', async (t) => {
  const { put, look, refused, asked } = await foundBucket(t)
  put('large', Buffer.alloc(32 * 1024 * 1024 + 1))
  put('small', '{"n":1}')
  assert.deepEqual(await look(), ['{"n":1}'])
  assert.deepEqual([refused().length, asked.filter(({ pathname }) => pathname.endsWith('large')).length], [1, 0])
})

test('a swollen one is refused while it swells', async (t) => {
  const { put, look, refused } = await foundBucket(t)
  put('bomb.gz', gzipSync(Buffer.alloc(64 * 1024 * 1024 + 1, 32)))
  put('small', '{"n":1}')
  assert.deepEqual(await look(), ['{"n":1}'])
  assert.match(refused()[0]?.reason ?? '', /larger than 67108864 bytes/)
})

test('sorted keys are not listed for ever, and a late one inside the window is found', async (t) => {
  const { put, look, asked, clock } = await foundBucket(t, { keys: 'sorted' })
  for (let n = 0; n < 10; n++) {
    put(`2026/${n}`, `{"n":${n}}`)
    clock.pass(10 * minuteMs)
  }
  assert.equal((await look()).length, 10)
  put('2026/6-late', '{"late":1}')
  asked.length = 0
  assert.deepEqual(await look(), ['{"late":1}'])
  assert.equal(asked[0]?.searchParams.get('start-after'), '2026/3')
})

test('of old objects the first look takes a day, or as far back as it is told', async (t) => {
  const old = await foundBucket(t)
  const older = await foundBucket(t, { firstHours: 48 })
  for (const { put, clock } of [old, older]) {
    put('then', '{"then":1}')
    clock.pass(30 * 60 * minuteMs)
    put('now', '{"now":1}')
  }
  assert.deepEqual(await old.look(), ['{"now":1}'])
  assert.deepEqual(await older.look(), ['{"now":1}', '{"then":1}'])
})

test('each prefix has its own place, and other keys are left alone', async (t) => {
  const { put, look } = await foundBucket(t, { keys: 'sorted', prefixes: 'eu/,us/', suffix: '.json' })
  put('us/2.json', '{"us":2}')
  put('xx/1.json', '{"xx":1}')
  put('us/2.sum', '{"sum":2}')
  assert.deepEqual(await look(), ['{"us":2}'])
  put('eu/1.json', '{"eu":1}')
  put('us/3.json', '{"us":3}')
  assert.deepEqual(await look(), ['{"eu":1}', '{"us":3}'])
})

test('what may not be read waits for the permission, and holds nothing else up', async (t) => {
  const { put, look, state, clock, reader } = await foundBucket(t)
  put('a', '{"n":1}')
  put('b', '{"n":2}', { isSealed: true })
  put('c', '{"n":3}')
  await assert.rejects(look(), { code: 'ERR_VENDOR_SCOPE', retryAfterMs: minuteMs, message: /`b`/ })
  for (let hour = 0; hour < 3; hour++) {
    clock.pass(60 * minuteMs)
    put(`d${hour}`, `{"hour":${hour}}`)
    await assert.rejects(look(), { code: 'ERR_VENDOR_SCOPE' })
  }
  reader.inline.set(
    new Map([['all', JSON.stringify(allow('s3:ListBucket', 's3:GetObject', 'kms:Decrypt'))]]),
    clock.nowMs(),
  )
  clock.pass(state.lagMs)
  assert.deepEqual(await look(), ['{"n":2}'])
  assert.deepEqual(await look(), [])
})

test('of many that may not be read some wait, and what was read before the first too many is kept', async (t) => {
  const { put, look, pages, reader, clock, state } = await foundBucket(t)
  put('a', '{"n":1}')
  for (let n = 10; n < 80; n++) put(`b${n}`, `{"n":${n}}`, { isSealed: true })
  put('c', '{"n":2}')
  await assert.rejects(look(), { message: /^64 objects/ })
  assert.deepEqual(
    pages.flatMap(({ events }) => events.map(({ text }) => text)),
    ['{"n":1}'],
  )
  await assert.rejects(look(), { message: /^64 objects/ })
  reader.inline.set(
    new Map([['all', JSON.stringify(allow('s3:ListBucket', 's3:GetObject', 'kms:Decrypt'))]]),
    clock.nowMs(),
  )
  clock.pass(state.lagMs)
  assert.equal((await look()).length, 71)
})

test('a long object goes on in its middle after a death', async (t) => {
  const { put, look, pages, natives } = await foundBucket(t)
  put('long', Array.from({ length: 1_700 }, (_, n) => `{"n":${n}}`).join('\n'))
  const counts = [(await look(2)).length, (await look(1)).length, (await look()).length]
  assert.deepEqual(counts, [1_000, 500, 200])
  assert.equal(new Set(natives()).size, 1_700)
  assert.ok(pages.every(({ events }) => events.length <= 500))
})

test('a check says which permission is missing and prints the least role; a key that is not known is an error', async (t) => {
  const found = await foundBucket(t, { prefixes: 'in/' })
  const { put, reader, clock, state } = found
  put('in/a', '{}')
  const check = async () => (await found.check()).missing
  assert.deepEqual(await check(), [])
  const may = async (...actions: string[]) => {
    reader.inline.set(new Map([['read', JSON.stringify(allow(...actions))]]), clock.nowMs())
    clock.pass(state.lagMs)
    return check()
  }
  const [list = '', role = ''] = await may('s3:GetObject')
  assert.match(list, /s3:ListBucket.*below `in\/`/)
  assert.match(role, /"arn:aws:s3:::drops\/in\/\*"/)
  assert.match((await may('s3:ListBucket'))[0] ?? '', /s3:GetObject.*for `in\/a`/)
  const [key] = reader.keys
  key?.status.set('Inactive', clock.nowMs())
  clock.pass(state.lagMs)
  await assert.rejects(check(), { code: 'ERR_VENDOR_AUTH' })
  assert.deepEqual(
    found.role()?.scopes.map(({ name }) => name),
    ['s3:ListBucket', 's3:GetObject'],
  )
})

test('an object written anew since it was listed comes again as it is then', async (t) => {
  const found = await foundBucket(t)
  const { put, look, context } = found
  const { request } = context.http
  put('a', '{"n":1}')
  let isFirst = true
  context.http.request = (url, options) => {
    if (isFirst && new URL(url).pathname.endsWith('/a')) {
      isFirst = false
      put('a', '{"n":2}')
    }
    return request(url, options)
  }
  assert.deepEqual([await look(), await look()], [[], ['{"n":2}']])
})

/** Drops objects through a storm of looks and deaths; answers the numbers read, and how often. */
async function storm(t: TestContext, seed: number, keys: 'any' | 'sorted') {
  const { put, look, clock, pages, natives, state } = await foundBucket(t, { keys, prefixes: 'a/,b/' })
  state.listMax = 3
  const random = seededRandom(seed)
  let n = 0
  const startMs = clock.nowMs()
  for (let step = 0; step < 30; step++) {
    const dice = seededInt(random, 10)
    if (dice < 5) {
      const lines = Array.from({ length: 1 + seededInt(random, 3) * seededInt(random, 400) }, () => `{"n":${++n}}`)
      // Sorted, but for what comes late by less than an hour.
      const lateMs = seededInt(random, 50) * minuteMs
      const minutes = String(Math.floor((clock.nowMs() - startMs - lateMs) / minuteMs + 1_000)).padStart(6, '0')
      const id = `${seededInt(random, 1_000_000)}-${step}`
      const text = lines.join('\n')
      const name = `${dice < 2 ? 'a' : 'b'}/${keys === 'any' ? id : `${minutes}-${id}`}`
      // Uploads in parts are dated by their beginning.
      put(name, dice === 3 ? gzipSync(text) : text, { changedMs: clock.nowMs() - lateMs })
    } else await look(dice < 8 ? seededInt(random, 3) : Infinity)
    clock.pass(seededInt(random, 20) * minuteMs)
  }
  // The first may go on in the middle of one that died.
  await look()
  await look()
  const read = pages.flatMap(({ events }) => events.map(({ text = '' }) => parseOwnJson<{ n: number }>(text).n))
  return {
    read: read.toSorted((a, b) => a - b),
    written: Array.from({ length: n }, (_, i) => i + 1),
    natives: natives(),
  }
}

for (const keys of ['any', 'sorted'] as const) {
  test(`${storms} storms over ${keys} keys, with deaths in between, lose and double no record`, async (t) => {
    for (let seed = 1; seed <= storms; seed++) {
      const { read, written, natives } = await storm(t, seed, keys)
      assert.deepEqual(read, written, `seed ${seed}`)
      assert.equal(new Set(natives).size, natives.length, `seed ${seed}`)
    }
  })
}

test("CloudTrail's objects say what its event history says, under the same ids", async (t) => {
  const company = await foundCompany()
  t.after(company.close)
  const { state, clock, twin, secrets } = company
  const trail = withIntake(awsConnector, {
    stream: 'lookup',
    kinds: ['bucket'],
    parts: { folders: [] },
    known: { nativeOf: eventIdOf },
  })
  const archivist = state.addUser('archivist', clock.nowMs(), { read: allow('s3:ListBucket', 's3:GetObject') })
  const key = state.addKey(archivist, clock.nowMs())
  const prefix = 'AWSLogs/111122223333/CloudTrail/us-east-1/'
  const intake = { kind: 'bucket', bucket, endpoint: twin.url, prefixes: [prefix], keys: 'sorted' }
  const see = { ...secrets, bucketKeyId: key.id, bucketKeySecret: key.secret }
  const open = (config: Record<string, unknown>) => {
    const parsed = trail.config.parse({ ...company.config, ...config })
    const origins = awsOrigins(parsed)
    return openStages({
      connector: trail,
      config: parsed,
      authority: '111122223333',
      clock,
      origins,
      secretsOf: () => see,
    })
  }
  const history = open({})
  await history.pull('inventory')
  clock.pass(state.trailDelayMs)
  await history.pull('lookup')
  const records = history.logged.filter(({ stream }) => stream === 'lookup').map(({ raw }) => raw)
  assert.ok(records.length > 5)
  // Cut across two objects, one of which came twice; and one record of another account of the organisation.
  const foreign = JSON.stringify({
    ...parseOwnJson<object>(records[0] ?? ''),
    eventID: 'x',
    recipientAccountId: '444455556666',
  })
  const objectOf = (list: readonly string[]) => gzipSync(`{"Records":[${list.join(',')}]}`)
  const put = (name: string, list: readonly string[]) =>
    putObject(state.buckets, bucket, `${prefix}2026/03/24/${name}.json.gz`, {
      bytes: objectOf(list),
      changedMs: clock.nowMs(),
      encoding: 'gzip',
    })
  put('1200Z_a', records.slice(0, 3))
  put('1205Z_b', [...records.slice(2), foreign])
  const dropped = open({ intake })
  const items = await dropped.pull('lookup')
  const ids = (stages: typeof history) =>
    new Set(stages.logged.filter(({ stream }) => stream === 'lookup').map(({ id }) => id))
  const expected = new Set([...ids(history), eventId('t_default', 'aws', 'lookup', 'x')])
  assert.deepEqual([...ids(dropped)].sort(), [...expected].sort())
  const other = items[dropped.logged.findIndex(({ id }) => id === eventId('t_default', 'aws', 'lookup', 'x'))]
  assert.deepEqual([other?.ocsf.length, other?.facts, other?.edges, other?.touches], [1, [], [], []])
})
