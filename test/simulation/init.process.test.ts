import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { createHttp } from '#kit'
import { createClient, readProfile } from '#cli'

import { freePort } from '../../lab/src/cordon/port.ts'
import { crashVisits } from './crash-visits.ts'

const source = ['--conditions=source', '--disable-warning=ExperimentalWarning']
const coreProgram = join(import.meta.dirname, 'product-program.ts')
const command = join(import.meta.dirname, '../../src/app/main.ts')
const waitMsMax = 60_000

type Place = { dir: string; file: string; data: string; home: string; url: string; listen: string }
type Ended = { code: number | null; signal: NodeJS.Signals | null; err: string }

async function place(): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), 'cordon-init-'))
  const listen = `127.0.0.1:${await freePort()}`
  const file = join(dir, 'cordon.yaml')
  writeFileSync(file, 'witnesses: []\n')
  const data = join(dir, 'data')
  mkdirSync(data, { mode: 0o700 })
  return { dir, file, data, home: join(dir, 'home'), url: `http://${listen}`, listen }
}

/** Core alone: hands have no part in this. */
async function startCore({ file, data, listen }: Place): Promise<{ stop(): Promise<void> }> {
  const child = spawn(process.execPath, [...source, coreProgram, 'core', data, listen, file], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '', CORDON_CRASH_AT: '' },
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await Promise.race([
    new Promise((resolve) => child.once('message', resolve)),
    ended.then(() => assert.fail('core ended before it was ready')),
  ])
  return {
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function init({ data, home, url }: Place, args: readonly string[], crashAt = ''): Promise<Ended> {
  const child = spawn(process.execPath, [...source, command, 'init', ...args, '--data', data, '--server', url], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: waitMsMax,
    env: { PATH: process.env['PATH'], CORDON_PROFILE: join(home, 'profile'), CORDON_CRASH_AT: crashAt },
  })
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, err })))
}

const points = crashVisits['init.process.test.ts'].init

test('an init that dies at every point in turn is finished by the next one, and the bootstrap is over', async () => {
  assert.ok(points.length >= 4, 'the test must see the crash points')
  const at = await place()
  const core = await startCore(at)
  try {
    const bootstrap = readFileSync(join(at.data, 'bootstrap-token'), 'utf8').trim()
    let kept: string | undefined
    // In the order they are passed: each init goes on from where the one before it died, and dies at the next point.
    for (const point of points) {
      assert.equal((await init(at, kept === undefined ? ['ada'] : [], point)).signal, 'SIGKILL', `it passes ${point}`)
      assert.ok(!existsSync(join(at.home, 'profile')), `${point}: what did not finish does not look finished`)
      const { token } = readProfile({ CORDON_PROFILE: join(at.home, 'profile.pending') })
      assert.ok(token !== undefined && token === (kept ??= token), `${point}: the token is the one kept first`)
    }
    assert.deepEqual(await init(at, []), { code: 0, signal: null, err: '' })

    const profile = readProfile({ CORDON_PROFILE: join(at.home, 'profile') })
    const { url = '', user = '', token = '' } = profile
    assert.deepEqual([url, user, token], [at.url, 'ada', kept])
    const admin = createClient({ url, user, token }, createHttp([url]))
    const { users } = await admin.call('user.list')
    const { approvers } = await admin.call('approver.list')
    assert.deepEqual(
      [users.map(({ name }) => name), approvers.map(({ name, state }) => [name, state])],
      [['ada'], [['ada', 'active']]],
    )
    assert.deepEqual(readdirSync(at.home).sort(), ['approver.key', 'profile'])
    for (const file of readdirSync(at.home)) assert.equal(statSync(join(at.home, file)).mode & 0o077, 0, file)

    const client = createClient({ url: at.url, user: 'ada', token: bootstrap }, createHttp([at.url]))
    await assert.rejects(client.call('system.bootstrap', { body: { name: 'eve' } }), { code: 'ERR_API_SIGN_IN' })
    const late = await init({ ...at, home: join(at.dir, 'eve') }, ['eve'])
    assert.equal(late.code, 2)
    assert.match(late.err, /no bootstrap token/)
    assert.ok(!existsSync(join(at.dir, 'eve')), 'nothing is left of an init that could not begin')
  } finally {
    await core.stop()
    rmSync(at.dir, { recursive: true, force: true })
  }
})
