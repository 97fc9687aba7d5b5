import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { corpus } from '../packs/panther/cases.ts'
import { tableOf, tallies, tally, vendors } from './corpora.ts'

const skip = existsSync(corpus) ? false : 'the corpus is not here'

test(
  'of the corpus of each connected vendor at least 95 % become valid events of a class, with who, whence and with what',
  { skip },
  () => {
    const rows = tallies()
    assert.equal(rows.length, 10)
    for (const { vendor, events, specific, invalid, named, wrong, unread } of rows) {
      assert.ok(events >= 14, `${vendor} has events`)
      assert.equal(invalid, 0, vendor)
      assert.ok(named > 0, `${vendor}: records name somebody`)
      assert.deepEqual(wrong, [], vendor)
      assert.ok(specific / events >= 0.95, `${vendor}: ${specific} of ${events}: ${unread.join(', ')}`)
    }
    assert.ok(readFileSync('docs/ocsf.md', 'utf8').includes(tableOf(rows)), `docs/ocsf.md needs\n${tableOf(rows)}`)
  },
)

test('a record that no table knows counts as not told, and an address that got lost is seen', { skip }, () => {
  const [vendor] = vendors.filter(({ connector }) => connector === 'slack')
  assert.ok(vendor)
  const raw = {
    action: 'no_such_thing',
    actor: { type: 'user', user: { id: 'U1' } },
    context: { ip_address: '192.0.2.9' },
  }
  const made = { line: 0, vendor: vendor.name, rule: '', expected: false, logsource: {}, raw }
  assert.deepEqual(tally(vendor, [made]).unread, ['0: no_such_thing'])
  const known = { ...made, raw: { ...raw, action: 'user_login', context: {}, claimed: '192.0.2.9' } }
  const asking = { ...vendor, says: (log: typeof raw) => [(log as { claimed?: string }).claimed] }
  assert.deepEqual(tally(asking as typeof vendor, [known]).wrong, ['0: 192.0.2.9'])
})
