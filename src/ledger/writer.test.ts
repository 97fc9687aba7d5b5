import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { toBase64url, type CordonError } from '#kit'
import type { Receipt } from '#model'
import { command, handler, openLocalStore, type WriterModule } from '#store'

import { auditTree } from './audit.ts'
import { factTextMax } from './receipt-guard.ts'
import {
  appendReceipt,
  appendReceiptIn,
  eraseSalt,
  fenceLedger,
  ledgerWriter,
  receiptArgs,
  saltsFromSeed,
} from './index.ts'
import { brightwater, newStorePath, openTestLedger, sampleReceipt, startMs } from './testing.ts'

const withCode = (code: string) => (error: CordonError) => error.code === code && error.hint !== undefined
const refused = { code: 'ERR_LEDGER_RECEIPT' }

test('the same arguments twice make one leaf; the same receipt with new arguments makes two', async () => {
  const { writer, ledger, random } = openTestLedger()
  const args = receiptArgs(sampleReceipt(1), random)
  const [first] = await writer.submit(appendReceipt(args))
  assert.deepEqual(await writer.submit(appendReceipt(args)), [first])
  const [second] = await writer.submit(appendReceipt(receiptArgs(sampleReceipt(1), random)))
  assert.deepEqual([first.index, second.index, ledger.size(brightwater)], [0, 1, 2])
  const forged = { ...args, receipt: sampleReceipt(2) }
  await assert.rejects(writer.submit(appendReceipt(forged)), withCode('ERR_LEDGER_RECEIPT'))
})

const decide = command<{ id: string; seed: string; fails: boolean }, number>('sample.decide')
const sample: WriterModule = {
  name: 'sample',
  migrations: ['CREATE TABLE sample (id TEXT PRIMARY KEY) STRICT'],
  handlers: [
    handler(decide, (tx, { id, seed, fails }) => {
      tx.run('INSERT INTO sample VALUES (?)', id)
      const refs = ['intent', 'approval'].map((label) => {
        const receipt = sampleReceipt(1, { what: `sample.${label}` })
        return appendReceiptIn(tx, receipt, saltsFromSeed(receipt, seed, label))
      })
      if (fails) throw new Error('refused')
      return refs.at(-1)?.index ?? -1
    }),
  ],
}

test('a receipt appended inside a handler commits with its decision or not at all', async () => {
  const { writer, reader, ledger, random } = openTestLedger({ modules: [sample] })
  const seed = toBase64url(random(32))
  await assert.rejects(writer.submit(decide({ id: 'a', seed, fails: true })))
  assert.equal(ledger.size(brightwater), 0)
  assert.deepEqual(reader.all('SELECT * FROM ledger_salt'), [])
  assert.deepEqual(await writer.submit(decide({ id: 'a', seed, fails: false })), [1])
  assert.deepEqual(
    [0, 1].map((index) => ledger.leaf(brightwater, index)?.receipt.what),
    ['sample.intent', 'sample.approval'],
  )
  assert.equal(auditTree(reader, brightwater), undefined)
})

test('salts of one seed differ by label and field, and are the same each time', () => {
  const receipt = sampleReceipt(1, { sealed: { a: 'x', b: 'x' }, customer: 'customer:cordon:lab-aster' })
  const seed = toBase64url(new Uint8Array(32).fill(7))
  const { id, salts } = saltsFromSeed(receipt, seed, 'one')
  assert.deepEqual(saltsFromSeed(receipt, seed, 'one'), { id, salts })
  const other = saltsFromSeed(receipt, seed, 'two')
  assert.equal(new Set([...Object.values(salts), ...Object.values(other.salts)]).size, 6)
  assert.notEqual(other.id, id)
})

test('a sequencer that lost its epoch cannot append; the one that took over can', async () => {
  const path = newStorePath()
  const first = openTestLedger({ path })
  await first.append(sampleReceipt(1))
  const second = openLocalStore([ledgerWriter], path)
  await assert.rejects(first.append(sampleReceipt(2)), withCode('ERR_LEDGER_FENCE'))
  const args = receiptArgs(sampleReceipt(3), first.random)
  const [{ index }] = await second.writer.submit(appendReceipt(args))
  assert.equal(index, 1)
  await second.writer.submit(fenceLedger({ tenant: brightwater }))
  const late = appendReceipt(receiptArgs(sampleReceipt(4), first.random))
  await assert.rejects(second.writer.submit(late), withCode('ERR_LEDGER_FENCE'))
  assert.equal(first.ledger.size(brightwater), 2)
})

test('a tree that another sequencer made after our start is not ours', async () => {
  const path = newStorePath()
  const first = openTestLedger({ path })
  const second = openLocalStore([ledgerWriter], path)
  await second.writer.submit(appendReceipt(receiptArgs(sampleReceipt(1), first.random)))
  await assert.rejects(first.append(sampleReceipt(2)), withCode('ERR_LEDGER_FENCE'))
})

test('what does not belong into a leaf is refused', async () => {
  const { append, ledger, writer } = openTestLedger()
  const aster = 'customer:cordon:lab-aster'
  const unfit: Partial<Receipt>[] = [
    { facts: { note: 'x'.repeat(factTextMax + 1) } },
    { facts: { note: 'two\nlines' } },
    { facts: { count: Number.NaN } },
    { facts: { 'a name': 1 } },
    { facts: { subject: aster } },
    { facts: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}`, i])) },
    { sealed: { dump: 'x'.repeat(4097) } },
    { sealed: { customer: 'x' } },
    { customer: aster, sealed: { subject: 'customer:cordon:lab-birch' } },
    { customer: aster, sealed: { subject: `${aster} and customer:cordon:lab-birch` } },
    { sealed: { subject: aster } },
    { atMs: 0.5 },
    { what: 'Some text' },
  ]
  for (const more of unfit) await assert.rejects(append(sampleReceipt(1, more)), refused, JSON.stringify(more))
  const { receipt, salts } = receiptArgs(sampleReceipt(1), () => new Uint8Array(8))
  await assert.rejects(writer.submit(appendReceipt({ receipt, salts })), refused, 'a short salt')
  await assert.rejects(writer.submit(appendReceipt({ receipt, salts: {} })), refused, 'no salt')
  const many = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`f${i}`, '\u20ac'.repeat(factTextMax)]))
  await assert.rejects(append(sampleReceipt(1, { facts: many })), refused, 'more than an entry holds')
  assert.equal(ledger.size(brightwater), 0)
  await append(sampleReceipt(1, { customer: aster, sealed: { subject: `${aster}, its contract` } }))
  assert.equal(ledger.size(brightwater), 1)
})

test('after erasing a salt the tree is as it was and no byte of the value is left in the store', async () => {
  const path = newStorePath()
  const { appendAll, writer, reader, ledger, close } = openTestLedger({ path })
  const value = 'EXAMPLE Ada Fictional, ada@brightwater.example'
  await appendAll(
    Array.from({ length: 40 }, (_, n) =>
      sampleReceipt(n, { sealed: { subject: n === 17 ? value : `other ${n}`, method: 'passkey' } }),
    ),
  )
  const before = await ledger.checkpoint(brightwater)
  assert.equal(ledger.leaf(brightwater, 17)?.receipt.sealed['subject'], value)
  const erase = eraseSalt({ tenant: brightwater, index: 17, field: 'subject', atMs: startMs })
  assert.deepEqual(await writer.submit(erase), [{ erased: ['subject'] }])
  assert.deepEqual(await writer.submit(erase), [{ erased: [] }])
  const leaf = ledger.leaf(brightwater, 17)
  assert.deepEqual([leaf?.receipt.sealed, leaf?.disclosed], [{ method: 'passkey' }, false])
  assert.equal(ledger.leaf(brightwater, 16)?.disclosed, true)
  assert.equal(auditTree(reader, brightwater), undefined)
  assert.deepEqual(await ledger.checkpoint(brightwater), before)
  assert.deepEqual(await writer.submit(eraseSalt({ tenant: brightwater, index: 17, atMs: startMs })), [
    { erased: ['method'] },
  ])
  close()
  for (const name of readdirSync(dirname(path)).filter((file) => file.startsWith('store.sqlite'))) {
    assert.equal(readFileSync(join(dirname(path), name)).includes(value), false, name)
  }
  assert.ok(readFileSync(path).includes('other 16'), 'the search can find something')
})

test('two tenants never share: neither tree, nor values, nor commitments', async () => {
  const { append, ledger, reader, writer } = openTestLedger()
  const other = 't_other' as const
  await append(sampleReceipt(1, { sealed: { subject: 'EXAMPLE ours' } }))
  for (let n = 0; n < 3; n++) await append(sampleReceipt(n, { tenant: other, sealed: { subject: 'EXAMPLE theirs' } }))
  assert.deepEqual([ledger.size(brightwater), ledger.size(other)], [1, 3])
  assert.equal(ledger.leaf(brightwater, 1), undefined)
  assert.equal(ledger.leaf(brightwater, 0)?.receipt.sealed['subject'], 'EXAMPLE ours')
  assert.notEqual(ledger.origin(brightwater), ledger.origin(other))
  await writer.submit(eraseSalt({ tenant: brightwater, index: 0, atMs: startMs }))
  assert.equal(ledger.leaf(other, 0)?.disclosed, true)
  await writer.submit(fenceLedger({ tenant: other }))
  await append(sampleReceipt(2))
  await assert.rejects(append(sampleReceipt(4, { tenant: other })), { code: 'ERR_LEDGER_FENCE' })
  assert.equal(auditTree(reader, brightwater), undefined)
})
