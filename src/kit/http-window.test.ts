import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { test } from 'node:test'

import { createHttp } from './http.ts'

/** A server whose answers have no end; `left` resolves when the other side has gone. */
async function endless(write: (response: ServerResponse) => void) {
  let tell = (): void => undefined
  const left = new Promise<void>((resolve) => (tell = resolve))
  const server = createServer((_, response) => {
    response.once('close', tell)
    write(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const origin = `http://127.0.0.1:${address.port}`
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { http: createHttp([origin]), origin, left, close }
}

test('of an answer without an end what has come is taken once it falls silent, and the connection is left', async () => {
  const { http, origin, left, close } = await endless((response) => void response.write('a\nb\n'))
  const window = { forMs: 20_000, quietMs: 100, bytesMax: 1_000 }
  assert.equal((await http.request(origin, { window })).text, 'a\nb\n')
  await left
  close()
})

test('one that never falls silent ends by time, and by size', async () => {
  const { http, origin, close } = await endless((response) => {
    const timer = setInterval(() => response.write('line\n'), 5)
    response.once('close', () => clearInterval(timer))
  })
  const byTime = await http.request(origin, { window: { forMs: 200, quietMs: 5_000, bytesMax: 1_000_000 } })
  assert.match(byTime.text, /^(line\n)+$/)
  const bySize = await http.request(origin, { window: { forMs: 60_000, quietMs: 60_000, bytesMax: 20 } })
  assert.ok(bySize.bytes.length >= 20 && bySize.bytes.length < 200)
  close()
})
