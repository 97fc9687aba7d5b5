// Cost of the ledger, beside what it would cost without a tree. Usage: npm run bench:ledger -- [leaves, 1000000 by default]
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { systemClock, systemRandom, utf8 } from '#kit'
import { command, handler, openLocalStore, type WriterModule } from '#store'
import { createKeyFiles, openCoreVault } from '#vault'

import {
  appendReceipt,
  auditTree,
  createLedger,
  exportLedger,
  fileDropWitness,
  ledgerWriter,
  receiptArgs,
  verifyLedgerDir,
  type ReceiptArgs,
} from '../src/ledger/index.ts'
import { encodeLeaf } from '../src/ledger/leaf.ts'
import { appendLeaf, emptyFrontier, leafHash } from '../src/ledger/merkle/index.ts'

const leaves = Number(process.argv[2] ?? 1_000_000)
const groupSize = 256
const tenant = 't_bench' as const
const dir = mkdtempSync(join(tmpdir(), 'cordon-bench-ledger-'))

async function rate(what: string, count: number, work: () => unknown): Promise<number> {
  const from = performance.now()
  await work()
  const seconds = (performance.now() - from) / 1000
  console.log(
    `${what.padEnd(58)} ${Math.round(count / seconds)
      .toLocaleString('en')
      .padStart(10)} /s  ${seconds.toFixed(2)} s`,
  )
  return count / seconds
}
const ratio = (what: string, ours: number, baseline: number): void =>
  console.log(`  → ${(ours / baseline).toFixed(2)} × ${what}`)

const receipt = (n: number): ReceiptArgs =>
  receiptArgs(
    {
      tenant,
      what: 'action.proven',
      atMs: 1_774_348_740_000 + n,
      customer: null,
      facts: { action: `act_${n}`, verb: 'postgres.role.disable', state: 'contained', attempts: 1 },
      sealed: { target: `identity:7234567890:role/${n}` },
    },
    systemRandom,
  )

// Pure hashing
const sample = Array.from({ length: 20_000 }, (_, n) => encodeLeaf(receipt(n).receipt, receipt(n)).entry)
const hashes = Math.min(leaves, 300_000)
const chain = await rate('hash chain, one hash a leaf (baseline)', hashes, () => {
  let last = new Uint8Array(32)
  for (let n = 0; n < hashes; n++) {
    last = createHash('sha256')
      .update(last)
      .update(sample[n % sample.length] ?? '')
      .digest()
  }
})
const tree = await rate('Merkle tree, leaf hash and frontier', hashes, () => {
  const frontier = emptyFrontier()
  for (let n = 0; n < hashes; n++) appendLeaf(frontier, leafHash(sample[n % sample.length] ?? utf8('')))
})
ratio('the chain', tree, chain)

// Through the store: same rows, no tree
const plainAppend = command<{ n: number; entry: Uint8Array }, null>('plain.append')
const plain: WriterModule = {
  name: 'plain',
  migrations: ['CREATE TABLE plain (tenant TEXT, idx INTEGER, entry BLOB, PRIMARY KEY (tenant, idx)) STRICT'],
  handlers: [
    handler(plainAppend, (tx, { n, entry }) => {
      tx.run('INSERT INTO plain VALUES (?, ?, ?)', tenant, n, entry)
      return null
    }),
  ],
}
const stored = Math.min(leaves, 50_000)
const plainStore = openLocalStore([plain], join(dir, 'plain.sqlite'))
const plainRate = await rate(`rows without a tree, ${groupSize} a commit (baseline)`, stored, async () => {
  for (let n = 0; n < stored; n += groupSize) {
    await plainStore.writer.submit(
      ...Array.from({ length: groupSize }, (_, i) =>
        plainAppend({ n: n + i, entry: sample[(n + i) % sample.length] ?? utf8('') }),
      ),
    )
  }
})
plainStore.close()

const keyDir = join(dir, 'keys')
createKeyFiles(keyDir, systemRandom)
const store = openLocalStore([ledgerWriter], join(dir, 'store.sqlite'))
const ledger = createLedger({ ...store, keys: openCoreVault(keyDir).ledgerKeys, clock: systemClock })
const appendRate = await rate(`receipts through the store, ${groupSize} a commit`, leaves, async () => {
  for (let n = 0; n < leaves; n += groupSize) {
    await store.writer.submit(
      ...Array.from({ length: Math.min(groupSize, leaves - n) }, (_, i) => appendReceipt(receipt(n + i))),
    )
  }
})
ratio('rows without a tree', appendRate, plainRate)

const witness = fileDropWitness(join(dir, 'drop'))
const checkpoints = 200
await rate(
  `checkpoints of ${leaves.toLocaleString('en')} leaves: proof, signature, fsync, file drop`,
  checkpoints,
  async () => {
    for (let n = 0; n < checkpoints; n++) {
      await store.writer.submit(appendReceipt(receipt(leaves + n)))
      await witness.deposit(await ledger.checkpoint(tenant))
    }
  },
)
const proofs = 2000
await rate('inclusion proofs from the store', proofs, () => {
  for (let n = 0; n < proofs; n++) ledger.inclusionProof(tenant, (n * 7919) % leaves, leaves)
})
await rate('tree rebuilt from the store and compared', leaves, () => auditTree(store.reader, tenant))
const out = join(dir, 'export')
await rate('export to tiles', leaves, () => exportLedger({ ...store, ledger, tenant, dir: out }))
await rate('offline verify of the export', leaves, () => {
  const report = verifyLedgerDir(out, { witnessDirs: [join(dir, 'drop')] })
  if (!report.ok || report.witnessed !== checkpoints) throw new Error(JSON.stringify(report))
})
store.close()
rmSync(dir, { recursive: true, force: true })
