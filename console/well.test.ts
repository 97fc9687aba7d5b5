import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Health } from './api.ts'
import { isWell, lostOf } from './well.ts'

const none = { late: 0, uncorrelated: 0, evicted: 0, truncated: 0, hurried: 0, forgotten: 0, failed: 0 }
const detection = {
  ...none,
  rules: 3,
  correlations: 1,
  packs: [],
  refused: [],
  refusedCount: 0,
  groups: 0,
  waiting: 0,
  lateByMs: 0,
}
const behaviour = {
  realms: 1,
  actors: 2,
  warm: 1,
  pairs: 0,
  waiting: 0,
  late: 0,
  hurried: 0,
  evicted: 0,
  frozenDays: 0,
  failed: 0,
}
const well: Health = {
  status: 'ok',
  version: '0.1.0',
  head: 9,
  projected: 9,
  estateLoadedPercent: 100,
  hands: true,
  automationStopped: false,
  sources: [{ id: 'issuer', ok: true }],
  detection,
  behaviour,
  warnings: [],
}

test('one thing that is not well is enough to need somebody', () => {
  assert.equal(isWell(well), true)
  for (const change of [
    { status: 'degraded' as const },
    { sources: [{ id: 'issuer', ok: false }] },
    { detection: { ...detection, refusedCount: 1 } },
    { warnings: [{ code: 'w', hint: 'look' }] },
  ]) {
    assert.equal(isWell({ ...well, ...change }), false, JSON.stringify(change))
  }
})

test('what was lost is told by name, and what was not is not', () => {
  assert.deepEqual(lostOf(well), [])
  assert.deepEqual(lostOf({ ...well, detection: { ...detection, evicted: 2 }, behaviour: { ...behaviour, late: 1 } }), [
    { of: 'rules', what: 'evicted', count: 2 },
    { of: 'behaviour', what: 'late', count: 1 },
  ])
})
