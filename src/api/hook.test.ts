import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'

import { Hono } from 'hono'

import { createGate } from './gate.ts'
import { hookBytesMax, hookReader } from './hook.ts'
import { listen, toProblem } from './index.ts'

/** A server with one hook; answers with how much it read. `entered` hears of each call that got to its handler. */
async function serve(options: { bytesInHand?: number; bodyMs: number; entered?: () => void }) {
  const gate = createGate(options.bytesInHand ?? hookBytesMax * 4, 'webhooks')
  const app = new Hono()
  app.post('/hook', async (context) => {
    const hook = hookReader(context, gate, options.bodyMs)
    try {
      options.entered?.()
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

/** Says it sends 900 bytes and sends one every 20 ms. */
function dribble(t: TestContext, port: number): Socket {
  const slow = connect(port, '127.0.0.1')
  slow.write('POST /hook HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n{')
  const timer = setInterval(() => slow.write(' '), 20)
  t.after(() => {
    clearInterval(timer)
    slow.destroy()
  })
  return slow
}

test('bodies being read hold their place, and a call that finds none is told to come again', async (t) => {
  const entered = Promise.withResolvers<void>()
  const { port, url, close } = await serve({ bytesInHand: 1000, bodyMs: 60_000, entered: entered.resolve })
  t.after(close)
  dribble(t, port)
  await entered.promise
  assert.equal(await codeOf(fetch(url, { method: 'POST', body: 'x'.repeat(500) })), 'ERR_API_BUSY')
})

test('a body that dribbles is cut off, and its place is given to others', async (t) => {
  const { port, url, close } = await serve({ bytesInHand: 1000, bodyMs: 300 })
  t.after(close)
  const [said] = await once(dribble(t, port), 'data')
  assert.match(String(said), /ERR_INTAKE_SLOW/)
  assert.equal(await (await fetch(url, { method: 'POST', body: 'x'.repeat(500) })).text(), '500')
})

test('a body over the bound is refused by its length before anybody looks at the call, or while it comes', async (t) => {
  let calls = 0
  const { url, close } = await serve({ bodyMs: 60_000, entered: () => calls++ })
  t.after(close)
  const big = new Uint8Array(hookBytesMax + 1)
  assert.equal(await codeOf(fetch(url, { method: 'POST', body: big })), 'ERR_API_SIZE')
  assert.equal(calls, 0)
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(big)
      controller.close()
    },
  })
  const streamed = fetch(url, { method: 'POST', body: stream, duplex: 'half' })
  assert.equal(await codeOf(streamed), 'ERR_API_SIZE')
})
