import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { seededInt, seededRandom } from '#kit'
import { openReader } from '#store'

import { crashVisits } from './crash-visits.ts'

const killsMax = Number(process.env['CORDON_KILLS'] ?? 8)
const targetsEach = 6
const random = seededRandom(Number(process.env['CORDON_SEED'] ?? 7))
const child = join(import.meta.dirname, 'respond-child.ts')
const folder = mkdtempSync(join(tmpdir(), 'cordon-respond-'))

/**
 * The lease counts on a vendor that goes on working no longer than one more request timeout after it was given up on
 * (`RunnerLimits.leaseMs`): `requestTimeoutMs` of `respond-child.ts`, twice, less what timers may be early. On a busy
 * machine this process comes to a call later than that, and must then leave it, or it would be a vendor without a bound.
 */
const effectWithinMs = 550
const isOverdue = ({ headers }: IncomingMessage): boolean =>
  Date.now() - Number(headers['x-sent-at-ms']) > effectWithinMs

/** A vendor without idempotency keys; now and then it takes effect and hangs up without an answer. */
const effects = new Map<string, number>()
const twin = createServer((request, response) => {
  const [, , key = '', verb] = (request.url ?? '').split('/')
  if (request.method === 'POST' && verb === 'disable') {
    setTimeout(() => {
      if (isOverdue(request)) {
        response.destroy()
        return
      }
      effects.set(key, (effects.get(key) ?? 0) + 1)
      setTimeout(() => (random() < 0.1 ? response.destroy() : response.end('{}')), random() * 40)
    }, random() * 60)
    return
  }
  response.end(JSON.stringify({ active: !effects.has(key) }))
})
let origin = ''
before(async () => {
  await new Promise<void>((resolve) => twin.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(twin.address() as AddressInfo).port}`
})
const children = new Set<ChildProcess>()
after(() => {
  for (const one of children) one.kill('SIGKILL')
  twin.closeAllConnections()
  twin.close()
  rmSync(folder, { recursive: true, force: true })
})

type End = { code: number | null; signal: NodeJS.Signals | null; opened: boolean; errors: string }

type Run = { process: ChildProcess; opened: Promise<void>; end: Promise<End> }

function run(store: string, prefix: string, count: number, env: Record<string, string> = {}): Run {
  const made = spawn(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', child, store, origin, prefix, String(count)],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  children.add(made)
  made.on('close', () => children.delete(made))
  let text = ''
  let errors = ''
  const opened = new Promise<void>((resolve) => {
    made.stdout.on('data', (chunk) => {
      text += String(chunk)
      if (text.includes('opened ')) resolve()
    })
    made.on('close', () => resolve())
  })
  made.stderr.on('data', (chunk) => (errors += String(chunk)))
  const end = new Promise<End>((resolve) =>
    made.on('close', (code, signal) => resolve({ code, signal, opened: text.includes('opened '), errors })),
  )
  return { process: made, opened, end }
}

/** Everything acknowledged is there and settled; everything contained took effect exactly once. */
function check(store: string, actionsMin: number): number {
  const reader = openReader(store)
  const actions = reader.all<{ target: string; state: string; attempts: number }>(
    'SELECT target, state, attempts FROM action',
  )
  reader.close()
  assert.ok(actions.length >= actionsMin, `${actions.length} of ${actionsMin} intents`)
  for (const { target, state, attempts } of actions) {
    const key = target.split(':').at(-1) ?? ''
    assert.equal(state, 'contained', `${key} after ${attempts} attempts`)
    assert.equal(effects.get(key), 1, `effects of ${key}`)
  }
  return actions.length
}

const points = crashVisits['respond.process.test.ts'].respond

/**
 * A passage that comes at any speed: one claim may take all targets at once, the points of a call come once a target, and
 * the commits before the third belong to opening.
 */
function surePassage(point: string): number {
  if (point === 'respond.after-claim') return 1
  return point.startsWith('store.') ? 4 : 2
}

test('killed at every named point, nothing is doubled and nothing dropped', async () => {
  assert.ok(points.length >= 6, 'the test must see the crash points')
  await Promise.all(
    points.map(async (point, index) => {
      const store = join(folder, `point-${index}.sqlite`)
      const passage = surePassage(point)
      const patient = { CORDON_TEST_PATIENCE: '5' }
      const killed = { ...patient, CORDON_CRASH_AT: `${point}:${passage}` }
      const first = await run(store, `point-${index}`, targetsEach, killed).end
      assert.equal(first.signal, 'SIGKILL', `${point} was never passed: ${first.errors}`)
      const second = await run(store, '', 0, patient).end
      assert.equal(second.code, 0, second.errors)
      check(store, first.opened ? targetsEach : 0)
    }),
  )
})

test('a runner that just sends again doubles effects at the same points', async () => {
  const store = join(folder, 'naive.sqlite')
  const naive = { CORDON_TEST_NAIVE: '1' }
  await run(store, 'naive', targetsEach, { ...naive, CORDON_CRASH_AT: 'respond.after-apply' }).end
  await run(store, '', 0, naive).end
  assert.ok([...effects].some(([key, times]) => key.startsWith('naive-') && times > 1))
})

test('killed at random instants, nothing acknowledged is lost and nothing is doubled', async () => {
  const store = join(folder, 'random.sqlite')
  let acknowledged = 0
  let killed = 0
  for (let round = 0; round < killsMax; round++) {
    const victim = run(store, `round-${round}`, targetsEach)
    // One in five dies while it starts, the others somewhere between their acts.
    if (round % 5 !== 4) await victim.opened
    const timer = setTimeout(() => victim.process.kill('SIGKILL'), seededInt(random, 500))
    const { signal, opened } = await victim.end
    clearTimeout(timer)
    if (signal === 'SIGKILL') killed++
    if (opened) acknowledged++
  }
  const last = await run(store, '', 0).end
  assert.equal(last.code, 0, last.errors)
  assert.ok(killed > killsMax / 2, `${killed} of ${killsMax} were killed`)
  assert.ok(acknowledged > 0)
  check(store, acknowledged * targetsEach)
})
