import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededInt, seededRandom } from '#kit'
import { defaultTenant, entityId, nothingNormalized, type EntityId, type IncidentId, type Trust } from '#model'

import { createBehaviour, type Behaviour, type BehaviourInput } from './index.ts'
import { Pairs } from './state/pairs.ts'

const [day, hour] = [86_400_000, 3_600_000]
/** A Monday. */
const startMs = Date.UTC(2026, 0, 5)
const realm = 'lab'
const pipeline = entityId('identity', realm, 'role/deploy')
const key = entityId('credential', realm, 'key/1')
const vendor: Trust = { origin: 'vendor', sources: ['lab'], confinedTo: null }
const secret = (n: number): EntityId => entityId('resource', realm, `secret/${n}`)

type Way = { by?: EntityId | null; with?: EntityId; from?: string | null; agent?: string; tool?: string; of?: string }
let serial = 0
function read(atMs: number, n: number, way: Way = {}): BehaviourInput {
  const { by = pipeline, from = '192.0.2.7', agent = 'deploy/3.1', tool = 'GetSecretValue', of = realm } = way
  const ocsf = { api: { operation: tool }, http_request: { user_agent: agent } }
  const touch = { identity: by, credential: way.with ?? null, resource: secret(n), verb: 'read' as const, atMs }
  const event = { event: `evt_${++serial}` as const, offset: serial, eventAtMs: atMs, arrivedAtMs: atMs + 1_000 }
  return {
    realm: of,
    stream: 'lab/log',
    event: {
      ...nothingNormalized(),
      ...event,
      trust: vendor,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- behaviour reads these fields alone
      ocsf: [ocsf as unknown as BehaviourInput['event']['ocsf'][number]],
      touches: [{ ...touch, records: null, origin: from }],
    },
  }
}
const open = (): Behaviour =>
  createBehaviour({
    tenant: defaultTenant,
    streams: [{ name: 'lab/log', realm, latenessMs: 600_000 }],
    startedMs: startMs,
  })
function run(behaviour: Behaviour, inputs: readonly BehaviourInput[]): void {
  for (const one of inputs) {
    behaviour.observe(one)
    behaviour.advance(one.event.arrivedAtMs)
  }
}
/** On these days ten secrets at nine, and one more each Monday. */
const deploys = (days: number, from = 0, way: Way = {}): BehaviourInput[] =>
  Array.from({ length: days }, (_, n) => startMs + (from + n) * day + 9 * hour).flatMap((ms, n) =>
    Array.from({ length: (from + n) % 7 === 0 ? 11 : 10 }, (__, one) => read(ms + one * 1_000, one, way)),
  )
const atMs = startMs + 28 * day + 9 * hour
const sweep = (count: number, way: Way = {}): BehaviourInput[] =>
  Array.from({ length: count }, (_, n) => read(atMs + n * 1_000, n, way))
/** The whole of it, asked before or after behaviour has judged it. */
function asked(behaviour: Behaviour, inputs: readonly BehaviourInput[]): boolean {
  const before = behaviour.habit(inputs).isHabit
  run(behaviour, inputs)
  behaviour.advance(atMs + hour)
  assert.equal(behaviour.habit(inputs).isHabit, before, 'judging it does not make it one')
  return before
}
const taught = (): Behaviour => {
  const behaviour = open()
  run(behaviour, deploys(28))
  behaviour.advance(startMs + 28 * day + hour)
  return behaviour
}

test('what a pipeline does at every deploy is a habit, also the rarest of it', () => {
  assert.deepEqual(taught().habit(sweep(11)), {
    isHabit: true,
    says: 'a habit: each of it was so on 4 days before, or more',
  })
  assert.equal(asked(taught(), sweep(11)), true)
})

test('a thief of it is seen by any one thing that is not: network, program, operation, one more secret, another who', () => {
  const ways: [string, BehaviourInput[], RegExp][] = [
    ['network', sweep(10, { from: '203.0.113.9' }), /network `203\.0\.113\.0\/24` on 0 days before, of 5/],
    ['program', sweep(10, { agent: 'aws-cli/2.15.0' }), /agent .* on 0 days/],
    ['operation', sweep(10, { tool: 'PutSecretValue' }), /tool .* on 0 days/],
    ['one secret more', sweep(12), /resource .*secret\/11` on 0 days before, of 3/],
    ['one act of all', [...sweep(10), read(atMs + 60_000, 1, { from: '203.0.113.9' })], /network/],
    ['somebody else', sweep(10, { by: entityId('identity', realm, 'role/other') }), /not known for long enough/],
    ['nobody', sweep(10, { by: null }), /nobody is named/],
    ['no origin', sweep(10, { from: null }), /where from/],
    ['another realm', sweep(10, { of: 'other' }), /not everything/],
    ['two realms', [...sweep(9), read(atMs, 9, { of: 'other' })], /not everything/],
    ['nothing', [], /not everything/],
    [
      'an event without an act',
      [...sweep(9), { realm, stream: 'lab/log', event: { ...read(atMs, 1).event, touches: [] } }],
      /not everything/,
    ],
  ]
  for (const [name, inputs, why] of ways) {
    const { isHabit, says } = taught().habit(inputs)
    assert.equal(isHabit, false, name)
    assert.match(says, why, name)
  }
})

test('a key of a program has its own habits: a new one of an old role has none', () => {
  const behaviour = open()
  const kind = (of: EntityId): BehaviourInput => {
    const one = read(startMs, 0)
    const facts = [{ entity: of, observedAtMs: startMs, attributes: { kind: 'key' } }]
    return { ...one, event: { ...one.event, touches: [], ocsf: [], facts } }
  }
  const other = entityId('credential', realm, 'key/2')
  run(behaviour, [kind(key), kind(other), ...deploys(28, 0, { with: key })])
  behaviour.advance(startMs + 28 * day + hour)
  assert.equal(behaviour.habit(sweep(10, { with: key })).isHabit, true)
  assert.match(behaviour.habit(sweep(10, { with: other })).says, /key\/2` is not known for long enough/)
})

test('more things at once than on the fullest day is no habit, each of them well known', () => {
  const behaviour = open()
  const half = (n: number): BehaviourInput[] =>
    Array.from({ length: 8 }, (_, one) => read(startMs + n * day + 9 * hour + one * 1_000, one + 8 * (n % 2)))
  run(behaviour, Array.from({ length: 28 }, (_, n) => half(n)).flat())
  behaviour.advance(startMs + 28 * day + hour)
  assert.equal(behaviour.habit(sweep(8)).isHabit, true)
  assert.match(behaviour.habit(sweep(9)).says, /9 things, and .* never had more than 8 in a day/)
})

test('days of an open incident make no habit, nor does a day on which it is unlike itself in other things', () => {
  const behaviour = open()
  run(behaviour, deploys(9))
  const incident: IncidentId = 'inc_one'
  const trigger = { kind: 'identity', identity: pipeline } as const
  behaviour.watch(incident, { trigger, credentials: [], descendants: [] })
  run(behaviour, deploys(18, 9, {}))
  behaviour.advance(startMs + 27 * day)
  const frozen = behaviour.habit(sweep(11))
  assert.equal(frozen.isHabit, false)
  assert.match(frozen.says, /secret\/10` on 2 days before, of 3/)
  behaviour.unwatch(incident)
  run(behaviour, deploys(1, 28))
  behaviour.advance(startMs + 29 * day + hour)
  assert.equal(behaviour.habit(deploys(1, 35)).isHabit, true, 'the third Monday')

  const odd = taught()
  const night = Array.from({ length: 40 }, (_, n) =>
    read(atMs - 7 * hour + n * 1_000, 100 + n, { from: '203.0.113.9', tool: 'other' }),
  )
  run(odd, night)
  odd.advance(atMs - hour)
  assert.match(odd.habit(sweep(11)).says, /unlike itself in other things/)
})

test('history counts, and so does what is saved and read back', () => {
  const behaviour = open()
  for (const one of deploys(28)) behaviour.observe({ ...one, event: { ...one.event, backfill: true } })
  behaviour.advance(startMs + 28 * day + hour)
  const again = open()
  again.restore(behaviour.snapshot(), startMs + 28 * day + hour)
  for (const one of [behaviour, again]) {
    assert.equal(one.habit(sweep(11)).isHabit, true)
    assert.equal(one.habit(sweep(12)).isHabit, false)
  }
})

test('days before a day are never more than there were, whatever was seen since', () => {
  const random = seededRandom(21)
  for (let round = 0; round < 200; round++) {
    const pairs = new Pairs({ pairsMax: 1_000 })
    const seen = new Set<number>()
    pairs.teach(1, 1, 100)
    seen.add(100)
    for (let on = 101; on < 130; on++) {
      const isCounted = seededInt(random, 3) > 0
      if (seededInt(random, 2) === 0) continue
      for (let times = 0; times < 3; times++) pairs.touch(1, 1, on, isCounted)
      if (isCounted) seen.add(on)
    }
    const newest = Math.max(...seen)
    for (let on = 99; on < 133; on++) {
      const before = [...seen].filter((one) => one < on).length
      const said = pairs.daysBefore(1, 1, on)
      assert.ok(said <= before, `${said} before ${on}, of ${before}`)
      if (on > newest && on >= 130) assert.equal(said, before)
    }
  }
})
