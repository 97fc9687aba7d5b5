// npm run bench:ingest: uploads of 1 kB events through parse, scrub, ids, seal and durable append (main and W, as core
// runs them), while a projector follows. Baseline in the same run: the same bytes appended to a file with fdatasync per batch.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

import { scrubJson } from '#classify'
import { seededInt, seededRandom, utf8 } from '#kit'
import { openEventLog } from '#log'
import { defaultTenant } from '#model'
import { readUpload } from '#sources'
import { openReader, startWriter, storeFile } from '#store'

import { fingerprinterOf, logKeysOf } from '../test/simulation/log-keys.ts'

const perBatch = 500
const batches = Number(process.env['BENCH_BATCHES'] ?? 200)
const warmUp = 40
const lanes = 8
const random = seededRandom(1)
const words = 'bucket invoice deploy runner label reviewer video interview session policy region export archive'.split(
  ' ',
)
const pick = (): string => words[seededInt(random, words.length)] ?? ''

/** About 1 kB, the shape of a cloud audit record; one in fifty carries a secret. */
const event = (n: number): string =>
  JSON.stringify({
    eventID: `${n}-${seededInt(random, 1e9)}`,
    eventTime: new Date(1_774_000_000_000 + n).toISOString(),
    eventName: ['GetObject', 'PutObject', 'AssumeRole', 'ListKeys'][n % 4],
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROAEXAMPLE:${pick()}-${n % 1000}`,
      arn: `arn:aws:sts::111122223333:assumed-role/${pick()}/${n % 1000}`,
    },
    sourceIPAddress: `10.${n % 200}.${seededInt(random, 250)}.7`,
    userAgent: 'aws-sdk-js/3.600 ua/2.0 os/linux#6.8 lang/js md/nodejs#24.21',
    requestParameters: {
      bucketName: `brightwater-${pick()}`,
      key: `${pick()}/${pick()}/${n}.bin`,
      host: 'https://storage.example/x',
    },
    additionalEventData: { note: Array.from({ length: 60 }, pick).join(' '), bytesOut: seededInt(random, 1e6) },
    ...(n % 50 === 0 ? { environment: `API_TOKEN=Ex4mple${n}aZ09qQ7` } : {}),
  })
const bodyOf = (batch: number): Uint8Array =>
  utf8(Array.from({ length: perBatch }, (_, n) => event(batch * perBatch + n)).join('\n'))

const dir = mkdtempSync(join(tmpdir(), 'cordon-bench-'))
const path = join(dir, storeFile)
const writer = await startWriter(new URL('../test/simulation/log-writer-entry.ts', import.meta.url), { path })
const log = openEventLog({ writer, reader: openReader(path), keys: logKeysOf('bench') })
const fingerprint = fingerprinterOf('bench')
let found = 0
const scrub = (json: string): string => {
  const scrubbed = scrubJson(json, fingerprint)
  found += scrubbed.found.length
  return scrubbed.text
}
let upload = 0
async function ingest(body: Uint8Array): Promise<void> {
  const batch = `b${upload++}`
  const nowMs = Date.now()
  const read = await readUpload(body, {
    tenant: defaultTenant,
    source: 'src',
    stream: 'log',
    batch,
    partial: 'keep',
    nowMs,
    scrub,
  })
  await log.append({ tenant: defaultTenant, source: 'src', arrivedAtMs: nowMs, events: read.events })
}
async function throughput(bodies: readonly Uint8Array[]): Promise<number> {
  let next = 0
  const started = performance.now()
  const lane = async (): Promise<void> => {
    while (next < bodies.length) await ingest(bodies[next++] ?? new Uint8Array())
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return (bodies.length * perBatch) / ((performance.now() - started) / 1000)
}
function rawAppend(bodies: readonly Uint8Array[]): number {
  const fd = openSync(join(dir, 'raw.log'), 'a')
  const started = performance.now()
  for (const body of bodies) {
    writeSync(fd, body)
    fdatasyncSync(fd)
  }
  const rate = (bodies.length * perBatch) / ((performance.now() - started) / 1000)
  closeSync(fd)
  return rate
}

const bodies = Array.from({ length: batches }, (_, n) => bodyOf(n))
const bytes = bodies.reduce((sum, body) => sum + body.length, 0)
await throughput(Array.from({ length: warmUp }, (_, n) => bodyOf(batches + n)))
const head = log.head(defaultTenant)
const latencyBatches = 250
const projector = new Worker(new URL('ingest-projector.ts', import.meta.url), {
  workerData: { path, until: head + batches * perBatch + latencyBatches * 100 },
})
const projected = new Promise((resolve) => projector.once('message', resolve))
const raw = rawAppend(bodies)
const cpuBefore = process.cpuUsage()
const wallBefore = performance.now()
const rate = await throughput(bodies)
const cpu = process.cpuUsage(cpuBefore)
const wallMs = performance.now() - wallBefore

// 5,000 events/s, open loop: the next upload leaves at its time whether or not the last one was acknowledged.
const latencies: number[] = []
const pending: Promise<void>[] = []
const startedAt = performance.now()
for (let n = 0; n < latencyBatches; n++) {
  const body = utf8(Array.from({ length: 100 }, (_, i) => event(1_000_000 + n * 100 + i)).join('\n'))
  await sleep(Math.max(0, startedAt + n * 20 - performance.now()))
  const sentAt = performance.now()
  pending.push(ingest(body).then(() => void latencies.push(performance.now() - sentAt)))
}
await Promise.all(pending)
latencies.sort((a, b) => a - b)
const at = (share: number): string => (latencies[Math.floor(share * (latencies.length - 1))] ?? 0).toFixed(1)

const scrubStarted = process.cpuUsage().user
for (const body of bodies.slice(0, 40))
  for (const line of Buffer.from(body).toString().split('\n')) scrubJson(line, fingerprint)
const scrubMs = (process.cpuUsage().user - scrubStarted) / 1000
await projected
await writer.close()
console.log(
  `events of ${Math.round(bytes / batches / perBatch)} bytes, ${perBatch} per upload, ${lanes} uploads at once, a projector following`,
)
console.log(`ingest       ${Math.round(rate)} events/s acknowledged (target 20000)`)
console.log(`baseline     ${Math.round(raw)} events/s: the same bytes, write + fdatasync per upload`)
console.log(`ratio        ${(rate / raw).toFixed(2)} of the baseline`)
console.log(
  `processor    ${((cpu.user + cpu.system) / 1000 / wallMs).toFixed(2)} cores used; ${Math.round((rate * wallMs) / ((cpu.user + cpu.system) / 1000) / 1)} events per core-second`,
)
console.log(
  `scrub alone  ${Math.round((bytes * 40) / batches / 1e3 / scrubMs)} MB per core-second; ${found} secrets replaced`,
)
console.log(`ack at 5000/s p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms (target p99 < 50)`)
rmSync(dir, { recursive: true, force: true })
