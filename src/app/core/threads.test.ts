import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { loadConfig } from '../config.ts'
import { startThreads } from './threads.ts'

test('a store without its keys does not start with new ones', () => {
  const data = join(mkdtempSync(join(tmpdir(), 'cordon-threads-')), 'data')
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(join(data, 'store.sqlite'), '')
  const config = loadConfig({ cwd: data, data })
  assert.throws(() => startThreads(config), { code: 'ERR_VAULT_MISSING' })
  assert.ok(!existsSync(join(data, 'keys', 'core.key')))
})
