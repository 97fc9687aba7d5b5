import assert from 'node:assert/strict'
import { verify } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'

import { fromBase64, fromHex, toHex, utf8, type CordonError } from '#kit'
import { publicKeyOf, rotateKey, openCoreVault } from '#vault'

import { commitment } from './leaf.ts'
import { createLedger, isConsistent, isIncluded, restartLedger } from './index.ts'
import { parseNote, signersOf } from './note.ts'
import { storeCheckpoint } from './writer.ts'
import { brightwater, newStorePath, openTestKeys, openTestLedger, sampleReceipt, type TestLedger } from './testing.ts'

const aster = 'customer:cordon:lab-aster'
async function withLeaves(count: number, options?: Parameters<typeof openTestLedger>[0]): Promise<TestLedger> {
  const made = openTestLedger(options)
  if (count > 0) await made.appendAll(Array.from({ length: count }, (_, n) => sampleReceipt(n)))
  return made
}
/** What an administrator of the machine can do. */
function tamper(path: string, sql: string, ...values: (string | number | Uint8Array)[]): void {
  const db = new DatabaseSync(path)
  db.prepare(sql).run(...values)
  db.close()
}

test('the tree holds commitments only; the leaf shows customer and values to whoever holds the store', async () => {
  const { append, ledger, reader } = openTestLedger()
  await append(sampleReceipt(1, { customer: aster, sealed: { subject: 'EXAMPLE subject' } }))
  const row = reader.get<{ entry: Uint8Array; hash: Uint8Array }>('SELECT entry, hash FROM ledger_leaf')
  const entry = Buffer.from(row?.entry ?? []).toString('utf8')
  assert.ok(entry.includes('act_example1') && !entry.includes('EXAMPLE subject') && !entry.includes('aster'))
  const leaf = ledger.leaf(brightwater, 0)
  assert.deepEqual(leaf?.receipt, sampleReceipt(1, { customer: aster, sealed: { subject: 'EXAMPLE subject' } }))
  assert.equal(leaf?.disclosed, true)
  assert.equal(leaf?.hash, toHex(row?.hash ?? new Uint8Array()))
})

test('a commitment is bound to its field and its salt', () => {
  const salt = new Uint8Array(32).fill(1)
  const made = commitment(salt, 'approver', 'x')
  assert.notEqual(commitment(salt, 'subject', 'x'), made)
  assert.notEqual(commitment(new Uint8Array(32).fill(2), 'approver', 'x'), made)
  assert.notEqual(commitment(salt, 'approver', 'y'), made)
})

test('proofs out of the store hold at every size, across tile borders', async () => {
  const { ledger, appendAll } = openTestLedger()
  const roots = new Map<number, string>()
  const hashes: string[] = []
  for (const upTo of [1, 2, 3, 100, 255, 256, 257, 300, 511, 512, 513, 530]) {
    const receipts = Array.from({ length: upTo - hashes.length }, (_, n) => sampleReceipt(hashes.length + n))
    hashes.push(...(await appendAll(receipts)).map(({ hash }) => hash))
    roots.set(upTo, (await ledger.checkpoint(brightwater)).rootHash)
  }
  for (const [size, root] of roots) {
    for (const index of [0, 1, 254, 255, 256, 511, size - 1]) {
      if (index >= size) continue
      const path = ledger.inclusionProof(brightwater, index, size).map(fromHex)
      assert.ok(isIncluded(index, size, fromHex(hashes[index] ?? ''), path, fromHex(root)), `${index} of ${size}`)
    }
    for (const [older, olderRoot] of roots) {
      if (older > size) continue
      const path = ledger.consistencyProof(brightwater, older, size).map(fromHex)
      assert.ok(isConsistent(older, size, fromHex(olderRoot), fromHex(root), path), `${older} to ${size}`)
    }
  }
})

test('a proof outside the tree is refused with its size', async () => {
  const { ledger } = await withLeaves(3)
  const range = (error: CordonError) => error.code === 'ERR_LEDGER_RANGE' && error.hint === 'it has 3 leaves'
  assert.throws(() => ledger.inclusionProof(brightwater, 3, 3), range)
  assert.throws(() => ledger.inclusionProof(brightwater, 0, 4), range)
  assert.throws(() => ledger.consistencyProof(brightwater, 3, 2), range)
  assert.throws(() => ledger.inclusionProof(brightwater, -1, 2), range)
})

test('a checkpoint is a signed note over origin, size and root', async () => {
  const { ledger, keys } = await withLeaves(5)
  const { note, rootHash, size } = await ledger.checkpoint(brightwater)
  const [text = '', line = ''] = note.split('\n\n')
  assert.deepEqual(text.split('\n'), [ledger.origin(brightwater), '5', Buffer.from(rootHash, 'hex').toString('base64')])
  assert.equal(size, 5)
  const signature = fromBase64(line.trimEnd().split(' ')[2] ?? '').subarray(4)
  const key = publicKeyOf('ed25519', keys.signer().publicKey)
  assert.ok(verify(null, utf8(`${text}\n`), key, signature))
})

test('a tree that did not grow is not signed again; a grown one is, with the newest key', async () => {
  const { keyDir, keys: before } = openTestKeys()
  const { ledger, reader, writer, clock, random, append } = await withLeaves(2, { keys: before })
  const first = await ledger.checkpoint(brightwater)
  assert.deepEqual(await ledger.checkpoint(brightwater), first)
  rotateKey(keyDir, 'ledger', random)
  const keys = openCoreVault(keyDir).ledgerKeys
  await append(sampleReceipt(3))
  const rotated = createLedger({ reader, writer, keys, clock })
  const second = await rotated.checkpoint(brightwater)
  assert.equal(rotated.origin(brightwater), ledger.origin(brightwater))
  assert.notEqual(second.note.split(' ').at(-1)?.slice(0, 5), first.note.split(' ').at(-1)?.slice(0, 5))
  assert.equal(rotated.publicKeys(brightwater).length, 2)
})

test('signatures asked for at once are stored in order, however slow the writer is', async () => {
  const { append, reader, writer, keys, clock } = openTestLedger()
  let slow = 10
  // The real writer, behind a line that delivers the first message last.
  const submit: typeof writer.submit = async (...commands) => {
    for (let wait = slow--; wait > 0; wait--) await new Promise((resolve) => setImmediate(resolve))
    return writer.submit(...commands)
  }
  const ledger = createLedger({ reader, writer: { submit }, keys, clock })
  const asked: Promise<{ size: number }>[] = []
  for (let n = 0; n < 5; n++) {
    await append(sampleReceipt(n))
    asked.push(ledger.checkpoint(brightwater))
    await new Promise((resolve) => setImmediate(resolve))
  }
  const sizes = (await Promise.all(asked)).map(({ size }) => size)
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => a - b),
  )
})

test('the store keeps no checkpoint that contradicts the last one', async () => {
  const { ledger, writer } = await withLeaves(3)
  const { note, atMs, rootHash } = await ledger.checkpoint(brightwater)
  const keep = (size: number, root: string) =>
    writer.submit(storeCheckpoint({ tenant: brightwater, size, root: fromHex(root), note, atMs }))
  await keep(3, rootHash)
  await assert.rejects(keep(2, rootHash), { code: 'ERR_LEDGER_CONTRADICTION' })
  await assert.rejects(
    keep(
      3,
      rootHash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    ),
    {
      code: 'ERR_LEDGER_CONTRADICTION',
    },
  )
})

test('a ledger restarted after a restore goes on under another origin, and the old key no longer fits', async () => {
  const { ledger, append, writer } = await withLeaves(3)
  const old = await ledger.checkpoint(brightwater)
  const [oldKey] = ledger.publicKeys(brightwater)
  assert.deepEqual(await writer.submit(restartLedger({ tenant: brightwater })), [{ generation: 2 }])
  const restarted = await ledger.checkpoint(brightwater)
  assert.deepEqual([restarted.size, restarted.rootHash], [old.size, old.rootHash])
  assert.ok(restarted.note.startsWith(`${ledger.origin(brightwater)}\n`) && restarted.note !== old.note)
  await append(sampleReceipt(4))
  const grown = await ledger.checkpoint(brightwater)
  assert.deepEqual(signersOf(parseNote(grown.note), oldKey === undefined ? [] : [oldKey]), [])
  assert.equal(signersOf(parseNote(grown.note), ledger.publicKeys(brightwater)).length, 1)
})

test('the signer refuses a tree that contradicts what it signed before', async (t) => {
  const attacks: Record<string, (path: string) => void> = {
    'an old leaf has another hash': (path) =>
      tamper(path, 'UPDATE ledger_leaf SET hash = ? WHERE idx = 3', new Uint8Array(32).fill(1)),
    'the frontier is another': (path) => tamper(path, 'UPDATE ledger_tree SET frontier = randomblob(length(frontier))'),
    'leaves are gone': (path) =>
      tamper(path, 'UPDATE ledger_tree SET size = 4, frontier = ?', new Uint8Array(32).fill(1)),
    'the signed root is another': (path) =>
      tamper(path, 'UPDATE ledger_checkpoint SET root = ?', new Uint8Array(32).fill(1)),
  }
  for (const [name, attack] of Object.entries(attacks)) {
    await t.test(name, async () => {
      const path = newStorePath()
      const { ledger, append } = await withLeaves(6, { path })
      await ledger.checkpoint(brightwater)
      await append(sampleReceipt(7))
      attack(path)
      await assert.rejects(ledger.checkpoint(brightwater), { code: 'ERR_LEDGER_CONTRADICTION' })
    })
  }
})

test('a changed entry or a changed value is not shown as if it were true', async () => {
  const path = newStorePath()
  const { ledger } = await withLeaves(2, { path })
  tamper(path, 'UPDATE ledger_salt SET value = ? WHERE idx = 0', 'somebody else')
  assert.deepEqual([ledger.leaf(brightwater, 0)?.disclosed, ledger.leaf(brightwater, 0)?.receipt.sealed], [false, {}])
  tamper(path, `UPDATE ledger_leaf SET entry = CAST(replace(CAST(entry AS TEXT), 'contained', 'untouched') AS BLOB)`)
  assert.throws(() => ledger.leaf(brightwater, 1), { code: 'ERR_LEDGER_CONTRADICTION' })
})
