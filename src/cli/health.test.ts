import assert from 'node:assert/strict'
import { test } from 'node:test'

import { routes, type ResponseOf } from '#api/contract'

import { healthText, isWell } from './health.ts'

const detection = {
  rules: 2,
  correlations: 1,
  packs: ['oidc-worm'],
  refused: [],
  refusedCount: 0,
  late: 0,
  lateByMs: 0,
  uncorrelated: 0,
  evicted: 0,
  truncated: 0,
  hurried: 0,
  forgotten: 0,
  failed: 0,
  groups: 0,
  waiting: 0,
}

const behaviour = {
  realms: 1,
  actors: 12,
  warm: 9,
  pairs: 80,
  waiting: 0,
  late: 0,
  hurried: 0,
  evicted: 0,
  frozenDays: 0,
  failed: 0,
}

const well: ResponseOf<'system.health'> = {
  status: 'ok',
  version: '0.1.0',
  head: 7,
  projected: 7,
  estateLoadedPercent: 100,
  hands: true,
  automationStopped: false,
  sources: [{ id: 'issuer', ok: true }],
  detection,
  behaviour,
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

test('status offers to correlate what came too late for it, waiting as long as the latest took', () => {
  assert.doesNotMatch(healthText(well), /backtest/)
  const late = { ...detection, late: 5, uncorrelated: 2, lateByMs: 3.2 * 3_600_000 }
  assert.match(
    healthText({ ...well, detection: late }),
    /2 events came too late .*`cordon rule backtest --lateness 4h`/,
  )
})

test('status shows how many actors behaviour knows, and what it gave up', () => {
  assert.match(healthText(well), /behaviour: 12 actors, 9 warm$/m)
  assert.match(healthText({ ...well, behaviour: { ...behaviour, evicted: 3 } }), /9 warm; evicted 3$/m)
  assert.doesNotMatch(healthText({ ...well, behaviour: { ...behaviour, actors: 0 } }), /behaviour/)
})

test('status shows rules that are refused and what detection gave up, and is not clean while one is refused', () => {
  const refused = [{ rule: 'r-1', place: 'rules/r.yml:4', message: 'there is no modifier `holds`' }]
  const ailing = { ...well, detection: { ...detection, refused, refusedCount: 3, evicted: 7 } }
  assert.equal(isWell(ailing), false)
  const text = healthText(ailing)
  assert.match(text, /detection: 2 rules, 1 correlation; evicted 7$/m)
  assert.match(text, /REFUSED r-1 \(rules\/r\.yml:4\): there is no modifier/)
  assert.match(text, /and 2 more refused/)
})
