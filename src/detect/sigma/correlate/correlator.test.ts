import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  createCorrelator,
  createEngine,
  loadSigma,
  type CorrelationFinding,
  type Correlator,
  type CorrelatorOptions,
  type SigmaEvent,
} from '#detect/sigma'

const rule = (name: string): string => `title: ${name}
name: ${name}
logsource: { category: test }
detection:
  selection: { kind: ${name} }
  condition: selection
`
const correlation = (body: string, more = ''): string => `title: joined
id: joined
${more}
correlation:
${body.replaceAll(/^/gm, '  ')}
`

type Event = { t: number; kind: string; id?: number } & Record<string, unknown>

function engineOf(yaml: readonly string[], options: CorrelatorOptions = {}) {
  const loaded = loadSigma(yaml.map((text, index) => ({ place: `${index}.yml`, text })))
  assert.deepEqual(loaded.refused, [])
  const engine = createEngine(loaded.rules)
  const fresh = (): Correlator => createCorrelator(loaded.correlations, options)
  const observe = (correlator: Correlator, event: Event): CorrelationFinding[] =>
    correlator.observe({
      timeMs: event.t * 1000,
      id: `${event.id ?? ''}${event.kind}`,
      ref: event.id ?? event.t,
      event,
      rules: engine.match(event),
    })
  return { loaded, fresh, observe }
}

function run(yaml: readonly string[], events: readonly Event[]): CorrelationFinding[] {
  const { fresh, observe } = engineOf(yaml)
  const correlator = fresh()
  return [...events.flatMap((event) => observe(correlator, event)), ...correlator.advance(Infinity)]
}

const at = (kind: string, times: readonly number[], more: SigmaEvent = {}): Event[] =>
  times.map((t) => ({ t, kind, u: 'ann', ...more }))
const shown = (findings: readonly CorrelationFinding[]): unknown[] =>
  findings.map(({ group, firstMs, atMs, measured }) => [
    Object.values(group).join(),
    firstMs / 1000,
    atMs / 1000,
    measured,
  ])

const counting = correlation(`type: event_count
rules: [fail]
group-by: [u]
timespan: 10s
condition: { gte: 3 }`)

test('event_count is reached within the timespan, by group, and once in a timespan', () => {
  const yaml = [rule('fail'), counting]
  assert.deepEqual(shown(run(yaml, at('fail', [1, 2, 11]))), [], 'the first is over when the last comes')
  assert.deepEqual(shown(run(yaml, at('fail', [2, 3, 11]))), [['ann', 2, 11, 3]])
  assert.deepEqual(shown(run(yaml, [...at('fail', [1, 2]), ...at('fail', [3], { u: 'ben' })])), [])
  const steady = run(yaml, at('fail', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]))
  assert.deepEqual(shown(steady), [
    ['ann', 1, 3, 3],
    ['ann', 11, 13, 3],
  ])
  assert.equal(new Set(steady.map(({ id }) => id)).size, 2)
  assert.deepEqual(run(yaml, at('fail', [1, 2, 3], { u: null })), [], 'no group without the field')
})

test('what is no lower bound is decided when the window closes', () => {
  const few = correlation(`type: event_count
rules: [fail]
group-by: [u]
timespan: 10s
condition: { gte: 2, lt: 4 }`)
  assert.deepEqual(shown(run([rule('fail'), few], at('fail', [1, 5, 20, 21, 22, 23, 50]))), [['ann', 1, 11, 2]])
})

test('value_count counts distinct values, each by its latest event; several fields make a tuple', () => {
  const body = (field: string): string =>
    correlation(`type: value_count
rules: [fail]
group-by: [u]
timespan: 10s
condition: { gte: 3, field: ${field} }`)
  const from = (...pairs: [number, string][]): Event[] =>
    pairs.flatMap(([t, host]) => at('fail', [t], { host, port: t % 2 }))
  const yaml = [rule('fail'), body('host')]
  assert.deepEqual(shown(run(yaml, from([1, 'a'], [2, 'b'], [3, 'a'], [4, 'b']))), [])
  assert.deepEqual(shown(run(yaml, from([1, 'a'], [2, 'b'], [9, 'a'], [11, 'c']))), [['ann', 2, 11, 3]])
  const tuple = [rule('fail'), body('[host, port]')]
  assert.deepEqual(shown(run(tuple, from([1, 'a'], [2, 'a'], [3, 'b']))), [['ann', 1, 3, 3]])
})

test('value_sum, value_avg, value_percentile and value_median measure numbers', () => {
  const measure = (type: string, condition: string): unknown[] => {
    const body = `type: ${type}\nrules: [out]\ngroup-by: [u]\ntimespan: 10s\ncondition: { ${condition}, field: bytes }`
    const events = [5, 1, 10, 20].flatMap((bytes, i) => at('out', [i + 1], { bytes: i === 2 ? String(bytes) : bytes }))
    return shown(run([rule('out'), correlation(body)], [...events, ...at('out', [4.5], { bytes: 'many' })]))
  }
  assert.deepEqual(measure('value_sum', 'gte: 16'), [['ann', 1, 3, 16]])
  assert.deepEqual(measure('value_avg', 'gt: 5'), [['ann', 1, 3, 16 / 3]])
  assert.deepEqual(measure('value_median', 'gt: 7'), [['ann', 1, 4, 7.5]])
  assert.deepEqual(measure('value_percentile', 'percentile: 95, gte: 20'), [['ann', 1, 4, 20]])
  assert.deepEqual(measure('value_sum', 'lt: 36'), [])
  assert.deepEqual(measure('value_sum', 'lte: 36'), [['ann', 1, 11, 36]])
})

test('temporal wants all rules in any order, or what its condition says; temporal_ordered wants them in order', () => {
  const body = (type: string, condition = ''): string[] => [
    rule('a'),
    rule('b'),
    correlation(`type: ${type}\nrules: [a, b]\ngroup-by: [u]\ntimespan: 10s${condition}`),
  ]
  const either = [...at('b', [1]), ...at('a', [3])]
  assert.deepEqual(shown(run(body('temporal'), either)), [['ann', 1, 3, 2]])
  assert.deepEqual(shown(run(body('temporal_ordered'), either)), [])
  assert.deepEqual(shown(run(body('temporal_ordered'), [...either, ...at('b', [9])])), [['ann', 3, 9, 2]])
  assert.deepEqual(shown(run(body('temporal_ordered'), [...at('a', [1]), ...at('b', [11])])), [])
  assert.deepEqual(shown(run(body('temporal', '\ncondition: a or b'), either)), [['ann', 1, 1, 1]])
  assert.deepEqual(shown(run(body('temporal', '\ncondition: a and not b'), either)), [])
  assert.deepEqual(shown(run(body('temporal', '\ncondition: a and not b'), at('a', [3]))), [['ann', 3, 13, 1]])
})

test('temporal_ordered with a condition: each of its ways in the order of the rules, decided at the close where it says not', () => {
  const body = (condition: string, rules = 'rules: [a, b, c]\n'): string[] => [
    ...['a', 'b', 'c'].map(rule),
    correlation(`type: temporal_ordered\n${rules}group-by: [u]\ntimespan: 10s\ncondition: ${condition}`),
  ]
  const of = (kinds: string): Event[] => kinds.split('').flatMap((kind, i) => (kind === '.' ? [] : at(kind, [i + 1])))
  const found = (condition: string, kinds: string, rules?: string): unknown[] =>
    shown(run(body(condition, rules), of(kinds)))
  assert.deepEqual(found('(a or b) and c', 'ca'), [], 'the wrong order')
  assert.deepEqual(found('(a or b) and c', 'b.c'), [['ann', 1, 3, 2]])
  assert.deepEqual(found('a and b and not c', 'ab'), [['ann', 1, 11, 2]])
  assert.deepEqual(found('a and b and not c', 'abc'), [])
  assert.deepEqual(found('a and b and not c', 'ab.........c'), [['ann', 1, 11, 2]], 'it came when the window was over')
  assert.deepEqual(found('a and b and not c', 'ba'), [])
  assert.deepEqual(found('b and a', 'ba'), [], '`rules` says the order')
  assert.deepEqual(found('b and a', 'ba', ''), [['ann', 1, 2, 2]], 'without them the condition does')
  const refused = (condition: string): (string | undefined)[] =>
    loadSigma(body(condition).map((text, i) => ({ place: `${i}.yml`, text }))).refused.map(({ code }) => code)
  assert.deepEqual(refused('not a'), ['ERR_SIGMA_CORRELATION'], 'nothing would have to happen')
  assert.deepEqual(refused('a and not a'), ['ERR_SIGMA_CORRELATION'])
  const many = ['a', 'b', 'c'].flatMap((x) => ['a', 'b', 'c'].map((y) => `(${x} or ${y})`)).join(' and ')
  assert.deepEqual(refused(many), ['ERR_SIGMA_LIMIT'])
})

test('what an order with alternatives finds is what looking at every pair of events finds', () => {
  const yaml = [
    ...['a', 'b', 'c'].map(rule),
    correlation(
      'type: temporal_ordered\nrules: [a, b, c]\ngroup-by: [u]\ntimespan: 10s\ncondition: a and (b or c) or b and c',
    ),
  ]
  const below = seeded(7)
  for (let round = 0; round < 200; round++) {
    const events = Array.from({ length: 12 }, (_, id): Event => {
      const kind = ['a', 'b', 'c'][below(3)] ?? 'a'
      return { t: 1 + id * (1 + below(6)), id: 100 + id, kind, u: 'ann' }
    }).toSorted((x, y) => x.t - y.t || (x.id ?? 0) - (y.id ?? 0))
    const wanted: number[] = []
    for (const [n, { t }] of events.entries()) {
      const window = events.slice(0, n + 1).filter((one) => one.t > t - 10)
      const holds = window.some((x, i) => window.slice(i + 1).some((y) => x.kind < y.kind))
      if (holds && t >= (wanted.at(-1) ?? -Infinity) + 10) wanted.push(t)
    }
    assert.deepEqual(
      run(yaml, events).map(({ atMs }) => atMs / 1000),
      wanted,
      JSON.stringify(events),
    )
  }
})

test('one event is never two steps of an order', () => {
  const both = (name: string): string => rule(name).replace(`{ kind: ${name} }`, '{ kind: x }')
  const yaml = [
    both('a'),
    both('b'),
    correlation('type: temporal_ordered\nrules: [a, b]\ngroup-by: [u]\ntimespan: 10s'),
  ]
  assert.deepEqual(shown(run(yaml, at('x', [1]))), [])
  assert.deepEqual(shown(run(yaml, at('x', [1, 2]))), [['ann', 1, 2, 2]])
})

test('aliases join fields of different names', () => {
  const yaml = [
    rule('a'),
    rule('b'),
    correlation(`type: temporal
rules: [a, b]
group-by: [who]
timespan: 10s
aliases: { who: { a: src.user, b: dst } }`),
  ]
  const events = [...at('a', [1], { src: { user: 'eve' } }), ...at('b', [2], { dst: 'eve' })]
  assert.deepEqual(shown(run(yaml, events)), [['eve', 1, 2, 2]])
  assert.deepEqual(run(yaml, [...at('a', [1], { src: { user: 'eve' } }), ...at('b', [2], { dst: 'bob' })]), [])
})

test('a correlation may refer to another; what is referred to is silent unless `generate`', () => {
  const many = counting.replaceAll('joined', 'many').replace('title: many', 'title: many\nname: many')
  const chain = (more = ''): string[] => [
    rule('fail'),
    rule('enter'),
    many,
    correlation(`type: temporal_ordered\nrules: [many, enter]\ngroup-by: [u]\ntimespan: 1m${more}`),
  ]
  const events = [...at('fail', [1, 2, 3]), ...at('enter', [30])]
  const quiet = run(chain(), events)
  assert.deepEqual(
    quiet.map(({ rule: id }) => id),
    ['joined'],
  )
  assert.deepEqual(shown(quiet), [['ann', 3, 30, 2]])
  const loud = run(chain('\ngenerate: true'), events)
  assert.deepEqual(
    loud.map(({ rule: id }) => id),
    ['many', 'joined'],
  )
  const { loaded } = engineOf(chain())
  assert.deepEqual(
    loaded.rules.map(({ alerts }) => alerts),
    [false, false],
  )
})

const everyKind = [
  ...['a', 'b', 'fail', 'out'].map(rule),
  ...[
    'type: event_count\nrules: [fail]\ngroup-by: [u]\ntimespan: 30s\ncondition: { gte: 4 }',
    'type: event_count\nrules: [fail, a]\ngroup-by: [u, host]\ntimespan: 20s\ncondition: { lte: 1 }',
    'type: value_count\nrules: [fail]\ngroup-by: [u]\ntimespan: 40s\ncondition: { gte: 3, field: host }',
    'type: temporal\nrules: [a, b]\ngroup-by: [u]\ntimespan: 15s',
    'type: temporal_ordered\nrules: [a, fail, b]\ngroup-by: [u]\ntimespan: 25s',
    'type: value_sum\nrules: [out]\ngroup-by: [u]\ntimespan: 60s\ncondition: { gt: 30, field: bytes }',
    'type: value_percentile\nrules: [out]\ngroup-by: [u]\ntimespan: 60s\ncondition: { gt: 8, field: bytes, percentile: 80 }',
    'type: temporal_ordered\nrules: [kind-3, b]\ngroup-by: [u]\ntimespan: 50s\ngenerate: true',
    'type: temporal_ordered\nrules: [a, fail, b]\ngroup-by: [u]\ntimespan: 3s\ncondition: a and fail and not b',
    'type: temporal_ordered\nrules: [a, fail, b]\ngroup-by: [u]\ntimespan: 20s\ncondition: (a or fail) and b',
  ].map((body, index) => correlation(body).replaceAll('joined', `kind-${index}`)),
]

/** mulberry32 */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below)
  }
}

test('shuffled within the lateness, doubled, and restarted at random points: the same findings and ids', () => {
  const { fresh, observe } = engineOf(everyKind)
  const random = seeded(7)
  const pick = (from: readonly string[]): string => from[random(from.length)] ?? ''
  const events: Event[] = Array.from({ length: 3000 }, (_, id) => ({
    t: Math.floor(id / 2) / 4,
    id,
    kind: pick(['a', 'b', 'fail', 'out', 'noise']),
    u: pick(['ann', 'ben', 'cat']),
    host: pick(['x', 'y', 'z']),
    bytes: random(12),
  }))
  const latenessS = 20
  const sorted = fresh()
  const expected = [...events.flatMap((event) => observe(sorted, event)), ...sorted.advance(Infinity)]
  assert.deepEqual(new Set(expected.map(({ rule: id }) => id)).size, 10, 'every kind finds something')
  for (let round = 0; round < 5; round++) {
    const arriving = events
      .flatMap((event) => (random(10) === 0 ? [event, event] : [event]))
      .map((event) => ({ event, at: event.t + (random(1000) / 1000) * (latenessS - 2) }))
      .sort((x, y) => x.at - y.at)
    const found: CorrelationFinding[] = []
    let correlator = fresh()
    let saved = { lines: [...correlator.snapshot()], next: 0, told: 0 }
    for (let i = 0; i < arriving.length; i++) {
      const event = arriving[i]?.event
      assert.ok(event)
      found.push(...observe(correlator, event), ...correlator.advance((arriving[i]?.at ?? 0) * 1000 - latenessS * 1000))
      if (random(300) === 0) saved = { lines: [...correlator.snapshot()], next: i + 1, told: found.length }
      if (random(400) !== 0) continue
      // Killed: what came after the snapshot is lost, and is replayed.
      correlator = fresh()
      correlator.restore(saved.lines)
      found.length = saved.told
      i = saved.next - 1
    }
    found.push(...correlator.advance(Infinity))
    assert.deepEqual(correlator.counts.late, 0)
    assert.deepEqual(found, expected)
  }
})

test('what comes behind the watermark is late, and counted', () => {
  const { fresh, observe } = engineOf([rule('fail'), counting])
  const correlator = fresh()
  correlator.advance(100_000)
  const [late] = at('fail', [3])
  assert.ok(late)
  assert.deepEqual(observe(correlator, late), [])
  assert.equal(correlator.counts.late, 1)
})

test('a flood of groups gives up the stalest, says so, and leaves other correlations alone', () => {
  const other = correlation('type: temporal\nrules: [a, b]\ngroup-by: [u]\ntimespan: 1h').replaceAll('joined', 'other')
  const { fresh, observe } = engineOf([rule('fail'), rule('a'), rule('b'), counting.replace('10s', '1h'), other], {
    groupsMax: 200,
  })
  const correlator = fresh()
  const feed = (events: readonly Event[]): CorrelationFinding[] =>
    events.flatMap((event) => [...observe(correlator, event), ...correlator.advance(event.t * 1000)])
  feed(at('a', [1]))
  for (let i = 0; i < 1000; i++) feed(at('fail', [2 + i], { u: `flood-${i}` }))
  assert.equal(correlator.counts.evicted, 900 - 1)
  assert.ok(correlator.size.groups <= 200)
  const found = [...feed(at('b', [1100])), ...correlator.advance(Infinity)]
  assert.deepEqual(shown(found), [['ann', 1, 1100, 2]])
})

test('too many waiting events are let go early, in order, and counted', () => {
  const { fresh, observe } = engineOf([rule('fail'), counting], { heldMax: 50 })
  const correlator = fresh()
  const found = at(
    'fail',
    Array.from({ length: 500 }, (_, i) => i),
  ).flatMap((event) => observe(correlator, event))
  assert.ok(correlator.size.held <= 50)
  assert.ok(correlator.counts.hurried > 0)
  assert.equal(found.length, 45)
})

test('a snapshot of correlations that have changed is not taken for theirs', () => {
  const before = engineOf([rule('fail'), counting])
  const correlator = before.fresh()
  for (const event of at('fail', [1, 2])) before.observe(correlator, event)
  correlator.advance(5000)
  for (const event of at('fail', [6])) before.observe(correlator, event)
  const lines = [...correlator.snapshot()]
  const after = engineOf([rule('fail'), counting.replace('10s', '20s')]).fresh()
  after.restore(lines)
  assert.equal(after.counts.forgotten, 2)
  assert.deepEqual(after.advance(Infinity), [])
  assert.throws(() => after.restore(['{"version":0}']), { code: 'ERR_SIGMA_CORRELATION' })
})
