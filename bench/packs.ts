// npm run bench:packs: days of ordinary use of the reference estate (BENCH_SIZE, BENCH_DAYS, BENCH_SEED) held against all packs: what alerts at
// medium and above, though nobody did anything. The use was made before the packs were written, and knows nothing of them.
// Baseline in the same run: making the same records without looking at them.
import { assert, ManualClock } from '#kit'
import { createCorrelator, createEngine, type EventLogsource, type SigmaEvent } from '#detect/sigma'

import { storyMs } from '../lab/estate/company/company.ts'
import type { SizeName, Vendor } from '../lab/estate/company/model.ts'
import { startEstate } from '../lab/estate/estate.ts'
import type { Past } from '../lab/twins/kit/past.ts'
import { keys, roles } from '../test/conformance/estate/source.ts'
import { loadPacks } from '../test/packs/load.ts'
import { isLoud } from '../test/packs/panther/compare.ts'

const sizes: readonly SizeName[] = ['mini', 'tiny', 'small', 'full']
const size = sizes.find((one) => one === (process.env['BENCH_SIZE'] ?? 'full'))
assert(size !== undefined, `BENCH_SIZE is one of ${sizes.join(', ')}`)
const days = Number(process.env['BENCH_DAYS'] ?? 30)
const seed = Number(process.env['BENCH_SEED'] ?? 1)
const dayHours = 24

const of = (product: string, service: string): EventLogsource => ({ product, category: 'cloud', service })
/** Logs with a year of use, by vendor and stream of its connector. */
const logs: Partial<Record<Vendor, Record<string, EventLogsource>>> = {
  okta: { log: of('okta', 'okta') },
  google: Object.fromEntries(
    ['login', 'drive', 'token', 'admin'].map((name) => [`log-${name}`, of('gcp', `google_workspace.${name}`)]),
  ),
  github: { log: of('github', 'audit') },
  slack: { audit: of('slack', 'audit') },
  aws: { lookup: of('aws', 'cloudtrail') },
}
const vendors = Object.keys(logs) as Vendor[]

const cpuMs = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1_000
const clock = new ManualClock(storyMs)
const estate = await startEstate({ seed, size, clock, nowMs: storyMs, roles, keys, only: vendors })
const streams = vendors.flatMap((vendor) =>
  Object.entries(logs[vendor] ?? {}).map(([stream, logsource]) => {
    const past = estate.started.get(vendor)?.pasts[stream]
    assert(past !== undefined, `${vendor} has a past of ${stream}`)
    return { name: `${vendor} ${stream}`, logsource, past }
  }),
)
const lastSpans = ({ spans }: Past<unknown>): number[] => {
  const count = Math.min(spans, days * dayHours)
  return Array.from({ length: count }, (_, n) => spans - count + n)
}

const { rules, correlations } = loadPacks()
const engine = createEngine(rules)
const correlator = createCorrelator(correlations)
/** By title of the rule: how often, about how many, on which days. */
type Told = { level: string; times: number; about: Set<string>; days: Set<number> }
const told = new Map<string, Told>()
const quiet = { times: 0 }
const tell = (level: string | null, title: string, about: string, atMs: number): void => {
  const one = told.get(title) ?? { level: level ?? '', times: 0, about: new Set(), days: new Set() }
  one.times++
  one.about.add(about)
  one.days.add(Math.floor(atMs / 86_400_000))
  told.set(title, one)
}
const actorOf = (event: SigmaEvent): string =>
  JSON.stringify([event['actor'], event['userIdentity'], event['user']]).slice(0, 400)

let events = 0
let makingMs = 0
let lookingMs = 0
const [first] = streams
assert(first !== undefined, 'there are logs')
for (const [hour] of lastSpans(first.past).entries()) {
  const startMs = cpuMs()
  const hourly = streams.map(({ name, logsource, past }) => ({
    name,
    logsource,
    rows: past.rowsOf(lastSpans(past)[hour] ?? -1),
  }))
  const madeMs = cpuMs()
  makingMs += madeMs - startMs
  let newestMs = 0
  for (const { name, logsource, rows } of hourly) {
    for (const [at, { atMs, row }] of rows.entries()) {
      events++
      newestMs = Math.max(newestMs, atMs)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows of twins are records as the vendor has them
      const event = row as SigmaEvent
      const found = engine.match(event, logsource)
      if (found.length === 0) continue
      for (const rule of found) {
        if (!rule.alerts) continue
        if (isLoud(rule)) tell(rule.level, rule.title, actorOf(event), atMs)
        else quiet.times++
      }
      correlator
        .observe({ timeMs: atMs, id: `${name} ${hour} ${at}`, ref: events, event, rules: found })
        .forEach(findingTold)
    }
  }
  correlator.advance(newestMs - 300_000).forEach(findingTold)
  lookingMs += cpuMs() - madeMs
}
correlator.advance(Infinity).forEach(findingTold)
await estate.close()

function findingTold({ level, title, group, atMs }: ReturnType<typeof correlator.advance>[number]): void {
  if (isLoud({ level })) tell(level, title, JSON.stringify(group), atMs)
  else quiet.times++
}

console.log(
  `${size}, seed ${seed}: ${events} records of ${days} days; making them ${(makingMs / 1000).toFixed(1)} s of CPU, ` +
    `looking ${(lookingMs / 1000).toFixed(1)} s (${(lookingMs / makingMs).toFixed(2)} of making)`,
)
const all = [...told.values()]
const entityDays = all.reduce((sum, one) => sum + one.days.size, 0)
console.log(
  `medium and above: ${all.reduce((sum, one) => sum + one.times, 0)} alerts of ${told.size} rules on ${entityDays} rule-days; low: ${quiet.times}`,
)
for (const [title, { level, times, about, days: on }] of [...told].toSorted(([, a], [, b]) => b.times - a.times))
  console.log(
    `  ${level.padEnd(8)} ${String(times).padStart(6)} times, ${about.size} actors, ${on.size} days  ${title}`,
  )
