import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededInt, seededRandom } from '#kit'
import {
  defaultTenant,
  entityId,
  nothingNormalized,
  type EntityId,
  type Touch,
  type Trust,
  type WeightStep,
} from '#model'

import { createBehaviour, type Behaviour, type BehaviourFinding, type BehaviourInput } from './index.ts'

const day = 86_400_000
const hour = 3_600_000
/** A Monday. */
const startMs = Date.UTC(2026, 0, 5)
const realm = 'lab'
const key = entityId('credential', realm, 'key/1')
const service = entityId('identity', realm, 'service/1')
const person = entityId('identity', realm, 'user/1')
const table = entityId('resource', realm, 'interviews')
const vendor: Trust = { origin: 'vendor', sources: ['lab'], confinedTo: null }
const latenessMs = 10 * 60_000
const streams = [{ name: 'lab/log', realm, latenessMs }]

let serial = 0
type Told = Partial<BehaviourInput['event']> & { atMs: number }
function input({ atMs, ...fields }: Told): BehaviourInput {
  serial++
  const event = { event: `evt_${serial}` as const, offset: serial, eventAtMs: atMs, arrivedAtMs: atMs + 1_000 }
  return { realm, stream: 'lab/log', event: { ...nothingNormalized(), ...event, trust: vendor, ...fields } }
}
function act(atMs: number, fields: Partial<Touch> & { tool?: string; agent?: string } = {}): BehaviourInput {
  const { tool = 'read', agent = 'job/1', ...touch } = fields
  const ocsf = { api: { operation: tool }, http_request: { user_agent: agent } }
  return input({
    atMs,
    ocsf: [ocsf as unknown as BehaviourInput['event']['ocsf'][number]],
    touches: [
      {
        identity: service,
        credential: key,
        resource: table,
        verb: 'read',
        atMs,
        records: 10,
        origin: '192.0.2.1',
        ...touch,
      },
    ],
  })
}
const machines = input({
  atMs: startMs,
  facts: [
    { entity: key, observedAtMs: startMs, attributes: { kind: 'key' } },
    { entity: service, observedAtMs: startMs, attributes: { kind: 'service' } },
  ],
  people: [
    {
      resource: table,
      complete: true,
      persons: Array.from({ length: 5_000 }, (_, n) => ({
        person: entityId('person', realm, `p${n}`),
        customer: null,
      })),
    },
  ],
})
/** Weeks of a job that runs on workdays from eight to four and reads 80 people a day. */
const ordinary = (days: number, from = 0): BehaviourInput[] =>
  Array.from({ length: days }, (_, n) => startMs + (from + n) * day)
    .filter((ms) => (ms / day + 3) % 7 < 5)
    .flatMap((ms) => Array.from({ length: 8 }, (_, n) => act(ms + (8 + n) * hour)))
/** In the night of a Thursday, from elsewhere, fifty times as many people. */
const theftMs = startMs + 31 * day + 2 * hour
const theft = (): BehaviourInput[] =>
  Array.from({ length: 40 }, (_, n) => act(theftMs + n * 60_000, { records: 100, origin: '203.0.113.9' }))

const open = (actorsMax?: number): Behaviour =>
  createBehaviour({
    tenant: defaultTenant,
    streams,
    startedMs: startMs,
    ...(actorsMax === undefined ? {} : { actorsMax }),
  })
function run(behaviour: Behaviour, inputs: readonly BehaviourInput[]): BehaviourFinding[] {
  const found: BehaviourFinding[] = []
  let newestMs = 0
  for (const one of inputs) {
    behaviour.observe(one)
    newestMs = Math.max(newestMs, one.event.arrivedAtMs)
    found.push(...behaviour.advance(newestMs))
  }
  return [...found, ...behaviour.advance(newestMs + day)]
}
const told = (found: readonly BehaviourFinding[]): unknown[] =>
  found.map(({ id, atMs, severity, reasons }) => [id, atMs, severity, reasons])

test('a key that is used from elsewhere, at night, for fifty times the people is one finding on it, with its numbers', () => {
  const behaviour = open()
  assert.deepEqual(run(behaviour, [machines, ...ordinary(31)]), [], 'a month of work')
  const found = run(behaviour, theft())
  assert.equal(found.length, 1, 'one finding, on the key and not on its owner besides')
  const [finding] = found
  assert.equal(finding?.entities[0], key)
  assert.ok(finding?.entities.includes(service))
  assert.deepEqual(finding.trigger, { kind: 'credential', credential: key })
  assert.match(finding.reasons.join('\n'), /new-network: .*`203\.0\.113\.0\/24`/)
  const [shown] = behaviour.show(key, theftMs + hour)
  assert.match(
    shown?.signals.find(({ name }) => name === 'volume.people')?.reason ?? '',
    /^4,000 distinct people in a day; own p99 over 23 days is 80$/,
  )
})

test('a signal alone alerts nobody, however strong: two kinds are needed', () => {
  for (const odd of [{ origin: '203.0.113.9' }, { records: 500 }, { tool: 'export' }]) {
    const behaviour = open()
    run(behaviour, [machines, ...ordinary(31)])
    const acts = Array.from({ length: 8 }, (_, n) => act(startMs + 31 * day + 9 * hour + n * 60_000, odd))
    assert.deepEqual(run(behaviour, acts), [], JSON.stringify(odd))
    const kinds = behaviour.show(key, startMs + 31 * day + 10 * hour)[0]?.kinds
    assert.equal(kinds?.length, 1, JSON.stringify(odd))
  }
})

test('a slow drain is found though no day of it is much: days of somewhat more than usual add up', () => {
  /** Two and a half times the people on each workday, and an operation a day that it never used. */
  const drain = ordinary(9, 43).flatMap(({ event: { eventAtMs } }, n) => [
    act(eventAtMs ?? 0, { records: 25 }),
    ...(n % 8 === 0 ? [act((eventAtMs ?? 0) + 60_000, { records: 0, tool: `get-${'abcdefghi'[n / 8] ?? ''}` })] : []),
  ])
  const behaviour = open()
  assert.deepEqual(run(behaviour, [machines, ...ordinary(43)]), [], 'six weeks of work')
  const [finding] = run(behaviour, drain)
  assert.equal(finding?.entities[0], key)
  assert.match(finding.reasons.join('\n'), /drift\.people: [\d,]+ distinct people in \d days, where such a day has 80 /)
  const once = open()
  run(once, [machines, ...ordinary(43), ...drain.slice(0, 9), ...ordinary(4, 44)])
  const signals = once.show(key, startMs + 48 * day)[0]?.signals ?? []
  assert.ok(signals.length > 0)
  assert.equal(
    signals.some(({ name }) => name.startsWith('drift')),
    false,
    'one day is none',
  )
})

test('signals fade: what lies a week apart is no story', () => {
  const behaviour = open()
  run(behaviour, [machines, ...ordinary(31)])
  run(behaviour, [act(theftMs, { origin: '203.0.113.9' })])
  assert.ok((behaviour.show(key, theftMs)[0]?.points ?? 0) >= 65)
  assert.ok((behaviour.show(key, theftMs + 7 * day)[0]?.points ?? 100) < 15)
})

test('before its warm-up nothing new is told, and what is missing is said', () => {
  const behaviour = open()
  run(behaviour, [machines, ...ordinary(4)])
  const [shown] = behaviour.show(key, startMs + 4 * day)
  assert.deepEqual(shown?.warmUp[0], { for: 'first-seen', activeDaysLeft: 1, livedDaysLeft: 3 })
  assert.equal(shown?.isWarm, false)
  run(behaviour, [act(startMs + 4 * day + 2 * hour, { origin: '203.0.113.9', tool: 'export' })])
  assert.deepEqual(behaviour.show(key, startMs + 5 * day)[0]?.signals, [])
})

test('shuffled within the lateness and restarted anywhere, it finds the same with the same ids', () => {
  const events = [machines, ...ordinary(31), ...theft(), ...ordinary(4, 32)]
  const expected = told(run(open(), events))
  assert.equal(expected.length, 1)
  for (const seed of [1, 2, 3]) {
    const random = seededRandom(seed)
    const shuffled = events
      .map((one) => ({ one, at: one.event.arrivedAtMs + seededInt(random, latenessMs - 2_000) }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ one, at }) => ({ ...one, event: { ...one.event, arrivedAtMs: at } }))
    let behaviour = open()
    const found: BehaviourFinding[] = []
    for (const [at, one] of shuffled.entries()) {
      behaviour.observe(one)
      found.push(...behaviour.advance(one.event.arrivedAtMs))
      if (seededInt(random, 20) !== 0 && at !== shuffled.length - 1) continue
      const lines = [...behaviour.snapshot()]
      behaviour = open()
      behaviour.restore(lines, one.event.arrivedAtMs)
    }
    found.push(...behaviour.advance(startMs + 60 * day))
    assert.deepEqual(told(found), expected, `seed ${seed}`)
  }
})

/** Everybody said of each of its signals so many times that it was false, from then on. */
const falseFrom = (fromMs: number, judged = 100): WeightStep[] =>
  ['new-network', 'hour-of-week', 'volume.people', 'volume.records', 'week.people', 'week.records'].map((name) => ({
    name,
    fromMs,
    trues: 0,
    judged,
  }))

test('what people said of signals weighs on acts from then on, beside its reason, and on none before', () => {
  const small = () => theft().slice(0, 4)
  const plain = run(open(), [machines, ...ordinary(31), ...small()])
  assert.deepEqual(
    plain.map(({ severity, signals }) => [severity, signals]),
    [['medium', ['new-network', 'hour-of-week', 'volume.people']]],
  )
  const later = open()
  later.weigh(falseFrom(theftMs + hour))
  assert.deepEqual(told(run(later, [machines, ...ordinary(31), ...small()])), told(plain), 'the past stays as it was')
  const weighed = open()
  weighed.weigh(falseFrom(theftMs))
  assert.deepEqual(run(weighed, [machines, ...ordinary(31), ...small()]), [])
  const [shown] = weighed.show(key, theftMs)
  const network = shown?.signals.find(({ name }) => name === 'new-network')
  assert.deepEqual([network?.points, network?.weight], [16, { value: 0.25, trues: 0, judged: 100 }])
  const some = open()
  some.weigh([{ name: 'hour-of-week', fromMs: theftMs, trues: 2, judged: 9 }])
  const [found] = run(some, [machines, ...ordinary(31), ...small()])
  assert.match(found?.reasons.join('\n') ?? '', /15 points, hour-of-week: .*; weight 0\.62: 2 of 9 were true/)
  const right = open()
  right.weigh([{ name: 'new-network', fromMs: theftMs, trues: 9, judged: 9 }])
  run(right, [machines, ...ordinary(31), act(theftMs, { origin: '203.0.113.9' })])
  assert.equal(right.show(key, theftMs)[0]?.points, 70 + 25, 'a kind has its cap all the same')
})

test('whatever people said, what is high without it is found, is high, and teaches nothing', () => {
  const behaviour = open()
  behaviour.weigh(falseFrom(startMs))
  const found = run(behaviour, [machines, ...ordinary(31), ...theft()])
  assert.deepEqual(
    found.map(({ severity, entities }) => [severity, entities[0]]),
    [['high', key]],
  )
  assert.match(found[0]?.reasons.join('\n') ?? '', /0 of 100 were true, left out since it is high without/)
  assert.equal(behaviour.show(key, theftMs + hour)[0]?.isPlain, true)
  const toldMs = behaviour.show(key, theftMs + hour)[0]?.toldMs
  // Two days later it is less than high without weights; the story, and that it teaches nothing, go on.
  assert.deepEqual(run(behaviour, [act(theftMs + 40 * hour, { origin: '203.0.113.9', records: 1 })]), [])
  assert.equal(behaviour.show(key, theftMs + 41 * hour)[0]?.isPlain, false)
  assert.equal(behaviour.show(key, theftMs + 41 * hour)[0]?.toldMs, toldMs)
  const quiet = open()
  quiet.weigh(falseFrom(startMs))
  run(quiet, [machines, ...ordinary(31), ...theft().slice(0, 4), ...ordinary(1, 32)])
  const networks = quiet.show(key, theftMs + day)[0]?.known.find(({ feature }) => feature === 'network')
  assert.deepEqual(networks?.values, ['192.0.2.0/24'], 'whoever is half way to a finding makes nothing ordinary')
})

test('with verdicts amid the events, shuffled and restarted anywhere, it finds the same with the same ids', () => {
  const said = [
    ...falseFrom(startMs + 5 * day, 3),
    ...falseFrom(theftMs + 3 * 60_000, 9),
    ...falseFrom(theftMs + 20 * 60_000, 50),
  ]
  const events = [machines, ...ordinary(31), ...theft(), ...ordinary(4, 32)]
  const whole = open()
  whole.weigh(said)
  const expected = told(run(whole, events))
  assert.equal(expected.length, 1)
  assert.notDeepEqual(expected, told(run(open(), events)), 'they weigh')
  for (const seed of [1, 2, 3]) {
    const random = seededRandom(seed)
    const shuffled = events
      .map((one) => ({ one, at: one.event.arrivedAtMs + seededInt(random, latenessMs - 2_000) }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ one, at }) => ({ ...one, event: { ...one.event, arrivedAtMs: at } }))
    let behaviour = open()
    let known = 0
    const found: BehaviourFinding[] = []
    for (const one of shuffled) {
      const nowMs = one.event.arrivedAtMs
      // A verdict is known from when it is given until it counts; after a restart all are.
      const given = said.filter(({ fromMs }) => fromMs - 60_000 <= nowMs)
      behaviour.weigh(given.slice(known))
      known = given.length
      behaviour.observe(one)
      found.push(...behaviour.advance(nowMs))
      if (seededInt(random, 20) !== 0) continue
      const lines = [...behaviour.snapshot()]
      behaviour = open()
      behaviour.weigh(given)
      behaviour.restore(lines, nowMs)
    }
    found.push(...behaviour.advance(startMs + 60 * day))
    assert.deepEqual(told(found), expected, `seed ${seed}`)
  }
})

test('a state from before there were weights is read, and what stands in it was not judged', () => {
  const behaviour = open()
  run(behaviour, [machines, ...ordinary(31), ...theft().slice(0, 4)])
  const lines = [...behaviour.snapshot()]
  const old = lines.map((line) => line.replaceAll('"weight":{"value":1,"trues":0,"judged":0},', ''))
  assert.notDeepEqual(old, lines)
  const again = open()
  again.restore(old, theftMs)
  assert.deepEqual(again.show(key, theftMs), behaviour.show(key, theftMs))
})

test('a snapshot holds all there is: what was restored writes the same', () => {
  const behaviour = open()
  run(behaviour, [machines, ...ordinary(31), ...theft().slice(0, 5)])
  const lines = [...behaviour.snapshot()]
  const again = open()
  again.restore(lines, theftMs)
  const sorted = (all: Iterable<string>): string[] => [...all].filter((line) => !line.includes('"pairs"')).sort()
  assert.deepEqual(sorted(again.snapshot()), sorted(lines))
  assert.deepEqual(again.show(key, theftMs), behaviour.show(key, theftMs))
  assert.ok(lines.some((line) => line.includes('"kind":"actor"')))
})

test('a backfill teaches, and is never judged', () => {
  const behaviour = open()
  const history = [...ordinary(31), ...theft()].map((one) => ({
    ...one,
    event: { ...one.event, backfill: true as const, arrivedAtMs: startMs + 40 * day },
  }))
  run(behaviour, [machines])
  for (const one of history.toReversed()) behaviour.observe(one)
  assert.deepEqual(behaviour.advance(startMs + 41 * day), [])
  const [shown] = behaviour.show(key, startMs + 41 * day)
  assert.equal(shown?.isWarm, true)
  assert.deepEqual(shown?.signals, [])
  assert.equal(shown?.usual.find(({ volume }) => volume === 'people')?.days, 24)
})

test('what an open incident exposes teaches nothing, until it is over', () => {
  const credential = {
    credential: key,
    kind: 'key' as const,
    identity: service,
    role: 'readable' as const,
    epoch: 0,
    reason: [],
  }
  const exposure = {
    trigger: { kind: 'credential' as const, credential: key },
    credentials: [{ ...credential, conditional: false }],
    descendants: [],
  }
  const behaviour = open()
  run(behaviour, [machines, ...ordinary(31)])
  behaviour.watch('inc_a', exposure)
  run(
    behaviour,
    ordinary(3, 32).map((one) => one),
  )
  const [frozen] = behaviour.show(key, startMs + 36 * day)
  assert.deepEqual(frozen?.frozenBy, ['inc_a'])
  assert.equal(frozen?.activeDays, 23)
  assert.ok(behaviour.counts.frozenDays > 0)
  behaviour.unwatch('inc_a')
  run(behaviour, ordinary(3, 37))
  const [thawed] = behaviour.show(key, startMs + 42 * day)
  assert.deepEqual([thawed?.frozenBy, (thawed?.activeDays ?? 0) > 23], [[], true])
})

test('one day moves no baseline by more than twice, and teaches a handful of networks', () => {
  const behaviour = open()
  run(behaviour, [machines, ...ordinary(31)])
  // By day, in the hours it works in, with nothing but much: no finding, and so nothing is frozen.
  const flood = Array.from({ length: 50 }, (_, n) => act(startMs + 31 * day + 9 * hour + n, { records: 100 }))
  assert.deepEqual(run(behaviour, flood), [])
  run(behaviour, ordinary(2, 33))
  const usual = behaviour.show(key, startMs + 36 * day)[0]?.usual.find(({ volume }) => volume === 'people')
  assert.equal(usual?.p99, 160, 'a day of 5,000 people counts as twice the fullest before it')
  // Before its warm-up nothing stands against it that would keep a day from teaching.
  const other = open()
  const travels = Array.from({ length: 30 }, (_, n) => act(startMs + 9 * hour + n, { origin: `198.18.${n}.1` }))
  run(other, [machines, ...travels, act(startMs + day + 9 * hour, { origin: '198.18.0.1' })])
  const networks = other.show(key, startMs + 2 * day)[0]?.known.find(({ feature }) => feature === 'network')
  assert.equal(networks?.count, 4)
})

test('an account that was dormant and makes credentials is a finding, on the vendor’s word of its last use', () => {
  const behaviour = open()
  const atMs = startMs + 10 * day
  const idle = input({
    atMs,
    facts: [{ entity: person, observedAtMs: atMs, attributes: { lastUsedAtMs: atMs - 200 * day } }],
  })
  const made = Array.from({ length: 6 }, (_, n) =>
    input({
      atMs: atMs + hour + n * 1_000,
      touches: [
        {
          identity: person,
          credential: null,
          resource: table,
          verb: 'admin',
          atMs: atMs + hour + n * 1_000,
          records: null,
          origin: null,
        },
      ],
      edges: [
        {
          src: person,
          type: 'CREATED',
          dst: entityId('credential', realm, `t${n}`),
          confidence: 'observed',
          op: 'open',
          atMs: atMs + hour + n * 1_000,
        },
      ],
    }),
  )
  const found = run(behaviour, [idle, ...made])
  assert.deepEqual(
    found.map(({ entities }) => entities[0]),
    [person],
  )
  assert.match(found[0]?.reasons.join() ?? '', /after 200 days of nothing/)
})

test('rights that an inventory restates are no news', () => {
  const behaviour = open()
  const rights = Array.from({ length: 50 }, (_, n) => ({
    src: person,
    type: 'CAN_READ' as const,
    dst: entityId('resource', realm, `r${n}`),
    confidence: 'observed' as const,
    op: 'open' as const,
    atMs: startMs,
  }))
  run(behaviour, [
    input({ atMs: startMs, edges: rights, snapshot: { id: 's', part: 0, complete: true, takenAtMs: startMs } }),
    act(startMs + hour, { identity: person, credential: null }),
  ])
  assert.deepEqual(behaviour.show(person, startMs + 2 * hour)[0]?.signals, [])
})

test('a flood of new names pushes out new names, is counted, and leaves who is known', () => {
  const behaviour = open(100)
  run(behaviour, [machines, ...ordinary(31)])
  const flood = Array.from({ length: 5_000 }, (_, n) =>
    act(startMs + 31 * day + n * 100, { identity: entityId('identity', realm, `x${n}`), credential: null }),
  )
  run(behaviour, flood)
  assert.ok(behaviour.size.actors <= 100)
  assert.ok(behaviour.counts.evicted >= 4_900)
  assert.equal(behaviour.show(key, startMs + 32 * day)[0]?.isWarm, true)
})

test('what comes behind the watermark is judged when it comes, and counted', () => {
  const behaviour = open()
  run(behaviour, [machines, ...ordinary(31)])
  run(behaviour, [act(startMs + 33 * day)])
  const late = theft().map((one) => ({ ...one, event: { ...one.event, arrivedAtMs: startMs + 34 * day } }))
  assert.equal(run(behaviour, late).length, 1)
  assert.equal(behaviour.counts.late, 40)
})

test('realms share nothing', () => {
  const behaviour = createBehaviour({
    tenant: defaultTenant,
    streams: [...streams, { name: 'other/log', realm: 'other', latenessMs }],
    startedMs: startMs,
  })
  run(behaviour, [machines, ...ordinary(31)])
  const elsewhere = theft().map((one) => ({ ...one, realm: 'other', stream: 'other/log' }))
  assert.deepEqual(run(behaviour, elsewhere), [], 'nobody knows the key there')
  const realms: string[] = behaviour.show(service, theftMs).map(({ realm: one }) => one)
  assert.deepEqual(realms.sort(), ['lab', 'other'])
})

test('whoever stands out is listed, the most first', () => {
  const behaviour = open()
  const other: EntityId = entityId('identity', realm, 'service/2')
  run(behaviour, [
    machines,
    ...ordinary(31).flatMap((one) => [
      one,
      {
        ...one,
        event: {
          ...one.event,
          event: `${one.event.event}b` as const,
          touches: one.event.touches.map((touch) => ({ ...touch, identity: other, credential: null })),
        },
      },
    ]),
  ])
  run(behaviour, theft())
  const listed = behaviour.list(2, theftMs + hour)
  assert.equal(listed[0]?.entity, key)
  assert.equal(listed.length, 2)
  assert.ok((listed[0]?.points ?? 0) >= 100)
})
