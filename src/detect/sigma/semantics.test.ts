import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createDispatch, createEngine, evaluate, loadSigma, type ReadOptions, type SigmaEvent } from './index.ts'

const ruleOf = (detection: unknown, more: Record<string, unknown> = {}): string =>
  JSON.stringify({ title: 't', logsource: { product: 'p' }, detection, ...more })

function load(text: string, options: ReadOptions = {}) {
  const { rules, refused } = loadSigma([{ place: 'r.yml', text }], options)
  return { rule: rules[0], refused }
}

/** By both evaluators. */
function matches(
  selection: unknown,
  event: SigmaEvent,
  more: Record<string, unknown> = {},
  options: ReadOptions = {},
): boolean {
  const { rule, refused } = load(ruleOf({ s: selection, condition: 's' }, more), options)
  assert.deepEqual(refused, [])
  assert.ok(rule)
  const answer = evaluate(rule, event)
  assert.equal(
    createEngine([rule]).match(event).length === 1,
    answer,
    `both evaluators, for ${JSON.stringify(selection)}`,
  )
  return answer
}

/** Each: a selection, events that match it, events that do not. */
function holds(
  cases: readonly (readonly [unknown, readonly SigmaEvent[], readonly SigmaEvent[]])[],
  more = {},
  options: ReadOptions = {},
): void {
  for (const [selection, good, bad] of cases) {
    for (const event of good)
      assert.ok(matches(selection, event, more, options), `${JSON.stringify(selection)} is ${JSON.stringify(event)}`)
    for (const event of bad)
      assert.ok(
        !matches(selection, event, more, options),
        `${JSON.stringify(selection)} is not ${JSON.stringify(event)}`,
      )
  }
}
const f = (...values: unknown[]): SigmaEvent[] => values.map((value) => ({ f: value }))

test('texts are compared without case, wholly, and with wildcards wherever they stand', () => {
  holds([
    [{ f: 'Whoami' }, f('WHOAMI', 'whoami'), f('whoami ', 'x')],
    [{ f: 'who*' }, f('who', 'WHOAMI', 'who\nami'), f('xwho')],
    [{ f: 'wh?ami' }, f('whoami', 'wh😀ami'), f('whami', 'whooami')],
    [{ 'f|contains': 'a*c' }, f('xxABCxx', 'ac'), f('ca')],
    [{ 'f|startswith': 'a?c' }, f('abcd'), f('xabcd', 'ac')],
    [{ 'f|endswith': '.exe' }, f('A.EXE'), f('a.exe ')],
    [{ 'f|endswith': ['.exe', 'll', '.com'] }, f('A.EXE', 'x.dll', ['no', 'b.com']), f('exe', '.exe ', 'l')],
    [{ 'f|startswith': ['ab', 'Ä', 'abc'] }, f('ABx', 'äx', ['x', 'abcd']), f('a', 'xab')],
    [{ f: ['ab*', '*yz', 'm', 7] }, f('AB', 'xYZ', 'M', 7, [0, '7']), f('b', 'yzx', 'mm', 77, '')],
    [{ 'f|cased': 'Who' }, f('Who'), f('who')],
    [{ 'f|contains|cased': 'Ho' }, f('wHo'), f('who')],
    [{ f: ['a', 'b'] }, f('a', 'B'), f('ab')],
    [{ 'f|contains|all': ['a', 'b'] }, f('b-a'), f('a', 'b')],
    [{ 'f|neq': 'a' }, [...f('b'), {}], f('a', 'A')],
  ])
})

test('a backslash is plain unless a wildcard or another backslash follows', () => {
  holds([
    [{ f: String.raw`C:\temp` }, f(String.raw`c:\temp`), []],
    [{ f: String.raw`a\*` }, f('a*'), f('ab')],
    [{ f: String.raw`a\\*` }, f(String.raw`a\ `, String.raw`a\x`), f('ax', 'a*')],
    [{ f: String.raw`a\\\*` }, f(String.raw`a\*`), f(String.raw`a\x`)],
    [{ f: String.raw`\\\\x` }, f(String.raw`\\x`), f(String.raw`\x`)],
    [{ f: String.raw`\\\x` }, f(String.raw`\\x`), f(String.raw`\x`)],
  ])
})

test('absent, null, empty and present are told apart', () => {
  holds([
    [{ f: '*' }, f('', 'a', 0), [{}, ...f(null)]],
    [{ f: '' }, f(''), [{}, ...f(null, 'a')]],
    [{ f: null }, [{}, ...f(null)], f('', 'null')],
    [{ 'f|exists': true }, f(null, ''), [{}]],
    [{ 'f|exists': false }, [{}], f(null)],
  ])
})

test('numbers and booleans match their text, and comparisons coerce', () => {
  holds([
    [{ f: 4688 }, f(4688, '4688'), f(468)],
    [{ f: true }, f(true, 'TRUE'), f(1)],
    [{ 'f|gt': 5 }, f(6, '6.5'), [...f(5, 'x', null, ''), {}]],
    [{ 'f|lte': 5 }, f(5, '-1e3'), f(6, 'NaN')],
    [{ 'f|hour|gte': 22 }, f('2026-01-01T23:10:00Z', 1767308400), f('2026-01-01T21:59:00Z', 'x')],
    [{ 'f|year': 2026 }, f('2026-05-01'), f('2025-05-01')],
  ])
})

test('modifiers that encode', () => {
  const base64 = Buffer.from('xx http://x').toString('base64')
  const wide = Buffer.from('pass', 'utf16le').toString('base64')
  holds([
    [{ 'f|base64offset|contains': 'http://' }, f(base64, Buffer.from('http://').toString('base64')), f('http://')],
    [{ 'f|wide|base64|contains': 'pass' }, f(`-e ${wide}`), f('pass')],
    [{ 'f|windash|contains': ' -x' }, f('a -x', 'a /x', 'a –x', 'a ―x'), f('a x')],
  ])
})

test('cidr: IPv4, IPv6, and IPv4 in IPv6; what is no address never matches', () => {
  holds([
    [{ 'f|cidr': '10.0.0.0/9' }, f('10.127.0.1', '::ffff:10.1.2.3'), f('10.128.0.0', '10', 'x', '10.0.0.0/9')],
    [{ 'f|cidr': ['fd00::/8', '::1/128'] }, f('fd12::1', '::1'), f('fe80::1', '::2', '10.0.0.1')],
    [{ 'f|cidr': '0.0.0.0/0' }, f('1.2.3.4'), f('::1')],
  ])
})

test('re: searches, with case, in time linear in the text', () => {
  holds([
    [{ 'f|re': 'a.+c' }, f('xabcx'), f('xABCx', 'ac')],
    [{ 'f|re|i': 'a.+c' }, f('xABCx'), []],
    [{ 'f|re': '(?i)^abc$' }, f('ABC'), f('xABC')],
    [{ 'f|re|m': '^b$' }, f('a\nb\nc'), f('abc')],
    [{ 'f|re|s': 'a.c' }, f('a\nc'), []],
    [{ 'f|re': String.raw`\bx{2,3}\b` }, f('a xx b', 'xxx'), f('xxxx', 'axx')],
    [{ 'f|re': '[^a-z]' }, f('A', '1'), f('abc', '')],
  ])
})

test('fieldref compares fields, also in part; expand puts values in', () => {
  holds([
    [{ 'f|fieldref': 'g' }, [{ f: 'A', g: 'a' }], [{ f: 'a', g: 'b' }, { f: 'a' }, { g: 'a' }]],
    [{ 'f|fieldref|startswith': 'g' }, [{ f: 'abc', g: 'AB' }], [{ f: 'cab', g: 'ab' }]],
  ])
  const options = { placeholders: { admins: ['root', 'adm_*'] } }
  holds([[{ 'f|expand': '%admins%' }, f('ROOT', 'adm_x'), f('%admins%', 'joe')]], {}, options)
  assert.ok(matches({ f: '%admins%' }, { f: '%admins%' }), 'percent signs mean themselves without expand')
})

test('keywords look in every text of the event; lists of maps are alternatives', () => {
  holds([
    [['evil', 'bad*thing'], [{ a: [{ b: 'an EVIL one' }] }, { x: 'bad old thing' }], [{ evil: 'x' }]],
    [{ '|all': ['one', 'two'] }, [{ a: 'one', b: 'two' }], [{ a: 'one' }]],
    [[{ a: 1 }, { b: 2 }], [{ a: 1 }, { b: 2 }], [{ a: 2, b: 1 }]],
  ])
})

test('paths go through objects and any member of arrays; a dotted key of its own wins', () => {
  holds([
    [
      { 'a.b': 'x' },
      [{ a: { b: 'x' } }, { a: [{ b: 'y' }, { b: 'x' }] }, { a: { b: ['y', 'x'] } }, { 'a.b': 'x' }],
      [{ 'a.b': 'y', a: { b: 'x' } }, { a: 'x' }],
    ],
    [{ __proto__: 'x', 'constructor.name': 'Object' }, [], [{}]],
  ])
})

test('array blocks of version 3 bind what they ask to one member', () => {
  const rules = [
    [
      { 'a[any]': { n: 1, v: 2 } },
      [{ a: [{ n: 1, v: 2 }] }],
      [
        {
          a: [
            { n: 1, v: 3 },
            { n: 2, v: 2 },
          ],
        },
        {},
      ],
    ],
    [{ 'a[all].n': 1 }, [{ a: [{ n: 1 }, { n: 1 }] }], [{ a: [{ n: 1 }, { n: 2 }] }, { a: [] }]],
    [{ 'a[all_or_empty].n': 1 }, [{ a: [] }, {}], [{ a: [{ n: 2 }] }]],
    [{ 'a[none].n': 1 }, [{ a: [{ n: 2 }] }, { a: [] }], [{ a: [{ n: 1 }] }]],
    [{ 'a[0]': 'x', 'a[-1]': 'y' }, [{ a: ['x', 'z', 'y'] }], [{ a: ['y', 'x'] }]],
  ] as const
  holds(rules, { 'sigma-version': 3 })
  holds([[{ 'a[any]': 'x' }, [{ 'a[any]': 'x' }], [{ a: ['x'] }]]])
})

test('conditions: not binds closer than and, and closer than or; underscored names are not in `them`', () => {
  const check = (condition: string | string[], event: SigmaEvent): boolean => {
    const { rule, refused } = load(ruleOf({ a: { a: 1 }, b: { b: 1 }, c: { c: 1 }, _d: { d: 1 }, condition }))
    assert.deepEqual(refused, [])
    return rule !== undefined && evaluate(rule, event)
  }
  assert.ok(check('a or b and c', { a: 1 }))
  assert.ok(!check('(a or b) and c', { a: 1 }))
  assert.ok(!check('not a and b', { a: 1, b: 1 }))
  assert.ok(check('not (a and b)', { a: 1 }))
  assert.ok(!check('1 of them', { d: 1 }))
  assert.ok(check('all of them', { a: 1, b: 1, c: 1 }))
  assert.ok(check('1 of _*', { d: 1 }))
  assert.ok(check(['a and b', 'c'], { c: 1 }))
})

test('filters take matches away from the rules they name', () => {
  const rule = ruleOf({ s: { f: 'x' }, condition: 's' }, { id: 'r1' })
  const filter = (condition: string, rules: unknown = ['r1']): string =>
    JSON.stringify({ title: 'f', logsource: { product: 'p' }, filter: { rules, s: { user: 'adm*' }, condition } })
  const both = (text: string) =>
    loadSigma([
      { place: 'r.yml', text: rule },
      { place: 'f.yml', text },
    ])
  for (const text of [filter('s'), filter('not s'), filter('s', 'any')]) {
    const [filtered] = both(text).rules
    assert.ok(filtered)
    assert.ok(evaluate(filtered, { f: 'x', user: 'joe' }))
    assert.ok(!evaluate(filtered, { f: 'x', user: 'ADM1' }))
  }
  assert.deepEqual(
    both(filter('s', ['r2'])).refused.map(({ code }) => code),
    ['ERR_SIGMA_REFERENCE'],
  )
})

test('what cannot be understood is refused by name, with its line, and never ignored', () => {
  const refusal = (selection: unknown, more = {}) => {
    const { rule, refused } = load(ruleOf({ s: selection, condition: 's' }, more))
    assert.equal(rule, undefined)
    assert.match(refused[0]?.place ?? '', /^r\.yml:1/)
    assert.notEqual(refused[0]?.hint, '')
    return `${refused[0]?.code} ${refused[0]?.message}`
  }
  assert.match(refusal({ 'f|holds': 'x' }), /MODIFIER there is no modifier `holds`/)
  assert.match(refusal({ 'f|expand': '%admins%' }), /PLACEHOLDER .*`%admins%`/)
  assert.match(refusal({ 'f|re': '(a)\\1' }), /REGEX .*a back-reference, which cannot run in linear time/)
  assert.match(refusal({ 'f|re': '(?=a)b' }), /REGEX .*look-ahead/)
  assert.match(refusal({ 'f|re': '(a' }), /REGEX .*not closed/)
  assert.match(refusal({ 'f|contains|re': 'a' }), /MODIFIER `re` comes after `contains`/)
  assert.match(refusal({ 'f|contains|all': 'x' }), /MODIFIER `all` stands over a single value/)
  assert.match(refusal({ 'f|cidr': '10.0.0.0/40' }), /VALUE .*no network/)
  assert.match(refusal({ 'f|gt': 'many' }), /MODIFIER `gt`/)
  assert.match(refusal({ 'f|base64': 'a*' }), /MODIFIER .*wildcard/)
  assert.match(refusal({ 'f|windash|contains': ' -a -b -c -d -e -f' }), /LIMIT `windash`/)
  assert.match(refusal({ f: [] }), /VALUE a list of values is empty/)
  assert.match(refusal({ f: 'x' }, { 'sigma-version': 4 }), /VERSION/)
  assert.match(refusal({ f: 'x' }, { level: 'severe' }), /RULE `severe` is no level/)
  assert.match(refusal({ f: 'x' }, { urgency: 'working_hours' }), /RULE `working_hours` is no urgency/)
  assert.match(refusal({ 'a[some]': 'x' }, { 'sigma-version': 3 }), /MODIFIER .*no selector/)
  const condition = (text: string): string => load(ruleOf({ s: { f: 1 }, condition: text })).refused[0]?.message ?? ''
  assert.match(condition('s and t'), /no selection `t`/)
  assert.match(condition('s | count() > 5'), /aggregations with `|` are no longer part of Sigma/)
  assert.match(condition('2 of s*'), /no quantifier/)
  assert.match(condition('(s'), /not closed/)
})

test('a correlation that keeps two of its events cannot ask whether all of them are a habit', () => {
  const correlated = (type: string) =>
    load(
      `title: many\nid: many\nurgency: unless-habit\ncorrelation:\n  type: ${type}\n  rules: [r]\n  group-by: [u]\n  timespan: 1h\n  condition: { gte: 2 }\n`,
    ).refused.map(({ message }) => message)
  assert.match(correlated('temporal_ordered')[0] ?? '', /`unless-habit` asks of each event/)
  assert.doesNotMatch(correlated('event_count').join(), /unless-habit/)
})

test('an expression that needs backtracking runs only where it is allowed', () => {
  const { rule } = load(ruleOf({ s: { 'f|re': '(?i)(a)\\1' }, condition: 's' }), { allowBacktracking: true })
  assert.ok(rule !== undefined && evaluate(rule, { f: 'AA' }) && !evaluate(rule, { f: 'ab' }))
})

test('log sources: exact where they are known, else nothing is skipped for what nobody stated', () => {
  const logsource = (product: string | null, category: string | null, service: string | null) => ({
    product,
    category,
    service,
  })
  const process = logsource('windows', 'process_creation', null)
  const security = logsource('windows', null, 'security')
  const web = logsource(null, 'webserver', null)
  const windows = logsource('windows', null, null)
  const dispatch = createDispatch([process, security, web, windows])
  const applied = (event: Parameters<typeof dispatch.applies>[1]): boolean[] =>
    [process, security, web, windows].map((rule) => dispatch.applies(rule, event))
  assert.deepEqual(applied({ product: 'Windows', category: 'process_creation' }), [true, false, false, true])
  assert.deepEqual(applied({ product: 'windows' }), [true, true, true, true])
  assert.deepEqual(applied({ product: 'windows', service: 'new' }), [true, false, true, true])
  assert.deepEqual(applied({ product: 'linux' }), [false, false, true, false])
  assert.deepEqual(applied({}), [true, true, true, true])
})
