import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { isObject, parseJson } from '#kit'

const program = join(import.meta.dirname, 'disk-full-program.ts')
const mount = mkdtempSync(join(tmpdir(), 'cordon-full-'))
/** A small file system of its own, in a mount namespace that ends with the program. */
const onSmallDisk = (command: string) =>
  spawnSync('unshare', ['-m', 'sh', '-c', `mount -t tmpfs -o size=5m tmpfs '${mount}' && ${command}`], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  })
const skip = onSmallDisk('true').status === 0 ? false : 'mounting a small file system is not permitted here'

test('a full disk is said, nothing is half-taken, and it goes on when there is room', { skip }, () => {
  const result = onSmallDisk(
    `'${process.execPath}' --conditions=source --disable-warning=ExperimentalWarning '${program}' '${mount}'`,
  )
  assert.equal(result.status, 0, result.stderr)
  const seen = parseJson(result.stdout)
  assert.ok(isObject(seen))
  const acked = Number(seen['acked'])
  assert.ok(acked > 3, result.stdout)
  assert.deepEqual([seen['code'], seen['isRetryable']], ['ERR_STORE_FULL', true])
  assert.deepEqual([seen['headWhenFull'], seen['cursorWhenFull']], [acked * 10, String(acked - 1)])
  assert.deepEqual(seen['again'], {
    firstOffset: acked * 10 + 1,
    lastOffset: acked * 10 + 10,
    appended: 10,
    duplicates: 0,
    conflicts: 0,
  })
  assert.deepEqual([seen['read'], seen['check']], [acked * 10 + 10, [{ quick_check: 'ok' }]])
})
