import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseJson } from '#kit'

import {
  createCorrelator,
  createEngine,
  evaluate,
  explain,
  loadSigma,
  type SigmaEvent,
  type SigmaRule,
} from './index.ts'

/** Of processor time, and far from what it takes even where several share a core; quadratic work here takes many minutes. */
const boundMs = 60_000
const cpuMs = (): number => process.cpuUsage().user / 1000

function rulesOf(...selections: unknown[]): SigmaRule[] {
  const sources = selections.map((s, index) => ({
    place: `${index}.yml`,
    text: JSON.stringify({ title: `r${index}`, logsource: {}, detection: { s, condition: 's' } }),
  }))
  const { rules, refused } = loadSigma(sources)
  assert.deepEqual(refused, [])
  return rules
}

/** By the engine, the naive evaluator and `explain`; all within the bound. */
function matched(rules: SigmaRule[], event: SigmaEvent): string[] {
  const from = cpuMs()
  const found = createEngine(rules)
    .match(event)
    .map(({ title }) => title)
  assert.deepEqual(
    rules.filter((rule) => evaluate(rule, event)).map(({ title }) => title),
    found,
  )
  assert.equal(rules.filter((rule) => explain(rule, event).matches).length, found.length)
  const tookMs = cpuMs() - from
  assert.ok(tookMs < boundMs, `${Math.round(tookMs)} ms`)
  return found
}

test('strings that make backtracking engines explode take linear time', () => {
  const rules = rulesOf(
    ...[
      '(a+)+$',
      '(a|a)*$',
      '(a|aa)+$',
      '([a-zA-Z]+)*$',
      '(.*a){12}$',
      '^(([a-z])+.)+[A-Z]([a-z])+$',
      String.raw`(\w+\s?)+$`,
    ].map((re) => ({ 'f|re': `x${re.replace('^', '')}!` })),
  )
  assert.deepEqual(matched(rules, { f: `x${'a'.repeat(100_000)}` }), [])
  assert.deepEqual(matched(rulesOf({ 'f|re': '^(a+)+$' }), { f: 'a'.repeat(100_000) }), ['r0'])
})

test('wildcards that could be tried in many ways take linear time', () => {
  const rules = rulesOf({ f: `*${'a*'.repeat(50)}b` }, { f: `*${'?a*'.repeat(50)}b` }, { 'f|contains': 'a?a?a?a?b' })
  assert.deepEqual(matched(rules, { f: 'a'.repeat(200_000) }), [])
  assert.deepEqual(matched(rules, { f: `${'a'.repeat(200_000)}b` }), ['r0', 'r1', 'r2'])
})

test('a field of ten megabytes is looked at in full', () => {
  const rules = rulesOf(
    { 'f|contains': 'needle' },
    { 'f|re': 'nee+dle$' },
    ['needle'],
    { 'f|endswith': 'needle' },
    { f: 'x*needl' },
  )
  const long = 'nee'.repeat(3_500_000)
  assert.deepEqual(matched(rules, { f: `${long}needle` }), ['r0', 'r1', 'r2', 'r3'])
  assert.deepEqual(matched(rules, { f: long }), [])
})

test('an event ten thousand levels deep is no danger, and is looked into as far as documented', () => {
  const deep = (levels: number, open: string, close: string): SigmaEvent => {
    const event = parseJson(`{"a":${open.repeat(levels)}"evil"${close.repeat(levels)}}`, Infinity)
    assert.ok(typeof event === 'object' && event !== null && !Array.isArray(event))
    return event
  }
  const rules = rulesOf(
    ['evil'],
    { a: 'evil' },
    { 'a.a.a': 'evil' },
    { 'a|re': 'evil' },
    { 'a|exists': true },
    { 'a|fieldref': 'a' },
  )
  assert.deepEqual(matched(rules, deep(10_000, '{"a":', '}')), ['r4'])
  assert.deepEqual(matched(rules, deep(10_000, '[', ']')), ['r4'])
  assert.deepEqual(matched(rules, deep(40, '[', ']')), ['r0', 'r1', 'r3', 'r4', 'r5'])
})

test('an event with very many fields or members takes time in proportion', () => {
  const rules = rulesOf({ 'list.n': 'x1' }, ['x99999'], { 'k5|contains': 'x' })
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, `x${i}`]))
  const list = Array.from({ length: 100_000 }, (_, i) => ({ n: `x${i}` }))
  assert.deepEqual(matched(rules, { ...many, list }), ['r0', 'r1', 'r2'])
})

test('long arrays compared with each other stop at a bound', () => {
  const rules = rulesOf({ 'a|fieldref': 'b' }, { 'a|fieldref|contains': 'b' })
  const list = (mark: string): string[] => Array.from({ length: 20_000 }, (_, i) => `${mark}${i}`)
  assert.deepEqual(matched(rules, { a: list('a'), b: list('b') }), [])
})

/** A million with `npm run test:long`. */
const distinct = process.env['CORDON_SIGMA_CASES'] === undefined ? 200_000 : 1_000_000

test(`${distinct} distinct groups stay within the bounds, and what is given up is counted`, () => {
  const { rules, correlations } = loadSigma([
    {
      place: 'c.yml',
      text: `title: f
name: f
logsource: { category: x }
detection: { s: { a: 1 }, condition: s }
---
title: many
correlation: { type: value_count, rules: [f], group-by: [u], timespan: 30d, condition: { gte: 5, field: v } }`,
    },
  ])
  const groupsMax = 20_000
  const correlator = createCorrelator(correlations, { groupsMax, entriesMax: 30_000 })
  const from = cpuMs()
  for (let i = 0; i < distinct; i++) {
    correlator.observe({ timeMs: i, id: String(i), ref: i, event: { u: `user-${i}`, v: 'x' }, rules })
    if (i % 1000 === 0) correlator.advance(i)
  }
  correlator.advance(Infinity)
  assert.ok(cpuMs() - from < boundMs)
  assert.deepEqual(correlator.size, { groups: groupsMax, held: 0 })
  assert.equal(correlator.counts.evicted, distinct - groupsMax)
})
