import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Health } from '../../console/api.ts'
import { isWell as isWellInConsole } from '../../console/well.ts'
import { isWell } from '../../src/cli/health.ts'

type Seen = Pick<Health, 'status' | 'sources' | 'warnings'> & { detection: Pick<Health['detection'], 'refusedCount'> }

test('the console, which can run no code of the command line, says the same of health', () => {
  const answers = new Set<boolean>()
  for (const status of ['ok', 'degraded'] as const) {
    for (const sources of [
      [],
      [{ id: 'one', ok: true }],
      [
        { id: 'one', ok: true },
        { id: 'two', ok: false },
      ],
    ]) {
      for (const warnings of [[], [{ code: 'w', hint: 'look' }]]) {
        for (const refusedCount of [0, 1]) {
          const seen: Seen = { status, sources, warnings, detection: { refusedCount } }
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- neither looks at more of it
          const health = seen as Health
          assert.equal(isWellInConsole(health), isWell(health), JSON.stringify(seen))
          answers.add(isWell(health))
        }
      }
    }
  }
  assert.equal(answers.size, 2, 'the test must see both')
})
