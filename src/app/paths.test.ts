import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { makeDataDir, socketMode } from './paths.ts'

const skip = process.platform === 'win32'
const modeOf = (path: string): number => statSync(path).mode & 0o777
const fresh = (): { dataDir: string; keysDir: string } => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'cordon-paths-')), 'data')
  return { dataDir, keysDir: join(dataDir, 'keys') }
}

test('a data directory is for this user alone, one made by hand with looser modes too', { skip }, () => {
  const config = fresh()
  const { data, runDir } = makeDataDir(config)
  assert.deepEqual([modeOf(data), modeOf(runDir), socketMode(runDir)], [0o700, 0o700, 0o600])
  chmodSync(data, 0o777)
  chmodSync(runDir, 0o755)
  makeDataDir(config)
  assert.deepEqual([modeOf(data), modeOf(runDir)], [0o750, 0o750])
})

test('a group that was let in on purpose reaches the socket and stays let in', { skip }, () => {
  const config = fresh()
  mkdirSync(join(config.dataDir, 'run'), { recursive: true })
  chmodSync(config.dataDir, 0o750)
  chmodSync(join(config.dataDir, 'run'), 0o770)
  const { data, runDir } = makeDataDir(config)
  assert.deepEqual([modeOf(data), modeOf(runDir), socketMode(runDir)], [0o750, 0o770, 0o660])
})
