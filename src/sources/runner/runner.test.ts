import assert from 'node:assert/strict'
import { test } from 'node:test'

import { z } from 'zod'

import { CordonError, ManualClock, silentDiagnose } from '#kit'
import { defaultTenant, nothingNormalized } from '#model'
import { defineConnector, type Page } from '#sources/contract'

import { pageBatch, type PulledPage } from '../intake/page.ts'
import { pullJobs, runnerBounds, startRunner, type PullJob } from './index.ts'

const tenant = defaultTenant
const page = (natives: string[], cursor: string | null): Page => ({
  events: natives.map((native) => ({ native, eventAtMs: 1000, raw: { native } })),
  cursor,
})

/** Lets what was just started reach its first wait, then moves the clock. */
async function advance(clock: ManualClock, ms: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await clock.advance(ms)
}

function bench() {
  const clock = new ManualClock(0)
  const appended: PulledPage[] = []
  const cursors = new Map<string, string>()
  const runner = startRunner({
    clock,
    diagnose: silentDiagnose,
    unit: () => 0.5,
    cursor: (_, source, stream) => Promise.resolve(cursors.get(`${source} ${stream}`) ?? null),
    append: (one) => {
      appended.push(one)
      if (one.cursor !== null) cursors.set(`${one.source} ${one.stream}`, one.cursor)
      return Promise.resolve()
    },
  })
  const job = (stream: string, pull: PullJob['pull'], everyMs = 1000): PullJob => ({
    tenant,
    source: 'src',
    stream,
    revision: 1,
    everyMs,
    pull,
  })
  return { clock, appended, cursors, runner, job }
}

test('a stream goes on from its committed cursor, in its own rhythm', async () => {
  const { clock, appended, runner, job } = bench()
  const starts: (string | null)[] = []
  runner.set([
    job('log', async function* (cursor) {
      starts.push(cursor)
      yield page(['a'], `${cursor ?? ''}1`)
    }),
  ])
  await advance(clock, 2_500)
  assert.deepEqual(starts, [null, '1', '11'])
  assert.equal(appended.length, 3)
  const [health] = runner.health()
  assert.deepEqual([health?.state, health?.events, health?.lagMs, health?.nextAtMs], ['waiting', 3, 1500, 3000])
  await runner.stop()
})

test('streams whose requests stay open take nobody a turn', async () => {
  const { clock, appended, runner, job } = bench()
  const open = (n: number): PullJob => ({
    // oxlint-disable-next-line require-yield -- nothing happens at its vendor
    ...job(`open${n}`, async function* (_, signal) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    }),
    longPolls: true,
  })
  const many = Array.from({ length: runnerBounds.concurrencyMax + 1 }, (_, n) => open(n))
  runner.set([
    ...many,
    job('log', async function* () {
      yield page(['a'], '1')
    }),
  ])
  await advance(clock, 10)
  assert.equal(appended.length, 1)
  await runner.stop()
})

test('a failing stream backs off and never holds up another', async () => {
  const { clock, appended, runner, job } = bench()
  let tries = 0
  runner.set([
    // oxlint-disable-next-line require-yield -- it fails before its first page
    job('bad', async function* () {
      tries++
      throw new CordonError('ERR_VENDOR', 'the vendor says no')
    }),
    job('good', async function* () {
      yield page(['a'], null)
    }),
  ])
  await advance(clock, 10_000)
  assert.equal(appended.length, 11)
  // 0.75, 1.5, 3, 6 s: the fifth try comes after 11.25 s.
  assert.equal(tries, 4)
  const bad = runner.health().find((one) => one.stream === 'bad')
  assert.deepEqual([bad?.state, bad?.error?.code, bad?.lastSuccessAtMs], ['failing', 'ERR_VENDOR', null])
  await runner.stop()
})

test('a vendor that says when to come back is heard, within the bound', async () => {
  const { clock, runner, job } = bench()
  const at: number[] = []
  runner.set([
    // oxlint-disable-next-line require-yield -- it fails before its first page
    job('log', async function* () {
      at.push(clock.nowMs())
      throw Object.assign(new Error('slow down'), { retryAfterMs: at.length === 1 ? 42_000 : 99_999_999 })
    }),
  ])
  await advance(clock, 42_000 + runnerBounds.backoff.maxMs)
  assert.deepEqual(at, [0, 42_000, 42_000 + runnerBounds.backoff.maxMs])
  await runner.stop()
})

test('a run that is longer than a turn has come whole at its end, and not before', async () => {
  const { clock, appended, runner, job } = bench()
  const pages = runnerBounds.pagesPerTurnMax + 1
  runner.set([
    job('list', async function* (cursor) {
      for (let at = Number(cursor ?? 0) + 1; at <= pages; at++) {
        if (at === pages) await clock.sleep(1_000)
        yield page([`${at}`], `${at}`)
      }
    }),
  ])
  await advance(clock, 100)
  const seen = () => [appended.length, runner.health()[0]?.lastSuccessAtMs]
  assert.deepEqual(seen(), [runnerBounds.pagesPerTurnMax, null])
  await advance(clock, 1_000)
  assert.deepEqual(seen(), [pages, 1_000])
  await runner.stop()
})

test('a stream that recovers loses its error', async () => {
  const { clock, runner, job } = bench()
  let isDown = true
  runner.set([
    job('log', async function* () {
      if (isDown) throw new Error('down')
      yield page([], 'c')
    }),
  ])
  await advance(clock, 100)
  isDown = false
  runner.wake(tenant, 'src')
  await advance(clock, 10)
  const [health] = runner.health()
  assert.deepEqual([health?.state, health?.error, health?.failures], ['waiting', null, 0])
  await runner.stop()
})

test('a page that was not appended is pulled again from the old cursor', async () => {
  const { clock, cursors, runner, job } = bench()
  const starts: (string | null)[] = []
  let isFull = true
  const refusing = startRunner({
    clock,
    diagnose: silentDiagnose,
    unit: () => 0.5,
    cursor: (_, source, stream) => Promise.resolve(cursors.get(`${source} ${stream}`) ?? null),
    append: (one) => {
      if (isFull) return Promise.reject(new CordonError('ERR_STORE_FULL', 'full', { retryable: true }))
      cursors.set(`${one.source} ${one.stream}`, one.cursor ?? '')
      return Promise.resolve()
    },
  })
  refusing.set([
    job('log', async function* (cursor) {
      starts.push(cursor)
      yield page(['a'], 'next')
    }),
  ])
  await advance(clock, 700)
  isFull = false
  await advance(clock, 2_000)
  assert.deepEqual(starts.slice(0, 3), [null, null, 'next'])
  await refusing.stop()
  await runner.stop()
})

test('a big page crosses in parts, and its cursor with the last', async () => {
  const { clock, appended, runner, job } = bench()
  const natives = Array.from({ length: runnerBounds.eventsPerAppendMax * 2 + 1 }, (_, n) => String(n))
  runner.set([
    job('log', async function* () {
      yield page(natives, 'end')
    }),
  ])
  await advance(clock, 1)
  assert.deepEqual(
    appended.map((one) => [one.events.length, one.cursor]),
    [
      [1000, null],
      [1000, null],
      [1, 'end'],
    ],
  )
  await runner.stop()
})

test('a stream that hangs is cut off and tried again', async () => {
  const { clock, runner, job } = bench()
  let wasAborted = false
  runner.set([
    job('log', async function* (_, signal) {
      signal.addEventListener('abort', () => (wasAborted = true))
      await new Promise(() => undefined)
      yield page([], null)
    }),
  ])
  await advance(clock, runnerBounds.stallMs + 1)
  assert.equal(runner.health()[0]?.error?.code, 'ERR_PULL_STALLED')
  assert.ok(wasAborted)
  await runner.stop()
})

test('a page that takes long is waited for as long as its calls are answered, and no longer than hours', async () => {
  const { clock, runner, job, appended } = bench()
  let heardAtMs = 0
  let give: () => void = () => undefined
  const slow: PullJob = {
    ...job('inventory', async function* () {
      await new Promise<void>((resolve) => (give = resolve))
      yield page(['a'], 'end')
    }),
    heardAtMs: () => heardAtMs,
  }
  const answered = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 60_000) {
      await advance(clock, 60_000)
      heardAtMs = clock.monotonicMs()
    }
  }
  runner.set([slow])
  await answered(3 * runnerBounds.stallMs)
  assert.equal(runner.health()[0]?.error, null)
  give()
  await advance(clock, 1)
  assert.equal(appended.length, 1)

  await answered(slow.everyMs * 2)
  await answered(runnerBounds.pageMsMax)
  assert.equal(runner.health()[0]?.error?.code, 'ERR_PULL_STALLED')
  await runner.stop()
})

test('a changed source starts anew, a removed one ends', async () => {
  const { clock, runner, job } = bench()
  const aborted: number[] = []
  const hanging = (revision: number): PullJob => ({
    ...job('log', async function* (_, signal) {
      signal.addEventListener('abort', () => aborted.push(revision))
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      yield page([], null)
    }),
    revision,
  })
  runner.set([hanging(1)])
  await advance(clock, 1)
  runner.set([hanging(1)])
  assert.deepEqual(aborted, [])
  runner.set([hanging(2)])
  await advance(clock, 1)
  assert.deepEqual(aborted, [1])
  runner.set([])
  await advance(clock, 1)
  assert.deepEqual([aborted, runner.health()], [[1, 2], []])
  await runner.stop()
})

test('the jobs of a source carry its checked configuration and unseal only while pulling', async () => {
  let unsealed = 0
  const connector = defineConnector({
    id: 'sample',
    version: 1,
    title: 'Sample',
    config: z.object({ prefix: z.string() }),
    secrets: { see: ['token'], contain: [] },
    streams: [
      {
        name: 'log',
        kind: 'feed',
        delayMs: { typical: 0, worst: 0 },
        everyMs: 5,
        async *pull({ config, see }) {
          yield page([config.prefix + (see['token'] ?? '')], null)
        },
      },
    ],
    coverage: () => ({ sees: [], logged: [], blind: [] }),
    check: () => Promise.resolve({ authority: 'sample', missing: [], excess: [], says: [] }),
    normalize: nothingNormalized,
  })
  const { clock } = bench()
  const open = {
    tenant,
    source: 'src',
    revision: 3,
    http: { request: () => Promise.reject(new Error('unused')) },
    clock,
    diagnose: silentDiagnose,
    see: () => {
      unsealed++
      return { token: 'x' }
    },
  }
  assert.throws(() => pullJobs(connector, { ...open, config: {} }))
  const [only] = pullJobs(connector, { ...open, config: { prefix: 'p-' } })
  assert.equal(unsealed, 0)
  for await (const one of only?.pull(null, new AbortController().signal) ?? []) {
    assert.deepEqual([one.events[0]?.native, unsealed], ['p-x', 1])
  }
  assert.equal(unsealed, 1)
})

test('what a stream could not take is counted by reason, and a record keeps its own text', async () => {
  const { clock, runner, job, appended } = bench()
  const refused = (line: number) => ({ reason: 'no JSON', place: `app.log, line ${line}` })
  runner.set([
    job('log', async function* () {
      yield { events: [], cursor: '1', refused: [refused(1), refused(2)] }
      yield {
        events: [{ native: 'a', eventAtMs: null, raw: {}, text: '{"n": 1.0}' }],
        cursor: '2',
        refused: [refused(3)],
      }
    }),
  ])
  await advance(clock, 10)
  const [health] = runner.health()
  assert.deepEqual(health?.refused, [{ reason: 'no JSON', count: 3, place: 'app.log, line 3', atMs: 0 }])
  const [page] = appended.filter(({ events }) => events.length > 0)
  assert.ok(page !== undefined)
  assert.equal(pageBatch(page, 0, (json) => json).events[0]?.raw, '{"n": 1.0}')
  await runner.stop()
})
