import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'

import { parseOwnJson } from '#kit'

import {
  createEngine,
  evaluate,
  loadSigma,
  type Node,
  type ReadOptions,
  type SigmaEvent,
  type SigmaRules,
  type SigmaSource,
  type StoredRules,
} from './index.ts'
import { storeFile } from './stored.ts'

/** As a file would hold it. `found`: how many files were not read from their YAML. */
function memory(): StoredRules & { found: number; size: () => number } {
  const held = new Map<string, string>()
  return {
    found: 0,
    size: () => held.size,
    find(key) {
      const stored = held.get(key)
      if (stored !== undefined) this.found++
      return stored
    },
    keep: (key, stored) => void held.set(key, stored),
  }
}

/** All of it as text: functions, of which `evaluate` speaks, are left out; which selections are one is said. */
function shown(loaded: SigmaRules): unknown {
  const selections = new Map<object, number>()
  const text = JSON.stringify(loaded, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'selection') return value
    const known = selections.get(value)
    if (known === undefined) selections.set(value, selections.size)
    return known ?? { ...value, number: selections.size }
  })
  return parseOwnJson(text)
}
const ruleOf = (selections: Record<string, unknown>, condition: string, more: object = {}): string =>
  JSON.stringify({ title: 'r', id: 'r', logsource: { product: 'p' }, detection: { ...selections, condition }, ...more })
const sourceOf = (text: string, place = 'rules/r.yml'): SigmaSource => ({ place, text })

const everyTest = ruleOf(
  {
    a: { text: ['x*', '*y'], 'cased|cased': 'Ab?', 're|re|i': '^a+b', none: null, 'there|exists': true, n: 5 },
    b: { 'ip|cidr': ['192.0.2.0/24', '2001:db8::/32'], 'n|gte': 1.5, 'at|hour': 3, 'l|fieldref|endswith': 'text' },
    c: ['word', 'other'],
    d: { 'c|windash|contains': ' -f', 'b|base64offset|contains': 'secret', 'v|neq': 'w' },
    e: { 'list[any]': { k: 'v', 'm|re': 'q{2,}' } },
  },
  '1 of a* and (not b or c) or d and not a or all of them',
  { 'sigma-version': 3, level: 'high', tags: ['attack.t1078'], description: 'ü', author: 'somebody' },
)

test('what was stored is what was read: every kind of test, and one selection stays one', () => {
  const stored = memory()
  const fresh = loadSigma([sourceOf(everyTest)])
  assert.deepEqual(fresh.refused, [])
  for (const _ of [1, 2]) assert.deepEqual(shown(loadSigma([sourceOf(everyTest)], {}, stored)), shown(fresh))
  assert.equal(stored.found, 1)
  const kinds = new Set(JSON.stringify(fresh.rules).match(/"kind":"\w+"/g))
  assert.equal(kinds.size, 15, [...kinds].join())
})

test('a stored file that lies elsewhere now has its rules there', () => {
  const stored = memory()
  loadSigma([sourceOf(everyTest)], {}, stored)
  assert.equal(loadSigma([sourceOf(everyTest, 'other.yml')], {}, stored).rules[0]?.place, 'other.yml:1')
  assert.equal(stored.found, 1)
})

test('another text and other options are never served from it', () => {
  const stored = memory()
  const text = ruleOf({ s: { 'f|expand': '%who%' } }, 's')
  const says = (options: ReadOptions, written = text): string => {
    const [rule] = loadSigma([sourceOf(written)], options, stored).rules
    return rule === undefined ? 'refused' : ['one', 'two'].filter((f) => evaluate(rule, { f })).join()
  }
  assert.equal(says({ placeholders: { who: ['one'] } }), 'one')
  assert.equal(says({ placeholders: { who: ['two'] } }), 'two')
  assert.equal(says({}), 'refused')
  assert.equal(says({ placeholders: { who: ['one'] } }, text.replace('"f|expand"', '"g|expand"')), '')
  const backtracking = ruleOf({ s: { 'f|re': '(o)n(?=e)' } }, 's')
  for (const _ of [1, 2]) {
    assert.equal(says({ allowBacktracking: true }, backtracking), 'one')
    assert.equal(says({}, backtracking), 'refused')
  }
})

test('a correlation is joined anew with what is loaded beside it, by its aliases', () => {
  const base = (name: string): string =>
    `title: ${name}\nid: id-${name}\nname: ${name}\nlogsource: { product: p }\ndetection: { s: { f: ${name} }, condition: s }\n`
  const both = `title: both
id: both
correlation:
  type: temporal
  rules: [one, two]
  aliases: { who: { one: a.b, two: c } }
  group-by: [who]
  timespan: 5m
`
  const stored = memory()
  const sources = [sourceOf(base('one'), 'one.yml'), sourceOf(`${base('two')}---\n${both}`, 'two.yml')]
  const fresh = loadSigma(sources)
  assert.deepEqual(
    fresh.correlations[0]?.groupFields[0]?.map(({ name }) => name),
    ['a.b', 'c'],
  )
  for (const _ of [1, 2]) assert.deepEqual(shown(loadSigma(sources, {}, stored)), shown(fresh))
  assert.equal(stored.found, 2)
  const { refused, rules } = loadSigma(sources.slice(1), {}, stored)
  assert.deepEqual([refused.map(({ code }) => code), rules.length], [['ERR_SIGMA_REFERENCE'], 1])
})

test('what is refused is refused again, with its line', () => {
  const stored = memory()
  const sources = [
    sourceOf('title: t\nid: a\nlogsource: { product: p }\ndetection: { s: { f: 1 }, condition: s }\n', 'a.yml'),
    sourceOf('title: t\nid: a\nlogsource: { product: p }\ndetection: { s: { f: 2 }, condition: s }\n', 'b.yml'),
    sourceOf('title: t\nid: c\nlogsource: { product: p }\ndetection: { s: { f|no: 2 }, condition: s }\n', 'c.yml'),
    sourceOf('title: [\n', 'd.yml'),
    // The first is without fault, the second is not.
    sourceOf(
      ['e', 'f|no']
        .map((id) => `title: t\nid: ${id}\nlogsource: { product: p }\ndetection: { s: { ${id}: 1 }, condition: s }\n`)
        .join('---\n'),
      'e.yml',
    ),
  ]
  const fresh = loadSigma(sources)
  assert.deepEqual(
    fresh.refused.map(({ place }) => place),
    ['b.yml:2 id', 'c.yml:4 detection.s.f|no', 'd.yml:2', 'e.yml:9 detection.s.f|no'],
  )
  // `b` alone is without fault: what is stored of it must not hide the fault it has beside `a`.
  loadSigma(sources.slice(1), {}, stored)
  for (const _ of [1, 2]) assert.deepEqual(shown(loadSigma(sources, {}, stored)), shown(fresh))
  assert.equal(stored.size(), 2)
})

test('a rule that becomes far larger than its text is not stored', () => {
  const names = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`s${n}`, { f: `v${n}` }]))
  const often = Array.from({ length: 300 }, () => '1 of s*').join(' and ')
  const { rules } = loadSigma([sourceOf(ruleOf(names, often))])
  assert.equal(rules.length, 1)
  assert.equal(storeFile({ rules, correlations: [] }, ''), undefined)
  let deep: Node = { kind: 'keyword', test: { kind: 'text', pattern: ['x'], cased: false }, says: 'x' }
  for (let n = 0; n < 100_000; n++) deep = { kind: 'not', of: deep }
  const nested = { ...(rules[0] ?? assert.fail()), detection: deep }
  assert.equal(storeFile({ rules: [nested], correlations: [] }, ''), undefined)
})

const corpora = '../shared/corpora/sigma'
const skip = existsSync(corpora) ? false : 'the Sigma corpora are not here'
/** One file in so many; `npm run test:long` takes all. */
const fileEvery = process.env['CORDON_SIGMA_CASES'] === undefined ? 8 : 1

test("SigmaHQ's rules and the packs come back as they were read, and find the same", { skip }, () => {
  const files = [
    ...globSync(`${corpora}/rules*/**/*.yml`).filter((_, at) => at % fileEvery === 0),
    ...globSync('packs/*/rules/*.yml'),
  ]
  const sources = files
    .filter((place) => !place.endsWith('.test.yml'))
    .map((place) => ({ place, text: readFileSync(place, 'utf8') }))
  const stored = memory()
  const fresh = loadSigma(sources, {}, stored)
  const again = loadSigma(sources, {}, stored)
  assert.ok(stored.found > 0.9 * sources.length && sources.length > 400, `${stored.found} of ${sources.length}`)
  assert.ok(isDeepStrictEqual(shown(again), shown(fresh)), 'the same rules, correlations, filters and refusals')
  const events = globSync(`${corpora}/regression_data/**/*.json`).flatMap((path) => {
    const text = readFileSync(path, 'utf8')
    return text.startsWith('{') && !text.includes('\n{') ? [parseOwnJson<SigmaEvent>(text)] : []
  })
  const matches = [fresh, again].map(({ rules }) => {
    const engine = createEngine(rules)
    return events.map((event) => engine.match(event).map(({ id }) => id))
  })
  assert.ok((matches[0]?.flat().length ?? 0) > 5, 'some match')
  assert.deepEqual(matches[1], matches[0])
})
