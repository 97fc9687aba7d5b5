import assert from 'node:assert/strict'
import { test } from 'node:test'

import { checks, measured } from './index.ts'

test('each kind of weakness has its measured precision and recall beside it, and no figure is of a kind that is gone', () => {
  const kinds = checks.map(({ kind }) => kind)
  assert.deepEqual(Object.keys(measured.kinds).toSorted(), kinds.toSorted())
  for (const [kind, { weak, said, right }] of Object.entries(measured.kinds)) {
    assert.ok(weak > 0 && right <= said, kind)
    assert.ok(right / said >= 0.95 && right / weak >= 0.98, `${kind}: ${right} of ${said} said, ${weak} weak`)
  }
})
