import assert from 'node:assert/strict'

import { backoffMs, CordonError, seededInt, silentDiagnose, type Http } from '#kit'
import { defaultTenant, gapStream, type LoggedEvent, type SourceId } from '#model'
import { logWriter, openEventLog, type EventLog } from '#log'
import {
  askedWaitMs,
  createBudgets,
  freshHealth,
  openSignedHttp,
  pageBatch,
  pullJobs,
  pullPatience,
  pullTurn,
  runnerBounds,
  type PullJob,
} from '#sources'
import type { Connector } from '#sources/contract'
import { openLocalStore } from '#store'

import { logKeysOf } from '../../simulation/log-keys.ts'
import { assertReadable, assertSame, assertSnapshots } from './oracle.ts'
import type { FaultPlug } from './plug.ts'
import { startLife, VirtualClock, type Deaths, type Life } from './process.ts'
import { conditions, scheduleOf, type FaultKind, type Hunt, type Schedule } from './schedule.ts'
import { createVendor, freshWatch } from './transport.ts'
import { createTwin, worldMs, type World } from './twin.ts'

export type Tally = { faults: Map<FaultKind, number>; deaths: Deaths; events: number; gaps: number; dropped: number }
export const freshTally = (): Tally => ({
  faults: new Map(),
  deaths: { count: 0, places: new Map() },
  events: 0,
  gaps: 0,
  dropped: 0,
})

/** Runs that may fail or find nothing before a schedule is called stuck. */
const turnsMax = 400
const restartMs = 250
/** Runs that may fail once all is calm: what one stumbled over it leaves behind. */
const calmFailuresMax = 2
/** Turns a stream may be late by: then more waits for it at once. */
const turnsApartMax = 6
/** A stream that runs every second would take thousands of turns for what happens in an hour. */
const turnMsMin = 60_000
const tenant = defaultTenant

export type Log = EventLog
export function openLog(): { log: Log; close(): void } {
  const store = openLocalStore([logWriter({ idsPerWindow: 100_000 })])
  return { log: openEventLog({ ...store, keys: logKeysOf('example') }), close: () => store.close() }
}

/**
 * One schedule: the real runtime (Http, feed or snapshot, runner's turn, log) against the twin, with its faults and its
 * death, until the vendor is quiet and calm and there is nothing more to read. Then the log must hold what the twin holds.
 */
export async function runSchedule<Config>(
  plug: FaultPlug<Config>,
  seed: number,
  log: Log,
  tally: Tally,
  hunt?: Hunt,
): Promise<void> {
  const schedule = scheduleOf(seed, new Set(Object.keys(plug.without ?? {})), hunt?.faults)
  const clock = new VirtualClock(worldMs.start, runnerBounds.stallMs)
  const world = createTwin(plug, schedule, clock)
  const source: SourceId = hunt === undefined ? `s${seed}` : `h${seed}`
  const before = log.head(tenant)
  const isCalm = (): boolean => world.isQuiet()
  const watch = freshWatch()
  const vendor = createVendor({ plug, schedule, world, clock, isCalm, seen: tally.faults, watch })
  let crashAfter = schedule.crashAfter
  for (let isDone = false; !isDone;) {
    const life = startLife(crashAfter, tally.deaths, hunt?.places)
    clock.life = life
    plug.born?.(life)
    crashAfter = Infinity
    // What a dead life was told, it took along.
    Object.assign(watch, freshWatch())
    await plug.settle?.(world, schedule.random)
    const job = jobOf(plug, source, clock, schedule, vendor(life))
    const end = await Promise.race([live({ plug, job, log, clock, schedule, world, life, tally, seed }), life.died])
    isDone = end !== 'died'
    // To start anew takes time.
    if (!isDone) clock.pass(restartMs)
    // What the dead life still had under way in the log lands before the next one reads its cursor.
    if (!isDone) await new Promise((resolve) => setImmediate(resolve))
  }
  clock.life = undefined
  tallyConditions(tally, schedule, world.shifts)
  const logged = await eventsOf(log, source, before)
  const mine = logged.filter(({ stream }) => stream === plug.stream)
  tally.events += mine.length
  tally.gaps += logged.length - mine.length
  assertReadable(plug, mine, seed)
  const stream = plug.connector.streams.find(({ name }) => name === plug.stream)
  if (stream?.kind === 'snapshot') assertSnapshots(plug, mine, world, world.nowMs() - clock.nowMs(), seed)
  else assertSame(plug, source, mine, world.rows, seed)
  const isLossSaid = logged.some((event) => event.stream === gapStream)
  const mayLose = stream !== undefined && 'resumes' in stream && stream.resumes === 'cursor'
  assert.ok(!mayLose || watch.expired === 0 || isLossSaid, `schedule ${seed}: a cursor was lost, and no gap said`)
}

/** What held for the whole schedule, and shifts only where pages follow places: others have no such thing. */
function tallyConditions({ faults }: Tally, schedule: Schedule, shifts: number | undefined): void {
  for (const kind of conditions) {
    const isSo = kind === 'page-shift' ? shifts !== 0 : schedule.has(kind)
    if (isSo) faults.set(kind, (faults.get(kind) ?? 0) + 1)
  }
}

function jobOf<Config>(
  plug: FaultPlug<Config>,
  source: SourceId,
  clock: VirtualClock,
  schedule: Schedule,
  http: Http,
): PullJob {
  const { config, secrets } = plug
  const connector = played(plug)
  const signed = openSignedHttp({
    http,
    clock,
    limits: connector.limits ?? {},
    budgets: createBudgets(clock),
    realms: { source, authority: 'twin' },
    lane: 'live',
    patience: pullPatience,
    unit: schedule.random,
    auth: connector.auth?.(config, 'see'),
    origins: [twinOrigin],
    secrets: () => secrets,
  })
  const jobs = pullJobs(connector, {
    tenant,
    source,
    revision: 1,
    config,
    http: signed,
    clock,
    diagnose: silentDiagnose,
    see: () => secrets,
    ...(schedule.heldRowsMax === undefined ? {} : { bounds: { heldRowsMax: schedule.heldRowsMax } }),
  })
  const job = jobs.find(({ stream }) => stream === plug.stream)
  assert.ok(job !== undefined, `the connector has a stream \`${plug.stream}\` under this configuration`)
  return job
}

/** The connector, of whose stream only the lists are read that the plug answers for. */
function played<Config>({ connector, stream, lists }: FaultPlug<Config>): Connector<Config> {
  if (lists === undefined) return connector
  const streams = connector.streams.map((one) =>
    one.name === stream && 'lists' in one ? { ...one, lists: () => lists } : one,
  )
  return { ...connector, streams }
}

/** Where every twin stands. */
export const twinOrigin = 'https://twin.example'

type Living = {
  plug: Pick<FaultPlug, 'settle'>
  job: PullJob
  log: Log
  clock: VirtualClock
  schedule: Schedule
  world: World
  life: Life
  tally: Tally
  seed: number
}

/** The runner's loop for one stream, on a clock that never really waits. */
async function live({ plug, job, log, clock, schedule, world, life, tally, seed }: Living): Promise<'done'> {
  const options = {
    clock,
    diagnose: silentDiagnose,
    unit: schedule.random,
    cursor: async (_: string, source: SourceId, stream: string) => {
      await life.effect()
      return log.cursor(tenant, source, stream)
    },
    append: async (page: Parameters<typeof pageBatch>[0]) => {
      await life.effect()
      const ack = await log.append(pageBatch(page, clock.nowMs(), (json) => json))
      tally.dropped += ack.duplicates
      assert.equal(ack.conflicts, 0, `schedule ${seed}: an event came twice with other bytes`)
      await life.effect()
    },
  }
  const health = freshHealth(job)
  let calmRuns = 0
  let last = 'every run went well, and was followed by more'
  let calmFailures = 0
  for (let turns = 0; turns < turnsMax; turns++) {
    const wasQuiet = world.isQuiet()
    if (plug.settle !== undefined) {
      // Reading files is an effect as a request is.
      await life.effect()
      await plug.settle(world, schedule.random)
    }
    try {
      const isMore = await pullTurn(options, job, health, new AbortController().signal)
      health.failures = 0
      if (!isMore) clock.pass(Math.max(job.everyMs, turnMsMin) * (1 + seededInt(schedule.random, turnsApartMax)))
      if (wasQuiet && !isMore) calmRuns++
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      last = `the last error: ${String(error)}${error instanceof CordonError && error.place !== undefined ? ` (${error.place})` : ''}`
      assert.ok(
        error instanceof CordonError && /^ERR_(VENDOR|HTTP|OSV|PEOPLE|POSTGRES)_/.test(error.code),
        `schedule ${seed}: ${String(error)}`,
      )
      assert.ok(!wasQuiet || error.code !== 'ERR_VENDOR_AUTH', `schedule ${seed}: a refused token is used again`)
      assert.ok(!wasQuiet || calmFailures++ < calmFailuresMax, `schedule ${seed}: fails on and on: ${error.message}`)
      await clock.sleep(
        Math.min(askedWaitMs(error) ?? backoffMs(runnerBounds.backoff, health.failures++, schedule.random()), 240_000),
      )
    }
    if (calmRuns >= 2) return 'done'
  }
  throw new assert.AssertionError({ message: `schedule ${seed} does not come to an end; ${last}` })
}

async function eventsOf(log: Log, source: SourceId, before: number): Promise<LoggedEvent[]> {
  const found: LoggedEvent[] = []
  for (let after = before; ;) {
    const page = await log.read(tenant, after, 10_000)
    const last = page.at(-1)
    if (last === undefined) return found
    found.push(...page.filter((event) => event.source === source))
    after = last.offset
  }
}
