import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { hashId } from '#kit'
import { logWriter, openEventLog } from '#log'
import { defaultTenant } from '#model'
import { openLocalStore, storeFile, truncateWal } from '#store'

import { logKeysOf } from './log-keys.ts'

const dayMs = 86_400_000

test('after retention no byte of a deleted key is left in the data directory, wrapped as it was', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'cordon-expire-'))
  const path = join(dataDir, storeFile)
  const store = openLocalStore([logWriter()], path)
  const log = openEventLog({ ...store, keys: logKeysOf('example'), afterExpire: () => truncateWal(path) })
  for (const day of [1, 2, 3]) {
    const event = { id: hashId('evt', String(day)), stream: 'log', eventAtMs: null, raw: '{}' }
    await log.append({ tenant: defaultTenant, source: 'src', arrivedAtMs: day * dayMs, events: [event] })
  }
  truncateWal(path)
  const wrapped = store.reader
    .all<{ day: string; wrapped: Uint8Array }>(`SELECT day, wrapped FROM log_key WHERE purpose = 'day' ORDER BY day`)
    .map((row) => Buffer.from(row.wrapped))
  const isOnDisk = (key: Buffer): boolean =>
    readdirSync(dataDir).some((name) => readFileSync(join(dataDir, name)).includes(key.subarray(0, 24)))
  assert.deepEqual(wrapped.map(isOnDisk), [true, true, true])
  await log.expire(defaultTenant, '1970-01-04')
  assert.deepEqual(wrapped.map(isOnDisk), [false, false, true])
})
