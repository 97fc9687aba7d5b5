// npm run bench:signal: from a signal to the first containment call at a vendor, the whole product in between (core and
// hands as processes, store on disk, a loopback twin as vendor), under 2,000 events/s of ingest. Two signals:
//   person  POST /v1/incidents, then its containment, of a credential whose verb stands on `auto`
//   event   an event that shows an exposed credential in use; finding, incident and containment follow by themselves
// The call counted is the one that changes something, not the look before it. Baseline in the same run: both without load.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { createHttp, sha256, systemClock, systemRandom, toHex, utf8 } from '#kit'
import { defaultTenant, entityId, type EdgeType, type EntityId } from '#model'
import { setLadder, settleLoosenings } from '#respond'
import { openLocalStore, storeFile } from '#store'
import { createClient, type Client } from '#cli'
import { createKeyFiles } from '#vault'

import { writerModules } from '../src/app/writer-modules.ts'
import { authorityOf, startRig, targetsOfAKind, type Rig } from '../test/simulation/product-rig.ts'

const signalsWanted = Number(process.env['BENCH_SIGNALS'] ?? 48)
const eventsPerSecond = Number(process.env['BENCH_LOAD'] ?? 2_000)
const batchesPerSecond = 20
const settleMs = 1_500
/** One containment is two calls, and hands lets out 300 a minute at one source: closer signals would measure that pace. */
const gapMs = 450
const callWaitMs = 10_000
/** No rig is begun after this much of the run, with load or without; what there is by then is told. */
const runMsMax = 110_000
const targets = { p50: 250, p99: 1_000 }
const dayMs = 86_400_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The verb on `auto`, asked for long enough ago that its wait is over. */
async function allow(data: string): Promise<void> {
  // A store without its keys would be refused.
  createKeyFiles(join(data, 'keys'), systemRandom)
  const store = openLocalStore(writerModules(), join(data, storeFile))
  const rung = { connector: 'oidc', verb: 'oidc.client.disable', population: '*', rung: 'auto' } as const
  const nowMs = systemClock.nowMs()
  await store.writer.submit(
    setLadder({ tenant: defaultTenant, rung, by: 'bench', id: 'lsn_bench', atMs: nowMs - 2 * dayMs }),
  )
  await store.writer.submit(settleLoosenings({ atMs: nowMs }))
  store.close()
}

const resource = 'resource:people.example:table/contractors'
const padding = 'interview label session export region reviewer '.repeat(17)
/** About 1 kB: somebody read rows; one in ten also states who may. */
const background = (n: number): object => ({
  touches: [
    {
      identity: `identity:people.example:u${n % 5_000}`,
      resource: `resource:people.example:table/t${n % 300}`,
      verb: 'read',
      atMs: systemClock.nowMs(),
      records: n % 40,
      origin: `10.0.${n % 250}.7`,
    },
  ],
  ...(n % 10 === 0
    ? { edges: [{ src: `identity:people.example:u${n}`, type: 'CAN_READ', dst: resource, fromMs: 1_774_000_000_000 }] }
    : {}),
  note: padding,
})

type Load = { stop(): Promise<void>; sent(): number; ackMs: number[] }

function startLoad(sender: Client, perSecond: number): Load {
  const ackMs: number[] = []
  const open = new Set<Promise<void>>()
  let sent = 0
  const perBatch = Math.round(perSecond / batchesPerSecond)
  const timer = setInterval(() => {
    if (perBatch === 0) return
    const startedMs = performance.now()
    const one = upload(
      sender,
      Array.from({ length: perBatch }, () => background(sent++)),
    ).then(
      () => {
        ackMs.push(performance.now() - startedMs)
        open.delete(one)
      },
      () => void open.delete(one),
    )
    open.add(one)
  }, 1_000 / batchesPerSecond)
  return {
    sent: () => sent,
    ackMs,
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
    },
  }
}

let batches = 0
const upload = (sender: Client, records: readonly object[]) =>
  sender.upload('event.ingest', {
    params: { source: 'people' },
    query: { stream: 'log', batch: `b${batches++}` },
    bytes: utf8(records.map((record) => JSON.stringify(record)).join('\n')),
  })

type Found = { person: number[]; event: number[]; ackMs: number[]; perSecond: number[]; missed: number }

async function oneRig(perSecond: number, found: Found): Promise<void> {
  const { rig } = await startRig(() => 0.5, { losesAnswer: 0, beforeMs: 0, afterMs: 0 }, allow)
  try {
    const sender = createClient({ url: rig.url, token: rig.ingestToken, user: 'sender' }, createHttp([rig.url]))
    const secretOf = (n: number): EntityId => entityId('credential', authorityOf(rig), `client/x${n}/secret`)
    const half = targetsOfAKind / 2
    await untilKnown(rig, secretOf(targetsOfAKind - 1))
    // What the event lane will see used: exposed, and not contained yet.
    for (let n = half; n < targetsOfAKind; n++) await openIncident(rig, secretOf(n))
    const startedMs = performance.now()
    const load = startLoad(sender, perSecond)
    await pause(settleMs)
    const sentBefore = load.sent()
    for (let n = 0; n < half; n++) {
      const person = await callAfter(rig, `x${n}`, async () => {
        const { id } = await openIncident(rig, secretOf(n))
        await rig.admin.call('incident.contain', { params: { incident: id } })
      })
      keep(found, 'person', person)
      await pause(gapMs)
      const used = {
        touches: [
          { credential: hashOfSecret(half + n), resource, verb: 'read', atMs: systemClock.nowMs(), records: 1 },
        ],
      }
      keep(found, 'event', await callAfter(rig, `x${half + n}`, () => upload(sender, [used])))
      await pause(gapMs)
    }
    if (perSecond > 0)
      found.perSecond.push((load.sent() - sentBefore) / ((performance.now() - startedMs - settleMs) / 1000))
    await load.stop()
    found.ackMs.push(...load.ackMs)
  } finally {
    rig.close()
    rmSync(rig.dir, { recursive: true, force: true })
  }
}

/** As a system that logs what was used says it: never by value. The same words as in the twin's inventory. */
const hashOfSecret = (n: number): string => `sha256:${toHex(sha256(`client x${n} EXAMPLE`))}`

/** The vendor's inventory is in the estate: what is timed is the way from a signal, not from the joining of names. */
async function untilKnown(rig: Rig, credential: EntityId): Promise<void> {
  const body: { from: EntityId[]; types: EdgeType[] } = { from: [credential], types: ['AUTHENTICATES_AS'] }
  const endMs = performance.now() + callWaitMs
  while (!JSON.stringify(await rig.admin.call('estate.reach', { body })).includes('identity:')) {
    if (performance.now() > endMs) throw new Error(`no inventory within ${callWaitMs} ms`)
    await pause(50)
  }
}

const openIncident = (rig: Rig, credential: EntityId) =>
  rig.admin.call('incident.open', {
    body: {
      title: `stolen: ${credential}`.slice(0, 100),
      trigger: { kind: 'credential', credential },
      window: { fromMs: systemClock.nowMs() - 3_600_000 },
    },
  })

/** Time from the signal to the arrival of the call that disables a client; undefined when it does not come. */
async function callAfter(rig: Rig, client: string, signal: () => Promise<unknown>): Promise<number | undefined> {
  const arrived = Promise.withResolvers<number>()
  rig.twin.onCall = ({ kind, id, atMs }) => {
    if (kind === 'clients' && id === client) arrived.resolve(atMs)
  }
  const startedMs = performance.now()
  await signal()
  const atMs = await Promise.race([arrived.promise, pause(callWaitMs)])
  return typeof atMs === 'number' ? atMs - startedMs : undefined
}

function keep(found: Found, lane: 'person' | 'event', ms: number | undefined): void {
  if (ms === undefined) found.missed++
  else found[lane].push(ms)
}

async function series(perSecond: number, signals: number): Promise<Found> {
  const found: Found = { person: [], event: [], ackMs: [], perSecond: [], missed: 0 }
  const done = (): number => found.person.length + found.event.length + found.missed
  while (done() < 2 * signals && performance.now() < runMsMax) {
    await oneRig(perSecond, found)
    console.log(
      `  ${perSecond} events/s: ${done()} of ${2 * signals} signals after ${Math.round(performance.now() / 1000)} s`,
    )
  }
  return found
}

const at = (ms: readonly number[], share: number): number =>
  Math.round(ms.toSorted((a, b) => a - b)[Math.min(ms.length - 1, Math.floor(ms.length * share))] ?? 0)
const load = (): string => readFileSync('/proc/loadavg', 'utf8').split(' ')[0] ?? ''
const say = (what: string, ms: readonly number[]): void =>
  console.log(
    `${what}: ${ms.length} signals, p50 ${at(ms, 0.5)} ms, p90 ${at(ms, 0.9)}, p99 ${at(ms, 0.99)}, worst ${at(ms, 1)}, least ${at(ms, 0)}`,
  )

const floor = await series(0, Math.min(12, signalsWanted))
say('person, no load', floor.person)
say('event,  no load', floor.event)
const loaded = await series(eventsPerSecond, signalsWanted)
const rate = loaded.perSecond.reduce((sum, one) => sum + one, 0) / Math.max(1, loaded.perSecond.length)
console.log(
  `load: ${Math.round(rate)} events/s of 1 kB, acknowledged after p50 ${at(loaded.ackMs, 0.5)} ms, p99 ${at(loaded.ackMs, 0.99)} ms`,
)
for (const lane of ['person', 'event'] as const) {
  say(`${lane}, under load`, loaded[lane])
  const isMet =
    loaded.missed === 0 &&
    loaded[lane].length > 0 &&
    at(loaded[lane], 0.5) < targets.p50 &&
    at(loaded[lane], 0.99) < targets.p99
  console.log(
    `  load average ${load()}; targets p50 < ${targets.p50}, p99 < ${targets.p99}: ${isMet ? 'met' : 'NOT met'}; p50 is ${(at(loaded[lane], 0.5) / at(floor[lane], 0.5)).toFixed(1)} times its floor`,
  )
}
if (floor.missed + loaded.missed > 0)
  console.log(`${floor.missed + loaded.missed} signals led to no call within ${callWaitMs} ms`)
process.exit(0)
