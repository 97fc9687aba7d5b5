import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createEngine, evaluate, loadSigma, type SigmaEvent } from './index.ts'

/** `npm run test:long` holds this many rule-and-event pairs; every run of the tests a tenth of it. */
const casesWanted = Number(process.env['CORDON_SIGMA_CASES'] ?? 10_000)
const rulesPerRound = 20
/** Every eighth round has enough for witnesses to be measured and chosen anew on the way. */
const eventsIn = (round: number): number => (round % 8 === 0 ? 300 : 20)

type Random = (below: number) => number

/** mulberry32 */
function seeded(seed: number): Random {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below)
  }
}

// Characters whose case is odd: the Kelvin sign, the dotted I, three sigmas, long s, astral letters with a case, emoji.
const pieces = [
  'a',
  'B',
  'ab',
  'C:\\',
  '/x',
  '-e',
  ' ',
  '7',
  'ä',
  'Ä',
  'ß',
  'k',
  '\u212a',
  'İ',
  'ı',
  'Σ',
  'ς',
  'ſ',
  '𐐀',
  '𐐨',
  '😀',
  '\u200d',
  '\ud801',
]
const fields = ['a', 'b', 'c.d', 'c', 'list', 'list.n', 'deep.er.x', 'flat.dot', 'absent']
const patterns = ['a+b', '^a.*7$', '(?i)C:', '[ab]{2,3}', 'ä|B7', '\\bab\\b', '.', 'K', '^$', '(a|b)*7']

function maker(random: Random) {
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] ?? assert.fail('nothing to pick from')
  const text = (): string => Array.from({ length: random(5) }, () => pick(pieces)).join('')
  const scalar = (): unknown =>
    pick([text, text, text, () => random(9), () => null, () => true, () => `10.0.${random(3)}.7`, () => ''])()
  const value = (depth = 0): unknown => {
    if (depth > 2 || random(4) > 0) return scalar()
    if (random(2) === 0) return Array.from({ length: random(4) }, () => value(depth + 1))
    return Object.fromEntries(['d', 'n', 'x'].filter(() => random(2) === 0).map((key) => [key, value(depth + 1)]))
  }
  const event = (): SigmaEvent => {
    const out: Record<string, unknown> = {}
    for (const key of ['a', 'b', 'c', 'list']) if (random(4) > 0) out[key] = value()
    if (random(3) === 0) out['c'] = { d: value() }
    if (random(3) === 0) out['list'] = [{ n: value() }, scalar(), { n: scalar() }]
    if (random(4) === 0)
      out['deep'] = random(2) === 0 ? { er: { x: scalar() } } : { er: [{ x: scalar() }, { x: scalar() }] }
    if (random(4) === 0) out['flat.dot'] = scalar()
    if (random(6) === 0) out['c.d'] = scalar()
    if (random(8) === 0) out['flat'] = { dot: scalar() }
    return out
  }
  const wild = (): string =>
    [text(), pick(['', '', '*', '?', '*?', '\\*', '\\?']), text(), pick(['', '', '*'])].join('')
  const values = (): unknown => (random(3) === 0 ? [wild(), scalar(), wild()] : random(4) === 0 ? scalar() : wild())
  const item = (): [string, unknown] => {
    const field = pick(fields)
    const texts = (): unknown => (random(2) === 0 ? `${wild()}a` : [`${wild()}7`, `${wild()}B`])
    return pick<() => [string, unknown]>([
      () => [field, values()],
      () => [field, values()],
      () => [`${field}|${pick(['contains', 'startswith', 'endswith'])}`, texts()],
      () => [`${field}|${pick(['contains', 'startswith', 'endswith'])}|cased`, texts()],
      () => [`${field}|contains|all`, [pick(pieces), pick(pieces)]],
      () => [`${field}|windash|contains`, '-e'],
      () => [`${field}|re`, pick(patterns)],
      () => [`${field}|re|i`, pick(patterns)],
      () => [`${field}|neq`, values()],
      () => [`${field}|exists`, random(2) === 0],
      () => [`${field}|${pick(['lt', 'gte'])}`, random(9)],
      () => [`${field}|cidr`, '10.0.1.0/24'],
      () => [`${field}|fieldref${pick(['', '|contains', '|endswith'])}`, pick(fields)],
      () => ['|all', [pick(pieces), pick(pieces)]],
    ])()
  }
  const block = (): [string, unknown] => [
    pick(['list[any]', 'list[all]', 'list[none]', 'list[all_or_empty]', 'list[0]', 'list[-1]', 'deep.er[any].x']),
    pick([wild(), `*${pick(pieces)}*`]),
  ]
  const selection = (version: number): unknown => {
    if (random(6) === 0) return [wild(), `${pick(pieces)}${pick(pieces)}`]
    const items = Array.from({ length: 1 + random(3) }, () => (version === 3 && random(3) === 0 ? block() : item()))
    return random(5) === 0 ? items.map(([key, one]) => ({ [key]: one })) : Object.fromEntries(items)
  }
  const conditions = [
    's1',
    's1 and s2',
    's1 or s2',
    's1 and not s2',
    'not s1',
    '1 of s*',
    'all of s*',
    's3 and not 1 of s1*',
    '(s1 or s2) and s3',
  ]
  const rule = (index: number): string => {
    const version = random(3) === 0 ? 3 : 2
    const detection = {
      s1: selection(version),
      s2: selection(version),
      s3: selection(version),
      condition: pick(conditions),
    }
    return JSON.stringify({ title: `r${index}`, id: `r${index}`, 'sigma-version': version, logsource: {}, detection })
  }
  return { event, rule }
}

test('the indexed engine answers as the naive evaluator does, on rules and events at random', () => {
  let cases = 0
  let matches = 0
  for (let round = 0; cases < casesWanted; round++) {
    const { event, rule } = maker(seeded(round + 1))
    const texts = Array.from({ length: rulesPerRound }, (_, index) => rule(index))
    const { rules, refused } = loadSigma(texts.map((text, index) => ({ place: `round ${round}, rule ${index}`, text })))
    assert.deepEqual(refused, [])
    const engine = createEngine(rules)
    for (let i = 0; i < eventsIn(round); i++) {
      const one = event()
      const expected = rules.filter((each) => evaluate(each, one)).map(({ id }) => id)
      const found = engine.match(one).map(({ id }) => id)
      const wrong = [...expected.filter((id) => !found.includes(id)), ...found.filter((id) => !expected.includes(id))]
      const shown = wrong.map((id) => texts[Number(id.slice(1))]).join('\n')
      assert.deepEqual(found, expected, `round ${round}: ${JSON.stringify(one)}\n${shown}`)
      cases += rules.length
      matches += found.length
    }
  }
  assert.ok(
    matches > cases / 10 && matches < (cases * 9) / 10,
    `${matches} of ${cases} match: the cases decide nothing`,
  )
})
