import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { seededInt, seededRandom } from '#kit'
import { openEventLog, readEventsMax } from '#log'
import { logWriter } from '#log'
import { defaultTenant } from '#model'
import { openLocalStore, storeFile } from '#store'

import { crashVisits } from './crash-visits.ts'
import { batchOf, eventsPerBatch } from './ingest-program.ts'
import { logKeysOf } from './log-keys.ts'

/** 8 in every run; `CORDON_KILL_ROUNDS=200` for the figure in the documentation. */
const rounds = Number(process.env['CORDON_KILL_ROUNDS'] ?? 8)
const program = join(import.meta.dirname, 'ingest-program.ts')
const lanes = 4

type Run = { acked: number[]; isKilled: boolean }

/** `killAfterMs`: from a word of the program on, however long it took to come to it. */
type Death = { killAfterMs: number; word: 'ready' | 'ack' } | { crashAt: string }

/** Runs the program from batch `first` on, until it dies. */
async function run(dataDir: string, first: number, death: Death): Promise<Run> {
  const child = spawn(
    process.execPath,
    ['--conditions=source', program, dataDir, String(first), '100000', String(lanes)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
        CORDON_CRASH_AT: 'crashAt' in death ? death.crashAt : '',
      },
    },
  )
  let out = ''
  let isTimed = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    if (isTimed || 'crashAt' in death || !out.includes(death.word)) return
    isTimed = true
    setTimeout(() => child.kill('SIGKILL'), death.killAfterMs)
  })
  const isKilled = await new Promise<boolean>((resolve) =>
    child.on('close', (_, signal) => resolve(signal === 'SIGKILL')),
  )
  // A line cut off by the kill is no acknowledgement that anyone read.
  const lines = out.slice(0, out.lastIndexOf('\n') + 1).split('\n')
  return { acked: lines.filter((line) => line.startsWith('ack ')).map((line) => Number(line.slice(4))), isKilled }
}

/** Opens what the kill left behind and gives the ids found, in order of their offsets. */
async function survivors(dataDir: string): Promise<string[]> {
  const store = openLocalStore([logWriter()], join(dataDir, storeFile))
  const log = openEventLog({ ...store, keys: logKeysOf('example') })
  const head = log.head(defaultTenant)
  assert.deepEqual(
    store.reader.all<{ quick_check: string }>('PRAGMA quick_check').map((row) => row.quick_check),
    ['ok'],
  )
  const ids: string[] = []
  for (;;) {
    const page = await log.read(defaultTenant, ids.length, readEventsMax)
    if (page.length === 0) break
    for (const event of page) {
      ids.push(event.id)
      assert.equal(event.offset, ids.length, 'no hole')
    }
  }
  assert.equal(ids.length, head)
  store.close()
  return ids
}

async function checkedRun(dataDir: string, acked: Set<number>, death: Death): Promise<void> {
  // Whatever was not acknowledged is sent again, as any sender would.
  let first = 0
  while (acked.has(first)) first++
  const { acked: now, isKilled } = await run(dataDir, first, death)
  assert.ok(isKilled, 'the program was killed, it did not end')
  for (const batch of now) acked.add(batch)
  const ids = await survivors(dataDir)
  assert.equal(new Set(ids).size, ids.length, 'an event sent again is there once')
  const there = new Set(ids)
  for (const batch of acked)
    for (const { id } of batchOf(batch)) assert.ok(there.has(id), `batch ${batch} was acknowledged`)
}

test(`killed at ${rounds} random instants, no acknowledged event is lost or doubled`, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'cordon-kill-'))
  const random = seededRandom(Number(process.env['CORDON_KILL_SEED'] ?? 1))
  const acked = new Set<number>()
  for (let round = 0; round < rounds; round++) {
    // One in four may die before it said anything of a batch.
    const word = round % 4 === 3 ? 'ready' : 'ack'
    await checkedRun(dataDir, acked, { killAfterMs: seededInt(random, 120), word })
  }
  assert.ok(acked.size * eventsPerBatch >= rounds, `the program got somewhere: ${acked.size} batches`)
})

for (const point of crashVisits['kill-ingest.process.test.ts'].ingest) {
  test(`killed at ${point}, no acknowledged event is lost or doubled`, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'cordon-crash-'))
    const acked = new Set<number>()
    await checkedRun(dataDir, acked, { crashAt: `${point}:4` })
    await checkedRun(dataDir, acked, { crashAt: `${point}:2` })
  })
}
