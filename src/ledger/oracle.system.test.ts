import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { seededInt, seededRandom, toHex } from '#kit'

import { exportLedger, formatNoteKey } from './index.ts'
import { rootAt } from './merkle/index.ts'
import { brightwater, openTestLedger, sampleReceipt } from './testing.ts'
import { storedSubtrees } from './tree-reader.ts'

/** golang.org/x/mod/sumdb: the code behind Go's checksum database, from which the C2SP formats come. */
const oracle = join(process.env['CORDON_ORACLES'] ?? join(process.cwd(), '.cordon', 'oracles'), 'ledger-oracle')
const skip = existsSync(oracle) ? false : 'no oracle: run test/systems/install-ledger-oracle.sh (needs Go)'

function ask(
  dir: string,
  key: string,
  questions: string[],
): { status: number | null; answers: string[][]; says: string } {
  const { status, stdout, stderr } = spawnSync(oracle, [dir, key], {
    input: questions.map((line) => `${line}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const answers = stdout.split('\n').slice(0, -1)
  return { status, answers: answers.map((line) => line.split(' ').filter(Boolean)), says: stderr }
}

async function exportOf(size: number) {
  const made = openTestLedger()
  await made.appendAll(Array.from({ length: size }, (_, n) => sampleReceipt(n)))
  const dir = join(mkdtempSync(join(tmpdir(), 'cordon-oracle-')), 'out')
  await exportLedger({ ...made, tenant: brightwater, dir })
  const key = made.ledger.publicKeys(brightwater).map(formatNoteKey).at(-1) ?? assert.fail('a key')
  return { ...made, dir, key }
}

test(
  'an independent reader opens our exports and finds the same tree, at sizes around every border',
  { skip },
  async () => {
    for (const size of [1, 2, 3, 255, 256, 257, 511, 512, 513, 700]) {
      const { dir, key } = await exportOf(size)
      const { status, says } = ask(dir, key, [])
      assert.equal(status, 0, `${size} leaves: ${says}`)
    }
  },
)

test('every root and 600 random proofs equal those of the independent implementation', { skip }, async () => {
  const size = 1500
  const { dir, key, ledger, reader } = await exportOf(size)
  const random = seededRandom(24)
  const subtrees = storedSubtrees(reader, brightwater)
  const asked: [question: string, ours: string[]][] = []
  for (let n = 1; n <= size; n += 7) asked.push([`root ${n}`, [toHex(rootAt(n, subtrees))]])
  for (let round = 0; round < 300; round++) {
    const newer = 1 + seededInt(random, size)
    const index = seededInt(random, newer)
    asked.push([`inclusion ${index} ${newer}`, ledger.inclusionProof(brightwater, index, newer)])
    asked.push([`consistency ${index + 1} ${newer}`, ledger.consistencyProof(brightwater, index + 1, newer)])
  }
  const { status, answers, says } = ask(
    dir,
    key,
    asked.map(([question]) => question),
  )
  assert.equal(status, 0, says)
  assert.equal(answers.length, asked.length)
  for (const [at, [question, ours]] of asked.entries()) assert.deepEqual(answers[at], ours, question)
})

test('the independent reader refuses a changed entry, a changed tile and another key', { skip }, async () => {
  const { dir, key, ledger } = await exportOf(300)
  const other = await exportOf(1)
  const wrong = formatNoteKey({ ...(ledger.publicKeys(brightwater)[0] ?? assert.fail('a key')), keyHash: '00000000' })
  assert.equal(ask(dir, wrong, []).status, 1)
  assert.equal(ask(other.dir, key, []).status, 0, 'keys are shared between test ledgers')
  for (const path of ['tile/entries/001.p/44', 'tile/0/000', 'tile/1/000.p/1']) {
    const before = readFileSync(join(dir, path))
    writeFileSync(join(dir, path), Buffer.from(before).fill((before[20] ?? 0) ^ 1, 20, 21))
    assert.equal(ask(dir, key, []).status, 1, path)
    writeFileSync(join(dir, path), before)
  }
  assert.equal(ask(dir, key, []).status, 0)
})
