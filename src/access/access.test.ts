import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityId, type Touch } from '#model'
import { createMemoryEstate, type MemoryEstateParts } from '#estate'

import { makeStatements } from '../../test/simulation/statements.ts'
import { entityCalled, reachedFrom, readersOf, showReached, showReaders, subjectOf, type Sight } from './index.ts'

const dayS = 86_400
const nowS = 1_000 * dayS
const nowMs = nowS * 1000
const database = entityId('resource', 'pg', 'db/1')
const people = entityId('resource', 'pg', 'rel/1')
const prices = entityId('resource', 'pg', 'rel/2')
const health = entityId('class', 'declared', 'health')
const ada = entityId('identity', 'pg', 'role/ada')
const bo = entityId('identity', 'pg', 'role/bo')
const cy = entityId('identity', 'pg', 'role/cy')
const analysts = entityId('identity', 'pg', 'role/analysts')
const owner = entityId('identity', 'pg', 'role/owner')
const adaKey = entityId('credential', 'pg', 'key/ada')
const bareKey = entityId('credential', 'pg', 'key/bare')
const grant = entityId('credential', 'pg', 'grant/1')
const app = entityId('app', 'pg', 'client-1')

const { edge, fact, offset } = makeStatements(nowMs)
const read = (identity: EntityId | null, credential: EntityId | null, daysAgo: number, resource = people) => ({
  identity,
  credential,
  resource,
  verb: 'read' as Touch['verb'],
  atMs: nowMs - daysAgo * dayS * 1000,
  records: 10,
  origin: null,
  offset: offset(),
})
const company = (more: Partial<MemoryEstateParts> = {}): MemoryEstateParts => ({
  edges: [
    edge(database, 'CONTAINS', people),
    edge(database, 'CONTAINS', prices),
    edge(people, 'CLASSIFIED_AS', health),
    edge(ada, 'MEMBER_OF', analysts),
    edge(bo, 'MEMBER_OF', analysts, { validTo: nowS - 100 * dayS }),
    edge(bo, 'CAN_READ', prices),
    edge(analysts, 'CAN_READ', people, { note: 'SELECT' }),
    edge(owner, 'CAN_ADMIN', database),
    edge(cy, 'CAN_READ', people, { conditional: true }),
    edge(cy, 'CAN_WRITE', prices),
    edge(adaKey, 'AUTHENTICATES_AS', ada),
    edge(bareKey, 'CAN_READ', people),
    edge(grant, 'AUTHENTICATES_AS', ada),
  ],
  facts: [
    fact(ada, { kind: 'human', name: 'ada', enabled: true }),
    fact(analysts, { kind: 'group', name: 'analysts' }),
    fact(owner, { kind: 'role', name: 'owner', enabled: false }),
    fact(grant, { kind: 'grant', client: 'client-1' }),
    fact(people, { name: 'people' }),
  ],
  touches: [
    read(null, adaKey, 3),
    read(ada, grant, 5),
    read(ada, null, 200),
    read(bo, null, 80),
    { ...read(owner, null, 4), verb: 'write' },
  ],
  people: [
    { resource: people, persons: [1, 2, 3].map((n) => ({ person: entityId('person', 'hr', `${n}`), customer: null })) },
  ],
  ...more,
})
const sight: Sight = {
  byAuthority: { pg: { logged: ['read'], blind: ['superusers can hide'] }, declared: { logged: [], blind: [] } },
  late: [],
}
const used = { fromMs: nowMs - 90 * dayS * 1000, toMs: nowMs }
const now = { atMs: null, used, sight }

async function readersIn(parts: MemoryEstateParts, of: EntityId, options: Parameters<typeof readersOf>[2] = now) {
  const view = createMemoryEstate(parts)
  const subject = await subjectOf(view, of, options)
  const found = await readersOf(view, subject, options)
  return { ...found, ...(await showReaders(view, subject, found.readers, options)) }
}
const named = (readers: readonly { entity: EntityId }[]): EntityId[] => readers.map(({ entity }) => entity).sort()

test('everybody who can read a data set is named once, groups and keys of readers left out, with the way in', async () => {
  const { readers, names, total } = await readersIn(company(), people).then((found) => ({
    ...found,
    total: found.readers.length,
  }))
  assert.deepEqual(named(readers), [ada, bareKey, cy, grant, owner].sort())
  assert.equal(total, 5)
  const [first] = readers.filter(({ entity }) => entity === ada)
  assert.deepEqual(
    first?.path.map(({ src, type, dst, note }) => [src, type, dst, note]),
    [
      [ada, 'MEMBER_OF', analysts, null],
      [analysts, 'CAN_READ', people, 'SELECT'],
    ],
  )
  assert.ok(first.path.every(({ evidence }) => evidence > 0))
  assert.equal(names[analysts], 'analysts')
  assert.deepEqual(
    readers.find(({ entity }) => entity === owner)?.path.map(({ type }) => type),
    ['CAN_ADMIN', 'CONTAINS'],
  )
  assert.equal(readers.find(({ entity }) => entity === owner)?.enabled, false)
  assert.equal(readers.find(({ entity }) => entity === grant)?.app, app)
})

test('who reads only on a condition that could not be decided stands apart, last', async () => {
  const { readers } = await readersIn(company(), people)
  assert.deepEqual(
    readers.filter(({ certain }) => !certain).map(({ entity }) => entity),
    [cy],
  )
  assert.equal(readers.at(-1)?.entity, cy)
  assert.equal(
    readers.at(-1)?.path.some(({ conditional }) => conditional),
    true,
  )
})

test('a part of a container is not the whole of it', async () => {
  const { readers } = await readersIn(company(), database)
  assert.deepEqual(named(readers.filter(({ whole }) => whole)), [owner])
  assert.deepEqual(named(readers.filter(({ whole }) => !whole)), [ada, bareKey, bo, cy, grant].sort())
  assert.equal(readers.find(({ entity }) => entity === owner)?.reads, 3)
  assert.equal(readers.find(({ entity }) => entity === bo)?.reads, 1)
})

test('a data class is all that is classified so', async () => {
  assert.deepEqual(named((await readersIn(company(), health)).readers), [ada, bareKey, cy, grant, owner].sort())
  assert.deepEqual((await readersIn(company(), entityId('class', 'declared', 'none'))).readers, [])
})

test('at a past time, rights that have ended since still count, and those of today do not', async () => {
  const parts = company()
  parts.edges.push(edge(cy, 'MEMBER_OF', analysts, { validFrom: nowS - dayS }))
  const past = { ...now, atMs: (nowS - 200 * dayS) * 1000 }
  const { readers, limits } = await readersIn(parts, people, past)
  assert.ok(named(readers).includes(bo), 'bo was a member then')
  assert.equal(readers.find(({ entity }) => entity === cy)?.certain, false, 'cy became a member only yesterday')
  assert.match(limits.join('\n'), /before Cordon first looked/)
  const today = await readersIn(parts, people)
  assert.ok(!named(today.readers).includes(bo))
  assert.equal(today.readers.find(({ entity }) => entity === cy)?.certain, true)
})

test('acts count for who did them, in the window only; who read and is no reader is said', async () => {
  const { readers, others } = await readersIn(company(), people)
  const useOf = (entity: EntityId) => readers.find((one) => one.entity === entity)?.use
  assert.deepEqual([useOf(ada)?.acts, useOf(ada)?.records], [2, 20], 'with a key that signs in as her, and by a grant')
  assert.equal(useOf(grant)?.acts, 1)
  assert.equal(useOf(owner), null, 'a write is no read')
  assert.deepEqual(
    others.map(({ entity, use }) => [entity, use.acts]),
    [[bo, 1]],
  )
})

test('where reads are not logged silence is no word, and what no source covers is named', async () => {
  assert.equal((await readersIn(company(), people)).readsLogged, true)
  assert.deepEqual((await readersIn(company(), people)).lacking, [])
  const blind: Sight = { byAuthority: {}, late: ['`pg` has not delivered `log` for a while'] }
  const { readsLogged, lacking } = await readersIn(company(), people, { ...now, sight: blind })
  assert.equal(readsLogged, false)
  assert.match(lacking.join('\n'), /no source covers `pg`.*\n.*has not delivered/)
})

test('what somebody can reach says what may be done there, and what only on a condition', async () => {
  const view = createMemoryEstate(company())
  const reached = await reachedFrom(view, cy, { atMs: null, sight })
  assert.deepEqual(
    reached.things.map(({ resource, may, perhaps, people: count }) => [resource, may, perhaps, count]),
    [
      [people, [], ['read'], 3],
      [prices, ['write'], [], 0],
    ],
  )
  assert.deepEqual(reached.people, { atLeast: 0, atMost: 3 })
  assert.deepEqual(reached.things[0]?.classes, [health])
  const all = await reachedFrom(view, adaKey, { atMs: null, sight })
  const { things } = await showReached(view, adaKey, all.things, { atMs: null })
  assert.deepEqual(
    things[0]?.path.map(({ type }) => type),
    ['AUTHENTICATES_AS', 'MEMBER_OF', 'CAN_READ'],
  )
  assert.deepEqual(
    (await reachedFrom(view, owner, { atMs: null, sight })).things.map(({ may }) => may),
    [0, 1, 2].map(() => ['read', 'write', 'share', 'admin']),
  )
})

test('a thing is known by its id or by a name of its own; the rest is refused with the way out', async () => {
  const twins = [fact(prices, { name: 'people' })]
  const view = createMemoryEstate(company())
  assert.equal(await entityCalled(view, 'people', ['resource', 'class'], 'of'), people)
  assert.equal(await entityCalled(view, health, ['resource', 'class'], 'of'), health)
  await assert.rejects(entityCalled(view, 'persons', ['resource'], 'of'), { code: 'ERR_ACCESS_UNKNOWN' })
  await assert.rejects(entityCalled(view, ada, ['resource'], 'of'), { code: 'ERR_ACCESS_UNKNOWN' })
  const never = entityId('resource', 'pg', 'rel/404')
  await assert.rejects(entityCalled(view, never, ['resource'], 'of'), { code: 'ERR_ACCESS_UNKNOWN' })
  const both = createMemoryEstate(company({ facts: [...(company().facts ?? []), ...twins] }))
  await assert.rejects(entityCalled(both, 'people', ['resource'], 'of'), { code: 'ERR_ACCESS_AMBIGUOUS' })
})
