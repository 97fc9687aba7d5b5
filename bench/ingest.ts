// npm run bench:ingest: uploads of 1 kB events through parse, scrub, ids, seal and durable append (main and W, as core
// runs them), while a projector follows. Baseline in the same run: the same bytes appended to a file with fdatasync per batch.
// Then the same in turns with a follower that only counts, and with one that does what worker D does: projection, all packs
// and SigmaHQ's rules, behaviour. BENCH_ROUNDS of each; BENCH_BATCHES uploads in a round.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

import { scrubJson } from '#classify'
import { seededInt, seededRandom, utf8 } from '#kit'
import { openEventLog } from '#log'
import { defaultTenant } from '#model'
import { addSource, readUpload } from '#sources'
import { openReader, startWriter, storeFile } from '#store'

import { registered } from '../test/conformance/estate/source.ts'
import { fingerprinterOf, logKeysOf } from '../test/simulation/log-keys.ts'
import type { Followed, Following } from './ingest-projector.ts'

const perBatch = 500
const batches = Number(process.env['BENCH_BATCHES'] ?? 200)
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3)
const warmUp = 40
const lanes = 8
const random = seededRandom(1)
const words = 'bucket invoice deploy runner label reviewer video interview session policy region export archive'.split(
  ' ',
)
const pick = (): string => words[seededInt(random, words.length)] ?? ''

const account = '111122223333'
const calls = [
  { eventSource: 's3.amazonaws.com', eventName: 'GetObject' },
  { eventSource: 's3.amazonaws.com', eventName: 'PutObject' },
  { eventSource: 'sts.amazonaws.com', eventName: 'AssumeRole' },
  { eventSource: 'kms.amazonaws.com', eventName: 'ListKeys' },
]
/** About 1 kB, the shape of a cloud audit record; one in fifty carries a secret. */
const event = (n: number): string =>
  JSON.stringify({
    eventID: `${n}-${seededInt(random, 1e9)}`,
    eventTime: new Date(1_774_000_000_000 + n * 500).toISOString(),
    ...calls[n % 4],
    awsRegion: 'us-east-1',
    recipientAccountId: account,
    userIdentity: {
      type: 'AssumedRole',
      accountId: account,
      accessKeyId: `ASIAEXAMPLE${n % 1000}`,
      sessionContext: { sessionIssuer: { type: 'Role', accountId: account, principalId: `AROAEXAMPLE${n % 1000}` } },
      principalId: `AROAEXAMPLE:${pick()}-${n % 1000}`,
      arn: `arn:aws:sts::${account}:assumed-role/${pick()}/${n % 1000}`,
    },
    sourceIPAddress: `10.${n % 200}.${seededInt(random, 250)}.7`,
    userAgent: 'aws-sdk-js/3.600 ua/2.0 os/linux#6.8 lang/js md/nodejs#24.21',
    requestParameters: {
      bucketName: `brightwater-${pick()}`,
      key: `${pick()}/${pick()}/${n}.bin`,
      host: 'https://storage.example/x',
    },
    additionalEventData: { note: Array.from({ length: 36 }, pick).join(' '), bytesOut: seededInt(random, 1e6) },
    ...(n % 50 === 0 ? { environment: `API_TOKEN=Ex4mple${n}aZ09qQ7` } : {}),
  })
const bodyOf = (batch: number): Uint8Array =>
  utf8(Array.from({ length: perBatch }, (_, n) => event(batch * perBatch + n)).join('\n'))

const dir = mkdtempSync(join(tmpdir(), 'cordon-bench-'))
const path = join(dir, storeFile)
const writer = await startWriter(new URL('ingest-writer.ts', import.meta.url), { path })
const log = openEventLog({ writer, reader: openReader(path), keys: logKeysOf('bench') })
const aws = registered('aws')
await writer.submit(
  addSource({
    tenant: defaultTenant,
    id: 'src',
    connector: 'aws',
    config: { account },
    authority: account,
    trust: aws.trust,
    scope: aws.scope(account),
    sealedSee: null,
    sealedContain: null,
    createdAtMs: 1_774_000_000_000,
  }),
)
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
    stream: 'lookup',
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
const latencyBatches = 250

/** A follower of what is appended from here on; `ready` once it has read its rules. */
function follow(events: number, looks: boolean): { ready: Promise<void>; done: Promise<Followed> } {
  const after = log.head(defaultTenant)
  const following: Following = { path, after, until: after + events, looks }
  const worker = new Worker(new URL('ingest-projector.ts', import.meta.url), { workerData: following })
  worker.on('error', (error) => {
    throw error
  })
  const ready = new Promise<void>((resolve) => worker.once('message', () => resolve()))
  const done = ready.then(() => new Promise<Followed>((resolve) => worker.once('message', resolve)))
  return { ready, done }
}
const first = follow(batches * perBatch + latencyBatches * 100, false)
await first.ready
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
await first.done
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

type Round = { rate: number; through: number; followed: Followed }
/** `through`: events a second until the follower was done, too. */
async function round(looks: boolean, nth: number): Promise<Round> {
  const made = Array.from({ length: batches }, (_, n) => bodyOf(10_000 + nth * batches + n))
  const follower = follow(batches * perBatch, looks)
  await follower.ready
  const startedMs = performance.now()
  const rate = await throughput(made)
  const followed = await follower.done
  return { rate, through: followed.events / ((performance.now() - startedMs) / 1000), followed }
}
const lanesOf: Record<'counts' | 'looks', Round[]> = { counts: [], looks: [] }
for (let nth = 0; nth < rounds; nth++) {
  lanesOf.counts.push(await round(false, 2 * nth))
  lanesOf.looks.push(await round(true, 2 * nth + 1))
}
await writer.close()
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const told = (name: 'counts' | 'looks'): Record<'rate' | 'through' | 'core', number> => ({
  rate: median(lanesOf[name].map(({ rate }) => rate)),
  through: median(lanesOf[name].map(({ through }) => through)),
  core: median(lanesOf[name].map(({ followed }) => followed.events / (followed.cpuMs / 1000))),
})
const [counting, looking] = [told('counts'), told('looks')]
const [one] = lanesOf.looks
console.log(
  `\n${rounds} rounds in turns, medians; rules ${one?.followed.rules ?? 0}, actors ${one?.followed.actors ?? 0}`,
)
for (const [name, { rate, through, core }] of [
  ['counting', counting],
  ['packs, rules, behaviour', looking],
] as const)
  console.log(
    `${name.padEnd(24)} ${Math.round(rate)} events/s acknowledged, ${Math.round(through)} followed, ${Math.round(core)} per core-second of the follower`,
  )
console.log(
  `on to off: acknowledged ${(looking.rate / counting.rate).toFixed(2)}, followed ${(looking.through / counting.through).toFixed(2)}`,
)
rmSync(dir, { recursive: true, force: true })
