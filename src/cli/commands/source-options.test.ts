import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { readSecret } from './source-options.ts'

test('a secret comes out of a file or the environment; one on the command line, which others can list, is refused and not repeated', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'secret-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'token'), 'EXAMPLE-file\n')
  assert.equal(readSecret(`file:${join(folder, 'token')}`, {}), 'EXAMPLE-file')
  assert.equal(readSecret('env:TOKEN', { TOKEN: 'EXAMPLE-env' }), 'EXAMPLE-env')
  for (const given of ['EXAMPLE-bare', 'env:ABSENT'])
    assert.throws(
      () => readSecret(given, {}),
      (error: unknown) =>
        error instanceof Error && !error.message.includes(given) && /command line/.test(error.message),
    )
})
