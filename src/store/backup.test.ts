import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import {
  backup,
  command,
  fenceEpoch,
  handler,
  lockDataDir,
  openLocalStore,
  openReader,
  restore,
  storeFile,
  truncateWal,
  type Reader,
  type WriterModule,
} from './index.ts'

const put = command<{ key: string; state: string }, null>('sample.put')
const sample: WriterModule = {
  name: 'sample',
  migrations: ['CREATE TABLE sample (key TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT'],
  handlers: [
    handler(put, (tx, { key, state }) => {
      tx.run('INSERT INTO sample VALUES (?, ?)', key, state)
      return null
    }),
  ],
}
const nowMs = 1_774_350_000_000
const facts = (reader: Reader) => ({
  rows: reader.get<{ n: number }>('SELECT count(*) AS n FROM sample')?.n ?? 0,
})

async function madeBackup() {
  const root = mkdtempSync(join(tmpdir(), 'cordon-backup-'))
  const dataDir = join(root, 'data')
  mkdirSync(dataDir)
  const lock = lockDataDir(dataDir)
  const store = openLocalStore([sample], join(dataDir, storeFile))
  mkdirSync(join(root, 'keys'))
  writeFileSync(join(root, 'keys', 'ring.json'), 'EXAMPLE key')
  await store.writer.submit(put({ key: 'a', state: 'executing' }))
  const out = join(root, 'backup')
  const manifest = await backup({ dataDir, out, nowMs, facts })
  return { root, dataDir, out, store, manifest, lock }
}
const restoreInto = (from: string, dataDir: string, at = nowMs) =>
  restore({
    from,
    dataDir,
    nowMs: at,
    modules: [sample],
    afterRestore: [(tx) => void tx.run(`UPDATE sample SET state = 'reconcile' WHERE state = 'executing'`)],
  })

test('a backup is made beside the running writer, and holds no keys unless asked', async () => {
  const { out, store, manifest } = await madeBackup()
  await store.writer.submit(put({ key: 'b', state: 'later' }))
  assert.deepEqual(manifest.facts, { rows: 1 })
  assert.equal(manifest.holdsKeys, false)
  assert.ok(!existsSync(join(out, 'keys')))
})

test('keys are taken along only when asked for, and put back only where asked for', async () => {
  const { root, dataDir } = await madeBackup()
  const from = join(root, 'with-keys')
  const { holdsKeys } = await backup({ dataDir, out: from, nowMs, keysDir: join(root, 'keys') })
  assert.ok(holdsKeys)
  const options = { from, nowMs, modules: [sample], afterRestore: [] }
  await restore({ ...options, dataDir: join(root, 'one') })
  await restore({ ...options, dataDir: join(root, 'two'), keysDir: join(root, 'two-keys') })
  assert.equal(readFileSync(join(root, 'two-keys', 'ring.json'), 'utf8'), 'EXAMPLE key')
  await assert.rejects(restore({ ...options, dataDir: join(root, 'three'), keysDir: join(root, 'keys') }), {
    code: 'ERR_BACKUP_TARGET',
  })
})

test('a restore raises the fence and runs the hooks before the store has its name', async () => {
  const { root, out, store } = await madeBackup()
  const before = fenceEpoch(store.reader)
  const target = join(root, 'restored')
  const { fenceEpoch: epoch } = await restoreInto(out, target)
  assert.ok(epoch > before)
  const reader = openReader(join(target, storeFile))
  assert.equal(fenceEpoch(reader), epoch)
  assert.deepEqual(
    reader.all('SELECT key, state FROM sample').map((row) => ({ ...(row as object) })),
    [{ key: 'a', state: 'reconcile' }],
  )
  const again = await restoreInto(out, join(root, 'again'), nowMs + 60_000)
  assert.ok(again.fenceEpoch > epoch, 'two restores of one backup do not share a fence')
  assert.ok(Number.isSafeInteger(again.fenceEpoch * 1_000_000_000 + 999_999_999), 'claims count within an epoch')
})

test('a hook that refuses leaves no store behind', async () => {
  const { root, out } = await madeBackup()
  const target = join(root, 'restored')
  const refusing = restore({
    from: out,
    dataDir: target,
    nowMs,
    modules: [sample],
    afterRestore: [
      () => {
        throw new Error('no')
      },
    ],
  })
  await assert.rejects(refusing, /no/)
  assert.ok(!existsSync(join(target, storeFile)))
})

test('nothing is overwritten: a directory that is not empty is refused', async () => {
  const { dataDir, out } = await madeBackup()
  await assert.rejects(restoreInto(out, dataDir), { code: 'ERR_BACKUP_TARGET' })
  await assert.rejects(backup({ dataDir, out, nowMs }), { code: 'ERR_BACKUP_TARGET' })
  await assert.rejects(backup({ dataDir: join(out, 'none'), out: join(out, 'x'), nowMs }), {
    code: 'ERR_BACKUP_SOURCE',
  })
})

test('a changed, missing or foreign file is found before anything is written', async () => {
  const { root, out } = await madeBackup()
  const manifestPath = join(out, 'manifest.json')
  const manifest = readFileSync(manifestPath, 'utf8')
  const target = join(root, 'restored')
  writeFileSync(manifestPath, manifest.replace(`"${storeFile}"`, '"../evil"'))
  await assert.rejects(restoreInto(out, target), { code: 'ERR_BACKUP_SHAPE' })
  writeFileSync(manifestPath, manifest.replace('"format": 1', '"format": 99'))
  await assert.rejects(restoreInto(out, target), { code: 'ERR_STORE_NEWER' })
  writeFileSync(manifestPath, manifest)
  appendFileSync(join(out, storeFile), 'x')
  await assert.rejects(restoreInto(out, target), { code: 'ERR_BACKUP_DAMAGED' })
  assert.ok(!existsSync(target))
})

test('a cut write-ahead log is empty', async () => {
  const { dataDir } = await madeBackup()
  const wal = join(dataDir, `${storeFile}-wal`)
  assert.ok(readFileSync(wal).length > 0)
  truncateWal(join(dataDir, storeFile))
  assert.equal(readFileSync(wal).length, 0)
})
