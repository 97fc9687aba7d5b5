import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { createRpcPeer, rpcFrameBytesMax, type RpcHandler } from './rpc.ts'

/** Two ends of a real local socket. */
async function openPair(t: TestContext): Promise<[Socket, Socket]> {
  const path = join(mkdtempSync(join(tmpdir(), 'cordon-rpc-')), 's')
  const server = createServer()
  server.listen(path)
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const near = connect(path)
  const [far] = await accepted
  t.after(() => {
    near.destroy()
    far.destroy()
    server.close()
  })
  return [near, far]
}
const echo: RpcHandler = (_, params) => Promise.resolve(params)

test('a call too large for a frame is refused, and the socket lives on', async (t) => {
  const [near, far] = await openPair(t)
  createRpcPeer(far, (method) => Promise.resolve(method === 'big' ? 'x'.repeat(rpcFrameBytesMax) : 'small'))
  const peer = createRpcPeer(near, echo)
  await assert.rejects(peer.call('any', 'x'.repeat(rpcFrameBytesMax)), { code: 'ERR_RPC_SIZE', retryable: false })
  await assert.rejects(peer.call('big', null), { code: 'ERR_RPC_SIZE' })
  assert.equal(await peer.call('any', null), 'small')
})

test('a large frame in many pieces arrives whole', async (t) => {
  const [near, far] = await openPair(t)
  createRpcPeer(far, echo)
  const value = 'y'.repeat(4 * 1024 * 1024)
  assert.equal(await createRpcPeer(near, echo).call('echo', value), value)
})

test('what is no frame closes the socket and nothing else', async (t) => {
  const [near, far] = await openPair(t)
  const peer = createRpcPeer(far, echo)
  const waiting = assert.rejects(peer.call('never', null), { code: 'ERR_RPC_CLOSED', retryable: true })
  near.write(Buffer.concat([Buffer.from([0, 0, 0, 3]), Buffer.from('{no')]))
  await waiting
  await peer.closed
})
