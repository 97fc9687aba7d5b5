import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { systemClock, systemRandom } from '#kit'
import { defaultTenant } from '#model'
import { exitCodes, type CliInput } from '#cli'
import { appendReceipt, receiptArgs } from '#ledger'
import { backup, openLocalStore, openReader } from '#store'

import { writerModules } from '../writer-modules.ts'
import { backupCommands } from './backup.ts'

const tenant = defaultTenant

/** Restores a backup of a ledger with one leaf, against a witness that knows `witnessed` of them. */
async function restoreAgainst(witnessed: number) {
  const root = mkdtempSync(join(tmpdir(), 'cordon-restore-'))
  const dataDir = join(root, 'old')
  mkdirSync(dataDir)
  const store = openLocalStore(writerModules(), join(dataDir, 'store.sqlite'))
  const receipt = { tenant, what: 'incident.opened', atMs: 1, customer: null, facts: {}, sealed: {} }
  await store.writer.submit(appendReceipt(receiptArgs(receipt, systemRandom)))
  await backup({ dataDir, out: join(root, 'backup'), nowMs: 1 })
  const witness = join(root, 'witness')
  mkdirSync(witness)
  writeFileSync(join(witness, `${witnessed}.0123456789abcdef.checkpoint`), 'EXAMPLE note\n')
  const said: string[] = []
  const texts: Record<string, string> = { data: join(root, 'new') }
  const input: CliInput = {
    args: [join(root, 'backup')],
    options: { ...texts, witness: [witness] },
    flag: () => false,
    text: (name) => texts[name],
    io: {
      out: (text) => said.push(text),
      err: (text) => said.push(text),
      stdin: () => process.stdin,
      env: {},
      clock: systemClock,
      isTty: false,
      columns: 80,
    },
  }
  const code = await backupCommands.find(({ name }) => name === 'restore')?.run(input)
  const reader = openReader(join(root, 'new', 'store.sqlite'))
  const tree = reader.get<{ generation: number; size: number }>('SELECT generation, size FROM ledger_tree')
  return { code, said: said.join('\n'), generation: tree?.generation, size: tree?.size }
}

test('a witness that knows more than the backup is believed: the ledger goes on under a new origin, and says so', async () => {
  const { code, said, generation, size } = await restoreAgainst(9)
  assert.equal(code, exitCodes.notClean)
  assert.match(said, /A WITNESS KNOWS 9 RECEIPTS, THIS BACKUP HAS 1/)
  assert.deepEqual([generation, size], [2, 2])
})

test('a witness that knows no more leaves the ledger as it is', async () => {
  const { code, said, generation } = await restoreAgainst(1)
  assert.equal(code, exitCodes.ok)
  assert.doesNotMatch(said, /WITNESS KNOWS/)
  assert.equal(generation, 1)
})
