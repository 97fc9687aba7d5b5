import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededInt, seededRandom, utf8 } from '#kit'

import { FrameReader, messageBytesMax } from './frames.ts'
import { readSyslog } from './message.ts'
import { recordOf } from './record.ts'

const BOM = '\ufeff'
const read = (text: string) => readSyslog(utf8(text))

test('the examples of RFC 5424, 6.5', () => {
  assert.deepEqual(
    read(
      `<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - ${BOM}'su root' failed for lonvick on /dev/pts/8`,
    ),
    {
      facility: 4,
      severity: 2,
      timestamp: '2003-10-11T22:14:15.003Z',
      host: 'mymachine.example.com',
      app: 'su',
      process: null,
      messageId: 'ID47',
      data: {},
      message: "'su root' failed for lonvick on /dev/pts/8",
    },
  )
  const second = read(
    "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
  )
  assert.ok('message' in second)
  assert.deepEqual([second.facility, second.severity, second.process], [20, 5, '8710'])
  const data = { 'exampleSDID@32473': { iut: '3', eventSource: 'Application', eventID: '1011' } }
  const element = '[exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"]'
  const third = read(
    `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 ${element} ${BOM}An application event log entry...`,
  )
  assert.deepEqual('data' in third && [third.data, third.message], [data, 'An application event log entry...'])
  const fourth = read(
    `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 ${element}[examplePriority@32473 class="high"]`,
  )
  assert.deepEqual('data' in fourth && [fourth.data, fourth.message], [
    { ...data, 'examplePriority@32473': { class: 'high' } },
    '',
  ])
})

test('escapes in the structured data, and names that would be dangerous', () => {
  const found = read(String.raw`<13>1 - - - - - [a x="\"\\\]" y="[b"][__proto__ z="1"] m`)
  assert.ok('data' in found)
  assert.deepEqual(found.data['a'], { x: '"\\]', y: '[b' })
  assert.equal(Object.getPrototypeOf(found.data), Object.prototype)
})

test('what is no RFC 5424 message is named by its column', () => {
  const faults: [string, number][] = [
    ['no priority', 1],
    ['<192>1 - - - - - - x', 1],
    ['<34>Oct 11 22:14:15 mymachine su: old BSD form', 5],
    ['<34>2 - - - - - - x', 5],
    ['<34>1 yesterday h a p m - x', 7],
    ['<34>1 - host', 9],
    ['<34>1 - - - - - [a b=c] x', 17],
    ['<34>1 - - - - - [a b="c"', 17],
    ['<34>1 - - - - - -x', 18],
  ]
  for (const [text, column] of faults) {
    const found = read(text)
    assert.ok('reason' in found, text)
    assert.equal(found.column, column, text)
  }
})

test('messages are cut the same however their bytes arrive', () => {
  const random = seededRandom(3)
  for (let turn = 0; turn < 300; turn++) {
    const texts = Array.from(
      { length: 1 + seededInt(random, 8) },
      () => `<1>1 ${'ä\n9 '.repeat(seededInt(random, 60))}`,
    )
    const bytes = Buffer.concat(texts.map((text) => utf8(`${utf8(text).length} ${text}`)))
    const frames = new FrameReader('octets')
    const found: string[] = []
    for (let at = 0; at < bytes.length;) {
      const next = at + 1 + seededInt(random, turn % 2 === 0 ? 3 : 200)
      const { messages, fault } = frames.push(bytes.subarray(at, next))
      assert.equal(fault, undefined)
      found.push(...messages.map(String))
      at = next
    }
    assert.deepEqual(found, texts)
    assert.ok(!frames.isPartial)
  }
})

test('what cannot be cut ends the connection behind what could', () => {
  const of = (text: string, framing: 'octets' | 'lines' = 'octets') => {
    const { messages, fault } = new FrameReader(framing).push(utf8(text))
    return [messages.map(String), fault?.message]
  }
  assert.deepEqual(of('2 ab<34>1 - x\n'), [['ab'], 'messages are ended by line ends, not counted'])
  assert.deepEqual(of(`2 ab${messageBytesMax + 1} x`), [['ab'], `a message is longer than ${messageBytesMax} bytes`])
  for (const bad of ['0 ', '01 a', 'x', ' 1 a', '-1 a', '1234567890 a']) assert.ok(of(bad)[1], bad)
  assert.deepEqual(of(`${messageBytesMax} ${'x'.repeat(messageBytesMax)}`), [['x'.repeat(messageBytesMax)], undefined])
  assert.deepEqual(of('a\r\n\nb\nc', 'lines'), [['a', 'b'], undefined])
  assert.ok(of('x'.repeat(messageBytesMax + 1), 'lines')[1])
})

test('two equal messages are one only when they say enough to be told apart', () => {
  const native = (text: string, arrival: string) => {
    const record = recordOf(utf8(text), 'text', arrival, 2_000_000_000_000)
    return 'native' in record ? record.native : undefined
  }
  const fine = '<13>1 2026-03-24T10:39:00.123456Z h a - - - x'
  const coarse = '<13>1 2026-03-24T10:39:00Z h a - - - x'
  const numbered = '<13>1 2026-03-24T10:39:00Z h a - - [meta sequenceId="7"] x'
  assert.equal(native(fine, '1'), native(fine, '2'))
  assert.equal(native(numbered, '1'), native(numbered, '2'))
  assert.notEqual(native(coarse, '1'), native(coarse, '2'))
})

test("a message of JSON is the record itself; its time is the sender's where it says none", () => {
  const nowMs = Date.UTC(2026, 2, 25)
  const at = Date.UTC(2026, 2, 24, 10, 39)
  const head = '<13>1 2026-03-24T10:39:00.000Z h a - - - '
  const record = recordOf(utf8(`${head}@cee: {"n": 1.0}`), 'json', 'x', nowMs)
  assert.deepEqual('text' in record && [record.text, record.eventAtMs], ['{"n": 1.0}', at])
  assert.ok('reason' in recordOf(utf8(`${head}no json`), 'json', 'x', nowMs))
  assert.ok('reason' in recordOf(utf8(`${head} `), 'json', 'x', nowMs))
  assert.ok('reason' in recordOf(utf8(head.replace('2026', '2028')), 'text', 'x', nowMs))
})
