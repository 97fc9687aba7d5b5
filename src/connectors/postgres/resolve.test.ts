import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock, silentDiagnose } from '#kit'

import { PostgresError } from './client.ts'
import { postgresConfig } from './config.ts'
import { LogSessions, sessionsMax } from './log-sessions.ts'
import { createResolver, patienceMs } from './resolve.ts'

test('the log waits for a server that is away, then goes on with names alone', async () => {
  // Port 1 of loopback: nobody listens.
  const config = postgresConfig.parse({ host: '127.0.0.1', port: 1, user: 'cordon_see', ssl: 'disable' })
  const clock = new ManualClock(0)
  const lookup = createResolver().open(config, 'EXAMPLE', clock, silentDiagnose)
  const isAway = (error: unknown): boolean => error instanceof PostgresError && error.retryable
  await assert.rejects(lookup.roles(['app'], false), isAway)
  await clock.advance(patienceMs - 1)
  await assert.rejects(lookup.roles(['app'], false), isAway)
  await clock.advance(1)
  assert.deepEqual((await lookup.roles(['app'], false)).get('app'), {
    name: 'app',
    oid: null,
    canLogin: false,
    memberOf: [],
  })
})

test('what a session has open survives a restart, and its words do not', () => {
  const before = new LogSessions()
  before.declare('6b.1', 'Quillon', [40_001])
  before.begin('6b.1', 'select * from people', [40_002])
  const kept = before.toKept()
  assert.ok(!JSON.stringify(kept).includes('Quillon') && !JSON.stringify(kept).includes('people'))
  const after = new LogSessions(kept)
  assert.deepEqual(after.cursor('6b.1', 'Quillon'), [40_001])
  after.account('6b.1', 'select * from pay')
  assert.deepEqual(after.unaccounted('6b.1'), [40_002])
  assert.equal(after.unaccounted('6b.1'), undefined)
})

test('sessions kept are bounded, and the quiet ones go first', () => {
  const sessions = new LogSessions()
  for (let n = 0; n < sessionsMax + 10; n++) sessions.declare(`6b.${n}`, 'c', [n])
  assert.equal(sessions.toKept().length, sessionsMax)
  assert.equal(sessions.cursor('6b.0', 'c'), undefined)
  assert.deepEqual(sessions.cursor(`6b.${sessionsMax}`, 'c'), [sessionsMax])
})
