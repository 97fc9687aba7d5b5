// Sigma: events a second against the naive evaluator and against JSON.parse, and how time grows with the rules.
// Against RSigma where cargo is there.
//   npm run bench:sigma
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'

import { parseOwnJson } from '#kit'
import {
  createEngine,
  evaluate,
  createDispatch,
  loadSigma,
  type Node,
  type SigmaEvent,
  type SigmaRule,
} from '#detect/sigma'

import {
  cloudTrailLane,
  corpora,
  haveCorpora,
  rawTextLane,
  regressionLane,
  sysmonLane,
  type Lane,
} from './sigma-lanes.ts'
import { buildRsigma, runRsigma } from './sigma-rsigma.ts'

const rounds = 5
const roundMs = 400
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Microseconds of processor time for one event: the median of interleaved rounds of each of the ways. */
function measure(ways: Record<string, () => number>, ms = roundMs, times = rounds): Record<string, number> {
  const taken: Record<string, number[]> = {}
  for (let round = 0; round <= times; round++) {
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

const parsed = ({ lines }: Lane): SigmaEvent[] => lines.map((line) => parseOwnJson<SigmaEvent>(line))
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
    all: () => (lines.forEach((line) => all.match(parseOwnJson<SigmaEvent>(line))), lines.length),
    routed: () => (lines.forEach((line) => some.match(parseOwnJson<SigmaEvent>(line), logsource)), lines.length),
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

/**
 * The rule with other texts: a mark at the end of each value's last literal, so that copies share next to nothing. What a
 * rule leaves out stays: a filter that no longer filters would make a copy match everything, which no rule does.
 */
function marked(node: Node, mark: string): Node {
  if (node.kind === 'and' || node.kind === 'or') return { ...node, of: node.of.map((part) => marked(part, mark)) }
  if (node.kind === 'not') return node
  if (node.kind === 'selection' || node.kind === 'each') return { ...node, of: marked(node.of, mark) }
  if (node.test.kind !== 'text') return node
  const last = node.test.pattern.findLastIndex((part) => typeof part === 'string')
  const pattern = node.test.pattern.map((part, at) =>
    at === last && typeof part === 'string' ? `${part}${mark}` : part,
  )
  return { ...node, test: { ...node.test, pattern } }
}

function benchGrowth(rules: readonly SigmaRule[]): void {
  const lane = sysmonLane(2000)
  const dispatch = createDispatch(rules.map((rule) => rule.logsource))
  const routed = rules.filter((rule) => dispatch.applies(rule.logsource, lane.logsource))
  const copies = Array.from({ length: 10 }, (_, copy) =>
    routed.map((rule) =>
      copy === 0 ? rule : { ...rule, id: `${rule.id}-${copy}`, detection: marked(rule.detection, `q${copy}`) },
    ),
  ).flat()
  const small = createEngine(routed.filter((_, index) => index % 10 === 0))
  const large = createEngine(copies)
  const { fewUs = 0, manyUs = 0 } = measure({
    fewUs: () => (lane.lines.forEach((line) => small.match(parseOwnJson<SigmaEvent>(line))), lane.lines.length),
    manyUs: () => (lane.lines.forEach((line) => large.match(parseOwnJson<SigmaEvent>(line))), lane.lines.length),
  })
  console.log(
    `\ngrowth, parse+match on Sysmon: ${small.rules.length} rules ${fewUs.toFixed(1)} us, ${large.rules.length} rules ${manyUs.toFixed(1)} us an event`,
  )
  console.log(
    `  ratio      ${(large.rules.length / small.rules.length).toFixed(0)}x the rules take ${(manyUs / fewUs).toFixed(1)}x the time`,
  )
}

/** Both engines get the rules that apply to the lane, and no log source: the same routing. Rounds take turns. */
function benchPeer(lane: Lane, rules: readonly SigmaRule[], textOf: ReadonlyMap<string, string>, path: string): void {
  const dir = mkdtempSync(join(tmpdir(), 'cordon-sigma-'))
  const dispatch = createDispatch(rules.map((rule) => rule.logsource))
  const routed = rules.filter((rule) => dispatch.applies(rule.logsource, lane.logsource))
  writeFileSync(
    join(dir, 'rules.yml'),
    routed.map(({ place }) => textOf.get(place.replace(/:\d+$/, '')) ?? '').join('\n---\n'),
  )
  writeFileSync(join(dir, 'events.ndjson'), `${lane.lines.join('\n')}\n`)
  const engine = createEngine(routed)
  const match = (): number =>
    lane.lines.reduce((sum, line) => sum + engine.match(parseOwnJson<SigmaEvent>(line)).length, 0)
  for (let warm = 0; warm < 4; warm++) match()
  const matches = match()
  const taken: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] }
  let theirs = { rules: 0, matches: 0, us: 0 }
  for (let round = 0; round < rounds; round++) {
    theirs = runRsigma(path, join(dir, 'rules.yml'), join(dir, 'events.ndjson'), roundMs)
    taken.theirs.push(theirs.us)
    const { ours = 0 } = measure({ ours: () => (match(), lane.lines.length) }, roundMs, 1)
    taken.ours.push(ours)
  }
  rmSync(dir, { recursive: true })
  const [oursUs, theirsUs] = [median(taken.ours), median(taken.theirs)]
  console.log(
    `${lane.name}: ${routed.length} rules (RSigma loads ${theirs.rules}); matches ${matches}, RSigma ${theirs.matches}${matches === theirs.matches ? '' : ' (DIFFERENT)'}`,
  )
  console.log(
    `  events/s   Cordon ${perSecond(oursUs)} · RSigma ${perSecond(theirsUs)} · ratio ${(theirsUs / oursUs).toFixed(2)}`,
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
  for (const lane of lanes) benchLane(lane, rules)
  benchGrowth(rules)
  const peer = buildRsigma()
  if ('why' in peer) console.log(`\nRSigma: not measured, ${peer.why}`)
  else {
    console.log('\nRSigma, parse+match, one thread, the same rules, events and routing:')
    const textOf = new Map(texts.map(({ place, text }) => [place, text.replace(/^---\n/, '')]))
    for (const lane of lanes) benchPeer(lane, rules, textOf, peer.path)
  }
  console.log(
    `\nload of the machine at the end: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')} on ${cpus().length} cores`,
  )
}
