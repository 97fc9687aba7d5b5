// npm run bench:graph: the estate graph at 1M nodes and 10M edges (BENCH_NODES, BENCH_EDGES): memory, build, file, walks in
// CPU ms; then, in the same run, the same walks by a JS Map of objects and by DuckDB with one thread; then opening an
// estate with a store behind it. `yard` is a fixed piece of work (ten million random bits): read the figures against it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openEstate, applyProjection, estateWriter, type EstateItem } from '#estate'
import { parseOwnJson, seededInt, seededRandom } from '#kit'
import { entityId, type EdgeStatement } from '#model'
import { openLocalStore } from '#store'

import {
  arrive,
  compileFilter,
  EdgeColumns,
  explain,
  Graph,
  reach,
  readGraphFile,
  writeGraphFile,
} from '../src/estate/graph/index.ts'
import type { EngineResult } from './graph-engines.ts'
import { benchSize, cpuMs, eachEdge, graphEnd, graphStart, lateralStarts, lateralTypes, rangesOf } from './synthetic.ts'

const { nodes, edges } = benchSize()
const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-'))
const quantile = (values: number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
const line = (what: string, ...facts: string[]): void => console.log(what.padEnd(34), facts.join('   '))
const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`

console.log(`${nodes.toLocaleString('en')} nodes, ${edges.toLocaleString('en')} edges, node ${process.version}\n`)
const columns = new EdgeColumns(Math.ceil(edges * 1.02))
let edge = 0
eachEdge(nodes, edges, 1, (src, type, dst, from, to) => columns.push(++edge, src, dst, type, from, to))
let before = process.cpuUsage()
const graph = Graph.of(columns, nodes)
line('build', ms(cpuMs(before)))

const view = graph.view()
const noon = graphStart + 200 * 86_400
const filters = {
  now: compileFilter({ types: lateralTypes }, graphEnd, true),
  at: compileFilter({ types: lateralTypes, at: noon }, graphEnd, true),
  month: compileFilter({ types: lateralTypes, window: { from: noon, to: noon + 30 * 86_400 } }, graphEnd, true),
}
const yardBits = new Uint32Array((nodes >>> 5) + 1)
function yard(): number {
  yardBits.fill(0)
  const { ends } = view.base.out
  let found = 0
  for (let slot = 0; slot < ends.length; slot++) {
    const target = (ends[slot] ?? 0) & 0x00ff_ffff
    const bit = 1 << (target & 31)
    if (((yardBits[target >>> 5] ?? 0) & bit) !== 0) continue
    yardBits[target >>> 5] = (yardBits[target >>> 5] ?? 0) | bit
    found++
  }
  return found
}
const resource = rangesOf(nodes).resource
const walks: [string, string, (start: number) => number][] = [
  ['yard', '', yard],
  ['lateral reach now', '< 60 ms', (start) => reach(view, [start], filters.now).count],
  ['lateral reach at a past time', '< 100 ms', (start) => reach(view, [start], filters.at).count],
  ['lateral reach over 30 days', '< 250 ms', (start) => arrive(view, [start], filters.month).count],
  ['who can reach, now', '', (start) => reach(view, [resource[0] + start], filters.now, 'in').count],
]
const starts = lateralStarts(nodes, 45)
const spent = new Map<string, number[]>()
for (const [round, start] of starts.entries()) {
  for (const [name, , walk] of walks) {
    before = process.cpuUsage()
    const reached = walk(start)
    const cost = cpuMs(before)
    // The first rounds warm the compiler; a contained credential says nothing about a lateral walk.
    if (round >= 5 && (name === 'yard' || reached > nodes / 4)) spent.set(name, [...(spent.get(name) ?? []), cost])
  }
}
for (const [name, goal] of walks) {
  const costs = spent.get(name) ?? []
  const goalText = goal === '' ? '' : `goal ${goal}`
  line(name, `p50 ${ms(quantile(costs, 0.5))}`, `p95 ${ms(quantile(costs, 0.95))} CPU`, goalText)
}
const random = seededRandom(9)
const explained: number[] = []
for (let i = 0; i < 600; i++) {
  const to = resource[0] + seededInt(random, resource[1] - resource[0])
  const from = starts[i % starts.length] ?? 0
  const at = performance.now()
  explain(view, from + (i % 7), to, filters.now)
  if (i >= 100) explained.push(performance.now() - at)
}
line('explanation', `p50 ${ms(quantile(explained, 0.5))}`, `p95 ${ms(quantile(explained, 0.95))} wall`, 'goal < 1 ms')
line('memory', `${(graph.bytes / 1e6).toFixed(0)} MB with the arrays of walks`, 'goal <= 300 MB')

const path = join(folder, 'graph')
const mark = { tenant: 't', generation: 1, asOf: 1, heardAtMs: 1, lastEdge: edge, lastClose: 0, store: '' }
let at = performance.now()
await writeGraphFile(path, view.base, mark)
const written = performance.now() - at
at = performance.now()
readGraphFile(path)
line('graph file', `write ${ms(written)}`, `read and check ${ms(performance.now() - at)} wall`)

console.log('')
const ours = quantile(spent.get('lateral reach now') ?? [], 0.5)
for (const [engine, goal] of [
  ['map', 20],
  ['duckdb', 10],
] as const) {
  const child = spawnSync(
    process.execPath,
    ['--max-old-space-size=8000', '--conditions=source', join(import.meta.dirname, 'graph-engines.ts'), engine],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: process.env, maxBuffer: 1 << 20 },
  )
  const result = parseOwnJson<EngineResult>(child.stdout)
  const theirs = result.walks.filter(({ start, reached }) => {
    const own = reach(view, [start], filters.now).count
    if (own !== reached) throw new Error(`${engine} reached ${reached} from ${start}, the graph ${own}`)
    return reached > nodes / 4
  })
  const cost = quantile(
    theirs.map(({ cpuMs }) => cpuMs),
    0.5,
  )
  line(`${engine}, the same walks`, `p50 ${ms(cost)} CPU`, `${(cost / ours).toFixed(1)}x ours`, `goal >= ${goal}x`)
}

console.log('')
const store = openLocalStore([estateWriter], join(folder, 'store.sqlite'))
const tenant = 't_default'
const stored = Math.min(nodes, 1_000_000)
const name = (n: number) => entityId(n % 3 === 0 ? 'credential' : n % 3 === 1 ? 'identity' : 'resource', 'lab', `${n}`)
const perCommand = 5000
at = performance.now()
for (let first = 0; first < stored; first += perCommand) {
  const statements = Array.from({ length: perCommand }, (_, i): EdgeStatement => ({
    src: name(first + i),
    type: 'CAN_READ',
    dst: name(seededInt(random, first + i + 1)),
    confidence: 'observed',
    op: 'open',
    atMs: graphStart * 1000 + first,
  }))
  const offset = first + 1
  const items: EstateItem[] = [
    { offset, stream: 'log', eventAtMs: null, arrivedAtMs: offset, edges: statements, touches: [], facts: [] },
  ]
  await store.writer.submit(
    applyProjection({ tenant, source: 'lab', skewMs: 0, projectionVersion: 1, through: offset, items }),
  )
}
line('first statements into the store', `${Math.round(stored / ((performance.now() - at) / 1000))} a second`)
const snapshotPath = join(folder, 'estate.snapshot')
const estate = openEstate({ reader: store.reader, tenant, snapshotPath })
await estate.saveSnapshot()
at = performance.now()
const opened = openEstate({ reader: store.reader, tenant, snapshotPath })
line(
  `open, ${opened.stats.nodes.toLocaleString('en')} nodes`,
  `${ms(performance.now() - at)} wall from the ${opened.stats.loadedFrom}`,
  'goal < 2000 ms',
)
at = performance.now()
openEstate({ reader: store.reader, tenant, snapshotPath: null })
line('the same without its file', `${ms(performance.now() - at)} wall from the log`)
store.close()
rmSync(folder, { recursive: true })
