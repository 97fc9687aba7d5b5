import { test } from 'node:test'

import { samplePlug } from './sample.ts'
import { faultSuite } from './suite.ts'

for (const stream of ['trail', 'activity', 'people'] as const) {
  for (const { name, run } of faultSuite(samplePlug(stream))) test(name, run)
}
