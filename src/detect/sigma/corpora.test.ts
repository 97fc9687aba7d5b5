import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'

import { parse } from 'yaml'

import { isObject, parseOwnJson } from '#kit'

import { evaluate, flattenWindowsEvent, loadSigma, type SigmaEvent, type SigmaSource } from './index.ts'

const corpora = '../shared/corpora/sigma'
const skip = existsSync(corpora) ? false : 'the Sigma corpora are not here'

const sourcesIn = (folders: string): SigmaSource[] =>
  globSync(join(corpora, folders, '**/*.yml')).map((place) => ({ place, text: readFileSync(place, 'utf8') }))

test('every rule of SigmaHQ loads, or is refused for a reason of its own', { skip }, () => {
  const { rules, refused } = loadSigma(sourcesIn('rules*'))
  assert.ok(rules.length > 3700, `${rules.length} rules`)
  const codes = [...new Set(refused.map(({ code }) => code))]
  assert.deepEqual(codes, ['ERR_SIGMA_PLACEHOLDER'])
})

type Case = { folder: string; rule: string; atLeast: number; events: SigmaEvent[] }

/** Each folder of regression data; one of them holds no events, its only case is switched off. */
function cases(): Case[] {
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
  const { rules } = loadSigma(sourcesIn('rules*'))
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
