import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CordonError, ManualClock } from '#kit'

import { every } from './loops.ts'

const hourMs = 3_600_000

async function timesOf(failure: Error): Promise<{ times: number[]; told: string[] }> {
  const clock = new ManualClock(0)
  const stop = new AbortController()
  const times: number[] = []
  const told: string[] = []
  const loop = every(
    {
      everyMs: hourMs,
      clock,
      signal: stop.signal,
      what: 'day.note',
      diagnose: (level, what) => told.push(`${level} ${what}`),
    },
    () => {
      times.push(clock.nowMs())
      return times.length === 1 ? Promise.reject(failure) : Promise.resolve()
    },
  )
  for (let n = 0; n < 13; n++) {
    await new Promise(setImmediate)
    await clock.advance(n < 12 ? 1_000 : hourMs)
  }
  await new Promise(setImmediate)
  stop.abort()
  await loop
  return { times, told }
}

test('work that only has to wait is tried again within seconds, not at its next turn an hour later', async () => {
  const loading = new CordonError('ERR_ESTATE_LOADING', 'the estate is loading', { retryable: true })
  const { times, told } = await timesOf(loading)
  assert.equal(times[0], 0)
  assert.ok((times[1] ?? hourMs) <= 10_000, `tried again after ${times[1]} ms`)
  assert.deepEqual(told, ['warn day.note.waits'])
})

test('a failure waits for the next turn, and is told as one', async () => {
  const { times, told } = await timesOf(new Error('broken'))
  assert.deepEqual([times.length, (times[1] ?? 0) >= hourMs], [2, true])
  assert.deepEqual(told, ['error day.note.failed'])
})
