// npm run bench:behaviour: the reference estate's use, with ordinary life laid over it (trips, new browsers, late nights,
// deadlines, moved hosts), held against behaviour. BENCH_SIZE, BENCH_SEEDS (report: 3101-3103; 3001-3003 are for tuning),
// BENCH_DENSITY, BENCH_WARM and BENCH_DAYS. It prints findings a day on what is benign, what of the planted thefts was
// found and how soon, and events a second beside the bare loop over the same events in the same run.
import { assert } from '#kit'
import { createBehaviour, type Behaviour, type BehaviourFinding } from '#detect/behaviour'
import { defaultTenant } from '#model'

import { storyMs } from '../lab/estate/company/company.ts'
import { openCompany, type Happening } from './behaviour/company.ts'
import { dayMs } from './behaviour/noise.ts'
import { plantKinds, plantsIn, type Plant } from './behaviour/plants.ts'

const sizes = ['mini', 'tiny', 'small', 'full'] as const
const size = sizes.find((one) => one === (process.env['BENCH_SIZE'] ?? 'small'))
assert(size !== undefined, `BENCH_SIZE is one of ${sizes.join(', ')}`)
const density = Number(process.env['BENCH_DENSITY'] ?? 0.4)
const warmDays = Number(process.env['BENCH_WARM'] ?? 42)
const days = Number(process.env['BENCH_DAYS'] ?? 28)
const seeds = (process.env['BENCH_SEEDS'] ?? '3101,3102,3103').split(',').map(Number)
const tells = process.env['BENCH_TELL'] === '1'

const cpuMs = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1_000
const all = { findings: 0, high: 0, days: 0, plants: new Map<string, { of: number; found: number; hours: number[] }>() }
for (const kind of plantKinds) all.plants.set(kind, { of: 0, found: 0, hours: [] })

for (const seed of seeds) await run(seed)

console.log(`\n${size}, seeds ${seeds.join(', ')}, density ${density}, ${warmDays} days before, ${days} days measured`)
console.log(
  `benign: ${all.findings} findings in ${all.days} days, ${(all.findings / all.days).toFixed(2)} a day (${all.high} high)`,
)
for (const [kind, { of, found, hours }] of all.plants) {
  const sorted = hours.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]
  console.log(`${kind.padEnd(14)} ${found} of ${of} found, median ${median?.toFixed(1) ?? '-'} h after its first act`)
}

async function run(seed: number): Promise<void> {
  const endMs = Math.floor(storyMs / dayMs) * dayMs
  const measuredMs = endMs - days * dayMs
  const fromMs = measuredMs - warmDays * dayMs
  const company = await openCompany({ seed, size: size ?? 'small', density, nowMs: storyMs, fromMs })
  const plants = plantsIn({ seed, jobs: company.jobs, fromMs: measuredMs, days, nextOffset: company.nextOffset })
  const planted = Map.groupBy(
    plants.flatMap(({ happenings }) => happenings),
    ({ event }) => Math.floor((event.eventAtMs ?? 0) / dayMs),
  )
  const behaviour = createBehaviour({ tenant: defaultTenant, streams: company.streams, startedMs: fromMs })
  const found: BehaviourFinding[] = []
  const best: Best = new Map()
  let events = 0
  let [makingMs, bareMs, lookingMs] = [0, 0, 0]
  for (const one of company.inventory()) behaviour.observe(one)
  for (let ms = fromMs; ms < endMs; ms += dayMs) {
    const startMs = cpuMs()
    const today = [...company.day(ms), ...(planted.get(ms / dayMs) ?? [])].sort(byTime)
    const madeMs = cpuMs()
    makingMs += madeMs - startMs
    bareMs += bareLoop(today)
    const beginMs = cpuMs()
    for (const [at, one] of today.entries()) {
      behaviour.observe(one)
      // As worker D does it: once a page, at most once a second.
      if (at % 200 === 199) found.push(...behaviour.advance(one.event.arrivedAtMs))
    }
    found.push(...behaviour.advance(ms + dayMs))
    for (const plant of plants) noteBest(best, plant, behaviour, ms + dayMs)
    lookingMs += cpuMs() - beginMs
    events += today.length
  }
  found.push(...behaviour.advance(endMs + dayMs))
  await company.close()
  tell(
    seed,
    found.filter(({ atMs }) => atMs >= measuredMs),
    plants,
    best,
  )
  const { actors, pairs, warm } = behaviour.size
  const heap = process.memoryUsage()
  console.log(
    `seed ${seed}: ${events} events, making ${(makingMs / 1000).toFixed(0)} s of CPU, bare loop ${rate(events, bareMs)}, behaviour ${rate(events, lookingMs)} a core; ` +
      `${actors} actors (${warm} warm), ${pairs} pairs, heap ${Math.round((heap.heapUsed + heap.arrayBuffers) / 1e6)} MB`,
  )
}

function tell(seed: number, found: readonly BehaviourFinding[], plants: readonly Plant[], best: Best): void {
  const victims = new Set(plants.flatMap(({ actors }) => actors))
  const benign = found.filter(({ entities }) => entities[0] === undefined || !victims.has(entities[0]))
  all.findings += benign.length
  all.high += benign.filter(({ severity }) => severity === 'high').length
  all.days += days
  console.log(`seed ${seed}: ${benign.length} benign findings in ${days} days`)
  if (tells)
    for (const one of benign)
      console.log(`  ${new Date(one.atMs).toISOString()} ${one.title}\n    ${one.reasons.join('\n    ')}`)
  for (const plant of plants) {
    const { kind, actors, fromMs, toMs } = plant
    const sum = all.plants.get(kind)
    if (sum === undefined) continue
    sum.of++
    const hit = found.find(
      ({ entities: [actor], atMs }) => actor !== undefined && actors.includes(actor) && atMs >= fromMs && atMs <= toMs,
    )
    if (hit === undefined)
      console.log(`  missed ${kind} of ${actors[0]}: at most ${best.get(plant)?.says ?? 'nothing'}`)
    else {
      sum.found++
      sum.hours.push((hit.atMs - fromMs) / 3_600_000)
      if (tells) console.log(`  found ${kind}: ${hit.reasons.join('; ')}`)
    }
  }
}

/** How near to a finding each theft came, as of the end of a day. */
type Best = Map<Plant, { points: number; says: string }>
function noteBest(best: Best, plant: Plant, behaviour: Behaviour, ms: number): void {
  if (ms < plant.fromMs || ms > plant.toMs) return
  for (const actor of plant.actors)
    for (const { points, signals } of behaviour.show(actor, ms)) {
      if (points <= (best.get(plant)?.points ?? 0)) continue
      const parts = signals.map((one) => `${one.name} ${Math.round(one.points)}`)
      best.set(plant, { points, says: `${points} points: ${parts.join(', ')}` })
    }
}

/** What looking at each touch of each event costs by itself. */
function bareLoop(today: readonly Happening[]): number {
  const startMs = cpuMs()
  const counts = new Map<string, number>()
  for (const { event } of today)
    for (const { identity, credential } of event.touches) {
      const actor = identity ?? credential ?? ''
      counts.set(actor, (counts.get(actor) ?? 0) + 1)
    }
  assert(counts.size > 0, 'somebody acted')
  return cpuMs() - startMs
}

function byTime(a: Happening, b: Happening): number {
  return (a.event.eventAtMs ?? 0) - (b.event.eventAtMs ?? 0)
}
function rate(events: number, ms: number): string {
  return `${Math.round(events / (ms / 1000)).toLocaleString('en')}/s`
}
