import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

for (const role of ['start', 'core', 'hands']) {
  test(`\`${role}\` refuses settings that are for tests only, before it touches the data`, () => {
    const dir = mkdtempSync(join(tmpdir(), 'cordon-settings-'))
    const data = join(dir, 'data')
    try {
      const env = { ...process.env, NODE_OPTIONS: '', CORDON_TEST_SYNCHRONOUS: 'OFF' }
      const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning']
      const args = [...flags, main, role, '--data', data, '--listen', '127.0.0.1:0']
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env, timeout: 60_000 })
      assert.notEqual(status, 0)
      assert.match(stderr, /CORDON_TEST_SYNCHRONOUS.*for tests only/s)
      assert.match(stderr, /unset CORDON_TEST_SYNCHRONOUS/)
      assert.ok(!existsSync(data))
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })
}
