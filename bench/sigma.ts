// Sigma: events a second against the naive evaluator and against JSON.parse, and how time grows with the rules.
//   npm run bench:sigma [-- DIR]      with DIR: also writes the lanes there, for another engine to read
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { createEngine, evaluate, createDispatch, loadSigma, type SigmaEvent, type SigmaRule } from '#detect'

import {
  cloudTrailLane,
  corpora,
  haveCorpora,
  rawTextLane,
  regressionLane,
  sysmonLane,
  type Lane,
} from './sigma-lanes.ts'

const rounds = 5
const roundMs = 400
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Microseconds of processor time for one event: the median of interleaved rounds of each of the ways. */
function measure(ways: Record<string, () => number>, ms = roundMs): Record<string, number> {
  const taken: Record<string, number[]> = {}
  for (let round = 0; round <= rounds; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const from = cpuMs()
      let events = 0
      do events += way()
      while (cpuMs() - from < ms)
      // The first round warms up.
      if (round > 0) (taken[name] ??= []).push(((cpuMs() - from) * 1000) / events)
    }
  }
  return Object.fromEntries(Object.entries(taken).map(([name, values]) => [name, median(values)]))
}

const parsed = ({ lines }: Lane): SigmaEvent[] => lines.map((line) => JSON.parse(line) as SigmaEvent)
const perSecond = (us: number): string => Math.round(1_000_000 / us).toLocaleString('en-US')

function benchLane(lane: Lane, rules: readonly SigmaRule[]): void {
  const { lines, logsource, name } = lane
  const events = parsed(lane)
  const dispatch = createDispatch(rules.map((rule) => rule.logsource))
  const routed = rules.filter((rule) => dispatch.applies(rule.logsource, logsource))
  const all = createEngine(rules)
  const some = createEngine(rules)
  const naive = events.slice(0, 40)
  const count = (match: (event: SigmaEvent) => number): number => events.reduce((sum, event) => sum + match(event), 0)
  const us = measure({
    parse: () => lines.reduce((sum, line) => sum + (JSON.parse(line) === null ? 0 : 1), 0),
    all: () => (lines.forEach((line) => all.match(JSON.parse(line) as SigmaEvent)), lines.length),
    routed: () => (lines.forEach((line) => some.match(JSON.parse(line) as SigmaEvent, logsource)), lines.length),
    matchOnly: () => (events.forEach((event) => some.match(event, logsource)), events.length),
    naiveAll: () => (naive.forEach((event) => rules.forEach((rule) => evaluate(rule, event))), naive.length),
    naiveRouted: () => (naive.forEach((event) => routed.forEach((rule) => evaluate(rule, event))), naive.length),
  })
  const { parse = 0, all: allUs = 0, routed: routedUs = 0, matchOnly = 0, naiveAll = 0, naiveRouted = 0 } = us
  const bytes = lines.reduce((sum, line) => sum + line.length, 0) / lines.length
  console.log(
    `\n${name}: ${lines.length} events of ${Math.round(bytes)} bytes; ${rules.length} rules, ${routed.length} apply`,
  )
  console.log(
    `  matches: all ${count((event) => all.match(event).length)}, routed ${count((event) => some.match(event, logsource).length)}`,
  )
  console.log(
    `  events/s   JSON.parse ${perSecond(parse)} · parse+match all ${perSecond(allUs)} · routed ${perSecond(routedUs)} · match only ${perSecond(matchOnly)}`,
  )
  console.log(
    `             naive, parse+match: all ${perSecond(naiveAll + parse)} · routed ${perSecond(naiveRouted + parse)}`,
  )
  console.log(
    `  ratio      parse+match to naive: all ${((naiveAll + parse) / allUs).toFixed(0)} · routed ${((naiveRouted + parse) / routedUs).toFixed(0)}; match to JSON.parse ${(matchOnly / parse).toFixed(2)}`,
  )
}

/** 1/26 of the rules, then doubled by copies whose texts differ by a mark, so that nothing is shared. */
function benchGrowth(rules: readonly SigmaRule[], texts: readonly { place: string; text: string }[]): void {
  const lane = sysmonLane(2000)
  const routedTexts = texts.filter(
    ({ text }) => /category: process_creation/.test(text) && /product: windows/.test(text),
  )
  const few = routedTexts.filter((_, index) => index % 10 === 0)
  const many = Array.from({ length: 10 }, (_, copy) =>
    routedTexts.map(({ place, text }) => ({
      place: `${place}#${copy}`,
      text:
        copy === 0
          ? text
          : text.replace(/^id: .*$/m, `id: copy-${copy}-${place}`).replaceAll(/([a-z]{4})(['"]?)$/gm, `$1${copy}$2`),
    })),
  ).flat()
  const small = createEngine(loadSigma(few).rules)
  const large = createEngine(loadSigma(many).rules)
  const { fewUs = 0, manyUs = 0 } = measure({
    fewUs: () => (lane.lines.forEach((line) => small.match(JSON.parse(line) as SigmaEvent)), lane.lines.length),
    manyUs: () => (lane.lines.forEach((line) => large.match(JSON.parse(line) as SigmaEvent)), lane.lines.length),
  })
  console.log(
    `\ngrowth, parse+match on Sysmon: ${small.rules.length} rules ${fewUs.toFixed(1)} us, ${large.rules.length} rules ${manyUs.toFixed(1)} us an event`,
  )
  console.log(
    `  ratio      ${(large.rules.length / small.rules.length).toFixed(0)}x the rules take ${(manyUs / fewUs).toFixed(1)}x the time (${rules.length} loaded in all)`,
  )
}

if (!haveCorpora()) console.log('the corpora are not here: nothing to measure')
else {
  const texts = globSync(join(corpora, 'sigma/rules/**/*.yml')).map((place) => ({
    place,
    text: readFileSync(place, 'utf8'),
  }))
  const from = performance.now()
  const { rules, refused } = loadSigma(texts)
  console.log(`${rules.length} rules read in ${Math.round(performance.now() - from)} ms, ${refused.length} refused`)
  const lanes = [sysmonLane(5000), rawTextLane(5000), cloudTrailLane(), regressionLane()]
  const dir = process.argv[2]
  if (dir !== undefined) {
    mkdirSync(dir, { recursive: true })
    for (const { name, lines } of lanes)
      writeFileSync(join(dir, `${name.replace(' ', '-')}.ndjson`), `${lines.join('\n')}\n`)
  }
  for (const lane of lanes) benchLane(lane, rules)
  benchGrowth(rules, texts)
}
