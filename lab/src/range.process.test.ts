import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { startGateway } from './gateway.ts'
import { statusOf } from './play.ts'
import { plantScene, startRange, type Range, type Scene } from './range.ts'
import type { LabEvent } from './story/state.ts'
import { lootNames, pause, startThief } from './thief.ts'

let range: Range
let scene: Scene
let folder: string
const key = { id: 'abcdefghijklmnop', token: `cdn_abcdefghijklmnop_${'EXAMPLE'.repeat(6)}E` }

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cordon-lab-test-'))
  range = await startRange(3)
  scene = await plantScene(range, folder, key, Date.now())
})
after(async () => {
  await range.close()
  rmSync(folder, { recursive: true, force: true })
})

test('the stolen credentials lie on the hosts that installed the poisoned release, and nowhere else', () => {
  for (const { value, host, isExposed } of scene.planted) {
    const on = scene.hosts.filter(({ files }) => files.some(({ content }) => content.includes(value)))
    assert.deepEqual(
      on.map(({ id }) => id),
      [host],
    )
    assert.equal(on[0]?.litellm.startsWith('1.82.6'), !isExposed)
  }
  for (const { root, files } of scene.hosts) {
    for (const { path, content } of files) assert.equal(readFileSync(join(root, path), 'utf8'), content)
  }
})

test('the same seed plants the same hosts, another seed others', async () => {
  const again = await plantScene(range, join(folder, 'again'), key, Date.now())
  assert.deepEqual(
    again.hosts.map(({ id }) => id),
    scene.hosts.map(({ id }) => id),
  )
  const other = await plantScene({ ...range, seed: 4 }, join(folder, 'other'), key, Date.now())
  assert.notDeepEqual(
    other.hosts.map(({ id }) => id),
    scene.hosts.map(({ id }) => id),
  )
})

test('the thief gets records until the issuer forgets the token, and the refresh token is tried at once', async () => {
  const events: Extract<LabEvent, { kind: 'attempt' }>[] = []
  let isKeyAlive = true
  const gateway = await startGateway(() => Promise.resolve(isKeyAlive))
  const thief = startThief({
    targets: { people: range.people.url, gateway: gateway.url, issuer: range.issuer.url, client: range.client },
    stolen: scene.stolen,
    pace: { everyMs: 10, rows: 25, othersEvery: 2, quickening: 1, roundsMax: 500 },
    startedAtMs: Date.now(),
    nowMs: Date.now,
    emit: (event) => {
      if (event.kind === 'attempt') events.push(event)
    },
  })
  const last = (loot: string) => events.findLast((event) => event.loot === loot)
  while (thief.rounds() < 6) await pause(10)
  assert.equal(last(lootNames.access)?.answer, '200')
  assert.ok(thief.people() >= 6 * 25)

  const token = range.issuer.register
    .live()
    .find(({ kind, subject }) => kind === 'refresh' && subject.startsWith('svc-'))
  assert.ok(token?.grant)
  const headers = { authorization: `Bearer ${range.secrets.adminContain}` }
  const removed = await fetch(`${range.issuer.url}/admin/grants/${token.grant}`, { method: 'DELETE', headers })
  assert.equal(removed.status, 200)
  isKeyAlive = false
  const rounds = thief.rounds()
  while (thief.rounds() < rounds + 5) await pause(10)
  assert.equal(last(lootNames.access)?.answer, '401')
  assert.equal(last(lootNames.refresh)?.answer, 'invalid_grant')
  assert.equal(last(lootNames.key)?.answer, '401')
  assert.equal(last(lootNames.interviews)?.answer, '200', 'a self-contained token goes on')
  thief.stop()
  await thief.done
  await gateway.close()
  assert.equal(await statusOf(`${range.people.url}/contractors/self`, scene.bystander.accessToken), 200)
})

test('the isolation hook tells by its exit code how the host stands', async () => {
  const run = (verb: 'isolate' | 'release' | 'check'): Promise<number | null> =>
    new Promise((resolve, reject) => {
      const [command = '', ...args] = range.isolation.hook(verb)
      spawn(command, [...args, 'runner-7'], { stdio: 'ignore' })
        .on('exit', resolve)
        .on('error', reject)
    })
  assert.equal(await run('check'), 1)
  assert.equal(await run('isolate'), 0)
  assert.ok(range.isolation.isIsolated('runner-7'))
  assert.equal(await run('check'), 0)
  assert.equal(await run('release'), 0)
  assert.ok(!range.isolation.isIsolated('runner-7'))
})
