// npm run bench:kill [-- --json]: of every containment action of every connector, from the approval until Cordon has its
// proof and the thief is refused, against the vendor's twin (or the real server), by core's desk and hands' runner as they
// are. What the vendor itself takes is told apart, and is not counted. Baseline in the same run: the same calls of the
// same action in a plain loop. An action without a case here ends the bench with an error: nothing is left out in silence.
import { readFileSync } from 'node:fs'

import { createRegistry } from '../src/app/registry.ts'
import { hooks } from '../test/conformance/host/cases.ts'
import { caseGaps, endScenes, scenesOfConnector, untried, type SceneCase } from '../test/conformance/scenes.ts'
import { tryBare, tryByCordon } from './kill-try.ts'

const triesWanted = Number(process.env['BENCH_TRIES'] ?? 20)
const bareWanted = Math.min(3, triesWanted)
/** Actions whose verb contains this; absent: all. */
const only = process.env['BENCH_ONLY'] ?? ''
/** No try is begun after this much of the run. */
const runMsMax = Number(process.env['BENCH_MINUTES'] ?? 10) * 60_000
const targetMs = 2_000
/** Tries are spread over this much, by the golden ratio, so that they do not all fall on one beat of a probe. */
const spreadMs = 4_000
const stretchOf = (n: number): number => Math.round(spreadMs * ((n * 0.618_034) % 1))
const isJson = process.argv.includes('--json')

type Row = {
  verb: string
  connector: string
  /** Beyond what the vendor takes, in ms. */
  beyondMs: number[]
  /** Until Cordon has its proof and the thief is refused, without what the vendor's delay was made longer by. */
  endMs: number[]
  refusedMs: number[]
  bareMs: number[]
  /** Longest time that the thief went on behind the proof; how long the step's preview says that it may. */
  goesOnMs: number
  residualMs: number | null
  delayMs: number
  delayOf: string
  proof: string
  /** Why there is no proof to time. */
  unproven: string
}

const registry = createRegistry(hooks)
const acting = registry.all().filter(({ actions }) => actions.length > 0)
const found = new Map<string, SceneCase[]>()
for (const { id } of acting) found.set(id, (await scenesOfConnector[id]?.()) ?? [])
const verbsOf = acting.map(({ id, actions }) => ({ id, verbs: actions.map(({ verb }) => verb) }))
const gaps = caseGaps(verbsOf, found, untried)
if (gaps.length > 0) throw new Error(`${gaps.join('; ')}: test/conformance/scenes.ts`)

const rows = new Map<string, Row>()
const cases: { connector: string; one: SceneCase }[] = []
for (const { id, verbs } of verbsOf) {
  for (const verb of verbs.filter((each) => each.includes(only)))
    rows.set(verb, {
      verb,
      connector: id,
      beyondMs: [],
      endMs: [],
      refusedMs: [],
      bareMs: [],
      goesOnMs: 0,
      residualMs: 0,
      delayMs: 0,
      delayOf: '',
      proof: '',
      unproven: untried[verb] ?? '',
    })
  for (const one of found.get(id) ?? []) if (one.verb.includes(only)) cases.push({ connector: id, one })
}

async function tryOnce({ connector, one }: (typeof cases)[number], round: number): Promise<void> {
  const row = rows.get(one.verb)
  if (row === undefined || row.unproven !== '') return
  if (one.absent !== undefined) {
    row.unproven = one.absent
    return
  }
  const scene = await one.open(stretchOf(round))
  try {
    const tried = await tryByCordon(scene, connector)
    if ('says' in tried) {
      row.unproven = `never proven: ${tried.says}`
      if (tried.refusedMs !== undefined) row.refusedMs.push(tried.refusedMs)
      return
    }
    const endMs = Math.max(tried.provenMs, tried.refusedMs)
    row.endMs.push(endMs - scene.stretchedMs)
    row.refusedMs.push(tried.refusedMs)
    row.beyondMs.push(endMs - scene.delayMs)
    row.goesOnMs = Math.max(row.goesOnMs, tried.refusedMs - tried.provenMs - scene.stretchedMs)
    row.residualMs = scene.action.preview(scene.target, {}).residualMs
    row.proof = tried.kind
    row.delayMs = scene.delayMs - scene.stretchedMs
    row.delayOf = one.delay ?? ''
  } finally {
    await scene.close()
  }
  if (round >= bareWanted) return
  const again = await one.open()
  try {
    const ms = await tryBare(again)
    if (ms === undefined) throw new Error(`\`${one.verb}\`: proven by Cordon, and never in a plain loop`)
    // A delay that is not there would flatter every figure beyond it.
    if (ms < again.delayMs)
      throw new Error(`\`${one.verb}\`: the vendor needs ${ms} ms, and ${again.delayMs} are taken off`)
    row.bareMs.push(ms)
  } finally {
    await again.close()
  }
}

const at = (ms: readonly number[], share: number): number =>
  ms.toSorted((a, b) => a - b)[Math.min(ms.length - 1, Math.floor(ms.length * share))] ?? 0
const load = (): string => readFileSync('/proc/loadavg', 'utf8').split(' ')[0] ?? ''
const loadBefore = load()
let rounds = 0
for (; rounds < triesWanted && performance.now() < runMsMax; rounds++) {
  for (const each of cases) {
    if (performance.now() > runMsMax) break
    try {
      await tryOnce(each, rounds)
    } catch (error) {
      throw new Error(`${each.one.verb} ${each.one.name}, try ${rounds}`, { cause: error })
    }
  }
  console.error(
    `  round ${rounds + 1} of ${triesWanted} after ${Math.round(performance.now() / 1000)} s, load ${load()}`,
  )
}

await endScenes()

const told = [...rows.values()].map((row) => ({
  verb: row.verb,
  tries: row.beyondMs.length,
  proof: row.proof,
  vendorMs: row.delayMs,
  vendorOf: row.delayOf,
  p50: at(row.beyondMs, 0.5),
  p95: at(row.beyondMs, 0.95),
  max: at(row.beyondMs, 1),
  thiefP50: at(row.refusedMs, 0.5),
  bareP50: at(row.bareMs, 0.5),
  goesOnMs: row.goesOnMs,
  residualMs: row.residualMs,
  ratio: at(row.endMs, 0.5) / at(row.bareMs, 0.5),
  unproven: row.unproven,
  isMet: row.beyondMs.length > 0 && at(row.beyondMs, 0.95) < targetMs,
}))
/** The thief itself tries only so often. */
const tellsMs = 1_000
const early = told.filter(({ goesOnMs }) => goesOnMs > tellsMs)
const undeclared = early.filter(({ goesOnMs, residualMs }) => residualMs !== null && goesOnMs > residualMs + tellsMs)
const timed = told.filter(({ tries }) => tries > 0)
const over = timed.filter(({ isMet }) => !isMet)
const all = [...rows.values()].flatMap(({ beyondMs }) => beyondMs)
const sum = {
  actions: told.length,
  timed: timed.length,
  tries: all.length,
  p50: at(all, 0.5),
  p95: at(all, 0.95),
  max: at(all, 1),
  over: over.map(({ verb }) => verb),
  early: early.map(({ verb }) => verb),
  undeclared: undeclared.map(({ verb }) => verb),
  load: [loadBefore, load()],
}
if (isJson) console.log(JSON.stringify({ ...sum, rows: told }))
else {
  const cells = (one: readonly string[]): string =>
    one.map((cell, n) => (n === 0 ? cell.padEnd(34) : n === 1 || n === 9 ? cell : cell.padStart(8))).join(' ')
  console.log('in ms, from the approval; p50, p95 and max beyond what the vendor itself takes; ratio to the plain loop')
  console.log(cells(['action', 'proof     ', 'p50', 'p95', 'max', 'vendor', 'thief', 'bare', 'ratio', '']))
  for (const one of told) {
    const ms = [one.p50, one.p95, one.max, one.vendorMs, one.thiefP50, one.bareP50].map((each) => each.toFixed(0))
    if (one.tries > 0)
      console.log(
        cells([
          one.verb,
          one.proof.padEnd(10),
          ...ms,
          one.ratio.toFixed(2),
          `${one.vendorOf}${one.isMet ? '' : ' OVER'}`,
        ]),
      )
    else console.log(`${one.verb.padEnd(34)} not timed: ${one.unproven}`)
  }
  console.log(
    `${timed.length} of ${told.length} actions timed, ${all.length} tries: p50 ${sum.p50.toFixed(0)} ms, p95 ${sum.p95.toFixed(0)}, max ${sum.max.toFixed(0)}; load average ${loadBefore} to ${load()}`,
  )
  console.log(
    `p95 < ${targetMs} ms: ${timed.length - over.length} of ${timed.length}${over.length > 0 ? `; over: ${sum.over.join(', ')}` : ''}`,
  )
  const ms = early.map(({ verb, goesOnMs, residualMs }) => `${verb} ${goesOnMs.toFixed(0)} (${residualMs ?? 'no end'})`)
  console.log(`thief in behind the proof, ms (as the preview declares): ${ms.join(', ') || 'nobody'}`)
  console.log(`longer than declared: ${sum.undeclared.join(', ') || 'none'}`)
}
process.exit(0)
