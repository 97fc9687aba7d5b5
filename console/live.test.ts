import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Health } from './api.ts'
import { follow, pauseMsMax, silenceMsMax, type Heard } from './live.ts'
import { Refused, unreachable, type Said } from './problem.ts'

const health = { version: '1' } as Health

/** Runs `follow` on lines that go as `lines` says, one a connection, until they are used up. */
async function followed(
  lines: ((signal: AbortSignal) => AsyncGenerator<Health>)[],
): Promise<{ heard: Heard[]; pauses: number[] }> {
  const stop = new AbortController()
  const heard: Heard[] = []
  const pauses: number[] = []
  const watch = (signal: AbortSignal): AsyncGenerator<Health> => {
    const line = lines.shift()
    if (line === undefined) stop.abort()
    return (line ?? broken)(signal)
  }
  await follow(
    { watch },
    stop.signal,
    (one) => heard.push(one),
    (ms) => {
      pauses.push(ms)
      return Promise.resolve()
    },
  )
  return { heard, pauses }
}
/** A line that breaks before it says anything. */
const brokenBy = (said: Said): (() => AsyncGenerator<Health>) =>
  // oxlint-disable-next-line require-yield -- it says nothing
  async function* () {
    throw new Refused(said)
  }
const broken = brokenBy(unreachable)
async function* once(): AsyncGenerator<Health> {
  yield health
}

test('after each loss it asks again, later and later, and soon again once it was heard', async () => {
  const { heard, pauses } = await followed([broken, broken, broken, broken, broken, broken, once, broken])
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, pauseMsMax, 1_000, 2_000])
  assert.deepEqual(
    heard.map(({ is }) => is),
    ['lost', 'lost', 'lost', 'lost', 'lost', 'lost', 'heard', 'lost', 'lost'],
  )
})

test('a token that is no longer good is not tried again', async () => {
  const { pauses } = await followed([brokenBy({ ...unreachable, status: 401 }), once])
  assert.deepEqual(pauses, [])
})

test('a line on which nothing comes is dead, though nobody closed it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const silent = async function* (signal: AbortSignal): AsyncGenerator<Health> {
    yield health
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
  }
  const run = followed([silent])
  for (let step = 0; step < 20; step++) await Promise.resolve()
  t.mock.timers.tick(silenceMsMax - 1)
  for (let step = 0; step < 20; step++) await Promise.resolve()
  t.mock.timers.tick(1)
  const { heard } = await run
  assert.deepEqual(
    heard.map((one) => (one.is === 'lost' ? one.problem.code : one.is)),
    ['heard', 'ERR_CONSOLE_SILENT'],
  )
})
