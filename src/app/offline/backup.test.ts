import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { systemClock, systemRandom } from '#kit'
import { defaultTenant } from '#model'
import { exitCodes, type CliInput } from '#cli'
import { appendReceipt, createLedger, fileDropWitness, houseOf, receiptArgs } from '#ledger'
import { backup, openLocalStore, openReader } from '#store'
import { createKeyFiles, openCoreVault } from '#vault'

import { writerModules } from '../writer-modules.ts'
import { backupCommands } from './backup.ts'

const tenant = defaultTenant

type Lie = { keys?: 'others' | 'none'; rename?: number }

/** Restores a backup of a ledger with one leaf, against a witness that knows `witnessed` of them. */
async function restoreAgainst(witnessed: number, lie: Lie = {}) {
  const root = mkdtempSync(join(tmpdir(), 'cordon-restore-'))
  const dataDir = join(root, 'old')
  const keysDir = join(root, 'old-keys')
  const othersDir = join(root, 'others-keys')
  mkdirSync(dataDir)
  for (const dir of [keysDir, othersDir]) createKeyFiles(dir, systemRandom)
  const store = openLocalStore(writerModules(), join(dataDir, 'store.sqlite'))
  const keys = openCoreVault(keysDir).ledgerKeys
  const signer = lie.keys === 'others' ? openCoreVault(othersDir).ledgerKeys : keys
  const house = houseOf(keys)
  const ledger = createLedger({ ...store, keys: signer, clock: systemClock, house })
  const receipt = { tenant, what: 'incident.opened', atMs: 1, customer: null, facts: {}, sealed: {} }
  const append = () => store.writer.submit(appendReceipt(receiptArgs(receipt, systemRandom)))
  await append()
  await backup({ dataDir, out: join(root, 'backup'), nowMs: 1, ...(lie.keys === 'none' ? {} : { keysDir }) })
  for (let size = 1; size < witnessed; size++) await append()
  const witness = join(root, 'witness')
  const signed = await ledger.checkpoint(tenant)
  await fileDropWitness(witness).deposit({ ...signed, size: lie.rename ?? signed.size })
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

test('a file at a witness is not believed for its name, nor under another’s signature, and the ledger goes on', async () => {
  const renamed = await restoreAgainst(1, { rename: 999 })
  assert.deepEqual([renamed.code, renamed.generation], [exitCodes.notClean, 1])
  assert.match(renamed.said, /NOT BELIEVED.*states 1 leaves/)
  const forged = await restoreAgainst(9, { keys: 'others' })
  assert.deepEqual([forged.code, forged.generation], [exitCodes.notClean, 1])
  assert.match(forged.said, /NOT BELIEVED.*no key of this ledger signed it/)
})

test('without the keys a witness is believed, and it is said that nobody looked at signatures', async () => {
  const { said, generation } = await restoreAgainst(9, { keys: 'none' })
  assert.equal(generation, 2)
  assert.match(said, /nobody looked whether the checkpoints are signed/)
})

test('a witness that knows no more leaves the ledger as it is', async () => {
  const { code, said, generation } = await restoreAgainst(1)
  assert.equal(code, exitCodes.ok)
  assert.doesNotMatch(said, /WITNESS KNOWS/)
  assert.equal(generation, 1)
})
