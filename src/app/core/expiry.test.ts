import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Clock } from '#kit'
import { defaultTenant } from '#model'
import { logWriter } from '#log'
import { openLocalStore } from '#store'

import { clockLeapMaxMs, createExpiry } from './expiry.ts'

const dayMs = 86_400_000

test('a clock that leaps ahead deletes nothing and says so; time that passes does', async () => {
  const { reader } = openLocalStore([logWriter()])
  let [nowMs, monotonicMs] = [1_000 * dayMs, 0]
  const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => monotonicMs, sleep: () => Promise.resolve() }
  const before: string[] = []
  const said: string[] = []
  const expiry = createExpiry({
    tenant: defaultTenant,
    retentionDays: 100,
    clock,
    diagnose: (_level, code) => void said.push(code),
    reader,
    log: {
      expire: (_tenant, day) => {
        before.push(day)
        return Promise.resolve({ days: 0, daysLeft: 0, segments: 0, held: 0 })
      },
    },
  })
  const warned = (): string[] => expiry.warnings().map(({ code }) => code)
  await expiry.run()
  assert.deepEqual(warned(), [])
  nowMs += clockLeapMaxMs + 1
  assert.deepEqual(warned(), ['log.expire.clock-leapt'], 'said before the next pass')
  await expiry.run()
  await expiry.run()
  assert.deepEqual([before.length, said], [1, ['log.expire.clock-leapt', 'log.expire.clock-leapt']])
  nowMs -= dayMs
  assert.deepEqual(warned(), [], 'a clock set right is believed at once')
  nowMs += dayMs
  monotonicMs += 2 * dayMs
  await expiry.run()
  assert.deepEqual(before, ['1972-06-19', '1972-06-26'])
})
