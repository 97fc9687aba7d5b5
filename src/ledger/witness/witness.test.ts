import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { createHttp, fromBase64 } from '#kit'
import { openLocalStore } from '#store'

import { parseCheckpoint } from '../checkpoint.ts'
import {
  appendReceipt,
  createCheckpointLoop,
  createLedger,
  exportLedger,
  fileDropWitness,
  formatNoteKey,
  isConsistent,
  ledgerWriter,
  pushWitness,
  receiptArgs,
  restartLedger,
  storeCosignature,
  tlogWitness,
  verifyLedgerDir,
  type SignedCheckpoint,
  type Witness,
} from '../index.ts'
import { checkpointEveryMs, depositRetryMs } from '../checkpoint-loop.ts'
import { cosignedText, noteKey, parseNote, parseNoteKey, signatureLine, signersOf, type NoteKey } from '../note.ts'
import { brightwater, newStorePath, openTestLedger, sampleReceipt, startMs, type TestLedger } from '../testing.ts'

const newDir = (): string => mkdtempSync(join(tmpdir(), 'cordon-witness-'))
const filesOf = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
const any = () => true
const many = (count: number) => Array.from({ length: count }, (_, n) => sampleReceipt(n))

test('a file drop keeps every checkpoint, the same one once, and tells the largest', async () => {
  const { appendAll, ledger } = openTestLedger()
  const dir = newDir()
  const witness = fileDropWitness(dir)
  assert.equal(await witness.latest?.(brightwater, any), undefined)
  const notes: SignedCheckpoint[] = []
  for (const count of [3, 8]) {
    await appendAll(many(count))
    notes.push(await ledger.checkpoint(brightwater))
  }
  for (const checkpoint of [notes[1], notes[0], notes[1]]) {
    if (checkpoint !== undefined) await witness.deposit(checkpoint)
  }
  assert.equal(filesOf(dir).length, 2)
  assert.equal(await witness.latest?.(brightwater, any), notes[1]?.note)
  assert.equal(await witness.latest?.('t_other', any), undefined)
})

test('a copy torn by a crash is left as it is, and the whole one put beside it', async () => {
  const { appendAll, ledger } = openTestLedger()
  const dir = newDir()
  const witness = fileDropWitness(dir)
  await appendAll(many(2))
  const checkpoint = await ledger.checkpoint(brightwater)
  await witness.deposit(checkpoint)
  const [name = ''] = filesOf(dir)
  const path = join(dir, brightwater, '2026-03-24', name)
  writeFileSync(path, checkpoint.note.slice(0, 30))
  await witness.deposit(checkpoint)
  await witness.deposit(checkpoint)
  assert.equal(filesOf(dir).length, 2)
  assert.equal(await witness.latest?.(brightwater, any), checkpoint.note)
})

test('a tenant whose name would leave the directory is refused', async () => {
  const witness = fileDropWitness(newDir())
  const atMs = startMs
  const checkpoint: SignedCheckpoint = { tenant: 't_/../../x', size: 1, rootHash: '', note: '', atMs }
  await assert.rejects(async () => witness.deposit(checkpoint), { code: 'ERR_LEDGER_WITNESS' })
})

/** A real server on loopback that answers each request with `answer`. */
async function serve(answer: (path: string, body: string) => { status: number; body: string }) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { status, body } = answer(request.url ?? '', Buffer.concat(chunks).toString('utf8'))
      response.writeHead(status).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, http: createHttp([url]), close: () => server.close() }
}

test('a push hands over the note as it is; an answer that is no 2xx is a failure to try again', async () => {
  const { appendAll, ledger } = openTestLedger()
  await appendAll(many(2))
  const checkpoint = await ledger.checkpoint(brightwater)
  const got: string[] = []
  let status = 503
  const { url, http, close } = await serve((path, body) => {
    got.push(`${path} ${body}`)
    return { status, body: '' }
  })
  const witness = pushWitness({ name: 'archive', url: `${url}/cordon`, http })
  await assert.rejects(witness.deposit(checkpoint), { code: 'ERR_LEDGER_WITNESS', retryable: true })
  status = 201
  await witness.deposit(checkpoint)
  assert.deepEqual(got, [`/cordon ${checkpoint.note}`, `/cordon ${checkpoint.note}`])
  close()
})

/** A witness after https://c2sp.org/tlog-witness, strict where the specification says MUST. */
function witnessTwin(log: NoteKey, name: string, privateKey: KeyObject, publicKey: Uint8Array) {
  let known: { size: number; root: Uint8Array } = { size: 0, root: new Uint8Array() }
  return (path: string, body: string): { status: number; body: string } => {
    const split = body.indexOf('\n\n')
    const [oldLine = '', ...proof] = body.slice(0, split).split('\n')
    const note = parseNote(body.slice(split + 2))
    const { origin, size, root } = parseCheckpoint(note.text)
    const old = Number(/^old (\d+)$/.exec(oldLine)?.[1])
    if (path !== '/witness/add-checkpoint' || old > size) return { status: 400, body: '' }
    if (origin !== log.name) return { status: 404, body: '' }
    if (signersOf(note, [log]).length === 0) return { status: 403, body: '' }
    if (old !== known.size) return { status: 409, body: `${known.size}\n` }
    if (!isConsistent(old, size, known.root, root, proof.map(fromBase64))) return { status: 422, body: '' }
    known = { size, root }
    const time = 1774348740n
    const stamp = Buffer.alloc(8)
    stamp.writeBigUInt64BE(time)
    const signature = sign(null, Buffer.from(cosignedText(note.text, time)), privateKey)
    const line = signatureLine(noteKey('cosignature', name, publicKey), Buffer.concat([stamp, signature]))
    return { status: 200, body: line }
  }
}

async function cosigning(made: TestLedger, twin?: ReturnType<typeof witnessTwin>) {
  const pair = generateKeyPairSync('ed25519')
  const publicKey = new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))
  const [log] = made.ledger.publicKeys(brightwater)
  assert.ok(log)
  const name = 'witness.example/w1'
  const answer = twin ?? witnessTwin(log, name, pair.privateKey, publicKey)
  const { url, http, close } = await serve((path, body) => answer(path, body))
  const key = noteKey('cosignature', name, publicKey)
  const keep = async ({ tenant, size, atMs }: SignedCheckpoint, note: string): Promise<void> => {
    await made.writer.submit(storeCosignature({ tenant, witness: name, size, note, atMs }))
  }
  const witnessOf = (ledger: TestLedger['ledger']): Witness =>
    tlogWitness({ key, url: `${url}/witness`, http, ledger, keep })
  return { witness: witnessOf(made.ledger), witnessOf, key, answer, close }
}

test('a tlog-witness cosigns what it can check, and its signature travels with the export', async () => {
  const made = openTestLedger()
  const { witness, witnessOf, key, close } = await cosigning(made)
  for (const count of [5, 300]) {
    await made.appendAll(many(count))
    await witness.deposit(await made.ledger.checkpoint(brightwater))
  }
  // A client that has forgotten what the witness knows asks and learns it.
  await made.appendAll(many(4))
  await witnessOf(made.ledger).deposit(await made.ledger.checkpoint(brightwater))
  const dir = join(newDir(), 'out')
  await exportLedger({ ...made, tenant: brightwater, dir })
  assert.equal(verifyLedgerDir(dir, { witnessKeys: [formatNoteKey(key)] }).witnessed, 1)
  assert.equal(verifyLedgerDir(dir).witnessed, 0)
  close()
})

test('a tlog-witness refuses a fork, and the loop then signs no more', async () => {
  const made = openTestLedger()
  const { witness, witnessOf, close } = await cosigning(made)
  await made.appendAll(many(5))
  await witness.deposit(await made.ledger.checkpoint(brightwater))
  // Same key, other leaves.
  const fork = openTestLedger({ keys: made.keys })
  await fork.appendAll(many(9).map((receipt) => ({ ...receipt, facts: { state: 'untouched' } })))
  await assert.rejects(witnessOf(fork.ledger).deposit(await fork.ledger.checkpoint(brightwater)), {
    code: 'ERR_LEDGER_CONTRADICTION',
  })
  const shorter = openTestLedger({ keys: made.keys })
  await shorter.appendAll(many(2))
  const { clock, ledger } = shorter
  const loop = createCheckpointLoop({
    ledger,
    witnesses: [witnessOf(ledger)],
    clock,
    diagnose: () => undefined,
  })
  await loop.tick()
  await loop.settled()
  assert.match(loop.state(brightwater)?.refused ?? '', /another tree/)
  await shorter.appendAll(many(1))
  await loop.tick()
  assert.equal(loop.state(brightwater)?.signedSize, 2)
  close()
})

test('within a second of a commit a checkpoint is signed and deposited, and none when nothing grew', async () => {
  const { appendAll, append, ledger, clock } = openTestLedger()
  const dir = newDir()
  const loop = createCheckpointLoop({
    ledger,
    witnesses: [fileDropWitness(dir)],
    clock,
    diagnose: () => undefined,
  })
  const stop = new AbortController()
  const running = loop.run(stop.signal)
  await clock.advance(5 * checkpointEveryMs)
  assert.deepEqual([filesOf(dir).length, ledger.checkpoints(brightwater, 10).length], [0, 0])
  await appendAll(many(3))
  await clock.advance(checkpointEveryMs)
  await loop.settled()
  assert.deepEqual([filesOf(dir).length, loop.state(brightwater)?.deposited], [1, { 'file drop': 3 }])
  await clock.advance(20 * checkpointEveryMs)
  assert.equal(filesOf(dir).length, 1)
  await append(sampleReceipt(9))
  await clock.advance(checkpointEveryMs)
  await loop.settled()
  assert.equal(filesOf(dir).length, 2)
  stop.abort()
  await running
})

test('a witness that is away delays nobody and gets the newest checkpoint when it is back', async () => {
  const { appendAll, ledger, clock } = openTestLedger()
  const got: number[] = []
  let isAway = true
  const away: Witness = {
    name: 'away',
    deposit: ({ size }) => {
      if (isAway) return Promise.reject(new Error('away'))
      got.push(size)
      return Promise.resolve()
    },
  }
  const hanging: Witness = { name: 'hanging', deposit: () => new Promise(() => undefined) }
  const dir = newDir()
  const diagnosed: string[] = []
  const loop = createCheckpointLoop({
    ledger,
    witnesses: [hanging, away, fileDropWitness(dir)],
    clock,
    diagnose: (level, what) => diagnosed.push(`${level} ${what}`),
  })
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  for (let round = 0; round < 3; round++) {
    await appendAll(many(2))
    await loop.tick()
    await settle()
  }
  assert.deepEqual([filesOf(dir).length, got, diagnosed], [3, [], ['warn ledger deposit failed']])
  isAway = false
  await clock.advance(depositRetryMs)
  await loop.tick()
  await settle()
  assert.deepEqual(got, [6])
  assert.deepEqual(loop.state(brightwater)?.deposited, { hanging: null, away: 6, 'file drop': 6 })
})

test('a store rolled back or rewritten while Cordon was down is not signed again', async () => {
  const dir = newDir()
  const path = newStorePath()
  const before = openTestLedger({ path })
  await before.appendAll(many(5))
  const witness = fileDropWitness(dir)
  await witness.deposit(await before.ledger.checkpoint(brightwater))
  before.close()
  for (const history of [many(3), many(6).map((receipt) => ({ ...receipt, facts: { state: 'untouched' } }))]) {
    const store = openLocalStore([ledgerWriter])
    await store.writer.submit(...history.map((receipt) => appendReceipt(receiptArgs(receipt, before.random))))
    const ledger = createLedger({ ...store, keys: before.keys, clock: before.clock })
    const diagnosed: string[] = []
    const diagnose = (level: string, what: string) => diagnosed.push(`${level} ${what}`)
    const loop = createCheckpointLoop({ ledger, witnesses: [witness], clock: before.clock, diagnose })
    await loop.tick()
    assert.match(loop.state(brightwater)?.refused ?? '', /outside checkpoint/)
    assert.deepEqual(ledger.checkpoints(brightwater, 1), [])
    assert.deepEqual(diagnosed, ['error ledger checkpoint refused'])
  }
  const restored = openLocalStore([ledgerWriter])
  await restored.writer.submit(
    ...many(3).map((receipt) => appendReceipt(receiptArgs(receipt, before.random))),
    restartLedger({ tenant: brightwater }),
  )
  const declared = createCheckpointLoop({
    ledger: createLedger({ ...restored, keys: before.keys, clock: before.clock }),
    witnesses: [witness],
    clock: before.clock,
    diagnose: () => undefined,
  })
  await declared.tick()
  assert.deepEqual([declared.state(brightwater)?.refused, declared.state(brightwater)?.signedSize], [null, 3])
  const again = openTestLedger({ path })
  const { ledger, clock } = again
  const loop = createCheckpointLoop({ ledger, witnesses: [witness], clock, diagnose: () => undefined })
  await again.appendAll(many(1))
  await loop.tick()
  assert.deepEqual([loop.state(brightwater)?.refused, loop.state(brightwater)?.signedSize], [null, 6])
})

test('a note planted into a witness by somebody without our key stops nothing', async () => {
  const { appendAll, ledger, clock } = openTestLedger()
  await appendAll(many(3))
  const { note } = await ledger.checkpoint(brightwater)
  for (const planted of [note.replace('\n3\n', '\n99999\n'), note.replace(/— \S+/u, '— other.example'), 'garbage']) {
    const witness: Witness = {
      name: 'planted',
      deposit: () => Promise.resolve(),
      latest: () => Promise.resolve(planted),
    }
    const loop = createCheckpointLoop({ ledger, witnesses: [witness], clock, diagnose: () => undefined })
    await loop.tick()
    assert.deepEqual([loop.state(brightwater)?.refused, loop.state(brightwater)?.signedSize], [null, 3])
  }
})

test('a planted or torn note does not hide ours from the check at start', async () => {
  const { appendAll, ledger, keys, clock } = openTestLedger()
  const dir = newDir()
  const witness = fileDropWitness(dir)
  await appendAll(many(5))
  const checkpoint = await ledger.checkpoint(brightwater)
  await witness.deposit(checkpoint)
  const day = join(dir, brightwater, '2026-03-24')
  writeFileSync(join(day, `99.${'0'.repeat(16)}.checkpoint`), checkpoint.note.replace('\n5\n', '\n99\n'))
  writeFileSync(join(day, `98.${'0'.repeat(16)}.checkpoint`), checkpoint.note.slice(0, 40))
  const shorter = openTestLedger({ keys })
  await shorter.appendAll(many(2))
  const loop = createCheckpointLoop({ ledger: shorter.ledger, witnesses: [witness], clock, diagnose: () => undefined })
  await loop.tick()
  assert.match(loop.state(brightwater)?.refused ?? '', /knows 5 leaves/)
})

test("keys and notes are those of Go's sumdb/note, byte for byte; a wrong hash or text is refused", () => {
  // From note_test.go of golang.org/x/mod/sumdb/note.
  const text = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
  const key = parseNoteKey(text)
  assert.deepEqual([key.name, key.keyHash, formatNoteKey(key)], ['PeterNeumann', 'c74f20a3', text])
  const signed =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
  const note = parseNote(signed)
  assert.deepEqual(signersOf(note, [key]), [key])
  const [signature] = note.signatures
  assert.equal(signed, `${note.text}\n${signatureLine(key, signature?.signature ?? new Uint8Array())}`)
  assert.throws(() => signersOf(parseNote(signed.replace('cryptography', 'cryptographY')), [key]), {
    code: 'ERR_LEDGER_NOTE',
  })
  assert.throws(() => parseNoteKey(text.replace('c74f20a3', 'c74f20a4')), { code: 'ERR_LEDGER_NOTE' })
})

test('what is not strictly a note is refused', () => {
  const line = '— a.example AAAAAAAA\n'
  assert.equal(parseNote(`text\n\n${line}`).signatures.length, 1)
  const malformed = [
    '',
    'text\n',
    `text\n${line}`,
    `text\n\n${line.trimEnd()}`,
    `text\n\n${line}x`,
    'text\n\n- a.example AAAAAAAA\n',
    'text\n\n— a.example AAAA\n',
    'text\n\n— a+b AAAAAAAA\n',
    'text\n\n— a.example  AAAAAAAA\n',
    `te\u0007xt\n\n${line}`,
    `text\r\n\n${line}`,
    `text\n\n${line.repeat(65)}`,
    `${'x'.repeat(64 * 1024)}\n\n${line}`,
  ]
  for (const source of malformed)
    assert.throws(() => parseNote(source), { code: 'ERR_LEDGER_NOTE' }, source.slice(0, 40))
})
