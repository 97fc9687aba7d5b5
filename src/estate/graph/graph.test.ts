import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { seededInt, seededRandom } from '#kit'
import { edgeMask, edgeTypes, type EdgeType } from '#model'

import type { EdgeQuery } from '../types.ts'
import {
  arrive,
  codeBits,
  compileFilter,
  conditionalBit,
  EdgeColumns,
  edgesOf,
  explain,
  Graph,
  hasBit,
  inferredBit,
  never,
  openEnd,
  reach,
  turnedCode,
  type GraphView,
} from './index.ts'

type Plain = { edge: number; src: number; dst: number; kind: number; from: number; to: number }
type Step =
  | { do: 'add'; src: number; dst: number; type: EdgeType; bits: number; from: number; to: number }
  | { do: 'close'; pick: number; to: number }
  | { do: 'compact' }
  | { do: 'pin' }

const nodeCount = 12
const types = ['STORES', 'AUTHENTICATES_AS', 'CAN_READ', 'SAME_AS'] as const
const second = fc.integer({ min: 0, max: 20 })
const addition = fc
  .record({
    src: fc.integer({ min: 0, max: nodeCount - 1 }),
    dst: fc.integer({ min: 0, max: nodeCount - 1 }),
    type: fc.constantFrom(...types),
    bits: fc.constantFrom(0, 0, 0, inferredBit, conditionalBit),
    from: second,
    to: fc.oneof(fc.constant(openEnd), second),
  })
  .map((edge) => ({ do: 'add' as const, ...edge }))
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: addition },
    {
      weight: 3,
      arbitrary: fc.record({ pick: fc.nat(), to: second }).map((close) => ({ do: 'close' as const, ...close })),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'compact' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'pin' as const }) },
  ),
  { maxLength: 40 },
)
const queries: fc.Arbitrary<EdgeQuery> = fc.record(
  {
    types: fc.subarray([...types], { minLength: 1 }),
    at: second,
    window: fc.tuple(second, second).map(([from, to]) => ({ from, to })),
    withInferred: fc.boolean(),
    unconditionalOnly: fc.boolean(),
  },
  { requiredKeys: ['types'] },
)
const heardAt = 10

/** The oracle: relax every edge until nothing changes. `at` is the best second of arrival (backwards: of departure). */
function naiveWalk(edges: readonly Plain[], start: number, query: EdgeQuery, isBack: boolean): Map<number, number> {
  const mask = edgeMask(...query.types)
  const usable = edges
    .filter(({ kind }) => ((mask >>> (kind & codeBits)) & 1) === 1)
    .filter(({ kind }) => query.withInferred === true || (kind & inferredBit) === 0)
    .filter(({ kind }) => query.unconditionalOnly !== true || (kind & conditionalBit) === 0)
  const both = [
    ...usable,
    ...usable.filter((e) => e.kind % 32 === edgeTypes.SAME_AS).map((e) => ({ ...e, src: e.dst, dst: e.src })),
  ]
  const at = query.at
  const { from: low, to: high } =
    at === undefined ? (query.window ?? { from: heardAt, to: openEnd }) : { from: at, to: at }
  const isTimed = at === undefined && query.window !== undefined
  const best = new Map([[start, isBack ? -high : low]])
  for (let isChanged = true; isChanged;) {
    isChanged = false
    for (const { src, dst, from, to } of both) {
      const [here, there] = isBack ? [dst, src] : [src, dst]
      const now = best.get(here)
      if (now === undefined) continue
      const when = isTimed ? (isBack ? Math.max(now, -to, -high) : Math.max(now, from, low)) : now
      const fits = isTimed
        ? isBack
          ? -when >= from && -when >= low
          : when <= to && when <= high
        : from <= high && to >= low
      if (!fits || when >= (best.get(there) ?? Infinity)) continue
      best.set(there, when)
      isChanged = true
    }
  }
  return best
}

/** Fewest edges by trying every walk, layer by layer, keeping every (node, time). */
function naiveHops(edges: readonly Plain[], from: number, to: number, query: EdgeQuery): number | undefined {
  let layer = new Map([[from, -1]])
  for (let hops = 0; hops <= nodeCount * 3; hops++) {
    if (layer.has(to)) return hops
    const next = new Map<number, number>()
    for (const [node, at] of layer) {
      const window = query.at === undefined ? query.window : undefined
      const moment =
        window === undefined ? query : { ...query, window: { from: Math.max(at, window.from), to: window.to } }
      const oneStep = edges.filter(
        ({ src, dst, kind }) => src === node || (dst === node && kind % 32 === edgeTypes.SAME_AS),
      )
      for (const edge of oneStep) {
        for (const [there, when] of naiveWalk([edge], node, moment, false)) {
          if (there !== node) next.set(there, Math.min(when, next.get(there) ?? Infinity))
        }
      }
    }
    for (const [node, at] of layer) next.set(node, Math.min(at, next.get(node) ?? Infinity))
    layer = next
  }
  return undefined
}

async function play(list: readonly Step[], initial: number) {
  const columns = new EdgeColumns(2)
  const edges: Plain[] = []
  let graph: Graph | undefined
  const pins: { view: GraphView; edges: Plain[] }[] = []
  const begin = (): Graph => (graph ??= Graph.of(columns, nodeCount))
  for (const [index, step] of list.entries()) {
    if (step.do === 'add') {
      const kind = edgeTypes[step.type] | step.bits
      const edge = { edge: edges.length * 2 + 1, src: step.src, dst: step.dst, kind, from: step.from, to: step.to }
      edges.push(edge)
      if (index < initial) columns.push(edge.edge, edge.src, edge.dst, kind, edge.from, edge.to)
      else begin().add(edge.edge, edge.src, edge.dst, kind, edge.from, edge.to)
    } else if (step.do === 'close' && edges.length > 0) {
      const at = step.pick % edges.length
      const edge = edges[at]!
      edges[at] = { ...edge, to: step.to }
      begin().close(edge.edge, edge.src, edge.dst, step.to)
    } else if (step.do === 'pin') {
      pins.push({ view: begin().view(), edges: [...edges] })
    } else if (step.do === 'compact') {
      await begin().compact(() => Promise.resolve())
    }
    if (step.do !== 'add') initial = 0
  }
  pins.push({ view: begin().view(), edges })
  return pins
}

const members = (view: GraphView, bits: Uint32Array): number[] =>
  Array.from({ length: view.nodes }, (_, node) => node).filter((node) => hasBit(bits, node))
const seed = 20_260_324
const runs = { seed, numRuns: 700 }

test('every walk equals the naive one, after adds, closes and compactions, and for views pinned before them', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(40), queries, fc.nat(nodeCount - 1), async (list, initial, query, start) => {
      for (const { view, edges } of await play(list, initial)) {
        const filter = compileFilter(query, heardAt, true)
        for (const direction of ['out', 'in'] as const) {
          const expected = naiveWalk(edges, start, query, direction === 'in')
          const nodes = [...expected.keys()].sort((a, b) => a - b)
          if (filter.isWindow) {
            if (filter.high < filter.low) continue
            const { delay, count } = arrive(view, [start], filter, direction)
            const found = Array.from(delay.entries()).filter(([, at]) => at !== never)
            const base = direction === 'out' ? filter.low : -filter.high
            assert.deepEqual(
              new Map(found.map(([node, at]) => [node, base + at])),
              new Map([...expected].sort(([a], [b]) => a - b)),
            )
            assert.equal(count, found.length)
          } else {
            for (const mode of ['auto', 'plain'] as const) {
              const { bits, count } = reach(view, [start], filter, direction, mode)
              assert.deepEqual(members(view, bits), nodes)
              assert.equal(count, nodes.length)
            }
          }
        }
      }
    }),
    runs,
  )
})

test('an explanation is a real path, and none has fewer edges', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.nat(40),
      queries,
      fc.nat(nodeCount - 1),
      fc.nat(nodeCount - 1),
      async (list, initial, query, from, to) => {
        for (const { view, edges } of await play(list, initial)) {
          const filter = compileFilter(query, heardAt, true)
          if (filter.high < filter.low) continue
          const path = explain(view, from, to, filter)
          assert.equal(path?.length, naiveHops(edges, from, to, query))
          let at = from
          let now = filter.low
          for (const step of path ?? []) {
            assert.equal(step.src, at)
            const stated = edges.find((edge) => edge.edge === step.edge)!
            assert.equal(step.to, stated.to)
            const isTurned = (step.kind & codeBits) === turnedCode
            assert.deepEqual([step.src, step.dst], isTurned ? [stated.dst, stated.src] : [stated.src, stated.dst])
            if (filter.isWindow) now = Math.max(now, step.from)
            assert.ok(
              filter.isWindow
                ? now <= step.to && now <= filter.high
                : step.from <= filter.high && step.to >= filter.low,
            )
            at = step.dst
          }
          if (path !== undefined) assert.equal(at, to)
        }
      },
    ),
    runs,
  )
})

test('edges of a node are those stated, in both directions', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(40), queries, fc.nat(nodeCount - 1), async (list, initial, query, node) => {
      for (const { view, edges } of await play(list, initial)) {
        for (const direction of ['out', 'in'] as const) {
          const found = edgesOf(view, node, direction, compileFilter(query, heardAt, false)).map(({ edge }) => edge)
          const { from: low, to: high } =
            query.at === undefined ? (query.window ?? { from: heardAt, to: openEnd }) : { from: query.at, to: query.at }
          const expected = edges.filter(
            ({ src, dst, kind, from, to }) =>
              (direction === 'out' ? src : dst) === node &&
              query.types.some((type) => edgeTypes[type] === (kind & codeBits)) &&
              (query.withInferred === true || (kind & inferredBit) === 0) &&
              (query.unconditionalOnly !== true || (kind & conditionalBit) === 0) &&
              from <= high &&
              to >= low,
          )
          assert.deepEqual(
            found.sort((a, b) => a - b),
            expected.map(({ edge }) => edge),
          )
        }
      }
    }),
    runs,
  )
})

test('changes made while a compaction breathes are kept', async () => {
  const graph = Graph.of(new EdgeColumns(), 4)
  const stores = edgeTypes.STORES
  graph.add(1, 0, 1, stores, 0, openEnd)
  graph.add(2, 1, 2, stores, 0, openEnd)
  let breaths = 0
  await graph.compact(async () => {
    if (breaths++ > 0) return
    graph.close(1, 0, 1, 5)
    graph.add(3, 0, 3, stores, 0, openEnd)
    graph.close(3, 0, 3, 12)
  })
  assert.ok(breaths > 0)
  const at = (second: number): number[] =>
    members(graph.view(), reach(graph.view(), [0], compileFilter({ types: ['STORES'], at: second }, 0, true)).bits)
  assert.deepEqual(at(5), [0, 1, 2, 3])
  assert.deepEqual(at(6), [0, 3])
  assert.deepEqual(at(13), [0])
})

test('on a large skewed graph both ways of walking give what the naive walk does', () => {
  const random = seededRandom(7)
  const nodes = 4000
  const columns = new EdgeColumns()
  const edges: Plain[] = []
  for (let edge = 1; edge <= 20_000; edge++) {
    const [src, dst] = [Math.floor(random() ** 2 * nodes), Math.floor(random() ** 3 * nodes)]
    const kind = edgeTypes[types[seededInt(random, types.length)] ?? 'STORES']
    const from = seededInt(random, 20)
    const to = random() < 0.7 ? openEnd : from + seededInt(random, 10)
    columns.push(edge, src, dst, kind, from, to)
    edges.push({ edge, src, dst, kind, from, to })
  }
  const graph = Graph.of(columns, nodes)
  for (let edge = 20_001; edge < 20_200; edge++) {
    const [src, dst] = [seededInt(random, nodes + 50), seededInt(random, nodes + 50)]
    graph.add(edge, src, dst, edgeTypes.CAN_READ, 0, openEnd)
    edges.push({ edge, src, dst, kind: edgeTypes.CAN_READ, from: 0, to: openEnd })
  }
  for (let close = 0; close < 2000; close++) {
    const edge = edges[seededInt(random, edges.length)]!
    edge.to = seededInt(random, 20)
    graph.close(edge.edge, edge.src, edge.dst, edge.to)
  }
  const view = graph.view()
  let reached = 0
  for (let round = 0; round < 40; round++) {
    const query = { types: [...types].slice(round % 4), ...(round % 2 === 0 ? {} : { at: round % 20 }) }
    const filter = compileFilter(query, heardAt, true)
    const start = seededInt(random, nodes)
    for (const direction of ['out', 'in'] as const) {
      const plain = reach(view, [start], filter, direction, 'plain')
      assert.deepEqual(reach(view, [start], filter, direction, 'auto'), plain)
      const expected = naiveWalk(edges, start, query, direction === 'in')
      assert.deepEqual(
        members(view, plain.bits),
        [...expected.keys()].sort((a, b) => a - b),
      )
      reached = Math.max(reached, plain.count)
    }
  }
  assert.ok(reached > nodes / 2)
  let later = 0
  for (let round = 0; round < 16; round += 4) {
    const window = { from: round, to: round + 4 }
    const filter = compileFilter({ types: [...types], window }, heardAt, true)
    const start = seededInt(random, nodes)
    for (const direction of ['out', 'in'] as const) {
      const expected = naiveWalk(edges, start, { types: [...types], window }, direction === 'in')
      const { delay, count } = arrive(view, [start], filter, direction)
      const base = direction === 'out' ? filter.low : -filter.high
      for (const [node, at] of delay.entries()) {
        assert.equal(
          at === never ? undefined : base + at,
          expected.get(node),
          `node ${node}, round ${round}, ${direction}`,
        )
        if (at !== never && at > 0) later++
      }
      assert.equal(count, expected.size)
    }
  }
  assert.ok(later > nodes)
})

test('many at one moment, too few for a sweep: all are reached when the naive walk reaches them', () => {
  const columns = new EdgeColumns()
  const edges: Plain[] = []
  const kind = edgeTypes.STORES
  const state = (src: number, dst: number, from: number): void => {
    const edge = { edge: edges.length + 1, src, dst, kind, from, to: openEnd }
    columns.push(edge.edge, src, dst, kind, from, openEnd)
    edges.push(edge)
  }
  for (let child = 1; child <= 300; child++) {
    state(0, child, 2)
    state(child, 1000 + child, child % 20)
  }
  const query = { types: [...types], window: { from: 5, to: 15 } }
  const { delay } = arrive(Graph.of(columns, 10_000).view(), [0], compileFilter(query, heardAt, true))
  const found = Array.from(delay.entries()).filter(([, at]) => at !== never)
  assert.deepEqual(
    found.map(([node, at]) => [node, 5 + at]),
    [...naiveWalk(edges, 0, query, false)].sort(([a], [b]) => a - b),
  )
})
