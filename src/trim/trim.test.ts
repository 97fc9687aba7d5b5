import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededRandom } from '#kit'
import { defaultTenant, entityId, type Edge, type EdgeType, type EntityFact, type EntityId, type Touch } from '#model'
import { createMemoryEstate, type MemoryEstateParts } from '#estate'

import { makeStatements } from '../../test/simulation/statements.ts'
import { trim, type Telling, type TrimOptions } from './index.ts'

const dayMs = 86_400_000
const nowMs = 20_000 * dayMs
const at = (kind: 'identity' | 'resource' | 'credential', name: string): EntityId => entityId(kind, 'pg', name)
const [ada, bo, cy] = [at('identity', 'ada'), at('identity', 'bo'), at('identity', 'cy')]
const analysts = at('identity', 'analysts')
const [sales, people] = [at('resource', 'sales'), at('resource', 'people')]

const { edge, fact, offset } = makeStatements(nowMs, {
  validFrom: (nowMs - 700 * dayMs) / 1000,
  observedAtMs: nowMs - 500 * dayMs,
})
type Act = Touch & { offset: number }
const did = (
  who: EntityId | null,
  verb: Touch['verb'],
  resource: EntityId,
  daysAgo: number,
  credential: EntityId | null = null,
): Act => ({
  identity: who,
  credential,
  resource,
  verb,
  atMs: nowMs - daysAgo * dayMs,
  records: null,
  origin: null,
  offset: offset(),
})

const told: Telling = {
  logged: ['read', 'write', 'delete', 'share', 'admin', 'login'],
  partly: {},
  sinceMs: 0,
  gaps: [],
  late: null,
}
const options: TrimOptions = {
  tenant: defaultTenant,
  atMs: nowMs,
  windowMs: 90 * dayMs,
  horizonMs: 30 * dayMs,
  tells: new Map([['pg', told]]),
  spared: new Set(),
  withPartly: false,
}
const humans = [ada, bo, cy].map((one) => fact(one, { kind: 'human', createdAtMs: nowMs - 900 * dayMs }))
/** Analysts read and write sales and people; Ada and Bo are analysts, Cy administers. Ada reads sales every month. */
const company = (more: { edges?: Edge[]; facts?: EntityFact[]; touches?: Act[] } = {}): MemoryEstateParts => ({
  edges: [
    edge(ada, 'MEMBER_OF', analysts),
    edge(bo, 'MEMBER_OF', analysts),
    edge(analysts, 'CAN_READ', sales, { note: 'SELECT' }),
    edge(analysts, 'CAN_WRITE', sales, { note: 'UPDATE' }),
    edge(analysts, 'CAN_READ', people, { note: 'SELECT' }),
    edge(cy, 'CAN_ADMIN', sales),
    edge(cy, 'CAN_ADMIN', people),
    ...(more.edges ?? []),
  ],
  facts: [...humans, fact(analysts, { kind: 'group', name: 'analysts' }), ...(more.facts ?? [])],
  touches: [
    ...[10, 40, 70].map((days) => did(ada, 'read', sales, days)),
    ...[5, 50].map((days) => did(cy, 'admin', sales, days)),
    ...[5, 50].map((days) => did(cy, 'admin', people, days)),
    ...(more.touches ?? []),
  ],
  people: [
    {
      resource: people,
      persons: ['p1', 'p2', 'p3'].map((one) => ({ person: entityId('person', 'hr', one), customer: null })),
    },
  ],
})
const shown = ({ of, deed, on }: { of: EntityId; deed: string | null; on: EntityId }): string =>
  [of, deed ?? 'in', on].map((part) => part.split(':').at(-1)).join(' ')
const run = (more: Parameters<typeof company>[0] = {}, changed: Partial<TrimOptions> = {}) =>
  trim(createMemoryEstate(company(more)), { ...options, ...changed })

test('what nobody used is proposed, most people first, with who would lose it; what somebody used is not', async () => {
  const { proposals, used, rights } = await run()
  assert.deepEqual(proposals.map(shown).sort(), ['analysts read people', 'analysts write sales', 'bo in analysts'])
  assert.equal(proposals.at(-1)?.people, 0, 'what protects nobody comes last')
  const first = proposals.find((one) => shown(one) === 'analysts read people')
  assert.deepEqual(
    [first?.people, first?.losers.map(({ entity }) => entity), first?.notes, first?.lastUseMs],
    [3, [ada, bo], ['SELECT'], null],
  )
  assert.deepEqual([rights, used], [7, 4])
  const membership = proposals.find(({ kind }) => kind === 'membership')
  assert.deepEqual(
    membership?.losers.map(({ entity, lastUsedMs }) => [entity, lastUsedMs]),
    [[bo, null]],
    'a membership is lost by its member alone',
  )
})

test('an act on what holds things may have been one on any of them', async () => {
  const store = at('resource', 'store')
  const edges = [edge(store, 'CONTAINS', people), edge(store, 'CONTAINS', sales)]
  const { proposals } = await run({ edges, touches: [did(bo, 'read', store, 8)] })
  assert.deepEqual(proposals.map(shown), [])
})

test('nobody is taken out of what everybody is in, and a role that signs in is somebody', async () => {
  const all = at('identity', 'PUBLIC')
  const facts = [fact(all, { kind: 'group', everyone: true }), fact(bo, { kind: 'role', canLogin: true })]
  const { proposals } = await run({
    edges: [edge(bo, 'MEMBER_OF', all), edge(all, 'CAN_READ', at('resource', 'hello'))],
    facts,
  })
  assert.ok(!proposals.some(({ on }) => on === all))
  const open = proposals.find((one) => shown(one) === 'PUBLIC read hello')
  assert.deepEqual(
    open?.losers.map(({ entity }) => entity),
    [bo],
  )
})

test('whoever keeps a right another way loses nothing by this one', async () => {
  const { proposals } = await run({ edges: [edge(ada, 'CAN_READ', people)], touches: [did(ada, 'read', people, 3)] })
  assert.ok(!proposals.some((one) => shown(one) === 'analysts read people'), 'Ada may have read through either')
  const other = await run({ edges: [edge(bo, 'CAN_READ', people)] })
  const group = other.proposals.find((one) => shown(one) === 'analysts read people')
  assert.deepEqual([group?.losers.map(({ entity }) => entity), group?.keeps], [[ada], 1])
})

test('each guard holds back what it is for, and without its reason the right is proposed', async () => {
  const heldAs = async (
    why: string,
    more: Parameters<typeof company>[0],
    changed: Partial<TrimOptions> = {},
    right = 'analysts read people',
  ) => {
    const { held, proposals } = await run(more, changed)
    assert.equal(held.find((one) => shown(one) === right)?.why, why)
    assert.ok(!proposals.some((one) => shown(one) === right), right)
  }
  await heldAs('break-glass', {}, { spared: new Set([bo]) })
  await heldAs('break-glass', { facts: [fact(ada, { kind: 'human', breakGlass: true })] })
  const young = [edge(analysts, 'CAN_READ', at('resource', 'new'), { validFrom: (nowMs - 20 * dayMs) / 1000 })]
  await heldAs('young', { edges: young }, {}, 'analysts read new')
  const undated = [
    edge(analysts, 'CAN_READ', at('resource', 'new'), { validFrom: 0, observedAtMs: nowMs - 20 * dayMs }),
  ]
  await heldAs('young', { edges: undated }, {}, 'analysts read new')
  const joined = [ada, bo].map((one) => fact(one, { kind: 'human', createdAtMs: nowMs - 30 * dayMs }))
  await heldAs('joiner', { facts: joined })
  const tells = (more: Partial<Telling>) => ({ tells: new Map([['pg', { ...told, ...more }]]) })
  await heldAs('gap', {}, tells({ sinceMs: nowMs - 60 * dayMs }))
  await heldAs('gap', {}, tells({ gaps: [{ fromMs: nowMs - 95 * dayMs, toMs: nowMs - 85 * dayMs }] }))
  await heldAs('gap', {}, tells({ late: 'the source has not delivered' }))
  await heldAs('unnamed', { touches: [did(null, 'read', people, 12)] })
  await heldAs('unplaced', { touches: [did(bo, 'read', at('resource', 'elsewhere'), 12)] })
  await heldAs('away', { touches: [did(bo, 'write', sales, 200)] }, {}, 'bo in analysts')
  await heldAs('returns', {
    touches: [did(bo, 'read', people, 200), did(bo, 'read', people, 110), did(bo, 'write', sales, 3)],
  })
  await heldAs('season', { touches: [did(bo, 'read', people, 350), did(bo, 'write', sales, 3)] })
  const spell = (from: number, to: number) =>
    edge(bo, 'MEMBER_OF', analysts, {
      validFrom: (nowMs - from * dayMs) / 1000,
      validTo: (nowMs - to * dayMs) / 1000,
    })
  await heldAs('rota', { edges: [spell(300, 290), spell(200, 190)] }, {}, 'bo in analysts')
  await heldAs('inherent', { edges: [edge(sales, 'OWNED_BY', analysts)] }, {}, 'analysts write sales')
  await heldAs('inherent', { facts: [fact(sales, { fixed: true })] }, {}, 'analysts write sales')
  const only = at('resource', 'only')
  await heldAs('last', { edges: [edge(bo, 'CAN_ADMIN', only)] }, {}, 'bo admin only')
  // None of them holds what has no reason: a use in no season, a gap elsewhere in time, one break that is over for good.
  const free = await run(
    { touches: [did(bo, 'read', people, 200), did(bo, 'write', sales, 3)] },
    tells({ gaps: [{ fromMs: nowMs - 300 * dayMs, toMs: nowMs - 200 * dayMs }] }),
  )
  assert.ok(free.proposals.some((one) => shown(one) === 'analysts read people'))
})

test('where use is not logged, or only some of it, nothing is proposed, and it is said', async () => {
  const unlogged = await run({}, { tells: new Map([['pg', { ...told, logged: ['write', 'admin', 'login'] }]]) })
  assert.deepEqual(unlogged.proposals.map(shown), ['analysts write sales'])
  assert.deepEqual(unlogged.untold[0], { authority: 'pg', why: '`read` is not logged there', rights: 2 })
  const partly = { tells: new Map([['pg', { ...told, partly: { read: 'reads in the console are not logged' } }]]) }
  assert.ok(!(await run({}, partly)).proposals.some(({ deed }) => deed === 'read'))
  const counted = await run({}, { ...partly, withPartly: true })
  assert.ok(counted.proposals.some(({ deed }) => deed === 'read'))
  const none = await run({}, { tells: new Map() })
  assert.deepEqual([none.proposals, none.untold.map(({ why }) => why)], [[], ['no source covers it']])
})

test('administrators are never all taken at once, though each alone could go', async () => {
  const both = [edge(ada, 'CAN_ADMIN', at('resource', 'shared')), edge(bo, 'CAN_ADMIN', at('resource', 'shared'))]
  const { proposals, held } = await run({ edges: both })
  const admins = (list: readonly { deed: string | null; on: EntityId }[]): number =>
    list.filter(({ deed, on }) => deed === 'admin' && on === at('resource', 'shared')).length
  assert.deepEqual([admins(proposals), admins(held)], [1, 1])
  const robot = at('identity', 'robot')
  const byRobot = [...both, edge(robot, 'CAN_ADMIN', at('resource', 'shared'))]
  const left = await run({
    edges: byRobot,
    facts: [fact(robot, { kind: 'service' })],
    touches: [did(robot, 'admin', at('resource', 'shared'), 2)],
  })
  assert.equal(admins(left.proposals), 1, 'a program that is left can let nobody in')
})

test('a right that nobody would lose anything by is only counted', async () => {
  const alone = at('identity', 'nobody-in')
  const edges = [
    edge(alone, 'CAN_READ', sales),
    edge(analysts, 'CAN_SHARE', people),
    edge(analysts, 'CAN_ADMIN', people),
  ]
  const { needless, proposals } = await run({ edges, facts: [fact(alone, { kind: 'group' })] })
  // Nobody is in the one group; and whoever administers a thing may read, share and change it.
  assert.equal(needless, 3)
  assert.deepEqual(proposals.filter(({ on }) => on === people).map(shown), ['analysts admin people'])
})

test('of a key that is used, a right it does not use is proposed; of one that is not, the key alone', async () => {
  const [busy, idle] = [at('credential', 'busy'), at('credential', 'idle')]
  const edges = [busy, idle].flatMap((one) => [edge(one, 'CAN_READ', sales), edge(one, 'CAN_WRITE', sales)])
  const facts = [busy, idle].map((one) => fact(one, { kind: 'ssh-key', createdAtMs: nowMs - 400 * dayMs }))
  const { proposals } = await run({ edges, facts, touches: [did(null, 'read', sales, 3, busy)] })
  const unnamed = await run({ edges, facts: [...facts, fact(busy, { lastUsedAtMs: nowMs - 3 * dayMs })] })
  assert.ok(!unnamed.proposals.some(({ of }) => of === busy), 'where no log names such keys, a use may have been any')
  const keys = proposals.filter(({ of }) => of === busy || of === idle)
  assert.deepEqual(
    keys.map(({ kind, of, deed }) => [kind, of, deed]),
    [
      ['credential', idle, null],
      ['grant', busy, 'write'],
    ],
  )
})

test('a key is judged by its vendor’s word of its last use, or by a log that names others like it', async () => {
  const key = (name: string) => edge(at('credential', name), 'AUTHENTICATES_AS', cy)
  const about = (name: string, attributes: EntityFact['attributes']) =>
    fact(at('credential', name), { kind: 'key', createdAtMs: nowMs - 400 * dayMs, ...attributes })
  const names = ['old', 'fresh', 'never', 'silent']
  const facts = [
    about('old', { lastUsedAtMs: nowMs - 120 * dayMs }),
    about('fresh', { lastUsedAtMs: nowMs - 2 * dayMs }),
    about('never', { tellsUse: true }),
    about('silent', {}),
  ]
  const first = await run({ edges: names.map(key), facts })
  const keys = (found: typeof first) =>
    found.proposals.flatMap(({ kind, of }) => (kind === 'credential' ? [of] : [])).sort()
  assert.deepEqual(keys(first), [at('credential', 'never'), at('credential', 'old')])
  // The log names `fresh` when it is used: so it would have named `silent`.
  const second = await run({
    edges: names.map(key),
    facts,
    touches: [did(cy, 'admin', sales, 4, at('credential', 'fresh'))],
  })
  assert.deepEqual(
    keys(second),
    ['never', 'old', 'silent'].map((name) => at('credential', name)),
  )
})

test('the use of a session is that of the key it was made from, and of the way that led to its role', async () => {
  const [reader, guest] = [at('identity', 'reader'), at('identity', 'guest')]
  const [key, session] = [at('credential', 'ada'), at('credential', 'session')]
  const edges = [
    edge(key, 'AUTHENTICATES_AS', ada),
    edge(key, 'DERIVES', session),
    edge(session, 'AUTHENTICATES_AS', reader),
    edge(ada, 'ASSUMES', reader),
    edge(guest, 'ASSUMES', reader),
    edge(reader, 'CAN_READ', people),
  ]
  const facts = [
    fact(reader, { kind: 'role' }),
    fact(guest, { kind: 'service' }),
    fact(session, { kind: 'session' }),
    fact(key, { kind: 'key', createdAtMs: nowMs - 400 * dayMs }),
  ]
  const shownOf = (found: Awaited<ReturnType<typeof run>>): string[] => found.proposals.map(shown)
  const told = shownOf(await run({ edges, facts, touches: [did(reader, 'read', people, 6, session)] }))
  for (const used of ['ada in ada', 'ada in reader', 'reader read people']) assert.ok(!told.includes(used), used)
  assert.ok(told.includes('guest in reader'), 'it was Ada who took the role on')
  // Where nobody tells who did, everybody may have who can.
  const untold = shownOf(await run({ edges, facts, touches: [did(reader, 'read', people, 6)] }))
  for (const perhaps of ['ada in reader', 'guest in reader']) assert.ok(!untold.includes(perhaps), perhaps)
})

test('the rate of mistakes is stated from the same rule, tried as of earlier times', async () => {
  const tables = Array.from({ length: 40 }, (_, n) => at('resource', `t${n}`))
  const edges = tables.map((table) => edge(ada, 'CAN_READ', table))
  // Four of them are used again after 100 days of silence, within a month of a time at which the rule would have taken them.
  const touches = tables.slice(0, 4).flatMap((table) => [did(ada, 'read', table, 150), did(ada, 'read', table, 40)])
  const { rate } = await run({ edges, touches })
  assert.ok(rate.times >= 6, `${rate.times} times`)
  const { used, proposed } = rate.byKind['grant pg'] ?? { used: 0, proposed: 0 }
  assert.ok(used >= 4 && proposed >= 40, JSON.stringify(rate))
  assert.ok(
    rate.expected !== null && rate.most !== null && rate.expected > 0 && rate.most >= rate.expected,
    JSON.stringify(rate),
  )
})

test('after all of it is taken away, everything that was done in the window can still be done', async () => {
  const allowed: Record<string, EdgeType[]> = {
    read: ['CAN_READ', 'CAN_WRITE', 'CAN_SHARE', 'CAN_ADMIN'],
    write: ['CAN_WRITE', 'CAN_ADMIN'],
    admin: ['CAN_ADMIN'],
  }
  const hops: EdgeType[] = ['MEMBER_OF', 'AUTHENTICATES_AS', 'CONTAINS']
  let proposed = 0
  for (let seed = 1; seed <= 60; seed++) {
    const unit = seededRandom(seed)
    const pick = <One>(list: readonly One[]): One => {
      const one = list[Math.floor(unit() * list.length)]
      assert.ok(one !== undefined)
      return one
    }
    const some = (kind: 'identity' | 'resource', name: string, count: number): EntityId[] =>
      Array.from({ length: count }, (_, n) => at(kind, `${name}${n}`))
    const [users, groups, things] = [some('identity', 'u', 6), some('identity', 'g', 4), some('resource', 'r', 7)]
    const edges = [
      ...Array.from({ length: 9 }, () => edge(pick(users), 'MEMBER_OF', pick(groups))),
      ...groups.slice(1).flatMap((group, n) => (unit() < 0.5 ? [edge(group, 'MEMBER_OF', groups[n] ?? group)] : [])),
      ...things.slice(1).flatMap((thing, n) => (unit() < 0.4 ? [edge(things[n] ?? thing, 'CONTAINS', thing)] : [])),
      ...Array.from({ length: 16 }, () =>
        edge(pick([...users, ...groups]), pick(['CAN_READ', 'CAN_WRITE', 'CAN_ADMIN'] as const), pick(things), {
          conditional: unit() < 0.2,
        }),
      ),
    ]
    const can = async (
      left: Edge[],
      who: EntityId,
      verb: string,
      thing: EntityId,
      isCertain: boolean,
    ): Promise<boolean> => {
      const query = { types: [...hops, ...(allowed[verb] ?? [])], unconditionalOnly: isCertain }
      return (await createMemoryEstate({ edges: left }).reach([who], query)).some(({ entity }) => entity === thing)
    }
    const touches: Act[] = []
    for (let n = 0; n < 14; n++) {
      const [who, verb, thing] = [pick(users), pick(['read', 'write', 'admin'] as const), pick(things)]
      if (await can(edges, who, verb, thing, false)) touches.push(did(who, verb, thing, Math.floor(unit() * 80)))
    }
    const facts = [
      ...users.map((one) => fact(one, { kind: 'human' })),
      ...groups.map((one) => fact(one, { kind: 'group' })),
    ]
    const { proposals } = await trim(createMemoryEstate({ edges, facts, touches }), options)
    proposed += proposals.length
    const deeds: Partial<Record<EdgeType, string>> = {
      CAN_READ: 'read',
      CAN_WRITE: 'write',
      CAN_ADMIN: 'admin',
      MEMBER_OF: 'in',
    }
    const gone = new Set(proposals.map(({ of, deed, on }) => `${of} ${deed ?? 'in'} ${on}`))
    const left = edges.filter(({ src, type, dst }) => !gone.has(`${src} ${deeds[type] ?? ''} ${dst}`))
    for (const { identity, verb, resource } of touches) {
      assert.ok(identity !== null)
      for (const isCertain of [false, true]) {
        if (await can(edges, identity, verb, resource, isCertain))
          assert.ok(
            await can(left, identity, verb, resource, isCertain),
            `seed ${seed}: ${identity} ${verb} ${resource}`,
          )
      }
    }
  }
  assert.ok(proposed > 200, `${proposed} proposed`)
})

test('where signing in is logged, a right to sign in to an app is told by it', async () => {
  const app = at('resource', 'app')
  const edges = [edge(analysts, 'CAN_READ', app), edge(cy, 'CAN_READ', app)]
  const tells = new Map([['pg', { ...told, logged: ['login'] as const }]])
  const touches = [did(ada, 'login', app, 3)]
  const of = async (facts: EntityFact[]) => {
    const { proposals } = await trim(createMemoryEstate(company({ edges, facts, touches })), { ...options, tells })
    return proposals.filter(({ on }) => on === app).map(shown)
  }
  assert.deepEqual(await of([]), [], 'reading is not logged there')
  assert.deepEqual(await of([fact(app, { signIn: true })]), ['cy read app'])
})

test('what of one grant nobody used goes alone only where its vendor can leave the rest', async () => {
  const [books, part] = [at('resource', 'books'), at('resource', 'books/part')]
  const wholeOf = async (edges: Edge[], touches: Act[]) => {
    const own = [edge(bo, 'CAN_READ', books), edge(bo, 'CAN_WRITE', books), edge(books, 'CONTAINS', part)]
    const active = did(bo, 'read', sales, 5)
    const estate = company({ edges: [...own, ...edges], touches: [active, ...touches] })
    const { proposals } = await trim(createMemoryEstate(estate), options)
    return proposals
      .filter(({ of, on }) => of === bo && on === books)
      .map(({ deed, isWhole }) => `${deed} ${isWhole}`)
      .sort()
  }
  assert.deepEqual(await wholeOf([], []), ['read true', 'write true'])
  assert.deepEqual(await wholeOf([], [did(bo, 'read', books, 5)]), ['write false'], 'reading is used')
  assert.deepEqual(
    await wholeOf([edge(bo, 'CAN_WRITE', part, { validFrom: nowMs / 1000 - 86_400 })], []),
    ['read false', 'write false'],
    'what lies in it would go as well, and is held back',
  )
})
