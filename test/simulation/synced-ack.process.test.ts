import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const program = join(import.meta.dirname, 'ingest-program.ts')
const batches = 8
const skip = spawnSync('strace', ['-V']).error === undefined ? false : 'strace is not installed'

/** Acks that went out while the batch's own write-ahead log was not yet synced, as the kernel saw it. */
function unsyncedAcks(mode: 'FULL' | 'OFF'): { acks: number; unsynced: number } {
  const dataDir = mkdtempSync(join(tmpdir(), 'cordon-strace-'))
  const trace = join(dataDir, 'trace.txt')
  const result = spawnSync(
    'strace',
    '-f -y -s 16 -e trace=fsync,fdatasync,write,pwrite64 -o'
      .split(' ')
      .concat(
        trace,
        process.execPath,
        '--conditions=source',
        '--disable-warning=ExperimentalWarning',
        program,
        dataDir,
        '0',
        String(batches),
      ),
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', CORDON_TEST_SYNCHRONOUS: mode } },
  )
  assert.equal(result.status, 0, result.stderr)
  let isDirty = false
  let wrote = 0
  let acks = 0
  let unsynced = 0
  const syncing = new Set<string>()
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const pid = line.split(' ', 1)[0] ?? ''
    const isWal = line.includes('store.sqlite-wal>')
    if (/\b(?:pwrite64|write)\(/.test(line) && isWal) {
      isDirty = true
      wrote++
    } else if (/\bf(?:data)?sync\(/.test(line) && isWal) {
      if (line.includes('<unfinished')) syncing.add(pid)
      else isDirty = false
    } else if (/<\.\.\. f(?:data)?sync resumed/.test(line) && syncing.delete(pid)) {
      isDirty = false
    } else if (/\bwrite\(1<.*"ack /.test(line)) {
      assert.ok(wrote > 0, 'a batch writes to the write-ahead log before its ack')
      acks++
      wrote = 0
      if (isDirty) unsynced++
    }
  }
  return { acks, unsynced }
}

test('an acknowledgement leaves only after its batch is synced', { skip }, () => {
  assert.deepEqual(unsyncedAcks('FULL'), { acks: batches, unsynced: 0 })
})

test('this test sees a store that does not sync', { skip }, () => {
  assert.deepEqual(unsyncedAcks('OFF'), { acks: batches, unsynced: batches })
})
