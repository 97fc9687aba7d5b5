import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import * as fc from 'fast-check'

import { CordonError, utf8 } from '#kit'
import { defaultTenant } from '#model'

import { intakeLimits, parseUpload, readUpload, type UploadOptions } from './index.ts'

const nowMs = Date.UTC(2026, 2, 24, 12)
const options: UploadOptions = {
  tenant: defaultTenant,
  source: 'src',
  stream: 'log',
  batch: 'b1',
  partial: 'keep',
  nowMs,
  scrub: (json) => json,
}
const parse = (text: string, extra: Partial<UploadOptions> = {}) => parseUpload(utf8(text), { ...options, ...extra })
const rejects = (code: string, place?: string) => (error: unknown) =>
  error instanceof CordonError && error.code === code && error.place === place

test('each line is an event with the record as it was sent', () => {
  const { events, badCount } = parse('{"a":1,"n":12345678901234567890}\r\n\n  {"b": 2}\n')
  assert.deepEqual(
    events.map((event) => event.raw),
    ['{"a":1,"n":12345678901234567890}', '  {"b": 2}'],
  )
  assert.equal(badCount, 0)
  assert.equal(new Set(events.map((event) => event.id)).size, 2)
})

test('an array gives its elements, each with its own text', () => {
  const texts = [' [ {"a" : "x],\\"{" },\n{"b":[1,{"c":"\\\\"}]} ] ', '[]', '[\n]', '{\n "a": 1\n}']
  assert.deepEqual(
    texts.map((text) => parse(text).events.map((event) => event.raw)),
    [['{"a" : "x],\\"{" }', '{"b":[1,{"c":"\\\\"}]}'], [], [], ['{\n "a": 1\n}']],
  )
})

test('array elements are those that JSON.parse finds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
      fc.constantFrom(undefined, 1, '\t'),
      (records, indent) => {
        const { events } = parse(JSON.stringify(records, null, indent))
        assert.equal(
          `[${events.map((event) => JSON.stringify(JSON.parse(event.raw))).join()}]`,
          JSON.stringify(records),
        )
      },
    ),
    { numRuns: 200 },
  )
})

test('bad lines are named with line, column and reason; the caller chooses about the rest', () => {
  const text = '{"ok":1}\n{"a":tru}\n[1]\n{"deep":' + '['.repeat(70) + ']'.repeat(70) + '}\n{"ok":2}'
  const kept = parse(text, { contentType: 'application/x-ndjson' })
  assert.equal(kept.events.length, 2)
  assert.deepEqual(
    kept.bad.map(({ line, code }) => [line, code]),
    [
      [2, 'ERR_LINE_SYNTAX'],
      [3, 'ERR_LINE_SHAPE'],
      [4, 'ERR_LINE_DEPTH'],
    ],
  )
  assert.equal(kept.bad[0]?.column, 9)
  assert.equal(parse(text, { partial: 'reject' }).events.length, 0)
  assert.equal(parse(text, { partial: 'reject' }).badCount, 3)
})

test('a bad element of an array is named by its place in the upload', () => {
  const { bad, events } = parse('[{"a":1},\n  {"b":x},\n {"c":3}]')
  assert.deepEqual(
    bad.map(({ line, column, code }) => [line, column, code]),
    [[2, 8, 'ERR_LINE_SYNTAX']],
  )
  assert.equal(events.length, 2)
})

test('the list of bad lines is bounded, their count is not', () => {
  const { bad, badCount } = parse('{"ok":1}\n' + 'nope\n'.repeat(500))
  assert.deepEqual([bad.length, badCount], [intakeLimits.badLinesMax, 500])
})

test('a clock far ahead is refused, a day is forgiven', () => {
  const late = (hours: number): string => JSON.stringify({ time: new Date(nowMs + hours * 3_600_000).toISOString() })
  const { bad, events } = parse(`${late(23)}\n${late(25)}\n{"ts":${(nowMs + 26 * 3_600_000) / 1000}}`)
  assert.deepEqual(
    bad.map(({ line, code }) => [line, code]),
    [
      [2, 'ERR_LINE_CLOCK'],
      [3, 'ERR_LINE_CLOCK'],
    ],
  )
  assert.equal(events[0]?.eventAtMs, nowMs + 23 * 3_600_000)
})

test('event times are read from the usual fields and forms', () => {
  const times = [
    '{"@timestamp":"2026-03-24T10:00:00Z"}',
    '{"eventTime":1774346400000}',
    '{"ts":"1774346400"}',
    '{"time":1774346400.5}',
    '{"x":1}',
    '{"timestamp":"2026-03-24 10:00:00.123 UTC"}',
  ]
  assert.deepEqual(
    times.map((text) => parse(text).events[0]?.eventAtMs),
    [1774346400000, 1774346400000, 1774346400000, 1774346400500, null, 1774346400123],
  )
})

test('a resend gives the same ids; the vendor id counts before the line', () => {
  const ids = (text: string, extra: Partial<UploadOptions> = {}) => parse(text, extra).events.map((event) => event.id)
  assert.deepEqual(ids('{"a":1}\n{"a":2}'), ids('{"a":1}\n{"a":2}'))
  assert.notDeepEqual(ids('{"a":1}'), ids('{"a":1}', { batch: 'b2' }))
  const keep: UploadOptions['keep'] = (raw) => [{ native: JSON.stringify(raw['a']), eventAtMs: null, raw }]
  assert.deepEqual(ids('{"a":1}', { keep }), ids('{"a":1}', { keep, batch: 'b2' }))
  assert.equal(new Set(ids('[{"a":1},{"a":1}]')).size, 2)
})

const keepCalls: UploadOptions['keep'] = ({ calls }) => {
  if (!Array.isArray(calls)) throw new CordonError('ERR_TEST', 'no batch of calls')
  return calls.map((call) => ({
    native: undefined,
    eventAtMs: nowMs + (call === 'late' ? 2 * intakeLimits.aheadMsMax : 0),
    raw: { call },
  }))
}

test('a stream that unpacks batches stores what it keeps, and nothing else', () => {
  const text = '{"calls":["a","b"],"prompt":"PRIVATE"}\n{"calls":[]}\n{"calls":["a"]}'
  const { events, badCount, lines } = parse(text, { keep: keepCalls, scrub: (json) => json.replace('"b"', '"fp"') })
  assert.deepEqual(
    events.map(({ raw, eventAtMs }) => [raw, eventAtMs]),
    ['a', 'fp', 'a'].map((call) => [JSON.stringify({ call }), nowMs]),
  )
  assert.deepEqual([badCount, lines], [0, 3])
  assert.equal(new Set(events.map(({ id }) => id)).size, 3)
  assert.deepEqual(parse(text, { keep: keepCalls }).events[2]?.id, events[2]?.id)
})

test('what a stream cannot read is a bad line with its place; a fault of its own is none', () => {
  const text = '{"calls":["a","late"]}\n{"prompt":"PRIVATE"}'
  assert.deepEqual(
    parse(text, { keep: keepCalls }).bad.map(({ line, code, reason }) => [
      line,
      code,
      reason.replace(/time .* is/, ''),
    ]),
    [
      [1, 'ERR_LINE_CLOCK', 'its  more than 24 hours ahead'],
      [2, 'ERR_LINE_SHAPE', 'no batch of calls'],
    ],
  )
  assert.equal(parse(text, { keep: keepCalls }).events.length, 1)
  assert.equal(parse(text, { keep: keepCalls, partial: 'reject' }).events.length, 0)
  const broken = (): never => assert.fail('a fault of ours')
  assert.throws(() => parse(text, { keep: broken }), { message: 'a fault of ours' })
})

test('encodings other than UTF-8 are named, with the place', () => {
  assert.throws(() => parseUpload(Buffer.from('\ufeff{"a":1}', 'utf16le'), options), {
    message: 'the upload is UTF-16 (little endian)',
  })
  assert.deepEqual(parse('\ufeff{"a":1}').events[0]?.raw, '{"a":1}')
  const latin = Buffer.from('{"a":1}\n{"name":"Jürgen"}', 'latin1')
  assert.throws(() => parseUpload(latin, options), rejects('ERR_INTAKE_ENCODING', 'line 2, byte 11'))
  const cut = Buffer.concat([Buffer.from('{"a":"ü'), Buffer.from([0xc3])])
  assert.throws(() => parseUpload(cut, options), rejects('ERR_INTAKE_ENCODING', 'line 1, byte 10'))
})

test('too large, too many, too long, broken: each says so and takes nothing', async () => {
  const limits = { ...intakeLimits, bytesMax: 2_000, inflatedBytesMax: 10_000, linesMax: 50, lineUnitsMax: 500 }
  const read = (body: Uint8Array, contentEncoding?: string) =>
    readUpload(body, { ...options, limits, ...(contentEncoding === undefined ? {} : { contentEncoding }) })
  await assert.rejects(read(utf8('x'.repeat(2_001))), rejects('ERR_INTAKE_TOO_LARGE'))
  await assert.rejects(read(gzipSync('{}\n'.repeat(100_000))), rejects('ERR_INTAKE_TOO_LARGE'))
  await assert.rejects(read(gzipSync('{}\n'.repeat(51))), rejects('ERR_INTAKE_TOO_MANY', 'line 51'))
  await assert.rejects(read(gzipSync('{"a":1}').subarray(0, 20), 'gzip'), rejects('ERR_INTAKE_COMPRESSION'))
  await assert.rejects(read(utf8('{}'), 'br'), rejects('ERR_INTAKE_COMPRESSION'))
  await assert.rejects(read(utf8('[{"a":1}')), rejects('ERR_INTAKE_SHAPE', 'line 1, column 9'))
  await assert.rejects(read(utf8('[{"a":1}] x')), rejects('ERR_INTAKE_SHAPE', 'line 1, column 10'))
  assert.equal((await read(utf8(`{"a":"${'x'.repeat(600)}"}`))).bad[0]?.code, 'ERR_LINE_SIZE')
  assert.equal((await read(gzipSync('{"a":1}\n{"a":2}'))).events.length, 2)
})

test('a long upload lets other work in between', async () => {
  const state = { turns: 0, isDone: false }
  const reading = readUpload(utf8('{"a":1}\n'.repeat(9_000)), options).finally(() => (state.isDone = true))
  while (!state.isDone) {
    await new Promise((resolve) => setImmediate(resolve))
    state.turns++
  }
  assert.equal((await reading).events.length, 9_000)
  assert.ok(state.turns > 20, `${state.turns} turns`)
})

test('what is scrubbed is what leaves', () => {
  assert.equal(parse('{"a":"x"}', { scrub: (json) => json.replace('x', 'fp:k1.y') }).events[0]?.raw, '{"a":"fp:k1.y"}')
})
