import assert from 'node:assert/strict'
import { test } from 'node:test'

import { samplePlug } from './sample.ts'
import { awaitSites } from './sites.ts'
import { deaths, faultSuite } from './suite.ts'

for (const stream of ['trail', 'activity', 'people'] as const) {
  for (const { name, run } of faultSuite(samplePlug(stream))) test(name, run)
}

test('the process died at every await point of the runtime', () => {
  const sites = awaitSites(deaths)
  assert.ok(sites.length > 10, 'the gate must see await points')
  assert.deepEqual(
    sites.filter(({ hits }) => hits === 0).map(({ place, code }) => `${place}: ${code}`),
    [],
  )
})
