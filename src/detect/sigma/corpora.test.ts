import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'

import { parse } from 'yaml'

import { isObject, parseOwnJson } from '#kit'

import { createEngine, evaluate, flattenWindowsEvent, loadSigma, type SigmaEvent, type SigmaSource } from './index.ts'

const shared = '../shared/corpora'
const corpora = join(shared, 'sigma')
const skip = existsSync(corpora) ? false : 'the Sigma corpora are not here'

const sourcesIn = (folders: string): SigmaSource[] =>
  globSync(join(corpora, folders, '**/*.yml')).map((place) => ({ place, text: readFileSync(place, 'utf8') }))

/** `npm run test:long` holds every event against every rule both ways; every run of the tests less of both. */
const isLong = process.env['CORDON_SIGMA_CASES'] !== undefined
/** One file in so many, beside those that regression data speaks of. */
const fileEvery = isLong ? 1 : 5
const eventEvery = isLong ? 1 : 16

let loaded: ReturnType<typeof loadSigma> | undefined
const sigmaHq = (): ReturnType<typeof loadSigma> => (loaded ??= loadSigma(sigmaHqSources()))

function sigmaHqSources(): SigmaSource[] {
  const spoken = new Set(cases().map(({ rule }) => rule))
  const idOf = (text: string): string => /^id: (\S+)/m.exec(text)?.[1] ?? ''
  return sourcesIn('rules*').filter(({ text }, index) => index % fileEvery === 0 || spoken.has(idOf(text)))
}

test('every rule of SigmaHQ loads, or is refused for a reason of its own', { skip }, () => {
  const { rules, refused } = sigmaHq()
  assert.ok(rules.length > 3700 / fileEvery, `${rules.length} rules`)
  const codes = [...new Set(refused.map(({ code }) => code))]
  assert.deepEqual(codes, ['ERR_SIGMA_PLACEHOLDER'])
})

type Case = { folder: string; rule: string; atLeast: number; events: SigmaEvent[] }

let read: Case[] | undefined
const cases = (): Case[] => (read ??= readCases())

/** Each folder of regression data; one of them holds no events, its only case is switched off. */
function readCases(): Case[] {
  return globSync(join(corpora, 'regression_data/**/info.yml')).map((file) => {
    const folder = dirname(file)
    const info: unknown = parse(readFileSync(file, 'utf8'))
    assert.ok(isObject(info) && Array.isArray(info['rule_metadata']))
    const { rule_metadata: about, regression_tests_info: tests } = info
    const [first] = Array.isArray(tests) ? tests : []
    const files = globSync(join(folder, '*.json'))
    return {
      folder,
      rule: String(about[0].id),
      atLeast: isObject(first) ? Number(first['match_count'] ?? 1) : 0,
      events: files.flatMap((path) => readEvents(readFileSync(path, 'utf8'))).map(flattenWindowsEvent),
    }
  })
}

function readEvents(text: string): SigmaEvent[] {
  try {
    const whole = parseOwnJson<SigmaEvent | SigmaEvent[]>(text)
    return Array.isArray(whole) ? whole : [whole]
  } catch {
    // Several events one after another, each over many lines.
    return text.split(/\n(?=\{)/).map((one) => parseOwnJson<SigmaEvent>(one))
  }
}

test("SigmaHQ's regression data: each rule matches as often as it must", { skip }, () => {
  const { rules } = sigmaHq()
  const byId = new Map(rules.map((rule) => [rule.id, rule]))
  const all = cases()
  assert.equal(all.length, 121)
  assert.equal(all.filter(({ events }) => events.length > 0).length, 120)
  for (const { folder, rule, atLeast, events } of all) {
    const found = byId.get(rule)
    assert.ok(found, `${basename(folder)}: rule ${rule} is loaded`)
    const matches = events.filter((event) => evaluate(found, event)).length
    assert.ok(matches >= atLeast, `${basename(folder)}: ${matches} of ${atLeast} matches in ${events.length} events`)
  }
})

function corpusEvents(): SigmaEvent[] {
  const lines = (path: string): SigmaEvent[] =>
    readFileSync(join(shared, path), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => parseOwnJson<SigmaEvent>(line))
  const panther = lines('panther-analysis/events.ndjson').map(({ log }) => (isObject(log) ? log : {}))
  const all = [...cases().flatMap(({ events }) => events), ...lines('cloudtrail/stratus-red-team.ndjson'), ...panther]
  return all.filter((_, index) => index % eventEvery === 0)
}

test('the indexed engine answers as the naive evaluator does, on the events of the corpora', { skip }, () => {
  const { rules } = sigmaHq()
  const engine = createEngine(rules)
  const events = corpusEvents()
  assert.ok(events.length > (isLong ? 2000 : 50), `${events.length} events`)
  let matches = 0
  for (const event of events) {
    const expected = rules.filter((rule) => evaluate(rule, event)).map(({ id }) => id)
    matches += expected.length
    assert.deepEqual(
      engine.match(event).map(({ id }) => id),
      expected,
    )
  }
  assert.ok(matches > (isLong ? 50 : 20), `${matches} matches`)
})

test("the specification's own examples load", { skip }, () => {
  const read = (kind: string): SigmaSource[] =>
    globSync(join(shared, 'sigma-specification/tests/schema', kind, '*.yml')).map((place) => ({
      place,
      text: readFileSync(place, 'utf8'),
    }))
  const sources = [...read('rules'), ...read('correlation'), ...read('filter')]
  assert.equal(sources.length, 12)
  // They refer to rules that are not among them, and repeat ids of one another.
  const codes = sources.flatMap((source) => loadSigma([source]).refused.map(({ code }) => code))
  assert.deepEqual([...new Set(codes)], ['ERR_SIGMA_REFERENCE'])
})
