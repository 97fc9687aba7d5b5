import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { loadPacks } from './load.ts'
import { attacks } from './panther/attacks.ts'
import { corpus, pantherCases } from './panther/cases.ts'
import { compare, correlate, isLoud } from './panther/compare.ts'
import { pantherPage } from './panther/page.ts'

const skip = existsSync(corpus) && existsSync(attacks) ? false : 'the corpora are not here'

test('docs/panther.md is what the packs and the corpora give; every difference has a reason', { skip }, () => {
  assert.equal(readFileSync('docs/panther.md', 'utf8'), pantherPage(loadPacks()), 'run `npm run docs:panther`')
})

test('of the benign events of the corpus at most five alert, and nothing is correlated', { skip }, () => {
  const benign = compare(loadPacks(), pantherCases()).filter(({ expected }) => !expected)
  assert.ok(benign.length > 300, `${benign.length} benign events`)
  const alarms = benign.filter(({ alerting }) => alerting.some(isLoud))
  assert.ok(alarms.length <= 5, alarms.map(({ line, rule }) => `${line} ${rule}`).join(', '))
  assert.deepEqual(correlate(loadPacks(), benign), [])
})
