import assert from 'node:assert/strict'
import { test } from 'node:test'

import { addressOf, eventsOf } from './api.ts'
import { refusalOf, saidOf } from './problem.ts'

test('a name goes into an address as one part, and what is not given stays away', () => {
  assert.equal(addressOf('/v1/sources/{source}', { params: { source: '../users' } }), '/v1/sources/..%2Fusers')
  assert.equal(addressOf('/v1/findings', { query: { max: '100', before: undefined } }), '/v1/findings?max=100')
  assert.equal(addressOf('/v1/sources', {}), '/v1/sources')
})

const bytesOf = (...chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks)
        controller.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
      controller.close()
    },
  })

async function all(events: AsyncGenerator<string>): Promise<string[]> {
  const found: string[] = []
  for await (const event of events) found.push(event)
  return found
}

test('events are whole however the network cuts them', async () => {
  const whole = new TextEncoder().encode('data: {"a":"ä"}\n\n: a comment\n\ndata: one\ndata: two\n\ndata: never ended')
  for (const at of [1, 12, 14, 16, 20, whole.length - 1]) {
    const found = await all(eventsOf(bytesOf(whole.slice(0, at), whole.slice(at))))
    assert.deepEqual(found, ['{"a":"ä"}', 'one\ntwo'], `cut at ${at}`)
  }
})

test('an event without an end is given up', async () => {
  const chunk = 'x'.repeat(1024 * 1024)
  await assert.rejects(all(eventsOf(bytesOf('data: ', chunk, chunk, chunk, chunk, chunk))))
})

test('a refusal says what the API says, and what is no Cordon is called so', () => {
  const body = { code: 'ERR_API_FORBIDDEN', detail: '`ada` may not source.write', hint: 'ask', status: 403 }
  assert.deepEqual(refusalOf(403, body), {
    status: 403,
    code: 'ERR_API_FORBIDDEN',
    detail: '`ada` may not source.write',
    hint: 'ask',
  })
  assert.equal(refusalOf(502, '<html>').detail, 'something answered 502 that is not Cordon')
  assert.equal(saidOf(new TypeError('x is undefined')).detail, 'x is undefined')
})
