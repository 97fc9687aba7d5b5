import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'

import type { Connector } from '#sources/contract'

import type { FaultPlug } from './plug.ts'
import { freshTally, openLog, runSchedule, type Tally } from './run.ts'
import { conditions, faultKinds, type FaultKind } from './schedule.ts'

/** `npm test` runs as many as show every fault to a vendor's own code; `npm run test:long` sets 10,000. */
const schedulesOfVendor = 10
const schedulesAsked = process.env['CORDON_SCHEDULES']
/** As many as the guards in sample.test.ts need to show. */
export const schedulesOfSample = Number(schedulesAsked ?? 15)
/** One store for so many: reading back stays short. */
const schedulesPerStore = 50
/** Of one test: a long run is many tests, each within the runner's time. */
const schedulesPerTest = 1_000

/** From so many on, chance leaves out no fault. */
const schedulesForAll = 100

/** Deaths of all suites of this process, by the line that was waiting. */
export const deaths = new Map<string, number>()

export type Case = { name: string; run: (t?: Pick<TestContext, 'diagnostic'>) => Promise<void> | void }

/** The whole suite for one stream: `for (const { name, run } of faultSuite(plug)) test(name, run)`. */
export function faultSuite<Config>(
  plug: FaultPlug<Config>,
  schedules = Number(schedulesAsked ?? schedulesOfVendor),
): Case[] {
  const tally = freshTally()
  const spent = { cpuMs: 0 }
  const starts = Array.from({ length: Math.ceil(schedules / schedulesPerTest) }, (_, n) => n * schedulesPerTest)
  const cases = starts.map((from): Case => {
    const to = Math.min(from + schedulesPerTest, schedules)
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
        t?.diagnostic(rowOf(plug, tally, schedules, spent.cpuMs))
        assertThorough(plug, tally, schedules)
      },
    },
  ]
}

/**
 * The suites of several streams of one connector. `CORDON_SCHEDULES` is of the connector: its streams have equal parts, since
 * most of what they run through (runtime, client, sign-in) is the same, but no part is so small that chance leaves a fault out.
 */
export function dealtSuites<Config>(plugs: readonly FaultPlug<Config>[]): Case[] {
  const played = plugs.filter(({ isLong }) => isLong !== true || schedulesAsked !== undefined)
  const asked = Number(schedulesAsked ?? 0)
  const part = Math.max(Math.min(asked, schedulesForAll), Math.ceil(asked / played.length))
  return played.flatMap((plug) => faultSuite(plug, schedulesAsked === undefined ? schedulesOfVendor : part))
}

/** The same for all streams that are paged, of which none is left out. */
export function connectorSuite<Config>(connector: Connector<Config>, plugs: readonly FaultPlug<Config>[]): Case[] {
  const covered: Case = {
    name: `${connector.id}: each stream that is paged has its faults`,
    run() {
      const paged = connector.streams.flatMap((one) => ('page' in one || 'receive' in one ? [one.name] : []))
      assert.deepEqual(plugs.map(({ stream }) => stream).toSorted(), paged.toSorted())
    },
  }
  return [...dealtSuites(plugs), covered]
}

/** How often each fault came to pass: a line of the table that a long run prints. */
function rowOf<Config>(plug: FaultPlug<Config>, tally: Tally, schedules: number, cpuMs: number): string {
  const kinds = [...faultKinds, ...conditions]
    .filter((kind) => plug.without?.[kind] === undefined)
    .map((kind) => `${kind} ${tally.faults.get(kind) ?? 0}`)
  const spent = `${(cpuMs / 1000).toFixed(1)} s of CPU`
  return `${plug.name}: ${schedules} schedules, ${tally.deaths.count} deaths, ${tally.events} events, ${spent}; ${kinds.join(', ')}`
}

/** Faults that come to pass wherever a request is made; of the rest chance leaves one out in a short run. */
const sure = faultKinds.filter((kind) => /^(limit-(?!403)|status|timeout|reset|truncated)/.test(kind))

function assertThorough<Config>(plug: FaultPlug<Config>, tally: Tally, schedules: number): void {
  for (const [place, hits] of tally.deaths.places) deaths.set(place, (deaths.get(place) ?? 0) + hits)
  const never = (kind: FaultKind): boolean => plug.without?.[kind] === undefined && (tally.faults.get(kind) ?? 0) === 0
  const wanted = schedules < schedulesForAll ? sure : [...faultKinds, ...conditions]
  assert.deepEqual(wanted.filter(never), [], 'faults that never happened')
  assert.ok(tally.deaths.count > schedules / 2, `${tally.deaths.count} deaths in ${schedules} schedules`)
  assert.ok(tally.events > schedules * 5, 'the suite must see events')
  const known = new Set<string>([...faultKinds, ...conditions])
  for (const kind of Object.keys(plug.without ?? {})) assert.ok(known.has(kind), `\`${kind}\` is no fault`)
}
