import assert from 'node:assert/strict'

import type { FaultPlug } from './plug.ts'
import { freshTally, openLog, runSchedule, type Tally } from './run.ts'
import { conditions, faultKinds } from './schedule.ts'

/** `npm test` runs as many as show every fault to a vendor's own code; `npm run test:long` sets 10,000. */
const schedulesOfVendor = 10
/** As many as the guards in sample.test.ts need to show. */
export const schedulesOfSample = 15
const schedulesAsked = process.env['CORDON_SCHEDULES']
/** One store for so many: reading back stays short. */
const schedulesPerStore = 50
/** Of one test: a long run is many tests, each within the runner's time. */
const schedulesPerTest = 1_000

/** Deaths of all suites of this process, for the count of await points. */
export const deaths: string[] = []

export type Case = { name: string; run: () => Promise<void> | void }

/** The whole suite for one connector's stream: `for (const { name, run } of faultSuite(plug)) test(name, run)`. */
export function faultSuite<Config>(plug: FaultPlug<Config>, count = schedulesOfVendor): Case[] {
  const schedules = Number(schedulesAsked ?? count)
  const tally = freshTally()
  const starts = Array.from({ length: Math.ceil(schedules / schedulesPerTest) }, (_, n) => n * schedulesPerTest)
  const cases = starts.map((from): Case => {
    const to = Math.min(from + schedulesPerTest, schedules)
    return {
      name: `${plug.name}: 0 lost and 0 duplicated in schedules ${from} to ${to - 1}`,
      run: async () => {
        for (let seed = from; seed < to; seed += schedulesPerStore) {
          const { log, close } = openLog()
          for (let one = seed; one < Math.min(seed + schedulesPerStore, to); one++)
            await runSchedule(plug, one, log, tally)
          close()
        }
      },
    }
  })
  const thorough = `${plug.name}: every fault happened, and the process died in most schedules`
  return [...cases, { name: thorough, run: () => assertThorough(plug, tally, schedules) }]
}

function assertThorough<Config>(plug: FaultPlug<Config>, tally: Tally, schedules: number): void {
  deaths.push(...tally.deaths.stacks)
  const left = faultKinds.filter((kind) => plug.without?.[kind] === undefined && (tally.faults.get(kind) ?? 0) === 0)
  assert.deepEqual(left, [], 'faults that never happened')
  assert.ok(tally.deaths.count > schedules / 2, `${tally.deaths.count} deaths in ${schedules} schedules`)
  assert.ok(tally.events > schedules * 5, 'the suite must see events')
  const known = new Set<string>([...faultKinds, ...conditions])
  for (const kind of Object.keys(plug.without ?? {})) assert.ok(known.has(kind), `\`${kind}\` is no fault`)
}
