import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { command, handler, openLocalStore, type WriterModule } from './index.ts'

const put = command<{ key: string; value: number }, number>('sample.put')
const refuse = command<null, never>('sample.refuse')
const sample: WriterModule = {
  name: 'sample',
  migrations: ['CREATE TABLE sample (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT'],
  handlers: [
    handler(put, (tx, { key, value }) => {
      tx.run('INSERT INTO sample VALUES (?, ?)', key, value)
      return value * 2
    }),
    handler(refuse, () => {
      throw new Error('refused')
    }),
  ],
}

test('parts of one submission are all in', async () => {
  const { writer, reader } = openLocalStore([sample])
  assert.deepEqual(await writer.submit(put({ key: 'a', value: 1 }), put({ key: 'b', value: 2 })), [2, 4])
  assert.equal(reader.all('SELECT * FROM sample').length, 2)
})

test('when one part refuses, none is in', async () => {
  const { writer, reader } = openLocalStore([sample])
  await assert.rejects(writer.submit(put({ key: 'a', value: 1 }), refuse(null)), /refused/)
  assert.equal(reader.all('SELECT * FROM sample').length, 0)
})

test('a store written by a newer program is refused by name', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'cordon-store-')), 'store.sqlite')
  openLocalStore([{ ...sample, migrations: [...sample.migrations, 'CREATE TABLE later (x)'] }], path).close()
  assert.throws(() => openLocalStore([sample], path), /written by a newer Cordon \(version 2 of `sample`\)/)
})

test('a step that was edited after its release is refused', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'cordon-store-')), 'store.sqlite')
  openLocalStore([sample], path).close()
  assert.throws(
    () => openLocalStore([{ ...sample, migrations: ['CREATE TABLE sample (x)'] }], path),
    /step 1 of `sample`/,
  )
})
