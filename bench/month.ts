// npm run bench:month: a benign month of the reference estate, with the work of its administrators, through Cordon's own
// stages: log, project, packs and SigmaHQ's rules and behaviour, incidents. BENCH_SIZE, BENCH_DENSITY (of use: work is whole),
// BENCH_WARM and BENCH_DAYS, BENCH_SEEDS (5101, 5102 are the report's; 5001, 5002 are for tuning), BENCH_TELL=1 names each
// incident. It prints incidents a day, pages a week, findings by rule and pack, and what each stage cost beside parsing.
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import { assert, parseOwnJson } from '#kit'
import type { Incident } from '#model'
import type { ToldFinding } from '#respond/findings'

import type { SizeName } from '../lab/estate/company/model.ts'
import { dayMs, endMs, seeds as written, type Record } from './month/calendar.ts'
import { storyOf } from './month/attacks.ts'
import { openPipeline, type Pipeline } from './month/pipeline.ts'
import { openWorld } from './month/world.ts'

const sizes: readonly SizeName[] = ['mini', 'tiny', 'small', 'full']
const size = sizes.find((one) => one === (process.env['BENCH_SIZE'] ?? 'full'))
assert(size !== undefined, `BENCH_SIZE is one of ${sizes.join(', ')}`)
const density = Number(process.env['BENCH_DENSITY'] ?? 0.05)
const days = Number(process.env['BENCH_DAYS'] ?? 28)
const warmDays = Number(process.env['BENCH_WARM'] ?? 21)
const seeds = (process.env['BENCH_SEEDS'] ?? written.report.join(',')).split(',').map(Number)
const tells = process.env['BENCH_TELL'] === '1'
const stepMs = Number(process.env['BENCH_STEP_MS'] ?? 1_800_000)
const attacked = process.env['BENCH_ATTACKS'] === '1'
const sigmaHq = '../shared/corpora/sigma/rules'

const cpuMs = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1_000

for (const seed of seeds) await run(seed)

async function run(seed: number): Promise<void> {
  const world = await openWorld({ seed, size: size ?? 'full', density, days, warmDays, attacked })
  const dir = mkdtempSync(join(tmpdir(), 'cordon-month-'))
  const faults: string[] = []
  const pipeline = await openPipeline({
    dir,
    startMs: world.fromMs,
    sources: world.sources,
    directories: [coreSet(join(dir, 'sigma'))],
    onFault: (_, code, facts) => void faults.push(`${code} ${JSON.stringify(facts)}`),
  })
  let [makingMs, parsingMs] = [0, 0]
  let carried: ReturnType<typeof world.arriving> = []
  for (let dayStart = world.fromMs; dayStart < endMs; dayStart += dayMs) {
    const beganMs = cpuMs()
    const arriving = [...carried, ...world.arriving(world.day(dayStart), String(dayStart))]
    makingMs += cpuMs() - beganMs
    parsingMs += parse(arriving)
    let next = 0
    for (let nowMs = dayStart + stepMs; nowMs <= dayStart + dayMs; nowMs += stepMs) {
      const from = next
      while ((arriving[next]?.arrivedAtMs ?? Infinity) < nowMs) next++
      await pipeline.step(nowMs, arriving.slice(from, next))
    }
    carried = arriving.slice(next)
    if (tells) console.error(new Date(dayStart).toISOString().slice(0, 10), Math.round(cpuMs() / 1000), 's of CPU')
  }
  await pipeline.step(endMs + dayMs / 4, carried)
  report(seed, world.measuredMs, pipeline, { makingMs, parsingMs, faults })
  if (attacked) tellAttacks(world.attacks, pipeline)
  pipeline.close()
  await world.close()
  rmSync(dir, { recursive: true, force: true })
}

/** Of SigmaHQ's rules those that its releases call the core set, which is what people load first: tried, and high or critical. */
function coreSet(folder: string): string {
  mkdirSync(folder)
  for (const path of globSync(`${sigmaHq}/**/*.yml`)) {
    const text = readFileSync(path, 'utf8')
    if (/^status: (test|stable)$/m.test(text) && /^level: (high|critical)$/m.test(text))
      writeFileSync(join(folder, basename(path)), text)
  }
  return folder
}

/** The named baseline: parsing the same records as JSON. */
function parse(records: readonly Record[]): number {
  const texts = records.map(({ raw }) => JSON.stringify(raw))
  const beganMs = cpuMs()
  let fields = 0
  for (const text of texts) fields += Object.keys(JSON.parse(text) as object).length
  assert(fields > 0 || texts.length === 0, 'records have fields')
  return cpuMs() - beganMs
}

type Costs = { makingMs: number; parsingMs: number; faults: readonly string[] }

function report(seed: number, measuredMs: number, pipeline: Pipeline, { makingMs, parsingMs, faults }: Costs): void {
  const told = pipeline.reader
    .all<{ finding: string }>('SELECT finding FROM finding_told WHERE at_ms >= ? ORDER BY place', measuredMs)
    .map(({ finding }) => parseOwnJson<ToldFinding>(finding))
  const incidents = pipeline.incidents().filter(({ openedAtMs }) => openedAtMs >= measuredMs)
  const called = pipeline.called()
  const pages = incidents.filter(({ id }) => called.has(id))
  const { events, unmapped } = pipeline.progress
  console.log(
    `\nseed ${seed}: ${size}, density ${density}, ${warmDays} days before, ${days} measured: ${events} events, ${unmapped} unmapped, ${pipeline.late()} late`,
  )
  console.log(
    `incidents ${incidents.length}, ${(incidents.length / days).toFixed(2)} a day (target 5); ` +
      `pages (somebody is called) ${pages.length}, ${((pages.length * 7) / days).toFixed(2)} a week (target 1)`,
  )
  const byDay = Map.groupBy(incidents, ({ openedAtMs }) => Math.floor((openedAtMs - measuredMs) / dayMs))
  console.log(`fullest day: ${Math.max(0, ...[...byDay.values()].map((ones) => ones.length))} incidents`)
  tellRules(told, pipeline)
  if (tells) for (const one of incidents) tellIncident(one, told, pipeline)
  const { rules, behaviour } = pipeline
  const health = rules.health()
  console.log(
    `rules ${health.rules}, correlations ${health.correlations}, packs ${health.packs.length}, refused ${health.refusedCount}, failed ${health.failed}, too late to be correlated ${health.uncorrelated}; ` +
      `actors ${behaviour.health().actors}, warm ${behaviour.health().warm}`,
  )
  const spent = Object.entries(pipeline.spent).map(([stage, ms]) => `${stage} ${(ms / 1000).toFixed(1)}`)
  console.log(
    `CPU seconds: making ${(makingMs / 1000).toFixed(1)}, JSON.parse ${(parsingMs / 1000).toFixed(1)}; ${spent.join(', ')}; ` +
      `rules ${(pipeline.spent.rules / parsingMs).toFixed(1)} and behaviour ${(pipeline.spent.behaviour / parsingMs).toFixed(1)} times parsing`,
  )
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  console.log(`heap ${Math.round((heapUsed + arrayBuffers) / 1e6)} MB, resident ${Math.round(rss / 1e6)} MB`)
  for (const fault of new Set(faults)) console.log(`fault: ${fault.slice(0, 300)}`)
}

function tellRules(told: readonly ToldFinding[], pipeline: Pipeline): void {
  const byPack = Map.groupBy(told, packOf)
  for (const [pack, ones] of [...byPack].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const loud = ones.filter(({ opens }) => opens).length
    console.log(`${pack}: ${ones.length} findings, ${loud} open incidents`)
    for (const [rule, mine] of [...Map.groupBy(ones, ({ rule }) => rule)].toSorted(
      ([, a], [, b]) => b.length - a.length,
    )) {
      const stories = pipeline.storiesOf(mine.flatMap(({ evidence }) => evidence))
      const [first] = mine
      console.log(
        `  ${(first?.severity ?? '').padEnd(8)} ${String(mine.length).padStart(6)}  ${rule}: ${first?.title.slice(0, 90) ?? ''}  [${stories.slice(0, 6).join('; ')}]`,
      )
    }
  }
}

/** Of each attack: whether its rule found it, and whether an incident stands for it. */
function tellAttacks(attacks: readonly string[], pipeline: Pipeline): void {
  const told = pipeline.reader
    .all<{ finding: string }>("SELECT finding FROM finding_told WHERE finding LIKE '%sigma.%' ORDER BY place")
    .map(({ finding }) => parseOwnJson<ToldFinding>(finding))
  const incidents = pipeline.incidents()
  const inIncident = new Set(incidents.flatMap(({ findings }) => findings))
  const called = pipeline.called()
  const calling = new Set(incidents.flatMap(({ id, findings }) => (called.has(id) ? findings : [])))
  const waiting: string[] = []
  const missed: string[] = []
  let [found, opened, paged] = [0, 0, 0]
  for (const rule of attacks) {
    const mine = told.filter(
      (one) =>
        one.rule === `sigma.${rule}` && pipeline.storiesOf(one.evidence).some((story) => story.endsWith(storyOf(rule))),
    )
    if (mine.length > 0) found++
    if (mine.some(({ id }) => calling.has(id))) paged++
    else waiting.push(rule)
    if (mine.some(({ id }) => inIncident.has(id))) opened++
    else missed.push(`${rule}${mine.length > 0 ? ' (found, opens none)' : ''}`)
  }
  console.log(
    `attacks: ${attacks.length} planted, ${found} found by their own rule, ${opened} in an incident, ${paged} of them call somebody`,
  )
  for (const one of missed) console.log(`  without: ${one}`)
  for (const one of waiting) console.log(`  calls nobody: ${one}`)
}

function packOf({ place }: ToldFinding): string {
  return place === null ? "Cordon's own" : (/packs\/([^/]+)\//.exec(place)?.[1] ?? 'SigmaHQ')
}

function tellIncident(
  { id, severity, urgency, title, findings, openedAtMs }: Incident,
  told: readonly ToldFinding[],
  pipeline: Pipeline,
): void {
  const of = told.filter((one) => findings.includes(one.id))
  console.log(
    `${new Date(openedAtMs).toISOString()} ${severity} ${urgency} ${id} ${title}, ${findings.length} findings`,
  )
  for (const one of of.slice(0, 4)) {
    console.log(`    ${one.severity} ${one.rule} [${pipeline.storiesOf(one.evidence).join('; ')}]`)
    for (const reason of one.reasons?.slice(0, 5) ?? []) console.log(`        ${reason}`)
  }
}
