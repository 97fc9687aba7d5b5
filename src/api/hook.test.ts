import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'

import { Hono } from 'hono'

import { createGate } from './gate.ts'
import { hookBytesMax, hookReader } from './hook.ts'
import { listen, toProblem } from './index.ts'

/** A server with one hook whose reader gives up early; answers with what it read. */
async function serve(options: { bytesInHand?: number; bodyMs?: number } = {}) {
  const gate = createGate(options.bytesInHand ?? hookBytesMax * 4, 'webhooks')
  const app = new Hono()
  app.post('/hook', async (context) => {
    const hook = hookReader(context, gate, options.bodyMs ?? 150)
    try {
      return context.text(String((await hook.read()).length))
    } finally {
      hook.leave()
    }
  })
  app.onError((error, context) => context.json(toProblem(error), 500, { code: toProblem(error).code }))
  const { server, port } = await listen(app, '127.0.0.1', 0)
  return { port, url: `http://127.0.0.1:${port}/hook`, close: () => server.close() }
}
const codeOf = async (answer: Promise<Response>) => (await answer).headers.get('code')

test('a body that dribbles is cut off, and its place is given to others', async (t) => {
  const { port, url, close } = await serve({ bytesInHand: 1000 })
  t.after(close)
  const slow = connect(port, '127.0.0.1')
  t.after(() => slow.destroy())
  slow.write('POST /hook HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n{')
  const dribble = setInterval(() => slow.write(' '), 20)
  t.after(() => clearInterval(dribble))
  await new Promise((done) => setTimeout(done, 50))
  assert.equal(await codeOf(fetch(url, { method: 'POST', body: 'x'.repeat(500) })), 'ERR_API_BUSY')
  const [said] = await new Promise<Buffer[]>((done) => slow.once('data', (data: Buffer) => done([data])))
  assert.match(String(said), /ERR_INTAKE_SLOW/)
  assert.equal(await (await fetch(url, { method: 'POST', body: 'x'.repeat(500) })).text(), '500')
})

test('a body over the bound is refused by its length, or while it comes', async (t) => {
  const { url, close } = await serve({ bodyMs: 5_000 })
  t.after(close)
  const big = new Uint8Array(hookBytesMax + 1)
  assert.equal(await codeOf(fetch(url, { method: 'POST', body: big })), 'ERR_API_SIZE')
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(big)
      controller.close()
    },
  })
  const streamed = fetch(url, { method: 'POST', body: stream, duplex: 'half' })
  assert.equal(await codeOf(streamed), 'ERR_API_SIZE')
})
