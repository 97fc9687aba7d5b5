import assert from 'node:assert/strict'
import { test } from 'node:test'

import { routes, type ResponseOf } from '#api/contract'

import { healthText, isWell } from './health.ts'

const well: ResponseOf<'system.health'> = {
  status: 'ok',
  version: '0.1.0',
  head: 7,
  projected: 7,
  estateLoadedPercent: 100,
  hands: true,
  automationStopped: false,
  sources: [{ id: 'issuer', ok: true }],
  warnings: [],
}

test('status shows each warning with its way out, and is not clean while there is one', () => {
  assert.deepEqual([isWell(well), /WARNING/.test(healthText(well))], [true, false])
  const warned = { ...well, warnings: [{ code: 'log.expire.clock-leapt', hint: 'set the clock right' }] }
  assert.deepEqual(routes['system.health'].response.parse(warned), warned)
  assert.equal(isWell(warned), false)
  assert.match(healthText(warned), /^ {2}WARNING log\.expire\.clock-leapt: set the clock right$/m)
  assert.equal(isWell({ ...well, sources: [{ id: 'issuer', ok: false }] }), false)
})
