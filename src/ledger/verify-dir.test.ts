import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import type { Receipt } from '#model'
import { openLocalStore } from '#store'

import {
  appendReceipt,
  createLedger,
  eraseSalt,
  exportLedger,
  fileDropWitness,
  formatNoteKey,
  ledgerWriter,
  receiptArgs,
  verifyLedgerDir,
} from './index.ts'
import { readBundle, writeBundle } from './tiles.ts'
import { brightwater, openTestKeys, openTestLedger, sampleReceipt, startMs, type TestLedger } from './testing.ts'

const newDir = (): string => join(mkdtempSync(join(tmpdir(), 'cordon-export-')), 'out')
const receipts = (from: number, to: number): Receipt[] =>
  Array.from({ length: to - from }, (_, n) => sampleReceipt(from + n))
const publicKeyOf = ({ ledger }: TestLedger): string[] => ledger.publicKeys(brightwater).map(formatNoteKey)

/** 600 leaves; the witness outside saw 100, 300 and 600. */
async function witnessed() {
  const made = openTestLedger()
  const drop = newDir()
  const witness = fileDropWitness(drop)
  for (const upTo of [100, 300, 600]) {
    await made.appendAll(receipts(made.ledger.size(brightwater), upTo))
    await witness.deposit(await made.ledger.checkpoint(brightwater))
  }
  return { ...made, drop }
}
async function exported(made: TestLedger, disclose?: (index: number) => boolean): Promise<string> {
  const dir = newDir()
  const { reader, ledger } = made
  await exportLedger({ reader, ledger, tenant: brightwater, dir, ...(disclose === undefined ? {} : { disclose }) })
  return dir
}

test('an honest export verifies, with every outside checkpoint and every disclosed value', async () => {
  const made = await witnessed()
  const dir = await exported(made, (index) => index < 10)
  const report = verifyLedgerDir(dir, { witnessDirs: [made.drop], publicKey: publicKeyOf(made) })
  assert.deepEqual(
    { ...report, rootHash: '' },
    { ok: true, size: 600, rootHash: '', checkpoints: 7, witnessed: 3, faults: [] },
  )
  assert.equal(readFileSync(join(dir, 'disclosed.ndjson'), 'utf8').trim().split('\n').length, 10)
  assert.ok(readFileSync(join(dir, 'disclosed.ndjson'), 'utf8').includes('EXAMPLE person 9'))
})

test('leaves that nobody signed before core died are exported under a checkpoint that the store does not get', async () => {
  const made = await witnessed()
  await made.appendAll(receipts(600, 603))
  const ledger = createLedger({ ...made, writer: null })
  const dir = await exported({ ...made, ledger })
  const report = verifyLedgerDir(dir, { witnessDirs: [made.drop], publicKey: publicKeyOf(made) })
  assert.deepEqual([report.ok, report.size, made.ledger.checkpoints(brightwater, 1)[0]?.size], [true, 603, 600])
})

test('the layout is that of C2SP tlog-tiles', async () => {
  const dir = await exported(await witnessed())
  const files = readdirSync(join(dir, 'tile'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(dir.length + 1))
  assert.deepEqual(
    files.toSorted((a, b) => a.localeCompare(b)),
    [
      'tile/0/000',
      'tile/0/001',
      'tile/0/002.p/88',
      'tile/1/000.p/2',
      'tile/entries/000',
      'tile/entries/001',
      'tile/entries/002.p/88',
    ],
  )
})

test('nothing that was not asked for is disclosed, and an erased value cannot be', async () => {
  const made = openTestLedger()
  await made.appendAll(receipts(0, 20))
  await made.writer.submit(eraseSalt({ tenant: brightwater, index: 3, atMs: startMs }))
  const dir = await exported(made, (index) => index < 5)
  const bytes = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
    .join('')
  assert.ok(bytes.includes('EXAMPLE person 4'))
  for (const hidden of [3, 5, 12]) assert.equal(bytes.includes(`EXAMPLE person ${hidden}"`), false, `leaf ${hidden}`)
  assert.equal(verifyLedgerDir(dir).ok, true)
})

/**
 * The administrator: owns machine, store and signing key. Writes the history anew with a change and signs all of it, with
 * the real code and the real key; only what lies outside is out of reach.
 */
async function rewritten(made: TestLedger, change: (history: Receipt[]) => Receipt[]): Promise<string> {
  const history = Array.from({ length: 600 }, (_, index) => made.ledger.leaf(brightwater, index)?.receipt).filter(
    (receipt) => receipt !== undefined,
  )
  const forged = openLocalStore([ledgerWriter])
  // Unchanged leaves get the very ids and salts they had.
  const sources = new Map<Receipt, ReturnType<typeof receiptArgs>>()
  for (const [index, receipt] of history.entries()) sources.set(receipt, argsOf(made, index, receipt))
  await forged.writer.submit(
    ...change(history).map((receipt) => appendReceipt(sources.get(receipt) ?? receiptArgs(receipt, made.random))),
  )
  const ledger = createLedger({ ...forged, keys: made.keys, clock: made.clock })
  const dir = newDir()
  await exportLedger({ reader: forged.reader, ledger, tenant: brightwater, dir })
  return dir
}
function argsOf({ reader }: TestLedger, index: number, receipt: Receipt): ReturnType<typeof receiptArgs> {
  const row = reader.get<{ id: `rcp_${string}` }>('SELECT id FROM ledger_leaf WHERE idx = ?', index)
  const salts = reader.all<{ field: string; salt: Uint8Array }>(
    'SELECT field, salt FROM ledger_salt WHERE idx = ?',
    index,
  )
  return {
    receipt,
    ...(row === undefined ? {} : { id: row.id }),
    salts: Object.fromEntries(salts.map(({ field, salt }) => [field, Buffer.from(salt).toString('base64url')])),
  }
}

const rewritings: [name: string, change: (history: Receipt[]) => Receipt[], index: number][] = [
  [
    'an old leaf is changed',
    (history) => history.with(150, { ...(history[150] ?? sampleReceipt(0)), facts: { state: 'untouched' } }),
    100,
  ],
  ['a receipt is inserted', (history) => history.toSpliced(150, 0, sampleReceipt(9999)), 100],
  ['a receipt is dropped', (history) => history.toSpliced(350, 1), 300],
  ['two receipts are swapped', (history) => history.with(10, pick(history, 11)).with(11, pick(history, 10)), 0],
  ['the end is cut off', (history) => history.slice(0, 590), 300],
]
const pick = (history: Receipt[], index: number): Receipt => history[index] ?? assert.fail('no such receipt')

test('whoever holds the signing key and rewrites history is caught by the outside checkpoint', async (t) => {
  const made = await witnessed()
  for (const [name, change, index] of rewritings) {
    await t.test(name, async () => {
      const dir = await rewritten(made, change)
      // Without the outside it is a perfect ledger: this is why there must be one.
      assert.equal(verifyLedgerDir(dir, { publicKey: publicKeyOf(made) }).ok, true)
      const report = verifyLedgerDir(dir, { publicKey: publicKeyOf(made), witnessDirs: [made.drop] })
      assert.deepEqual([report.ok, report.faults.length, report.faults[0]?.index], [false, 1, index])
      assert.match(report.faults[0]?.what ?? '', /outside checkpoint|some are missing/)
    })
  }
  await t.test('the very same history is not a rewriting', async () => {
    const dir = await rewritten(made, (history) => history)
    assert.equal(verifyLedgerDir(dir, { witnessDirs: [made.drop] }).ok, true)
  })
})

test('an outside checkpoint that our key did not sign is a fault, one of another tenant is not looked at', async () => {
  const made = await witnessed()
  const dir = await exported(made)
  const [note = ''] = readdirSync(made.drop, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
  const drop = newDir()
  cpSync(made.drop, drop, { recursive: true })
  writeFileSync(join(drop, 'other'), note.replace(brightwater, 't_other'))
  assert.equal(verifyLedgerDir(dir, { witnessDirs: [drop] }).ok, true)
  // Cut off by a crash while it was written: nothing can be read out of it.
  writeFileSync(join(drop, 'torn'), note.slice(0, -20))
  assert.equal(verifyLedgerDir(dir, { witnessDirs: [drop] }).ok, true)
  writeFileSync(join(drop, 'forged'), note.replace('\n100\n', '\n101\n'))
  const { ok, faults } = verifyLedgerDir(dir, { witnessDirs: [drop] })
  assert.deepEqual([ok, faults[0]?.index], [false, null])
  assert.match(faults[0]?.what ?? '', /forged.*does not verify/)
  assert.equal(verifyLedgerDir(dir, { witnessDirs: [join(drop, 'absent')] }).ok, false)
})

test('another key than the one given is not believed', async () => {
  const made = await witnessed()
  const other = openTestLedger({ keys: openTestKeys().keys })
  const dir = await exported(made)
  assert.equal(verifyLedgerDir(dir, { publicKey: publicKeyOf(other) }).ok, false)
  assert.throws(() => verifyLedgerDir(dir, { publicKey: 'EXAMPLE' }), { code: 'ERR_LEDGER_NOTE' })
})

test('damage to any file of an export is found, at the first bad index', async (t) => {
  const made = openTestLedger()
  await made.appendAll(receipts(0, 600))
  const whole = await exported(made, (index) => index === 300)
  const damaged = (work: (dir: string) => void): [boolean, number | null | undefined] => {
    const dir = newDir()
    cpSync(whole, dir, { recursive: true })
    work(dir)
    const { ok, faults } = verifyLedgerDir(dir)
    return [ok, faults[0]?.index]
  }
  const edit = (path: string, change: (bytes: Buffer) => Uint8Array) => (dir: string) =>
    writeFileSync(join(dir, path), change(readFileSync(join(dir, path))))
  const replace = (path: string, from: string, to: string) =>
    edit(path, (bytes) => Buffer.from(bytes.toString('utf8').replace(from, to)))
  const entries = (path: string, count: number, change: (all: Uint8Array[]) => Uint8Array[]) =>
    edit(path, (bytes) => writeBundle(change(readBundle(bytes, count) ?? assert.fail('a bundle'))))
  const flipAt = (at: number) => (bytes: Buffer) => bytes.fill((bytes[at] ?? 0) ^ 1, at, at + 1)
  const second = 'tile/entries/001'
  const cases: Record<string, [(dir: string) => void, number | null]> = {
    'an entry is changed': [
      entries(second, 256, (all) => all.map((entry, at) => (at === 44 ? Buffer.from(entry).fill(0x20, 9, 10) : entry))),
      300,
    ],
    'an entry is dropped': [entries(second, 256, (all) => all.toSpliced(44, 1)), 256],
    'an entry is dropped and one added at the end': [
      entries(second, 256, (all) => [...all.toSpliced(44, 1), all[0] ?? new Uint8Array()]),
      300,
    ],
    'two entries are swapped': [
      entries(second, 256, (all) => [...all.slice(0, 254), ...all.slice(254).toReversed()]),
      510,
    ],
    'bytes follow the bundle': [edit(second, (bytes) => Buffer.concat([bytes, Buffer.from([0])])), 256],
    'a bundle is missing': [(dir) => rmSync(join(dir, 'tile/entries/002.p/88')), 512],
    'a leaf hash is changed': [edit('tile/0/000', flipAt(32 * 7)), 7],
    'a tile is missing': [(dir) => rmSync(join(dir, 'tile/0/001')), 256],
    'a hash above is changed': [edit('tile/1/000.p/2', flipAt(32)), 511],
    'the checkpoint is changed': [replace('checkpoint', '\n600\n', '\n599\n'), null],
    'a disclosed value is changed': [replace('disclosed.ndjson', 'person 300', 'person 301'), 300],
    'a value is disclosed for another leaf': [replace('disclosed.ndjson', '"index":300', '"index":299'), 299],
    'a value is disclosed for no leaf': [replace('disclosed.ndjson', '"index":300', '"index":600'), 600],
  }
  assert.deepEqual(
    damaged(() => undefined),
    [true, undefined],
  )
  for (const [name, [work, index]] of Object.entries(cases)) {
    await t.test(name, () => assert.deepEqual(damaged(work), [false, index]))
  }
})

test('an unfinished export, a newer one and a used directory are refused', async () => {
  const made = openTestLedger()
  await made.appendAll(receipts(0, 3))
  const dir = await exported(made)
  await assert.rejects(exportLedger({ ...made, tenant: brightwater, dir }), { code: 'ERR_LEDGER_EXPORT' })
  const about = readFileSync(join(dir, 'ledger.json'), 'utf8')
  writeFileSync(join(dir, 'ledger.json'), about.replace('"version": 1', '"version": 2'))
  assert.throws(() => verifyLedgerDir(dir), { code: 'ERR_LEDGER_EXPORT' })
  writeFileSync(join(dir, 'ledger.json'), about)
  rmSync(join(dir, 'checkpoint'))
  assert.throws(() => verifyLedgerDir(dir), { code: 'ERR_LEDGER_EXPORT' })
})

test('an empty ledger exports and verifies', async () => {
  const made = openTestLedger()
  const dir = await exported(made)
  assert.equal(existsSync(join(dir, 'tile')), false)
  assert.deepEqual([verifyLedgerDir(dir).ok, verifyLedgerDir(dir).size], [true, 0])
})

test('a leaf of another tenant in an export is a fault', async () => {
  const made = openTestLedger()
  await made.appendAll(receipts(0, 3))
  const dir = await exported(made)
  const about = readFileSync(join(dir, 'ledger.json'), 'utf8')
  writeFileSync(join(dir, 'ledger.json'), about.replace(`"tenant": "${brightwater}"`, '"tenant": "t_other"'))
  assert.deepEqual(verifyLedgerDir(dir).faults[0]?.index, 0)
})
