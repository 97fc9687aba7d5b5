import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectTcp, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'

import { CordonError, systemClock } from '#kit'
import { defaultTenant } from '#model'
import { logWriter, openEventLog, type AppendBatch } from '#log'
import { listenForSyslog, syslogBounds, Tally, type Source } from '#sources'
import { openLocalStore } from '#store'

import { logKeysOf } from '../../../test/simulation/log-keys.ts'
import { createSyslogDoor } from './syslog-door.ts'
import { sourceOf } from '../../../test/simulation/source-of.ts'

const tenant = defaultTenant
const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined
const home = mkdtempSync(join(tmpdir(), 'cordon-syslog-'))
after(() => rmSync(home, { recursive: true }))

/** A certificate of its own, as a company's authority would sign it; `by` signs, else it signs itself. */
function certificate(name: string, by?: string): { pem: string; certificate: string } {
  const [key, cert] = [join(home, `${name}.key`), join(home, `${name}.pem`)]
  const signer = by === undefined ? [] : ['-CA', join(home, `${by}.pem`), '-CAkey', join(home, `${by}.key`)]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
      '-subj',
      `/CN=${name}`,
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      ...signer,
    ],
    { stdio: 'ignore' },
  )
  const text = readFileSync(cert, 'utf8')
  return { pem: `${text}${readFileSync(key, 'utf8')}`, certificate: text }
}
const isAble = has('openssl') && spawnSync('openssl', ['version']).status === 0
const skip = isAble ? false : 'there is no openssl here'
const authority = isAble ? certificate('authority') : { pem: '', certificate: '' }
const server = isAble ? certificate('cordon.example', 'authority') : authority
const sender = isAble ? certificate('sender', 'authority') : authority
if (isAble) certificate('stranger')

async function open(t: TestContext, intake: Record<string, unknown> = {}) {
  const store = openLocalStore([logWriter()])
  const log = openEventLog({ ...store, keys: logKeysOf('example') })
  const source = sourceOf({
    id: 'hosts',
    connector: 'ocsf',
    config: { authority: 'x.example', intake: { kind: 'syslog', listen: '127.0.0.1:0', ...intake } },
    authority: 'x.example',
  })
  const tally = new Tally()
  const secrets = { tlsIdentity: server.pem, clientAuthority: authority.certificate }
  let sources: readonly Source[] = [source]
  const parts = { feed: (batch: AppendBatch) => log.append(batch) }
  const door = createSyslogDoor({
    tenant,
    clock: systemClock,
    feed: (batch) => parts.feed(batch),
    scrub: (json) => json.replaceAll('EXAMPLE-SECRET', 'fp:scrubbed'),
    sources: () => sources,
    registered: () => ({ intake: { stream: 'log', kinds: ['syslog'] } }),
    intake: { tally: () => tally, secrets: () => Promise.resolve(secrets) },
  })
  t.after(() => door.close())
  await door.run()
  const raws = async () => (await log.read(tenant, 0, 1000)).map(({ raw }) => raw)
  return {
    door,
    log,
    tally,
    parts,
    secrets,
    port: door.portOf('hosts') ?? 0,
    raws,
    reasons: () => tally.refused().map(({ reason }) => reason),
    set: (all: readonly Source[]) => (sources = all),
    source,
    count: async (n: number) => {
      for (let i = 0; i < 200 && log.head(tenant) < n; i++) await systemClock.sleep(20)
      assert.equal(log.head(tenant), n)
    },
    refused: async (pattern: RegExp) => {
      for (let i = 0; i < 200 && !tally.refused().some(({ reason }) => pattern.test(reason)); i++)
        await systemClock.sleep(20)
      assert.match(
        tally
          .refused()
          .map(({ reason }) => reason)
          .join('\n'),
        pattern,
      )
    },
  }
}

/** A client that trusts the authority; resolves when the handshake is over on its side. */
async function dial(t: TestContext, port: number, identity?: { pem: string }): Promise<TLSSocket> {
  const pair = identity === undefined ? {} : { key: identity.pem, cert: identity.pem }
  const socket = connect({ host: '127.0.0.1', port, ca: authority.certificate, ...pair })
  t.after(() => socket.destroy())
  socket.on('error', () => undefined)
  await new Promise((done) => socket.once('secureConnect', done))
  return socket
}
const frame = (text: string): string => `${Buffer.byteLength(text)} ${text}`
const message = (n: number, text = ''): string =>
  `<13>1 2026-03-24T10:39:00.${String(n).padStart(6, '0')}Z h app - - - ${n}${text}`

test(
  'logger of util-linux, through TLS',
  { skip: skip || (has('logger') ? false : 'there is no logger here') },
  async (t) => {
    const { port, count, raws } = await open(t)
    const wrapper = createServer((plain) => {
      const secure = connect({ host: '127.0.0.1', port, ca: authority.certificate, key: sender.pem, cert: sender.pem })
      plain.pipe(secure)
      secure.on('error', () => plain.destroy())
    })
    await new Promise<void>((done) => wrapper.listen(0, '127.0.0.1', done))
    t.after(() => wrapper.close())
    const address = wrapper.address()
    const at = typeof address === 'object' && address !== null ? String(address.port) : ''
    const args = [
      '-n',
      '127.0.0.1',
      '-P',
      at,
      '-T',
      '--octet-count',
      '--rfc5424',
      '-t',
      'deploy',
      '--sd-id',
      'x@32473',
      '--sd-param',
      'who="ada"',
    ]
    const logger = spawn('logger', [...args, 'pushed with EXAMPLE-SECRET äöü'])
    const status = await new Promise((done) => logger.once('close', done))
    assert.equal(status, 0)
    await count(1)
    const [raw = ''] = await raws()
    assert.match(raw, /"app":"deploy".*"who":"ada".*pushed with fp:scrubbed äöü/)
  },
)

test(
  'openssl s_client with a certificate of the authority is heard; one of another, or none, is not',
  { skip },
  async (t) => {
    const { port, count, refused } = await open(t)
    const files = { own: join(home, 'sender'), other: join(home, 'stranger') }
    const say = (name: string): void => {
      const child = spawn(
        'openssl',
        [
          's_client',
          '-quiet',
          '-no_ign_eof',
          '-connect',
          `127.0.0.1:${port}`,
          '-CAfile',
          join(home, 'authority.pem'),
          '-cert',
          `${name}.pem`,
          '-key',
          `${name}.key`,
        ],
        { stdio: ['pipe', 'ignore', 'ignore'] },
      )
      child.stdin.on('error', () => undefined)
      child.stdin.write(frame(message(1)))
      t.after(() => child.kill())
    }
    say(files.own)
    await count(1)
    say(files.other)
    await refused(/no TLS session/)
    const socket = connect({ host: '127.0.0.1', port, ca: authority.certificate })
    socket.on('error', () => undefined)
    socket.write(frame(message(2)))
    t.after(() => socket.destroy())
    await new Promise((done) => socket.once('close', done))
    await count(1)
  },
)

test('what is sent again after a lost connection is there once', { skip }, async (t) => {
  const { port, count, log } = await open(t, { clients: 'any' })
  const first = await dial(t, port)
  first.write(frame(message(1)) + frame(message(2)) + frame(message(3)).slice(0, 20))
  await count(2)
  first.destroy()
  const second = await dial(t, port)
  second.write(frame(message(2)) + frame(message(3)) + frame(message(4)))
  await count(4)
  assert.equal(new Set((await log.read(tenant, 0, 10)).map(({ id }) => id)).size, 4)
})

test('while the store does not take more, the sender is held back and nothing is lost', { skip }, async (t) => {
  const { port, parts, log, count } = await open(t, { clients: 'any' })
  let isFull = true
  let asked = 0
  parts.feed = (batch) => {
    asked++
    if (isFull) return Promise.reject(new CordonError('ERR_STORE_BUSY', 'busy', { retryable: true }))
    return log.append(batch)
  }
  const socket = await dial(t, port)
  const many = 400
  const text = 'x'.repeat(16 * 1024)
  let sent = 0
  const pump = (): void => {
    while (sent < many && socket.write(frame(message(++sent, text))));
    if (sent < many) socket.once('drain', pump)
  }
  pump()
  await systemClock.sleep(600)
  assert.ok(sent < many, `TCP held the sender back at ${sent}`)
  assert.ok(asked < 20, `one batch is tried again, no other is read: ${asked}`)
  isFull = false
  await count(many)
})

test('counted, named and closed: bad frames, messages that are none, too long ones', { skip }, async (t) => {
  const { port, count, refused } = await open(t, { clients: 'any' })
  const closed = async (text: string): Promise<void> => {
    const socket = await dial(t, port)
    const end = new Promise((done) => socket.once('close', done))
    socket.write(text)
    await end
  }
  await closed(`${frame(message(1))}<13>1 - - - - - - newline framing\n`)
  await refused(/ended by line ends/)
  await closed(`70000 ${'x'.repeat(100)}`)
  await refused(/longer than 65536 bytes/)
  await count(1)
  const socket = await dial(t, port)
  socket.write(frame('<34>Oct 11 22:14:15 old') + frame(message(2)))
  await count(2)
  await refused(/no RFC 5424 message/)
  socket.end('30 half')
  await refused(/ended inside a message/)
})

test(
  'a source that goes takes its listener along; without a certificate there is none, and the health says why',
  { skip },
  async (t) => {
    const { door, port, set, source, secrets, tally } = await open(t, { clients: 'any' })
    const renewed = certificate('renewed', 'authority')
    Object.assign(secrets, { tlsIdentity: renewed.pem })
    const old = await dial(t, port)
    set([{ ...source, revision: 2 }])
    await door.run()
    const fresh = await dial(t, port)
    assert.equal(fresh.getPeerCertificate().subject.CN, 'renewed')
    assert.equal(old.getPeerCertificate().subject.CN, 'cordon.example')
    const silent = connectTcp(port, '127.0.0.1')
    await once(silent, 'connect')
    set([])
    const startedMs = systemClock.monotonicMs()
    await door.run()
    assert.ok(systemClock.monotonicMs() - startedMs < syslogBounds.handshakeMs / 2, 'it waits for no handshake')
    silent.destroy()
    assert.equal(door.portOf('hosts'), undefined)
    Object.assign(secrets, { tlsIdentity: 'nonsense' })
    set([source])
    await door.run()
    assert.match(tally.fault ?? '', /does not listen: `tlsIdentity`: it is no PEM/)
    Object.assign(secrets, { tlsIdentity: server.pem, clientAuthority: 'nonsense' })
    await door.run()
    assert.match(tally.fault ?? '', /does not listen: `clientAuthority`: it is no PEM/)
  },
)

test(
  'who never ends a message, or never sends one, is cut off; who is quiet between two is not',
  { skip },
  async (t) => {
    const heard: string[] = []
    const refused: string[] = []
    const listener = await listenForSyslog({
      host: '127.0.0.1',
      port: 0,
      tls: { cert: server.pem, key: server.pem, requestCert: false },
      framing: 'octets',
      clock: systemClock,
      take: (messages) => Promise.resolve(void heard.push(...messages.map(String))),
      refuse: (reason) => void refused.push(reason),
      bounds: { firstMessageMs: 300, frameMs: 300, idleMs: 60_000, connectionsMax: 3 },
    })
    t.after(() => listener.close())
    const quiet = await dial(t, listener.port)
    quiet.write('2 ab')
    const ends = [await dial(t, listener.port), await dial(t, listener.port)].map((socket, index) => {
      const dribble = setInterval(() => socket.write(index === 0 ? ' ' : 'x'), 50)
      if (index === 0) socket.write('5000')
      else socket.write('2 cd5000 ')
      return new Promise((done) => socket.once('close', done)).finally(() => clearInterval(dribble))
    })
    const fourth = connect({ host: '127.0.0.1', port: listener.port, ca: authority.certificate })
    fourth.on('error', () => undefined)
    await new Promise((done) => fourth.once('close', done))
    await Promise.all(ends)
    quiet.write('2 ef')
    for (let i = 0; i < 100 && heard.length < 3; i++) await systemClock.sleep(20)
    assert.deepEqual(heard, ['ab', 'cd', 'ef'])
    assert.deepEqual(refused.toSorted(), [
      'a message that began did not end',
      'a message that began did not end',
      'more than 3 connections at once',
    ])
  },
)
