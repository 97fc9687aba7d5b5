import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'

import { isObject, parseJson, systemClock } from '#kit'
import { validateOcsf } from '#model/ocsf'
import { listenForSyslog } from '#sources'

import { readSyslog } from '../../../src/sources/intake/syslog/message.ts'
import { findingOf, openOutputs, planted } from './rig.ts'

const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'there is no openssl here'
const home = mkdtempSync(join(tmpdir(), 'cordon-out-'))
after(() => rmSync(home, { recursive: true }))

function certificate(name: string, address: string) {
  const [key, cert] = [join(home, `${name}.key`), join(home, `${name}.pem`)]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const named = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=IP:${address}`]
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...named], { stdio: 'ignore' })
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
}

const portOf = (server: Server): Promise<number> =>
  new Promise((done) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      done(typeof address === 'object' ? (address?.port ?? 0) : 0)
    }),
  )

async function listen(t: TestContext, tls: { cert: string; key: string }) {
  const lines: Buffer[] = []
  const server = await listenForSyslog({
    host: '127.0.0.1',
    port: 0,
    tls: { ...tls, requestCert: false },
    framing: 'octets',
    clock: systemClock,
    take: (messages) => {
      lines.push(...messages.map((one) => Buffer.from(one)))
      return Promise.resolve()
    },
    refuse: () => undefined,
  })
  t.after(() => server.close())
  return { lines, port: server.port }
}

test(
  'messages are RFC 5424 over TLS with a certificate that counts, and count once the receiver has read to the end',
  { skip },
  async (t) => {
    const tls = certificate('receiver', '127.0.0.1')
    const { lines, port } = await listen(t, tls)
    const config = { host: '127.0.0.1', port, ca: tls.cert, from: 'start', sends: 'findings' }
    const { check, tell, turn, tally, source } = await openOutputs(t, {
      connector: 'syslog',
      config,
      see: {},
      origins: [],
    })
    assert.deepEqual((await check()).missing, [])
    await tell(findingOf(1), findingOf(2))
    await turn('findings')
    const messages = lines.map((line) => readSyslog(line))
    assert.equal(messages.length, 2)
    for (const [at, message] of messages.entries()) {
      assert.ok('message' in message)
      const { facility, severity, host, app, messageId, timestamp } = message
      assert.deepEqual([facility, severity, host, app, messageId], [13, 3, 'cordon', 'cordon', 'findings'])
      assert.equal(timestamp, new Date(findingOf(at + 1).atMs).toISOString())
      const event = parseJson(message.message)
      assert.ok(isObject(event) && isObject(event['metadata']))
      assert.equal(event['metadata']['uid'], findingOf(at + 1).id)
      assert.deepEqual(validateOcsf(event), [])
    }
    assert.ok(!Buffer.concat(lines).includes(planted))
    assert.equal(tally(source, 'findings').sent, 2)
  },
)

test('a receiver that nobody vouches for, or with another name, is sent nothing', { skip }, async (t) => {
  const other = certificate('elsewhere', '192.0.2.9')
  for (const [tls, ca] of [
    [certificate('stranger', '127.0.0.1'), certificate('authority', '127.0.0.1').cert],
    [other, other.cert],
  ] as const) {
    const { lines, port } = await listen(t, tls)
    const config = { host: '127.0.0.1', port, ca, from: 'start', sends: 'findings' }
    const { check, tell, turn } = await openOutputs(t, { connector: 'syslog', config, see: {}, origins: [] })
    await tell(findingOf(1))
    await assert.rejects(check(), { code: 'ERR_VENDOR_DOWN' })
    await assert.rejects(turn('findings'), { code: 'ERR_VENDOR_DOWN' })
    assert.deepEqual(lines, [])
  }
})

test('a receiver that breaks off before it has read to the end has nothing that counts', { skip }, async (t) => {
  const tls = certificate('breaking', '127.0.0.1')
  const breaking = createTlsServer(tls)
  const raws: Socket[] = []
  breaking.on('connection', (raw: Socket) => raws.push(raw))
  breaking.on('secureConnection', (socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => raws.at(-1)?.resetAndDestroy())
  })
  const port = await portOf(breaking)
  t.after(() => breaking.close())
  const config = { host: '127.0.0.1', port, ca: tls.cert, from: 'start', sends: 'findings' }
  const { tell, turn, tally, source } = await openOutputs(t, { connector: 'syslog', config, see: {}, origins: [] })
  await tell(findingOf(1), findingOf(2))
  await assert.rejects(turn('findings'), { code: 'ERR_VENDOR_DOWN' })
  assert.deepEqual(tally(source, 'findings'), { sent: 0, waiting: 2, refused: [] })
})

test('plain TCP, and nobody there, are told apart from a receiver', { skip }, async (t) => {
  const plain = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .end('220 mail\r\n'),
  )
  const port = await portOf(plain)
  const { check } = await openOutputs(t, {
    connector: 'syslog',
    config: { host: '127.0.0.1', port },
    see: {},
    origins: [],
  })
  await assert.rejects(check(), { code: 'ERR_VENDOR_DOWN' })
  await new Promise((done) => plain.close(done))
  await assert.rejects(check(), /nothing listens there/)
})

test(
  'a message longer than the receiver takes is left out by name, and those beside it go once',
  { skip },
  async (t) => {
    const tls = certificate('short', '127.0.0.1')
    const { lines, port } = await listen(t, tls)
    const config = { host: '127.0.0.1', port, ca: tls.cert, from: 'start', sends: 'findings', messageBytesMax: 2_048 }
    const { tell, turn } = await openOutputs(t, { connector: 'syslog', config, see: {}, origins: [] })
    const entities = Array.from({ length: 100 }, (_, n) => `host:host:runner-${n}` as const)
    await tell(findingOf(1), { ...findingOf(2), entities }, findingOf(3))
    const refused = await turn('findings')
    assert.deepEqual(
      refused.map(({ place }) => place),
      [`findings ${findingOf(2).id}`],
    )
    assert.equal(lines.length, 2)
  },
)
