import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId, type Edge, type EntityFact, type EntityId, type Touch } from '#model'
import { createMemoryEstate } from '#estate'

import { makeStatements } from '../../test/simulation/statements.ts'
import { checks, look, type Coverage, type Memory } from './index.ts'

const [dayMs, hourMs, minuteMs] = [86_400_000, 3_600_000, 60_000]
const nowMs = 20_000 * dayMs + 12 * hourMs
const ada = entityId('identity', 'idp', 'ada')
const laptops = ['a', 'b', 'c'].map((name) => entityId('host', 'host', name))
const [one, two, three] = [laptops[0] ?? assert.fail(), laptops[1] ?? assert.fail(), laptops[2] ?? assert.fail()]
const key = entityId('credential', 'fp', 'EXAMPLE')

const { edge, fact, offset } = makeStatements(nowMs, { validFrom: nowMs / 1000 - 86_400 })
const signIn = (atMs: number, origin: string): Touch & { offset: number } => ({
  identity: ada,
  credential: null,
  resource: entityId('resource', 'idp', 'sign-in'),
  verb: 'login',
  atMs,
  records: null,
  origin,
  offset: offset(),
})
const coverage: Coverage = [
  { source: 'idp', authority: 'idp', stream: 'log', topics: ['sign-ins', 'sign-in-places'], isRead: true },
  { source: 'hosts', authority: 'host', stream: 'report', topics: ['keys-on-hosts'], isRead: true },
  { source: 'mdm', authority: 'mdm', stream: 'hosts', topics: ['host-users'], isRead: true },
]
type Parts = {
  edges?: Edge[]
  facts?: EntityFact[]
  touches?: (Touch & { offset: number })[]
  breakGlass?: EntityId[]
  memory?: Memory
  atMs?: number
}

async function said(
  kind: string,
  { breakGlass = [], memory = {}, atMs = nowMs, ...parts }: Parts,
  told: Coverage = coverage,
) {
  const view = createMemoryEstate({ edges: [], facts: [], touches: [], people: [], ...parts })
  const check = checks.filter((found) => found.kind === kind)
  const { findings, checks: states } = await look(defaultTenant, view, {
    atMs,
    coverage: told,
    checks: check,
    breakGlass,
    memory,
  })
  const [state] = states
  return { on: findings.map((finding) => finding.on), evidence: findings.map((finding) => finding.evidence), state }
}

const group = edge(ada, 'MEMBER_OF', entityId('identity', 'idp', 'everybody'))
const human = (more: EntityFact['attributes'] = {}) => ({
  edges: [group],
  facts: [fact(ada, { kind: 'human', ...more })],
})
const network = (n: number): string => `198.18.${n}.7`
/** From so many networks, ten minutes apart. */
const burst = (daysAgo: number, networks: number, apartMs = 10 * minuteMs) =>
  Array.from({ length: networks }, (_, n) => signIn(nowMs - daysAgo * dayMs + n * apartMs, network(n)))

test('an account is shared when four networks meet in one hour on two days, and not with one of the three less', async () => {
  const shared = (touches: ReturnType<typeof burst>) => said('shared-identity', { ...human(), touches })
  assert.deepEqual((await shared([...burst(2, 4), ...burst(5, 4)])).on, [ada])
  assert.deepEqual((await shared([...burst(2, 3), ...burst(5, 3)])).on, [], 'three networks')
  assert.deepEqual((await shared(burst(2, 4))).on, [], 'one day')
  assert.deepEqual((await shared([...burst(2, 4), ...burst(9, 4)])).on, [], 'a day before the last seven')
  assert.deepEqual(
    (await shared([...burst(2, 4, 21 * minuteMs), ...burst(5, 4, 21 * minuteMs)])).on,
    [],
    'over an hour',
  )
  const moving = [2, 5].flatMap((day) => [0, 1, 2, 3].map((n) => signIn(nowMs - day * dayMs + n, `2001:db8:1:${n}::7`)))
  assert.deepEqual((await shared(moving)).on, [], 'one line of IPv6')
  const back = [2, 5].flatMap((day) => [0, 1, 0, 1, 2, 0].map((n, at) => signIn(nowMs - day * dayMs + at, network(n))))
  assert.deepEqual((await shared(back)).on, [], 'to and fro between three')
})

test('sign-ins are read anew after a quarter of an hour, and accounts each time', async () => {
  const memory: Memory = {}
  const touches = [...burst(2, 4), ...burst(5, 4)]
  const at = (minutes: number, parts: Parts) =>
    said('shared-identity', { ...parts, memory, atMs: nowMs + minutes * minuteMs })
  assert.deepEqual((await at(0, { ...human(), touches })).on, [ada])
  assert.deepEqual((await at(14, human())).on, [ada], 'what was read is kept')
  assert.deepEqual((await at(14, human({ enabled: false }))).on, [], 'an account that is switched off is gone at once')
  assert.deepEqual((await at(15, human())).on, [])
})

test('a break-glass account may be used on two days of thirty, whoever says that it is one', async () => {
  const days = (count: number) => Array.from({ length: count }, (_, n) => signIn(nowMs - (n + 1) * dayMs, network(0)))
  const daily = (parts: Parts, told?: Coverage) => said('break-glass-daily', parts, told)
  const named = { ...human(), breakGlass: [ada] }
  const { on, evidence } = await daily({ ...named, touches: days(3) })
  assert.deepEqual([on, evidence[0]?.length], [[ada], 4], 'each day once, and the membership')
  assert.deepEqual((await daily({ ...human({ forEmergencies: true }), touches: days(3) })).on, [ada])
  assert.deepEqual((await daily({ ...human(), touches: days(20) })).on, [], 'named by nobody')
  assert.deepEqual((await daily({ ...named, touches: [...days(2), ...days(2)] })).on, [], 'often on two days')
  const long = [31, 40, 50].map((ago) => signIn(nowMs - ago * dayMs, network(0)))
  assert.deepEqual((await daily({ ...named, touches: long })).on, [], 'long ago')
  const other = coverage.map((telling) => ({ ...telling, authority: 'elsewhere' }))
  const { state } = await daily({ ...named, touches: days(3) }, other)
  assert.deepEqual(state?.untold, [{ authority: 'idp', count: 1 }])
})

const hardware = (n: number): EntityId => entityId('host', 'hardware', `serial/${n}`)
const managed = (n: number): EntityId => entityId('host', 'mdm', `host/${n}`)
/** A host with the key, known to whoever manages machines as used by these. */
const machine = (host: EntityId, n: number, usedBy: string | null | undefined) => ({
  edges: [
    edge(host, 'STORES', key),
    edge(host, 'SAME_AS', hardware(n)),
    ...(usedBy === undefined ? [] : [edge(managed(n), 'SAME_AS', hardware(n))]),
  ],
  facts: [fact(host, { name: `laptop-${n}` }), ...(usedBy == null ? [] : [fact(managed(n), { usedBy })])],
})
const merged = (...machines: ReturnType<typeof machine>[]): Parts => ({
  edges: machines.flatMap(({ edges }) => edges),
  facts: [fact(key, { kind: 'key' }), ...machines.flatMap(({ facts }) => facts)],
})
const shared = (...machines: ReturnType<typeof machine>[]) => said('shared-key', merged(...machines))

test('a key is shared when no one person uses all machines it lies on; what nobody tells is said', async () => {
  assert.deepEqual((await shared(machine(one, 1, 'ada@a.example'), machine(two, 2, 'bo@a.example'))).on, [key])
  const third = await shared(
    machine(one, 1, 'ada@a.example'),
    machine(two, 2, 'ada@a.example'),
    machine(three, 3, 'bo@a.example'),
  )
  assert.deepEqual(third.on, [key], 'two are hers, and one is not')
  const own = await shared(machine(one, 1, 'ada@a.example'), machine(two, 2, 'ada@a.example bo@a.example'))
  assert.deepEqual(own.on, [], 'she uses both')
  const server = await shared(machine(one, 1, 'ada@a.example'), machine(two, 2, null))
  assert.deepEqual([server.on, server.state?.untold], [[], []], 'a server is nobody’s, and that is told')
  const strange = await shared(machine(one, 1, 'ada@a.example'), machine(two, 2, undefined))
  assert.deepEqual([strange.on, strange.state?.untold], [[], [{ authority: 'fp', count: 1 }]], 'nobody manages it')
})

test("who reports another's hardware as its own gets none of its users: the first who bore it keeps it", async () => {
  const [first, second] = [machine(one, 1, 'ada@a.example'), machine(two, 2, 'bo@a.example')]
  const liar = { edges: [edge(three, 'STORES', key), edge(three, 'SAME_AS', hardware(2))], facts: [fact(three, {})] }
  assert.deepEqual((await shared(first, second, liar)).on, [key])
  const { on, state } = await shared(first, { ...liar, edges: [...second.edges.slice(1), ...liar.edges] })
  assert.deepEqual([on, state?.untold], [[], [{ authority: 'fp', count: 1 }]])
})

test('without a source for one of them, each of the three kinds is blind and says why', async () => {
  const without = (topic: string): Coverage =>
    coverage.map((telling) => ({ ...telling, topics: telling.topics.filter((told) => told !== topic) }))
  for (const [kind, topic] of [
    ['break-glass-daily', 'sign-ins'],
    ['shared-identity', 'sign-in-places'],
    ['shared-key', 'keys-on-hosts'],
    ['shared-key', 'host-users'],
  ] as const) {
    const { state } = await said(kind, {}, without(topic))
    assert.deepEqual([kind, state?.state, state?.why.length], [kind, 'blind', 1])
  }
})
