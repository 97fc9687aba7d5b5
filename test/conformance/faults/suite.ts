import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'

import type { Connector } from '#sources/contract'

import { huntsOf, type Gate } from './hunt.ts'
import type { FaultPlug } from './plug.ts'
import { freshTally, openLog, runSchedule, type Tally } from './run.ts'
import { conditions, faultKinds, type FaultKind } from './schedule.ts'

/** `npm test` deals a stream so few, and hunts for what they left out; `npm run test:long` sets 10,000. */
const schedulesOfVendor = 4
const schedulesAsked = process.env['CORDON_SCHEDULES']
/** As many as the guards in sample.test.ts need to show. */
export const schedulesOfSample = 15
/** One store for so many: reading back stays short. */
const schedulesPerStore = 50
/** Of one test: a long run is many tests, each within the runner's time also where the machine has much else to do. */
const schedulesPerTest = 100

/** From so many on, chance leaves out no fault. */
const schedulesForAll = 100

export type Case = { name: string; run: (t?: Pick<TestContext, 'diagnostic'>) => Promise<void> | void }
/** What was played of a stream. */
export type Played<Config> = { plug: FaultPlug<Config>; tally: Tally; schedules: number; spent: { cpuMs: number } }

/** The whole suite for one stream: `for (const { name, run } of faultSuite(plug)) test(name, run)`. */
export function faultSuite<Config>(
  plug: FaultPlug<Config>,
  schedules = Number(schedulesAsked ?? schedulesOfVendor),
  played: Played<Config> = { plug, tally: freshTally(), schedules, spent: { cpuMs: 0 } },
): Case[] {
  const { tally, spent } = played
  const perTest = plug.schedulesPerTest ?? schedulesPerTest
  const starts = Array.from({ length: Math.ceil(schedules / perTest) }, (_, n) => n * perTest)
  const cases = starts.map((from): Case => {
    const to = Math.min(from + perTest, schedules)
    return {
      name: `${plug.name}: 0 lost and 0 duplicated in schedules ${from} to ${to - 1}`,
      run: async () => {
        const before = process.cpuUsage()
        for (let seed = from; seed < to; seed += schedulesPerStore) {
          const { log, close } = openLog()
          for (let one = seed; one < Math.min(seed + schedulesPerStore, to); one++)
            await runSchedule(plug, one, log, tally)
          close()
        }
        const { user, system } = process.cpuUsage(before)
        spent.cpuMs += (user + system) / 1_000
      },
    }
  })
  const thorough = `${plug.name}: every fault happened, and the process died in most schedules`
  return [
    ...cases,
    {
      name: thorough,
      run(t) {
        const row = rowOf(played)
        t?.diagnostic(row)
        // The runner of many files shows no diagnostics, and whoever asked for so many wants to see what they were.
        if (schedulesAsked !== undefined) process.stdout.write(`${row}\n`)
        assertThorough(played)
      },
    },
  ]
}

/**
 * The suites of all streams of a connector that are pulled, of which none is left out, and what they must show together: every
 * fault, and a death at every await point. `CORDON_SCHEDULES` is of the connector: its streams have equal parts, since
 * most of what they run through (runtime, client, sign-in) is the same, but no part is so small that chance leaves a fault out.
 */
export function connectorSuite<Config>(
  connector: Connector<Config>,
  plugs: readonly FaultPlug<Config>[],
  gate: Gate = {},
  least = schedulesOfVendor,
): Case[] {
  const asked = Number(schedulesAsked ?? 0)
  const isPlayed = ({ isLong }: FaultPlug<Config>): boolean => isLong !== true || schedulesAsked !== undefined
  const part = Math.max(Math.min(asked, schedulesForAll), Math.ceil(asked / plugs.length))
  const played = plugs.map((plug): Played<Config> => {
    const schedules = !isPlayed(plug) ? 0 : schedulesAsked === undefined ? least : part
    return { plug, tally: freshTally(), schedules, spent: { cpuMs: 0 } }
  })
  const suites = played.filter(({ schedules }) => schedules > 0)
  return [
    ...suites.flatMap((one) => faultSuite(one.plug, one.schedules, one)),
    {
      name: `${connector.id}: each stream and list that is pulled is played`,
      run: () => assertAll(connector, plugs, gate),
    },
    ...huntsOf(connector, played, gate),
  ]
}

/** Streams by name and, of snapshots, their lists. */
function assertAll<Config>(connector: Connector<Config>, plugs: readonly FaultPlug<Config>[], gate: Gate): void {
  const pulled = connector.streams.filter((one) => 'page' in one || 'receive' in one || 'pull' in one)
  const unplayed = new Set(Object.keys(gate.unplayed ?? {}))
  const names = pulled.map(({ name }) => name).filter((name) => !unplayed.delete(name))
  assert.deepEqual([...new Set(plugs.map(({ stream }) => stream))].toSorted(), names.toSorted())
  for (const stream of pulled) {
    if (!('lists' in stream)) continue
    const of = plugs.filter((plug) => plug.stream === stream.name)
    const there = new Set(of.flatMap(({ config }) => stream.lists(config)).map((list) => `${stream.name}/${list}`))
    const played = of.flatMap((plug) => plug.lists ?? stream.lists(plug.config)).map((list) => `${stream.name}/${list}`)
    const left = [...there].filter((list) => !played.includes(list))
    assert.deepEqual(
      left.filter((list) => !unplayed.delete(list)),
      [],
      'lists that no plug answers for',
    )
    assert.deepEqual(
      played.filter((list) => !there.has(list)),
      [],
      'lists that the stream does not have',
    )
  }
  assert.deepEqual([...unplayed], [], 'lists that are played, or are none')
}

/** How often each fault came to pass: a line of the table that a long run prints. */
function rowOf<Config>({ plug, tally, schedules, spent }: Played<Config>): string {
  const kinds = [...faultKinds, ...conditions]
    .filter((kind) => plug.without?.[kind] === undefined)
    .map((kind) => `${kind} ${tally.faults.get(kind) ?? 0}`)
  const cpu = `${(spent.cpuMs / 1000).toFixed(1)} s of CPU`
  return `${plug.name}: ${schedules} schedules, ${tally.deaths.count} deaths, ${tally.events} events, ${cpu}; ${kinds.join(', ')}`
}

/** Faults that come to pass wherever a request is made; of the rest chance leaves one out in a short run. */
const sure = faultKinds.filter((kind) => /^(limit-(?!403)|status|timeout|reset|truncated)/.test(kind))

function assertThorough<Config>({ plug, tally, schedules }: Played<Config>): void {
  const never = (kind: FaultKind): boolean => plug.without?.[kind] === undefined && (tally.faults.get(kind) ?? 0) === 0
  // A stream of few rows makes few requests: with the others of its connector it must show the rest.
  const isFew = schedules < schedulesForAll || plug.rowsMax !== undefined
  const wanted = isFew ? sure : [...faultKinds, ...conditions]
  // So few show all of it together with the others and what is hunted.
  const isShort = schedules < schedulesOfSample
  if (!isShort) {
    assert.deepEqual(wanted.filter(never), [], 'faults that never happened')
    assert.ok(tally.deaths.count > schedules / 2, `${tally.deaths.count} deaths in ${schedules} schedules`)
  }
  // An inventory of few rows that is seldom read is a page or two.
  const eventsMin = isShort || plug.rowsMax !== undefined ? 1 : 5
  assert.ok(tally.events > schedules * eventsMin, 'the suite must see events')
  const known = new Set<string>([...faultKinds, ...conditions])
  for (const kind of Object.keys(plug.without ?? {})) assert.ok(known.has(kind), `\`${kind}\` is no fault`)
}
