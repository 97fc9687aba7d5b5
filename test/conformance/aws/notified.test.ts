import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'

import { parseOwnJson, seededInt, seededRandom, type Json } from '#kit'

import { forms, putTold, queuedAt, sendMessage, type Form } from '../../../lab/twins/aws/queues.ts'
import { allow, bucket, foundBucket } from './drops.ts'

/** Storms in every run; `CORDON_SCHEDULES=1000` for more. */
const storms = Math.min(1_000, Number(process.env['CORDON_SCHEDULES'] ?? 4))
const minuteMs = 60_000
const quarterMs = 15 * minuteMs
/** As long as a message is given to nobody else. */
const hiddenMs = 5 * minuteMs

/** As `foundBucket`, with a queue that is told of what is dropped, unless somebody sees to it that it is not. */
async function foundTold(t: TestContext, intake: Record<string, Json> = {}) {
  const found = await foundBucket(t, intake, 'drops')
  const { state, clock } = found
  const queue = state.addQueue('drops')
  const drop = (key: string, content: string | Uint8Array, form: Form = 's3', more = {}) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    return putTold(state, bucket, key, { bytes, changedMs: clock.nowMs(), ...more }, form).message
  }
  const send = (message: Json): void => sendMessage(state, queue, message)
  const tell = (...args: Parameters<typeof drop>): void => send(drop(...args))
  const left = (): number => queuedAt(state, queue).messages.length
  return { ...found, queue, drop, send, tell, left }
}

const numbers = (texts: readonly string[]): number[] =>
  texts.map((text) => parseOwnJson<{ n: number }>(text).n).toSorted((a, b) => a - b)

test('what messages tell of is taken as it is dropped, in every form AWS sends, by the role that is printed', async (t) => {
  const { tell, send, look, left, refused, gaps, asked, clock } = await foundTold(t)
  send({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: bucket })
  await look()
  clock.pass(minuteMs)
  forms.forEach((form, n) => tell(`in/a b+c&é=%41/${n}.gz`, gzipSync(`{"n":${n}}`), form))
  tell('in/folder/', 'x')
  tell('in/empty', '')
  asked.length = 0
  assert.deepEqual(numbers(await look()), [0, 1, 2, 3])
  assert.ok(!asked.some(({ searchParams }) => searchParams.has('list-type')), 'nothing is listed for it')
  assert.deepEqual([left(), refused(), gaps()], [0, [], []])
  clock.pass(quarterMs)
  assert.deepEqual([await look(), gaps()], [[], []], 'the listing finds nothing that is not known')
})

test('what no message told of is found by listing, and said to be a gap that was closed', async (t) => {
  const { drop, tell, look, gaps, clock, put } = await foundTold(t)
  put('before', '{"n":0}')
  clock.pass(quarterMs)
  assert.deepEqual(numbers(await look()), [0], 'what was there before the queue is no fault of it')
  clock.pass(minuteMs)
  const lostMs = clock.nowMs()
  drop('lost', '{"n":1}')
  tell('told', '{"n":2}')
  assert.deepEqual(numbers(await look()), [2])
  clock.pass(quarterMs)
  drop('young', '{"n":3}')
  assert.deepEqual(numbers(await look()), [1, 3])
  assert.deepEqual(gaps(), [{ fromMs: lostMs, toMs: clock.nowMs(), reason: 'not-notified', recovered: true }])
})

test('a message that comes twice, or after the listing found its object, counts nothing', async (t) => {
  const { drop, send, look, left, clock } = await foundTold(t)
  const message = drop('a', '{"n":1}')
  send(message)
  send(message)
  assert.deepEqual(numbers(await look()), [1])
  const late = drop('b', '{"n":2}')
  clock.pass(quarterMs)
  assert.deepEqual(numbers(await look()), [2])
  clock.pass(minuteMs)
  send(late)
  send(message)
  assert.deepEqual([await look(), left()], [[], 0])
})

test('of a versioned bucket each version is read, though another one lies over it by then', async (t) => {
  const { tell, look, state, gaps, clock } = await foundTold(t)
  state.versioned.add(bucket)
  tell('a', '{"n":1}', 's3')
  tell('a', '{"n":2}', 'event-bridge')
  assert.deepEqual(numbers(await look()), [1, 2])
  clock.pass(quarterMs)
  assert.deepEqual([await look(), gaps()], [[], []])
})

test('without versions, what was written over or deleted before it was read is a gap', async (t) => {
  const { tell, look, left, state, gaps, refused } = await foundTold(t)
  tell('a', '{"n":1}')
  tell('a', '{"n":2}')
  tell('b', '{"n":3}')
  state.buckets.get(bucket)?.delete('b')
  assert.deepEqual(numbers(await look()), [2])
  assert.deepEqual(
    gaps().map(({ reason }) => reason),
    ['object-lost', 'object-lost'],
  )
  assert.deepEqual([refused().map(({ place }) => place), left()], [['a', 'b'], 0])
})

const poison: Json[] = ['{', '[]', {}, { Records: [{ eventSource: 'aws:sns' }] }, { Records: [] }]

test('what nobody can read is left to the dead-letter queue, and said', async (t) => {
  const { send, tell, look, left, state, queue, refused, clock } = await foundTold(t)
  const deadLetters = state.addQueue('dead')
  queuedAt(state, queue).deadLetters = { to: deadLetters, receivedMax: 3 }
  for (const message of poison) send(message)
  const other = {
    Records: [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', eventTime: '2026-03-24T12:00:00Z' }],
  }
  send({
    ...other,
    Records: other.Records.map((one) => ({ ...one, s3: { bucket: { name: 'x' }, object: { key: '%' } } })),
  })
  tell('a', '{"n":1}')
  assert.deepEqual(numbers(await look()), [1])
  for (let times = 0; times < 4; times++) {
    clock.pass(hiddenMs)
    await look()
  }
  assert.deepEqual([left(), queuedAt(state, deadLetters).messages.length], [0, poison.length + 1])
  assert.equal(refused().length, poison.length + 1, 'each once')
  assert.ok(refused().every(({ reason, place }) => /dead-letter/.test(reason) && place.startsWith('message ')))
})

test('without a dead-letter queue it is deleted in the end, and said', async (t) => {
  const { send, look, left, refused, clock } = await foundTold(t)
  await look()
  for (const message of poison) send(message)
  for (let times = 0; times < 4; times++) {
    await look()
    clock.pass(hiddenMs)
  }
  assert.equal(left(), poison.length)
  await look()
  assert.equal(left(), 0)
  assert.equal(refused().filter(({ reason }) => /was deleted/.test(reason)).length, poison.length)
})

test("another bucket's objects are not read, though a message names them", async (t) => {
  const { state, clock, send, look, asked, refused } = await foundTold(t)
  await look()
  asked.length = 0
  const bytes = Buffer.from('{"n":1}')
  state.buckets.set('secret', new Map())
  send(putTold(state, 'secret', 'a', { bytes, changedMs: clock.nowMs() }, 's3').message)
  assert.deepEqual(await look(), [])
  assert.ok(asked.every(({ pathname }) => pathname === '/'))
  assert.match(refused()[0]?.reason ?? '', /another bucket/)
})

test('other keys than those asked for are left alone', async (t) => {
  const { tell, look, left } = await foundTold(t, { prefixes: 'eu/,us/', suffix: '.json' })
  tell('eu/1.json', '{"n":1}')
  tell('eu/1.sum', '{"n":2}')
  tell('xx/1.json', '{"n":3}')
  assert.deepEqual([numbers(await look()), left()], [[1], 0])
})

test('what may not be read waits for the permission, without its message', async (t) => {
  const { tell, look, left, reader, clock, state, role } = await foundTold(t)
  tell('a', '{"n":1}', 's3', { isSealed: true })
  tell('b', '{"n":2}')
  await assert.rejects(look(), { code: 'ERR_VENDOR_SCOPE' })
  assert.equal(left(), 0)
  const least = JSON.stringify(role()?.json)
  reader.inline.set(
    new Map([
      ['read', least],
      ['more', JSON.stringify(allow('kms:Decrypt'))],
    ]),
    clock.nowMs(),
  )
  clock.pass(state.lagMs)
  assert.deepEqual(numbers(await look()), [1])
})

test('whatever ails the queue, objects are listed, and the fault is said', async (t) => {
  const { drop, look, state, queue, clock, pages } = await foundTold(t)
  await look()
  clock.pass(quarterMs)
  drop('a', '{"n":1}')
  state.queues.delete(queue)
  await assert.rejects(look(), { code: 'ERR_VENDOR_ABSENT', place: 'config: intake.queue' })
  assert.deepEqual(numbers(pages.flatMap(({ events }) => events.map(({ text = '' }) => text))), [1])
})

test('a check tries each call, names the right that is missing, and what the queue lacks', async (t) => {
  const { tell, look, check, reader, clock, state, role } = await foundTold(t)
  state.versioned.add(bucket)
  tell('a', '{"n":1}')
  assert.deepEqual((await check()).missing, [])
  assert.match((await check()).says.join('\n'), /no dead-letter queue/)
  assert.deepEqual(numbers(await look()), [1], 'a check takes nothing away')
  const named = role()?.scopes.map(({ name }) => name) ?? []
  for (const lacking of named) {
    const may = named.filter((name) => name !== lacking)
    reader.inline.set(new Map([['read', JSON.stringify(allow(...may))]]), clock.nowMs())
    clock.pass(state.lagMs)
    const { missing } = await check()
    assert.match(missing[0] ?? '', new RegExp(`${lacking}\\b`), `without ${lacking}`)
  }
  assert.equal(named.length, 6)
})

test('the role is printed for Terraform, with who alone may send', async (t) => {
  const { role } = await foundTold(t, { prefixes: 'in/' })
  const { terraform = '', text = [] } = role() ?? {}
  assert.match(terraform, /aws_sqs_queue_policy[^]*"aws:SourceArn": "arn:aws:s3:::drops"/)
  assert.match(terraform, /filter_prefix = "in\/"/)
  assert.match(text.join('\n'), /dead-letter/)
})

test('a message stays until its records are on disk', async (t) => {
  const { tell, look, left, clock } = await foundTold(t)
  await look()
  tell('a', '{"n":1}')
  await look(0)
  assert.equal(left(), 1)
  clock.pass(hiddenMs)
  assert.deepEqual([numbers(await look()), left()], [[1], 0])
})

test('an old object whose message comes again behind many others is known by when it was read', async (t) => {
  const { send, drop, look, natives, left, clock } = await foundTold(t)
  await look()
  const message = drop('a', '{"n":0}')
  send(message)
  clock.pass(3 * 86_400_000)
  for (let n = 1; n <= 300; n++) drop(`lost/${n}`, `{"n":${n}}`)
  await look()
  send(message)
  assert.deepEqual([await look(), left(), natives().length], [[], 0, 301])
})

test('a process that dies behind any of its calls loses and doubles no record', async (t) => {
  let deaths = 0
  for (let calls = 1; ; calls++) {
    const { tell, drop, look, lookAndDie, natives, pages, left, clock } = await foundTold(t)
    await look()
    forms.forEach((form, n) => tell(`told/${n}`, `{"n":${n}}`, form))
    tell('long', Array.from({ length: 700 }, (_, n) => `{"n":${100 + n}}`).join('\n'))
    drop('lost', '{"n":50}')
    clock.pass(quarterMs)
    const isDead = await lookAndDie(calls)
    for (let looks = 0; looks < 3; looks++) {
      clock.pass(hiddenMs + quarterMs)
      await look()
    }
    const texts = pages.flatMap(({ events }) => events.map(({ text = '' }) => text))
    const expected = [0, 1, 2, 3, 50, ...Array.from({ length: 700 }, (_, n) => 100 + n)]
    assert.deepEqual(numbers(texts), expected, `died behind call ${calls}`)
    assert.equal(new Set(natives()).size, natives().length)
    assert.equal(left(), 0)
    if (!isDead) break
    deaths++
  }
  assert.ok(deaths >= 10, `${deaths} places to die`)
})

/** Drops through a storm of lost, doubled, late and unreadable messages, deaths between. */
async function storm(t: TestContext, seed: number) {
  const { drop, send, look, lookAndDie, clock, pages, natives, state } = await foundTold(t, { prefixes: 'a/,b/' })
  state.listMax = 3
  const random = seededRandom(seed)
  const held: Json[] = []
  let n = 0
  for (let step = 0; step < 40; step++) {
    const dice = seededInt(random, 12)
    if (dice < 6) {
      const lines = Array.from({ length: 1 + seededInt(random, 3) * seededInt(random, 300) }, () => `{"n":${++n}}`)
      const form = forms[seededInt(random, forms.length)] ?? 's3'
      const message = drop(`${dice < 3 ? 'a' : 'b'}/${seededInt(random, 1_000_000)}-${step}`, lines.join('\n'), form)
      const fate = seededInt(random, 6)
      if (fate === 0) continue
      if (fate === 1) held.push(message)
      else for (let times = 0; times < (fate === 2 ? 2 : 1); times++) send(message)
    } else if (dice === 6) send(poison[seededInt(random, poison.length)] ?? {})
    else if (dice === 7) for (const message of held.splice(0)) send(message)
    else if (dice < 10) await lookAndDie(1 + seededInt(random, 12))
    else await look(dice === 10 ? seededInt(random, 3) : Infinity)
    clock.pass(seededInt(random, 8) * minuteMs)
  }
  for (let looks = 0; looks < 3; looks++) {
    clock.pass(quarterMs)
    await look()
  }
  const read = pages.flatMap(({ events }) => events.map(({ text = '' }) => text))
  return { read: numbers(read), written: Array.from({ length: n }, (_, i) => i + 1), natives: natives() }
}

test(`${storms} storms of messages, with deaths behind calls and pages, lose and double no record`, async (t) => {
  for (let seed = 1; seed <= storms; seed++) {
    const { read, written, natives } = await storm(t, seed)
    assert.deepEqual(read, written, `seed ${seed}`)
    assert.equal(new Set(natives).size, natives.length, `seed ${seed}`)
  }
})
